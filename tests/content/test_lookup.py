"""The list that a contact is compared with: only what pages print, each with how it is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from built_site import ROOT
from content.lookup import Say, grouped, lookup_index
from content.site import Site
from content.wording import load_wording
from directory.records import Contact, Hotline, load_contacts, load_hotlines

WORDS = load_wording(ROOT / "docs/data/wording.yml")
SAY = Say("id", WORDS["id"])

BODY = """
- id: mawar
  name: {id: Paguyuban Mawar, en: Mawar Association}
  kind: paralegal-group
  description: {id: Contoh., en: Example.}
  services: [information]
  coverage: {country: "ID", region: "33.02"}
  place: null
  channels:
    - {kind: voice, number: "+622129244800"}
    - {kind: email, address: "Halo@Mawar.example"}
    - {kind: web, url: "https://www.mawar.example/kontak"}
    - kind: whatsapp
      number: "+628118080141"
      seen: {date: "2026-02", source: "https://lain.example/x", confidence: secondary source}
  hours: null
  languages: ["id"]
  free_of_charge: null
  publication: published
  superseded_numbers:
    - {number: "+88690132000", since: "2024-12", note: {id: kurang satu angka, en: too short}}
  not_to_be_confused_with:
    - {name: Mawar Putih, why: {id: Toko bunga., en: A flower shop.}}
  seen: {date: "2026-01-07", source: "https://www.mawar.example", confidence: own page seen}
  tested: "2026-11-20"
"""


@pytest.fixture
def body(tmp_path: Path) -> Contact:
    """An invented body with every kind of channel."""
    file = tmp_path / "contacts.yml"
    file.write_text(BODY)
    return load_contacts(file)[0]


def listed(*contacts: Contact, hotlines: tuple[Hotline, ...] = ()) -> list[dict[str, Any]]:
    made = lookup_index(contacts, hotlines, {"ID": "indonesia"}, SAY)
    entries: list[dict[str, Any]] = json.loads(made.text)["entries"]
    return entries


def test_each_number_says_how_it_is_known(body: Contact) -> None:
    """A test call belongs to the channels that have no source of their own."""
    [entry] = listed(body)
    assert entry["numbers"] == [
        {
            "number": "62 2129244800",
            "shown": "+62 21 29244800",
            "checked": "Telepon uji dijawab 20 November 2026.",
        },
        {
            "number": "62 8118080141",
            "shown": "+62 811 8080 141",
            "checked": "Terakhir terlihat menurut lain.example, Februari 2026; belum diuji.",
        },
    ]
    assert entry["addresses"] == ["halo@mawar.example", "mawar.example"]
    assert entry["path"] == "kontak/mawar/"


def test_names_of_every_language_are_known(body: Contact) -> None:
    """Somebody may have heard the English one, or the short form."""
    assert listed(body)[0]["names"] == ["Paguyuban Mawar", "Mawar Association", "mawar"]


def test_what_it_is_taken_for_is_told(body: Contact) -> None:
    """Replaced numbers and names alike, in the reader's language."""
    [entry] = listed(body)
    assert entry["replaced"] == [
        {"number": "886 90132000", "since": " (Desember 2024)", "note": "kurang satu angka"}
    ]
    assert entry["confused"] == [{"name": "Mawar Putih", "why": "Toko bunga."}]


def test_a_number_to_call_in_need_leads_to_its_country() -> None:
    """Short codes stay as they are dialled."""
    hotlines = load_hotlines(ROOT / "docs/data/hotlines.yml")
    police = next(one for one in hotlines if one.id == "id-polisi")
    [entry] = listed(hotlines=(police,))
    assert entry["path"] == "darurat/indonesia/"
    assert [number["number"] for number in entry["numbers"]] == ["110"]


def test_the_name_of_the_list_changes_with_it(body: Contact) -> None:
    """An old copy is never taken for a new one."""
    one = lookup_index([body], [], {}, SAY)
    other = lookup_index([], [], {}, SAY)
    assert one.url != other.url
    assert one.url.startswith("assets/lookup-id-")


def test_the_list_holds_only_what_is_printed() -> None:
    """Channels that are past their day and drafts are not on the phone either."""
    site = Site.read(ROOT, {"SOURCE_DATE_EPOCH": "2177452800"})  # 2039
    entries = json.loads(site.lookup_index("id").text)["entries"]
    found = {entry["path"]: entry for entry in entries}
    assert found["kontak/migrant-care/"]["numbers"] == []
    assert found["kontak/kp2mi/"]["numbers"]
    assert {f"kontak/{one.id}/" for one in site.data.contacts} <= found.keys()


@pytest.mark.parametrize(
    ("written", "kept"),
    [("+622129244800", "62 2129244800"), ("0800-1000", "0800-1000"), ("+0", "0")],
)
def test_a_number_is_grouped_by_its_country(written: str, kept: str) -> None:
    """What has no country's code stays as it was written."""
    assert grouped(written) == kept
