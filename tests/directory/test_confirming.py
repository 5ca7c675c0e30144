"""What `directory.confirming` writes into a data file's text, and what it refuses."""

from datetime import date
from pathlib import Path

import pytest

from directory.confirming import Confirmation, NotConfirmed, Way, confirmed
from directory.records import load_contacts, load_hotlines

DATA = Path(__file__).parents[2] / "docs" / "data"
TODAY = date(2026, 11, 22)

TEXT = """\
# Numbers, by country.
- id: first
  name: {id: Satu, en: One}
  channels:
    - {kind: voice, number: "+622129244800"}  # the office
    - kind: whatsapp
      number: "+628118080141"
      note: {id: pesan, en: messages}
      seen: {date: "2020", source: "https://a.example", confidence: secondary source}
    - {kind: web, url: "https://a.example"}
  hours: null
  seen:
    date: "2024"
    source: "https://a.example"
  tested: null  # nobody yet

# Malaysia
- id: second
  channels: []
  seen: {date: null, source: "https://a.example"}
  tested: "2026-11-01"
"""


def diff(wish: Confirmation, text: str = TEXT) -> list[tuple[str, str]]:
    """The lines that changed; one that was added stands beside nothing."""
    before, after = text.split("\n"), confirmed(text, wish, TODAY).split("\n")
    if len(after) == len(before):
        return [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    added = [line for line in after if line not in before]
    assert [line for line in after if line not in added] == before
    return [("", line) for line in added]


def wish(name: str, way: Way, number: str | None = None, on: date = TODAY) -> Confirmation:
    return Confirmation(name, way, on, number)


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        (
            wish("first", "call"),
            ("  tested: null  # nobody yet", '  tested: "2026-11-22"  # nobody yet'),
        ),
        (wish("first", "source"), ('    date: "2024"', '    date: "2026-11-22"')),
        (
            wish("second", "source"),
            (
                '  seen: {date: null, source: "https://a.example"}',
                '  seen: {date: "2026-11-22", source: "https://a.example"}',
            ),
        ),
        (wish("first", "call", "+628118080141"), ("", '      tested: "2026-11-22"')),
        (
            wish("first", "source", "+628118080141"),
            (
                '      seen: {date: "2020", source: "https://a.example", '
                "confidence: secondary source}",
                '      seen: {date: "2026-11-22", source: "https://a.example", '
                "confidence: secondary source}",
            ),
        ),
        (
            wish("first", "call", "+622129244800"),
            (
                '    - {kind: voice, number: "+622129244800"}  # the office',
                '    - {kind: voice, number: "+622129244800", tested: "2026-11-22"}  # the office',
            ),
        ),
    ],
)
def test_one_fact_is_one_line(wanted: Confirmation, changed: tuple[str, str]) -> None:
    """Comments, order and every other line stay."""
    assert diff(wanted) == [changed]


def test_a_number_is_confirmed_again() -> None:
    """The day of a later call takes the place of the earlier one."""
    earlier = confirmed(TEXT, wish("first", "call", "+628118080141", date(2026, 1, 2)), TODAY)
    assert diff(wish("first", "call", "+628118080141"), earlier) == [
        ('      tested: "2026-01-02"', '      tested: "2026-11-22"')
    ]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (wish("third", "call"), "no entry has the id third; ids stand in the data files."),
        (wish("second", "call"), "second has no number to call; add the number first."),
        (
            wish("first", "call", "+60321164016"),
            "first has no number +60321164016; its numbers are: +622129244800, +628118080141.",
        ),
        (
            wish("first", "source", "+622129244800"),
            "+622129244800 has no source of its own; leave --number out to confirm the entry's.",
        ),
        (
            wish("first", "call", on=date(2026, 11, 23)),
            "2026-11-23 has not come yet; give the day of the call or reading.",
        ),
        (
            wish("first", "source", on=date(2023, 5, 1)),
            "first was confirmed on 2024 already, which is later.",
        ),
    ],
)
def test_what_cannot_be_confirmed_is_told(wanted: Confirmation, told: str) -> None:
    """The message says why, and what to do."""
    with pytest.raises(NotConfirmed) as caught:
        confirmed(TEXT, wanted, TODAY)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("hotlines.yml", ["id-polisi", "id-kp2mi-callcentre", "my-kjri-jb", "th-kbri"]),
        ("contacts.yml", ["uptd-ppa-banyumas", "kjri-hong-kong", "kbri-amman"]),
    ],
)
def test_real_entries_are_confirmed_by_one_line(name: str, ids: list[str]) -> None:
    """By call, by a call to one number, by source: the first, a middle and the last entry."""
    text = (DATA / name).read_text(encoding="utf-8")
    load = load_hotlines if name == "hotlines.yml" else load_contacts
    for record in load(DATA / name):
        if record.id not in ids:
            continue
        number = next(c.number for c in record.channels if c.kind in ("voice", "short-code"))
        wanted = [wish(record.id, "source"), wish(record.id, "call")]
        for one in [*wanted, wish(record.id, "call", number)]:
            assert len(diff(one, text)) == 1
