"""Spelling is forgiven, and two different names are never taken for one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from intake.naming import Traces, fold, is_told, names_in, phones_in, same, traces
from intake.patterns import _places
from workplace import the_form

CASES: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("naming_cases.yml").read_text(encoding="utf-8")
)
PLACES = _places(the_form())


def meet(one: str, other: str) -> bool:
    """Whether two answers to "which agency" name the same."""
    return any(same(a, b) for a in names_in(one, PLACES) for b in names_in(other, PLACES))


def told_in(story: str) -> Traces:
    """Whom a story names."""
    return traces({"story": story}, (), (), PLACES, "MY")


@pytest.mark.parametrize("group", CASES["groups"], ids=lambda group: str(group[0]))
def test_spellings_of_one_name_meet(group: list[str]) -> None:
    """Old orthography, doubled letters, marks, legal forms and a slip in a long word."""
    assert [pair for pair in combinations(group, 2) if not meet(*pair)] == []


def test_different_names_never_meet() -> None:
    """No text of one group meets one of another; names that differ in one word stay two."""
    pairs = combinations(CASES["groups"], 2)
    assert [(a, b) for one, two in pairs for a in one for b in two if meet(a, b)] == []


@pytest.mark.parametrize("text", CASES["nobody"])
def test_what_names_nobody_meets_nothing(text: str) -> None:
    """A common first name, a place, or a word for "agent" is no trace."""
    assert list(names_in(text, PLACES)) == []


@pytest.mark.parametrize("story", CASES["told"])
def test_story_tells_a_name_that_others_gave(story: str) -> None:
    """Written small or in passing, a name that another case gives is found in a story."""
    name = next(names_in(CASES["groups"][0][0], PLACES))
    found = told_in(story)
    assert is_told(name, found.told)
    assert not is_told(name, told_in("Contoh surat ada di rumah, rekaan semua.").told)


def test_numbers_are_one_however_they_are_written() -> None:
    """National, with country code, in a link or with dots: one E.164 number; sums are none."""
    written = ["+44 7700 900123", "+447700900123", "tel. +44-7700-900123"]
    assert {n for text in written for n in phones_in(text, "MY")} == {"+447700900123"}
    assert list(phones_in("bayar 15.000.000 tanggal 12.11.2026, utang Rp8.500.000", "MY")) == []


def test_own_number_of_a_person_is_no_trace() -> None:
    """Where a person wants to be called stands in many reports of one family."""
    answers = {"reach": "+447700900124", "last-number": "+447700900125"}
    assert traces(answers, (), (), PLACES, "MY").phones == {"+447700900125"}


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever a person writes, nothing is raised, and a name is the same as itself."""
    for name in names_in(text, PLACES):
        assert same(name, name)
        assert all(fold(word) for word in name.words)
    told_in(text)


def test_nothing_found_shows_in_repr() -> None:
    """A log or an exception that shows these records shows no name and no number."""
    found = traces({"agency": "PT Contoh Rekaan +447700900123"}, (), (), PLACES, "MY")
    assert found.names
    assert found.phones
    assert "onto" not in repr(found)
    assert "7700" not in repr(found)
    assert "onto" not in repr(next(iter(found.names)))
