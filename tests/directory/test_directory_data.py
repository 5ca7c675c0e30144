"""What the real data files hold."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from directory.age import as_printed, ends, last_day
from directory.records import (
    Channel,
    Contact,
    Country,
    Hotline,
    Province,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
    load_sources,
)

DATA = Path(__file__).parents[2] / "docs" / "data"
PROMISED = ("ID", "MY", "SG", "HK", "TW", "SA")
ORDER = ("emergency", "mission", "labour")
PRINTABLE = {"text seen", "own page seen", "official page seen", "secondary source"}


@cache
def hotlines() -> tuple[Hotline, ...]:
    return load_hotlines(DATA / "hotlines.yml")


@cache
def contacts() -> tuple[Contact, ...]:
    return load_contacts(DATA / "contacts.yml")


@cache
def countries() -> tuple[Country, ...]:
    return load_countries(DATA / "countries.yml")


@cache
def provinces() -> tuple[Province, ...]:
    return load_regions(DATA / "regions.yml")


def records() -> list[Hotline | Contact]:
    return [*hotlines(), *contacts()]


def dialled(channels: Sequence[Channel]) -> set[str]:
    return {c.number for c in channels if c.kind in ("voice", "whatsapp", "short-code")}


@pytest.mark.parametrize("name", sorted(path.stem for path in (DATA / "schema").iterdir()))
def test_the_data_fits_its_schema(name: str) -> None:
    """An editor that knows only the JSON Schema finds no fault either."""
    schema = json.loads((DATA / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    files = [*DATA.glob(f"{name}.yml"), *DATA.glob(f"{name}/*.yml")]
    assert files
    for file in files:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert [e.message for e in Draft202012Validator(schema).iter_errors(data)] == []


def test_nothing_from_memory_is_printed() -> None:
    """Each number and each organization was read somewhere."""
    assert {record.seen.confidence for record in records()} <= PRINTABLE


def test_every_cited_text_was_read_somewhere() -> None:
    """The real sources load, and each names a law or bears a title."""
    sources = load_sources(DATA / "sources")
    assert [source.id for source in sources if not (source.law or source.title)] == []


def test_nobody_claims_a_test_call() -> None:
    """`tested` stays empty until somebody has called and an office has answered."""
    assert [record.id for record in records() if record.tested] == []


@pytest.mark.parametrize("country", PROMISED)
def test_a_promised_country_has_police_and_a_mission(country: str) -> None:
    """Six countries have their own emergency number and an Indonesian mission."""
    here = [hotline for hotline in hotlines() if hotline.country == country]
    emergency = [hotline for hotline in here if hotline.kind == "emergency"]
    codes = [channel for hotline in emergency for channel in hotline.channels]
    assert any(c.kind == "short-code" and c.dial_from == country for c in codes)
    assert any(hotline.kind == "mission" for hotline in here)


def test_a_country_offers_a_second_number() -> None:
    """Where the promised countries' first number does not answer, there is another to try."""
    for country in PROMISED:
        here = [hotline for hotline in hotlines() if hotline.country == country]
        assert len(set().union(*(dialled(hotline.channels) for hotline in here))) >= 2


def test_hotlines_stand_in_order_of_need() -> None:
    """Countries stand together; emergency first, then mission, labour office, others.

    Cambodia alone begins with the embassy: reports to local police have leaked there.
    """
    listed = [hotline.country for hotline in hotlines()]
    assert sorted(listed, key=listed.index) == listed
    for country in set(listed) - {"KH"}:
        kinds = [hotline.kind for hotline in hotlines() if hotline.country == country]
        ranks = [ORDER.index(k) if k in ORDER else len(ORDER) for k in kinds]
        assert ranks == sorted(ranks), country


def test_cambodia_warns_before_its_police() -> None:
    """The embassy comes first and the police number carries the reason."""
    here = [hotline for hotline in hotlines() if hotline.country == "KH"]
    assert here[0].kind == "mission"
    police = next(hotline for hotline in here if hotline.kind == "emergency")
    assert police is here[-1]
    assert police.channels[0].note is not None


def test_hotlines_lie_in_known_countries() -> None:
    """Every number belongs to Indonesia or to a destination that the form and the pages know."""
    known = {"ID", *(country.code for country in countries())}
    assert {record.country for record in hotlines()} <= known
    assert {record.coverage.country for record in contacts()} <= known


def test_expired_entries_have_no_channels() -> None:
    """A body whose contact nobody confirmed is named, and no more."""
    named = [contact for contact in contacts() if contact.publication == "expired"]
    assert named
    assert [contact.id for contact in named if contact.channels] == []


def test_contacts_are_enough_and_begin_at_home() -> None:
    """At least twenty-five bodies; the first that stands in the list is a paralegal group."""
    assert len(contacts()) >= 25
    assert contacts()[0].kind == "paralegal-group"
    assert contacts()[0].coverage.region == "33.02"


def test_contacts_lie_in_regions_that_exist() -> None:
    """A region is one of the official codes; a district or a village lies in such a one."""
    codes = {province.code for province in provinces()}
    codes |= {regency.code for province in provinces() for regency in province.regencies}
    used = [code for c in contacts() for code in (c.coverage.region, *c.coverage.regions) if code]
    assert {code[: len("33.02")] for code in used} <= codes
    assert any(len(code) == len("33.02.15.2006") for code in used)


def test_every_record_has_the_publication_that_was_decided() -> None:
    """107 bodies stand in the directory: 56 with a place or a channel, 51 by name only."""
    counted = Counter(contact.publication for contact in contacts())
    assert counted == {"published": 56, "expired": 51}
    assert len(hotlines()) == 111


def test_no_person_is_listed() -> None:
    """Nobody has agreed so far, so no paralegal has an entry."""
    assert [contact.id for contact in contacts() if contact.kind == "paralegal"] == []


def test_nothing_is_printed_beyond_its_limit() -> None:
    """On any day, what is left has a limit that has not passed; what has none left is an office."""
    for on in (date(2026, 11, 22), date(2030, 1, 1), date(2040, 1, 1)):
        printed: list[Hotline | Contact] = [*as_printed(hotlines(), on)]
        for record in [*printed, *as_printed(contacts(), on)]:
            for channel in record.channels:
                end = last_day(record, channel)
                assert end is None or on <= end, record.id
                assert end or not ends(record) or channel.kind == "web", record.id


def test_old_numbers_of_organizations_are_not_printed() -> None:
    """An e-mail address of 2010 and numbers of 2020 stand in the file, and nowhere else."""
    on = date(2026, 11, 22)
    printed = {c.id: c.channels for c in as_printed(contacts(), on)}
    left = [c.id for c in contacts() if c.channels and not printed[c.id]]
    assert left == ["seruni-banyumas", "home-singapore", "twc2", "mwc-singapore"]
    lines = {h.id: h.channels for h in as_printed(hotlines(), on)}
    assert [name for name, channels in lines.items() if not channels] == [
        "sg-home",
        "sg-twc2",
        "sg-cde",
        "kr-bbb",
        "pl-kcik",
    ]


def test_numbers_that_count_no_more_are_not_dialled() -> None:
    """A replaced number and a misprint are known, and none of them is a channel."""
    old = {number.number for record in records() for number in record.superseded_numbers}
    assert len(old) >= 6
    assert old & {number for record in records() for number in dialled(record.channels)} == set()


def test_a_national_office_has_the_same_numbers_in_both_files() -> None:
    """A government number that changes in one file has to change in the other."""
    listed: set[str] = set().union(*(dialled(hotline.channels) for hotline in hotlines()))
    offices = [c for c in contacts() if c.kind == "government" and c.coverage.region is None]
    assert any(dialled(office.channels) for office in offices)
    strays = {office.id: dialled(office.channels) - listed for office in offices}
    assert {name: numbers for name, numbers in strays.items() if numbers} == {}


def test_help_is_one_short_sentence() -> None:
    """What an entry helps with is said in one sentence of at most twenty words."""
    for hotline in hotlines():
        for sentence in (hotline.help.id, hotline.help.en):
            assert sentence.endswith("."), hotline.id
            assert ". " not in sentence, hotline.id
            assert len(sentence.split()) <= 20, hotline.id


def test_regions_are_complete() -> None:
    """Indonesia has 38 provinces, 416 regencies and 98 cities (Kepmendagri 300.2.2-2138/2025)."""
    names = [regency.name for province in provinces() for regency in province.regencies]
    cities = [name for name in names if name.startswith("Kota ")]
    assert (len(provinces()), len(names) - len(cities), len(cities)) == (38, 416, 98)


def test_regions_have_plain_names() -> None:
    """A regency bears its plain name; spot checks hold."""
    named = {regency.code: regency.name for p in provinces() for regency in p.regencies}
    assert not any(name.isupper() or name.startswith("Kab") for name in named.values())
    assert (named["33.01"], named["33.02"]) == ("Cilacap", "Banyumas")
    assert (named["33.74"], named["31.74"]) == ("Kota Semarang", "Kota Jakarta Selatan")


def test_countries_begin_with_the_most_usual() -> None:
    """The form offers first the places where most people work; Indonesia is no destination."""
    codes = [country.code for country in countries()]
    assert codes[:9] == ["MY", "SG", "HK", "TW", "SA", "KR", "JP", "BN", "AE"]
    assert "ID" not in codes
    assert len(codes) >= 35
