"""Write the JSON Schemas beside the data, from the records that read it.

`python -m content.schema [FOLDER]` (default `docs/data/schema`) overwrites one file for each
data file. A folder that is not there is made; nothing else is read.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from content.checks import Check
from content.figures import Figures
from content.freshness import Limit
from content.languages import Language
from content.papers import Paper
from content.pictures import Subject
from content.reading_level import Phrase
from directory.cards import Card
from directory.print_words import Prints
from directory.records import Contact, Country, Hotline, Regions, Source
from intake.form import Form
from intake.organization import Organization
from intake.plan import Deadline, Steps, Team

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path("docs/data/schema")

_FILES: dict[str, Any] = {
    "hotlines": tuple[Hotline, ...],
    "checks": tuple[Check, ...],
    "papers": tuple[Paper, ...],
    "contacts": tuple[Contact, ...],
    "countries": tuple[Country, ...],
    "figures": Figures,
    "freshness": tuple[Limit, ...],
    "languages": tuple[Language, ...],
    "phrases": tuple[Phrase, ...],
    "pictures": tuple[Subject, ...],
    "cards": tuple[Card, ...],
    "print": Prints,
    "regions": Regions,
    "sources": tuple[Source, ...],
    "form": Form,
    "organization": Organization,
    "teams": tuple[Team, ...],
    "steps": Steps,
    "deadlines": tuple[Deadline, ...],
}


def schemas() -> dict[str, str]:
    """Return the text of each schema (JSON Schema 2020-12) under its file name."""
    return {f"{name}.json": _schema(name, shape) for name, shape in _FILES.items()}


def write(folder: Path) -> None:
    """Write every schema into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema(name: str, shape: Any) -> str:
    head = {"$schema": DIALECT, "title": f"docs/data/{name}"}
    schema = TypeAdapter(shape).json_schema()
    return json.dumps(schema | head, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    write(Path(*sys.argv[1:2]) if sys.argv[1:] else FOLDER)
