"""How long `directory.age` lets a channel be printed."""

from datetime import date
from typing import Any

import pytest

from directory.age import as_printed, is_current, is_named, last_day
from directory.records import Contact, Hotline, provenance
from invented_records import contact, hotline, seen

TODAY = date(2026, 11, 22)


def end(record: Contact | Hotline) -> date | None:
    return last_day(record, record.channels[0])


@pytest.mark.parametrize(
    ("changed", "day"),
    [
        ({"seen": seen("2025-03-10")}, date(2028, 3, 10)),
        ({"seen": seen("2025-03")}, date(2028, 3, 1)),
        ({"seen": seen("2025")}, date(2028, 1, 1)),
        ({"seen": seen("2024-02-29")}, date(2027, 2, 28)),
        ({"tested": "2026-08-31"}, date(2028, 2, 29)),
        ({"seen": seen(None)}, date.min),
        ({"seen": seen(None, read="2026-11-21")}, date.min),
        ({"seen": seen(None, "own page seen", read="2026-11-21")}, date(2029, 11, 21)),
        ({"kind": "government", "seen": seen("2010")}, None),
        ({"kind": "insurance", "seen": seen(None)}, None),
        ({"channels": ({"kind": "web", "url": "https://a.example"},), "seen": seen("2010")}, None),
    ],
)
def test_a_channel_lasts_from_its_call_or_its_source(
    changed: dict[str, Any], day: date | None
) -> None:
    """18 months from a call, else 36 from the first day its source can mean; offices never end."""
    assert end(contact(**changed)) == day


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("emergency", None),
        ("government", None),
        ("mission", None),
        ("labour", None),
        ("insurance", None),
        ("women", None),
        ("organization", date(2013, 1, 1)),
    ],
)
def test_numbers_in_need_never_end(kind: str, day: date | None) -> None:
    """Only an organization's hotline leaves; police, missions and ministries stay for ever."""
    assert end(hotline(kind, "2010")) == day


def test_a_channel_is_printed_on_its_last_day_and_no_more_after_it() -> None:
    """The limit itself still counts."""
    record = contact(seen=seen("2023-11-22"))
    assert is_current(record, record.channels[0], TODAY)
    assert not is_current(record, record.channels[0], date(2026, 11, 23))


def test_a_channel_may_be_known_otherwise_than_its_record() -> None:
    """A test call of the record says nothing of a number that was read elsewhere."""
    own = {"kind": "voice", "number": "+622129244801", "seen": seen("2020")}
    called = {
        "kind": "voice",
        "number": "+622129244802",
        "seen": seen("2020"),
        "tested": "2026-11-01",
    }
    plain = {"kind": "voice", "number": "+622129244800"}
    record = contact(channels=(plain, own, called), tested="2026-10-01")
    known = [provenance(record, channel) for channel in record.channels]
    assert [one.tested for one in known] == ["2026-10-01", None, "2026-11-01"]
    assert [one.seen.date for one in known] == ["2025-03-10", "2020", "2020"]
    assert [is_current(record, channel, TODAY) for channel in record.channels] == [
        True,
        False,
        True,
    ]


def test_the_name_stays_when_its_channels_have_gone() -> None:
    """What is printed has no old number, and the record on disk keeps it."""
    record = contact(seen=seen("2010"))
    (printed,) = as_printed([record], TODAY)
    assert (printed.name, printed.channels) == (record.name, ())
    assert len(record.channels) == 1


def test_a_draft_is_never_shown() -> None:
    """Not even its name."""
    assert as_printed([contact(publication="draft")], TODAY) == ()


def test_a_person_is_shown_as_long_as_the_consent_lasts() -> None:
    """The day after, name and number are gone; a group that agreed keeps its name."""
    consent = {"by": "coordinator", "on": "2025-11-23", "until": "2026-11-22"}
    group = contact(publication="consented", consent=consent)
    person = contact(kind="paralegal", host="seruni", publication="consented", consent=consent)
    after = date(2026, 11, 23)
    assert [len(one.channels) for one in as_printed([group, person], TODAY)] == [1, 1]
    assert [(one.kind, one.channels) for one in as_printed([group, person], after)] == [
        ("union", ())
    ]
    assert not is_named(contact(kind="paralegal", host="seruni", publication="draft"), TODAY)
