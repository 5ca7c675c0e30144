"""Name every file that the directory is handed on as, under /unduh/.

`downloads` returns the text of each by its path; nothing is written here.
"""

from __future__ import annotations

from directory import hsds
from directory.published import Published
from directory.records import Contact, Hotline
from directory.table import table
from directory.vcard import by_area, card, cards

FOLDER = "unduh"


def downloads(data: Published) -> dict[str, str]:
    """Return every file: HSDS by language, CSV, and a card for each entry and each area."""
    files = {f"hsds.{code}.json": hsds.document(data, code) for code in hsds.LANGUAGES}
    files["direktori.csv"] = table(data)
    for record in data.entries:
        if record.channels:
            files[card_path(record)] = card(record, data)
    for code, records in by_area(data).items():
        files[f"wilayah/{code}.vcf"] = cards(records, data)
    return {f"{FOLDER}/{name}": text for name, text in files.items()}


def card_path(record: Hotline | Contact) -> str:
    """Return where an entry's card stands under /unduh/; a number may bear a body's id."""
    folder = "nomor" if isinstance(record, Hotline) else "kontak"
    return f"{folder}/{record.id}.vcf"
