"""What is handed on: vCards, HSDS and CSV, from the real data and from invented records."""

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import vobject  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from directory.downloads import downloads
from directory.hsds import LANGUAGES
from directory.published import Published, entry_id, published, read_published
from directory.records import Contact, load_contacts, load_hotlines
from directory.vcard import WIDTH, card
from invented_records import contact, seen

DATA = Path(__file__).parents[2] / "docs" / "data"
TODAY = date(2026, 11, 22)


@cache
def data() -> Published:
    return read_published(DATA, TODAY)


@cache
def files() -> dict[str, str]:
    return downloads(data())


def of(*contacts: Contact, on: date = TODAY) -> Published:
    return published([], contacts, data().countries, data().provinces, on)


def read_back(name: str) -> list[Any]:
    return list(vobject.readComponents(files()[f"unduh/{name}.vcf"]))


def dialled(vcard: Any) -> list[str]:
    return [str(tel.value).removeprefix("tel:") for tel in vcard.contents.get("tel", [])]


def test_only_what_may_be_printed_is_handed_on() -> None:
    """A draft, a name without a contact and a number past its limit are in no file."""
    old = contact(id="old", seen=seen("2010"))
    draft, named = contact(publication="draft"), contact(publication="expired", channels=())
    made = downloads(of(contact(id="good"), old, draft, named))
    assert {name for name in made if name.endswith(".vcf")} == {
        "unduh/kontak/good.vcf",
        "unduh/wilayah/33.02.vcf",
    }
    rows = list(csv.DictReader(io.StringIO(made["unduh/direktori.csv"])))
    assert [(row["id"], row["address"]) for row in rows] == [
        ("good", "tel:+622129244800"),
        ("old", ""),
    ]


def test_expired_numbers_of_the_real_data_are_in_no_file() -> None:
    """An e-mail address of 2010 and a hotline of 2020 have gone from every format."""
    everything = "".join(files().values())
    for old in ("seruni.seru@gmail.com", "+6563415525", "1800-797-7977", "+88690132000"):
        assert old not in everything, old


def test_every_entry_with_a_channel_has_a_card() -> None:
    """One file each, by id; and one for each area."""
    entries = [record for record in data().entries if record.channels]
    named = [
        f"unduh/{'nomor' if hasattr(one, 'help') else 'kontak'}/{one.id}.vcf" for one in entries
    ]
    assert set(named) < files().keys()
    assert {"unduh/wilayah/33.02.vcf", "unduh/wilayah/MY.vcf"} <= files().keys()


def test_a_second_library_reads_every_card() -> None:
    """Name, numbers, e-mail addresses and id come back as they stand in the records."""
    for record in data().entries:
        if not record.channels:
            continue
        (read,) = read_back(f"{'nomor' if hasattr(record, 'help') else 'kontak'}/{record.id}")
        numbers = [c.number for c in record.channels if c.kind in ("voice", "whatsapp")]
        short = [c.number.replace("-", "") for c in record.channels if c.kind == "short-code"]
        assert read.version.value == "4.0"
        assert read.fn.value == record.name.id
        assert sorted(dialled(read)) == sorted(numbers + short)
        assert read.uid.value == f"urn:uuid:{entry_id(record)}"
        assert "Data CC BY-SA 4.0, 2026-11-22." in read.note.value
        mails = [c.address for c in record.channels if c.kind == "email"]
        assert [mail.value for mail in read.contents.get("email", [])] == mails


def test_the_cards_of_an_area_give_no_number_twice() -> None:
    """An embassy stands in both files of the directory, and once in its country's cards."""
    numbers = [number for one in read_back("wilayah/MY") for number in dialled(one)]
    assert "+60321164016" in numbers
    assert numbers.count("+60321164016") == 1


def test_a_card_is_folded_and_escaped_as_the_rfc_asks() -> None:
    """Lines end in CRLF and have 75 octets at most; no character is cut in two."""
    words = {"id": "Koma, titik; garis\\ dan “kutip” " * 9 + "habis", "en": "x"}
    text = card(contact(description=words), of())
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= WIDTH
    assert b"\n" not in text.encode().replace(b"\r\n", b"")
    assert all(line.decode() is not None for line in lines)
    assert vobject.readOne(text).note.value.startswith(words["id"])


def test_a_confidential_address_is_in_no_file() -> None:
    """A shelter's place is never known to an export."""
    hidden = [one for one in data().contacts if one.address_confidential]
    assert hidden
    for record in hidden:
        assert record.place is None


def test_ids_are_permanent() -> None:
    """Whoever has taken the data finds the same entry again: these never change."""
    known = {record.id: entry_id(record) for record in [*data().contacts]}
    assert known["kp2mi"] == "b4bfbfd2-36d6-590b-b4d0-3e6cada78391"
    assert UUID(known["kp2mi"]).version == 5
    hotlines = {record.id: entry_id(record) for record in data().hotlines}
    assert hotlines["tw-1955"] != known["tw-1955"]
    assert len({*known.values(), *hotlines.values()}) == len(known) + len(hotlines)


def test_the_table_names_licence_and_date_in_each_row() -> None:
    """A row that is cut out and passed on still says whose it is; nothing is a formula."""
    rows = list(csv.DictReader(io.StringIO(files()["unduh/direktori.csv"])))
    assert {(row["licence"], row["exported"]) for row in rows} == {("CC BY-SA 4.0", "2026-11-22")}
    assert not [
        value for row in rows for value in row.values() if value[:1] in ("=", "+", "-", "@")
    ]
    assert len({row["uuid"] for row in rows}) == len(data().entries)


def schema(name: str) -> dict[str, Any]:
    """Return a published HSDS schema, where HSDS_SCHEMAS says it is."""
    folder = os.environ.get("HSDS_SCHEMAS")
    if not folder:
        pytest.skip("HSDS_SCHEMAS is not set to the folder of HSDS's schemas (see CONTRIBUTING.md)")
    found: dict[str, Any] = json.loads((Path(folder) / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_hsds_fits_the_published_schema(language: str) -> None:
    """Every service, with all that is inside it, is as Open Referral describes it."""
    validator = Draft202012Validator(
        schema("compiled/service.json"), format_checker=FormatChecker()
    )
    page = json.loads(files()[f"unduh/hsds.{language}.json"])
    faults = [(s["name"], e.message) for s in page["contents"] for e in validator.iter_errors(s)]
    assert faults == []
    assert page["total_items"] == len(page["contents"]) == len(data().entries)


def test_hsds_uses_no_field_that_the_schema_does_not_know() -> None:
    """The schemas allow unknown fields, and so would not see a misspelt one."""
    described = schema("compiled/service.json")
    for service in json.loads(files()["unduh/hsds.id.json"])["contents"]:
        assert list(unknown(service, described)) == []


def unknown(value: Any, described: dict[str, Any], where: str = "service") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from unknown(item, described.get("items", {}), where)
    elif isinstance(value, dict):
        known = described.get("properties", {})
        for name, part in value.items():
            if name not in known:
                yield f"{where}.{name}"
            else:
                yield from unknown(part, known[name], f"{where}.{name}")


def test_hsds_has_the_same_ids_in_both_languages() -> None:
    """Only words differ; licence and date stand at the top of each."""
    pages = [json.loads(files()[f"unduh/hsds.{language}.json"]) for language in LANGUAGES]
    assert {(page["licence"], page["date"]) for page in pages} == {("CC BY-SA 4.0", "2026-11-22")}
    assert list(ids(pages[0])) == list(ids(pages[1]))
    found = [service["name"] for service in pages[0]["contents"]]
    assert found == [service["alternate_name"] for service in pages[1]["contents"]]


def ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["id"]] if "id" in value else [])
        for part in value.values():
            yield from ids(part)
    elif isinstance(value, list):
        for part in value:
            yield from ids(part)


def test_hsds_says_how_each_number_is_known() -> None:
    """Source, date and test call stand with the phone, villages with the service areas."""
    made = json.loads(downloads(of(contact(id="a", tested="2026-10-01")))["unduh/hsds.id.json"])
    (service,) = made["contents"]
    (phone,) = service["phones"]
    told = {one["link_type"]: one["value"] for one in phone["attributes"]}
    assert told == {
        "uri": "tel:+622129244800",
        "seen": "2025-03-10",
        "source": "https://a.example",
        "confidence": "secondary source",
        "tested": "2026-10-01",
    }
    assert [area["name"] for area in service["service_areas"]] == ["Banyumas"]
    assert service["assured_date"] == "2026-10-01"


def test_opening_hours_bear_their_offset() -> None:
    """08:00 in Jakarta is seven hours ahead of UTC."""
    hours = {"days": ("MO",), "opens_at": "08:00", "closes_at": "24:00", "zone": "Asia/Jakarta"}
    made = json.loads(downloads(of(contact(schedule=(hours,))))["unduh/hsds.id.json"])
    (schedule,) = made["contents"][0]["schedules"]
    assert (schedule["opens_at"], schedule["closes_at"]) == ("08:00+07:00", "23:59+07:00")
    assert (schedule["byday"], schedule["timezone"]) == ("MO", 7)


def test_records_on_disk_are_not_changed_by_an_export() -> None:
    """The files keep old numbers, so that people can look them up."""
    assert any(
        c.id == "seruni-banyumas" and c.channels for c in load_contacts(DATA / "contacts.yml")
    )
    assert any(h.id == "sg-home" and h.channels for h in load_hotlines(DATA / "hotlines.yml"))
