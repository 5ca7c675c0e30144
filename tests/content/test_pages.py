"""The real prose: pairs agree, front matter is whole, and nothing that is dialled is typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from built_site import ROOT
from content.pairs import differences

INDONESIAN = sorted((ROOT / "docs").rglob("*.id.md"))
PAGES = sorted((ROOT / "docs").rglob("*.md"))
AUDIENCES = {"prospective", "worker", "family", "paralegal"}
# Nine digits or more in groups, a number that begins with + or 0, or a verb and a number.
PHONE_LIKE = re.compile(
    r"\+\d[\d ().-]{5,}\d"
    r"|(?<![\w.])\(?0\d{2,4}\)?[ -]?\d{3,}(?:[ -]?\d+)*"
    r"|\b(?:\d[ -]?){9,}\b"
    r"|\b(?:telepon|hubungi|call|dial|ring)(?: ke| nomor| number)? \d{3,}",
    re.IGNORECASE,
)
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
CALL = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
HREF = re.compile(r'href="[^"]*"')
# A street or a house, and a web address; a portal that is called Indonesia.go.id has a capital.
OFFICE = re.compile(
    r"\b(?:Jl|Jln)\.? ?[A-Z]|\bJalan [A-Z]\w+|\bKav(?:ling|\.) ?\d|\b(?:RT|RW)[ .]?\d"
    r"|\b(?:Gedung|Wisma|Menara) [A-Z]\w+|\b(?:[Ll]antai|[Ff]loor) \d"
    r"|\b\d+[A-Z]? [A-Z]\w+ (?:Street|Road|Avenue|Lane)\b|\b(?:Persiaran|Lorong) [A-Z]\w+"
    r"|https?://|\bwww\.|(?<![\w.])[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:id|com|org|net|gov)\b"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT / "docs").as_posix()


def prose(path: Path) -> str:
    """The body without the addresses of links, which may hold long numbers."""
    body = path.read_text(encoding="utf-8").split("\n---\n", 1)[1]
    return re.sub(r"\]\([^)]*\)", "]", body)


@pytest.mark.parametrize("path", INDONESIAN, ids=name)
def test_both_languages_tell_the_same(path: Path) -> None:
    """Headings, anchors, links, figures, lists and front matter of a pair are the same."""
    english = path.with_name(path.name.replace(".id.", ".en."))
    found = differences(path.read_text(encoding="utf-8"), english.read_text(encoding="utf-8"))
    assert [str(difference) for difference in found] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_says_for_whom_it_is_and_when_it_was_checked(path: Path) -> None:
    """Front matter holds the fields that every page needs, in words that are known."""
    front = yaml.safe_load(path.read_text(encoding="utf-8").split("\n---\n", 1)[0])
    assert {"title", "description", "checked", "audience", "topics"} <= front.keys()
    assert front["audience"]
    assert set(front["audience"]) <= AUDIENCES
    assert not re.search(r"^# ", prose(path), re.MULTILINE), "the title is the h1"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_number_or_address_is_typed_in_prose(path: Path) -> None:
    """Whatever is dialled or written to comes from a data file, where it has a date."""
    text = prose(path)
    assert PHONE_LIKE.findall(text) == []
    assert E_MAIL.findall(text) == []
    assert OFFICE.findall(HREF.sub("", CALL.sub("", text))) == []


@pytest.mark.parametrize(
    "typed", ["+62 21 2924 4800", "0811-8080-141", "(021) 29244800", "telepon 112", "Call 1955"]
)
def test_a_typed_number_would_be_found(typed: str) -> None:
    """The search knows the ways in which people write numbers."""
    assert PHONE_LIKE.search(f"Kalau perlu, {typed} sekarang.")


@pytest.mark.parametrize(
    "typed",
    [
        "Jl. MT Haryono Kav. 52",
        "Jalan Tun Razak",
        "Gedung Ombudsman",
        "7 Chatsworth Road",
        "kemlu.go.id",
        "https://sbmi.or.id",
        "www.mom.gov.sg",
    ],
)
def test_a_typed_address_would_be_found(typed: str) -> None:
    """The search knows streets and web addresses."""
    assert OFFICE.search(f"Datang ke {typed} sekarang.")


@pytest.mark.parametrize(
    "allowed", ["lewat jalan tikus", "Menurut Suara.com (2024)", "portal Indonesia.go.id"]
)
def test_a_name_is_no_address(allowed: str) -> None:
    """Ways and newspapers stand in prose."""
    assert not OFFICE.search(allowed)


@pytest.mark.parametrize("allowed", ["UU 18/2017 Pasal 130", "Rp1.500.000.000", "2 Januari 2026"])
def test_a_figure_is_no_number_to_call(allowed: str) -> None:
    """Laws, sums and dates stand in prose."""
    assert not PHONE_LIKE.search(allowed)
