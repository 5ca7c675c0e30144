"""What is printed: read back from the PDF, the same each time, no number that may not be there."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from built_site import ROOT
from directory import print_commands
from directory.posters import MOST_NUMBERS, SIZES, Directory, Size, Wish, poster
from directory.print_words import load_prints, load_saying
from directory.printing import NotPrintable, pdf
from directory.reading import DataProblems
from directory.records import (
    Contact,
    Hotline,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
)
from directory.talk import read_talk
from pdf_reader import Pdf

DATA = ROOT / "docs/data"
DAY = date(2026, 11, 22)
SITE = "https://contoh.org/"
SAY = {language: load_saying(DATA, language) for language in ("id", "en")}
REAL = Directory(
    hotlines=load_hotlines(DATA / "hotlines.yml"),
    contacts=load_contacts(DATA / "contacts.yml"),
    countries=load_countries(DATA / "countries.yml"),
    provinces=load_regions(DATA / "regions.yml"),
    site=SITE,
    home_region="33",
    docs=ROOT / "docs",
)
BOTH = pytest.mark.parametrize("language", ["id", "en"])
EACH = pytest.mark.parametrize("size", SIZES)

GROUP: dict[str, Any] = {
    "id": "kelompok-contoh",
    "name": {"id": "Kelompok Contoh", "en": "Example Group"},
    "kind": "paralegal-group",
    "description": {"id": "Contoh.", "en": "Example."},
    "services": ("information",),
    "coverage": {"country": "ID", "region": "33.02"},
    "place": None,
    "channels": ({"kind": "voice", "number": "+62281641234"},),
    "hours": None,
    "languages": ("id",),
    "free_of_charge": True,
    "publication": "published",
    "seen": {"date": "2026-05", "source": "https://contoh.org", "confidence": "own page seen"},
    "tested": None,
}


def contact(**changes: Any) -> Contact:
    return Contact.model_validate(GROUP | changes)


def hotline(**changes: Any) -> Hotline:
    """An invented number of an organization, read in May 2026."""
    told = {name: GROUP[name] for name in ("id", "name", "channels", "hours", "seen", "tested")}
    named = {"country": "ID", "kind": "organization", "help": {"id": "Contoh.", "en": "Example."}}
    return Hotline.model_validate(told | named | changes)


def printed(size: Size = "a4", language: str = "id", **wish: Any) -> Pdf:
    return Pdf(pdf(poster(Wish(size, DAY, **wish), REAL, SAY[language])))


def refusal(found: Sequence[Contact | Hotline], name: str, on: date = DAY) -> str:
    known = replace(
        REAL,
        contacts=[one for one in found if isinstance(one, Contact)],
        hotlines=[*REAL.hotlines, *(one for one in found if isinstance(one, Hotline))],
    )
    with pytest.raises(NotPrintable) as problem:
        poster(Wish("a4", on, numbers=(name,)), known, SAY["id"])
    return str(problem.value)


@EACH
@BOTH
def test_a_print_is_for_everybody(size: Size, language: str) -> None:
    """Its text is tagged, and it says its language and its title."""
    sheet = poster(Wish(size, DAY), REAL, SAY[language])
    read = Pdf(pdf(sheet))
    assert (read.is_tagged, read.language, read.title) == (True, language, sheet.title)


@pytest.mark.parametrize(
    ("size", "millimetres", "pages"),
    [("a3", (297, 420), 1), ("a4", (210, 297), 1), ("a6", (105, 148), 2), ("talk", (210, 297), 2)],
)
@BOTH
def test_a_print_has_the_size_of_its_paper(
    size: Size, language: str, millimetres: tuple[float, float], pages: int
) -> None:
    """ISO 216 to the tenth of a millimetre, and no page more than there should be."""
    read = printed(size, language)
    assert (read.size, read.pages) == (millimetres, pages)


@EACH
@BOTH
def test_the_same_data_and_day_make_the_same_bytes(size: Size, language: str) -> None:
    """Nothing of the machine or its clock goes in; another day does."""
    sheet = poster(Wish(size, DAY), REAL, SAY[language])
    later = poster(Wish(size, date(2026, 11, 23)), REAL, SAY[language])
    assert pdf(sheet) == pdf(sheet)
    assert pdf(sheet) != pdf(later)
    assert sheet.fingerprint != later.fingerprint


@pytest.mark.parametrize("size", ["a3", "a4", "a6"])
@BOTH
def test_the_five_lines_and_the_numbers_can_be_read(size: Size, language: str) -> None:
    """Whoever selects the text gets every line and every number of the data."""
    read = printed(size, language)
    text = " ".join(read.text(page) for page in range(read.pages))
    for line in SAY[language].prints.lines:
        assert line.head[language] in text
        assert line.text[language] in text
    names = {record.id: record.name[language] for record in REAL.hotlines}
    for name in SAY[language].prints.numbers:
        assert names[name] in text
    for number in ("0800-1000", "+62 21 29244800", "+62 812 9007 0027", "110", "129"):
        assert number in text


@pytest.mark.parametrize(
    ("language", "dated"),
    [
        ("id", "Dicetak 22 November 2026. Berlaku sampai 22 November 2027; setelah itu pakai"),
        ("en", "Printed 22 November 2026. Valid until 22 November 2027; after that use"),
    ],
)
@EACH
def test_a_print_says_when_it_ends(size: Size, language: str, dated: str) -> None:
    """The day of printing and the last day stand on each."""
    read = printed(size, language)
    assert dated in " ".join(read.text(page) for page in range(read.pages))


@BOTH
def test_a_number_says_how_it_is_known(language: str) -> None:
    """Nobody has called it: that stands beside it, with the date of its source."""
    seen = {"id": "Terlihat: 10 April 2025. Belum diuji telepon.", "en": "Seen: 10 April 2025."}
    assert seen[language] in printed("a4", language).text()


@pytest.mark.parametrize(
    ("wish", "page"),
    [
        ({}, ""),
        ({"country": "MY"}, "darurat/malaysia/"),
        ({"region": "33.02"}, "kontak/wilayah/33.02/"),
        ({"region": "12.01"}, "kontak/wilayah/12/"),
    ],
)
@pytest.mark.parametrize("size", ["a3", "a4", "a6"])
def test_a_camera_opens_the_page_of_the_place(size: Size, wish: dict[str, str], page: str) -> None:
    """The QR code, read from the page as it looks in black and white, is that address."""
    assert printed(size, "id", **wish).codes() == [SITE + page]
    assert printed(size, "en", **wish).codes() == [f"{SITE}en/{page}"]


def test_the_talk_sheet_has_four_cards_to_cut() -> None:
    """Each of them with its own QR code."""
    assert printed("talk").codes(1) == [SITE] * 4


@pytest.mark.parametrize("size", SIZES)
def test_the_address_can_be_typed(size: Size) -> None:
    """The domain is spelled out for phones without a camera."""
    read = printed(size)
    assert "contoh.org" in read.text(read.pages - 1 if size == "talk" else 0)


@pytest.mark.parametrize("site", ["https://contoh.example/", "http://127.0.0.1:8000/"])
def test_a_print_without_a_real_address_says_so(site: str) -> None:
    """Nobody hands out a code that leads nowhere without having been told."""
    sheet = poster(Wish("a4", DAY), replace(REAL, site=site), SAY["id"])
    assert SAY["id"].words["sample"] in Pdf(pdf(sheet)).text()
    assert SAY["id"].words["sample"] not in printed().text()


@BOTH
def test_a_country_puts_its_own_numbers_first(language: str) -> None:
    """The emergency number and the missions, then the ministry that is there for all."""
    text = printed("a4", language, country="MY").text()
    assert "Malaysia" in text
    assert text.index("999") < text.index("+60 3 2116 4016") < text.index("+62 812 9007 0027")
    only = {"id": "999 hanya dari Malaysia", "en": "999 only from Malaysia"}
    assert only[language] in text


def test_a_country_shows_no_number_that_is_dead_there() -> None:
    """A short number of home is of no use abroad; what can be dialled from there stays."""
    known = replace(REAL, hotlines=[one for one in REAL.hotlines if one.country == "ID"])
    text = Pdf(pdf(poster(Wish("a6", DAY, country="TH"), known, SAY["id"]))).text()
    assert "+62 21 29244800" in text
    assert "+62 811 1129 129" in text
    for short in ("0800-1000", "Polisi 110", " 129 hanya"):
        assert short not in text


@pytest.mark.parametrize("country", [country.code for country in REAL.countries])
@BOTH
def test_every_country_fits(country: str, language: str) -> None:
    """However long its names and notes are, poster and pocket card hold them."""
    assert printed("a4", language, country=country).pages == 1
    assert printed("a6", language, country=country).pages == 2


def test_a_region_puts_its_paralegals_first() -> None:
    """They stand before the ministries, offices after them, the police not as a helper."""
    group, office = contact(), contact(id="kantor", kind="government", name=named("Kantor"))
    police = contact(id="polisi", kind="police", name=named("Polres"))
    known = replace(REAL, contacts=[police, office, group])
    text = Pdf(pdf(poster(Wish("a4", DAY, region="33.02"), known, SAY["id"]))).text()
    assert "Untuk warga Banyumas" in text
    assert text.index("Kelompok Contoh") < text.index("0800-1000") < text.index("Kantor")
    assert "Polres" not in text


def named(name: str) -> dict[str, str]:
    return {"id": name, "en": name}


def test_who_went_out_of_date_leaves_a_regions_poster() -> None:
    """The poster is printed all the same, with those who are left."""
    known = replace(REAL, contacts=[contact()])
    text = Pdf(pdf(poster(Wish("a4", date(2029, 6, 1), region="33.02"), known, SAY["id"]))).text()
    assert "Kelompok Contoh" not in text
    assert "Call centre KP2MI" in text


def test_a_print_ends_with_the_first_of_its_numbers() -> None:
    """A number that is good until next May makes a poster that is."""
    known = replace(REAL, contacts=[contact(tested="2025-11-22")])
    text = Pdf(pdf(poster(Wish("a4", DAY, region="33.02"), known, SAY["id"]))).text()
    assert "Telepon uji dijawab 22 November 2025." in text
    assert "Berlaku sampai 22 Mei 2027;" in text


def test_an_expired_number_is_refused() -> None:
    """The message says which number, since when, and what to do."""
    assert refusal([contact()], "kelompok-contoh", date(2029, 6, 1)) == (
        "kelompok-contoh may not be printed on 2029-06-01: +62281641234 was good until "
        "2029-05-01; call it and write that down with `directory confirm kelompok-contoh`, or "
        "choose another number"
    )


def test_a_hotline_of_an_organization_ends_too() -> None:
    """Only offices stay."""
    record = hotline(id="hotline-contoh")
    assert "was good until 2029-05-01" in refusal([record], "hotline-contoh", date(2029, 6, 1))


def test_a_draft_is_refused() -> None:
    """Nobody agreed to it yet."""
    assert refusal([contact(publication="draft")], "kelompok-contoh") == (
        "kelompok-contoh may not be printed on 2026-11-22: it is a draft; choose another number"
    )


def test_a_person_is_refused_once_the_consent_has_ended() -> None:
    """The day after its last, the name may not stand there either."""
    consent = {"by": "holder", "on": "2026-01-01", "until": "2026-11-21"}
    person = contact(kind="paralegal", host="lain", publication="consented", consent=consent)
    assert refusal([person], "kelompok-contoh") == (
        "kelompok-contoh may not be printed on 2026-11-22: the consent to print it has ended; "
        "choose another number"
    )


def test_a_number_that_nobody_dates_is_refused() -> None:
    """A second-hand source without a date says nothing about today, an office's number too."""
    seen = GROUP["seen"] | {"date": None, "confidence": "secondary source"}
    office = hotline(id="kantor-contoh", kind="government", seen=seen)
    assert refusal([office], "kantor-contoh") == (
        "kantor-contoh may not be printed on 2026-11-22: no source dates +62281641234; call it "
        "and write that down with `directory confirm kantor-contoh`, or choose another number"
    )


def test_what_cannot_be_dialled_is_refused() -> None:
    """An e-mail address helps nobody before a poster."""
    channels = ({"kind": "email", "address": "a@contoh.org"},)
    assert "it has no telephone or WhatsApp number" in refusal(
        [contact(channels=channels)], "kelompok-contoh"
    )


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (
            {"numbers": ("tidak-ada",)},
            "tidak-ada stands neither in hotlines.yml nor in contacts.yml; correct it",
        ),
        ({"country": "QQ"}, "QQ stands not in countries.yml; write a code such as MY"),
        (
            {"region": "99.01"},
            "99.01 stands not in regions.yml; write the code of a province (33) or of a regency "
            "(33.02)",
        ),
        (
            {"region": "33.02", "country": "MY"},
            "a print is for a region or for a country; leave one of them out",
        ),
        ({"numbers": ("id-119",) * 5}, f"at most {MOST_NUMBERS} numbers fit; leave some out"),
    ],
)
def test_a_wish_that_cannot_be_met_is_explained(wish: dict[str, Any], message: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotPrintable) as problem:
        poster(Wish("a4", DAY, **wish), REAL, SAY["id"])
    assert str(problem.value) == message


def test_text_that_does_not_fit_is_refused() -> None:
    """A poster never loses its last lines to a second page."""
    long = " ".join(["sangat panjang"] * 600)
    channels = ({"kind": "voice", "number": "+62281641234", "note": named(long)},)
    known = replace(REAL, contacts=[contact(channels=channels)])
    sheet = poster(Wish("a4", DAY, region="33.02"), known, SAY["id"])
    with pytest.raises(NotPrintable, match="the text does not fit its page"):
        pdf(sheet)


def test_a_letter_without_a_shape_is_refused() -> None:
    """No empty box stands where a name should be."""
    known = replace(REAL, contacts=[contact(name=named("勞工"))])
    with pytest.raises(NotPrintable, match="could not be displayed"):
        pdf(poster(Wish("a4", DAY, region="33.02"), known, SAY["id"]))


@BOTH
def test_the_talk_sheet_says_what_its_guide_says(language: str) -> None:
    """Paper and page are one text; what leads on to other pages is left out."""
    talk = read_talk(ROOT / "docs", language)
    text = printed("talk", language).text()
    assert len(talk.parts) == 7
    for part in talk.parts:
        assert part.heading in text
        for piece in part.pieces:
            assert all(line in text for line in piece.lines), piece
    assert {piece.kind for part in talk.parts for piece in part.pieces} == {
        "say",
        "do",
        "steps",
        "list",
    }


def test_a_missing_guide_is_named(tmp_path: Path) -> None:
    """The talk sheet has no text of its own."""
    with pytest.raises(NotPrintable) as problem:
        read_talk(tmp_path, "id")
    file = tmp_path / "panduan/bicara-di-desa/index.id.md"
    assert str(problem.value) == f"{file} is missing; the talk sheet is made from it"


def test_words_that_are_missing_are_named(tmp_path: Path) -> None:
    """Each with its field."""
    told = yaml.safe_load((DATA / "print.yml").read_text(encoding="utf-8"))
    del told["lines"][2]["head"]["en"]
    told["valid_days"] = 0
    file = tmp_path / "print.yml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    with pytest.raises(DataProblems) as problem:
        load_prints(file)
    assert str(problem.value).splitlines() == [
        "print.yml: entry 1: valid_days: Input should be greater than or equal to 1",
        "print.yml: entry 1: lines.3.head.en: is missing; add it",
    ]


def run(*arguments: str) -> int:
    top = argparse.ArgumentParser()
    commands = top.add_subparsers()
    print_commands.add_poster(commands)
    print_commands.add_card(commands)
    chosen = top.parse_args(arguments)
    return int(chosen.run(chosen))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data, in which the commands run."""
    shutil.copytree(DATA, tmp_path / "docs/data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INTAKE_SITE", SITE)
    return tmp_path


def test_the_command_writes_the_poster(checkout: Path) -> None:
    """The same as the site's, at the address that the environment names."""
    assert run("poster", "--size", "a3", "--on", "2026-11-22", "-o", "poster.pdf") == 0
    expected = pdf(poster(Wish("a3", DAY), REAL, SAY["id"]))
    assert (checkout / "poster.pdf").read_bytes() == expected


def test_the_command_prints_the_entries_that_are_named(checkout: Path) -> None:
    """In the order in which they are named, and nothing else."""
    asked = ["--call", "id-lpsk", "--call", "id-polisi", "--language", "en"]
    run("poster", "--size", "a6", *asked, "--on", "2026-11-22", "-o", "a6.pdf")
    text = Pdf((checkout / "a6.pdf").read_bytes()).text()
    assert text.index("148") < text.index("110")
    assert "0800-1000" not in text


def test_the_command_writes_nothing_that_is_refused(checkout: Path) -> None:
    """No half of a poster lies about."""
    wish = ["--call", "tidak-ada", "--on", "2026-11-22", "-o", "poster.pdf"]
    with pytest.raises(NotPrintable):
        run("poster", *wish)
    assert not (checkout / "poster.pdf").exists()


def test_an_organization_without_an_address_is_explained(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the file."""
    monkeypatch.delenv("INTAKE_SITE")
    (checkout / "docs/data/organization.yml").write_text("id: contoh\n", encoding="utf-8")
    with pytest.raises(NotPrintable) as problem:
        run("poster", "--on", "2026-11-22", "-o", "poster.pdf")
    assert str(problem.value) == (
        "docs/data/organization.yml needs site and home_region; `intake doctor` says more"
    )
