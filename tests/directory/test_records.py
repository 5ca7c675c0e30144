"""What `directory.records` makes of good and of broken files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from directory.records import (
    DataProblems,
    load_contacts,
    load_countries,
    load_hotlines,
    load_regions,
    load_sources,
)
from invented_records import contact

HOTLINE = """\
- id: my-kbri-kl
  name: {id: KBRI Kuala Lumpur, en: Indonesian Embassy Kuala Lumpur}
  country: "MY"
  kind: mission
  channels:
    - {kind: voice, number: "+60321164016"}
    - {kind: short-code, number: "999", dial_from: "MY"}
    - {kind: email, address: "info@example.org"}
    - {kind: web, url: "https://kemlu.go.id"}
  hours: null
  help: {id: Menolong WNI., en: Helps Indonesians.}
  seen: {date: "2026-08-17", source: "https://kemlu.go.id/perwakilan", confidence: secondary source}
  tested: null
"""

CONTACT = """\
- id: tenaganita
  name: {id: Tenaganita, en: Tenaganita}
  kind: ngo
  description: {id: Bantuan hukum., en: Legal help.}
  services: [legal-aid]
  coverage: {country: "MY", region: null}
  place: null
  channels: []
  hours: null
  languages: ["en"]
  free_of_charge: null
  publication: expired
  seen: {date: "2020-12", source: "https://tenaganita.net", confidence: own page seen}
  tested: null
"""

SOURCE = """\
- id: uu18-p71
  law: UU 18/2017
  article: Pasal 71
  title: null
  url: https://peraturan.info/uu/2017/18
  kind: primary text
  dated: "2017-11-22"
  seen: "2026-11-21"
  confidence: text seen
"""

REGIONS = """\
provinces:
  - code: "33"
    name: Jawa Tengah
    regencies:
      - {code: "33.01", name: Cilacap}
      - {code: "33.02", name: Banyumas}
"""

Load = Callable[[Path], tuple[Any, ...]]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(load: Load, path: Path) -> list[str]:
    with pytest.raises(DataProblems) as caught:
        load(path)
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return str(caught.value).split("\n")


def test_a_good_hotline_is_a_frozen_record(tmp_path: Path) -> None:
    """A hotline keeps its channels in order and cannot be changed."""
    (hotline,) = load_hotlines(written(tmp_path, "hotlines.yml", HOTLINE))
    assert [channel.kind for channel in hotline.channels] == ["voice", "short-code", "email", "web"]
    assert hotline.name.en == "Indonesian Embassy Kuala Lumpur"
    with pytest.raises(ValueError, match="frozen"):
        hotline.country = "SG"  # type: ignore[misc]  # the very thing that has to fail


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """Problems of several entries stand in one message, each with file, entry, field and cure."""
    broken = HOTLINE.replace("kind: mission", "kind: embassy").replace("hours: null\n  ", "")
    broken += HOTLINE.replace("my-kbri-kl", "my-999").replace("tested: null", "tested: 2026-11-21")
    assert problems(load_hotlines, written(tmp_path, "hotlines.yml", broken)) == [
        "hotlines.yml: my-kbri-kl: kind: must be one of 'emergency', 'government', 'mission', "
        "'labour', 'insurance', 'women' or 'organization'; found 'embassy'",
        "hotlines.yml: my-kbri-kl: hours: is missing; add it",
        "hotlines.yml: my-999: tested: is read as 2026-11-21 because it has no quotes; "
        "put it in quotes",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'number: "999"',
            "number: 999",
            "channels.2.number: is read as 999 because it has no quotes; put it in quotes",
        ),
        (
            'number: "999"',
            "number: 0217",
            "channels.2.number: is read as 143 because it has no quotes; put it in quotes",
        ),
        (
            'number: "999"',
            'number: "9 99"',
            "channels.2.number: must be digits, with hyphens between groups at most; found '9 99'",
        ),
        (
            'dial_from: "MY"',
            'dial_from: "ZZ"',
            "channels.2.dial_from: must be an ISO 3166-1 alpha-2 code, such as MY; found 'ZZ'",
        ),
        (
            '"+60321164016"',
            '"0321164016"',
            "channels.1.number: must be + and digits only, such as +622129244800 (E.164); "
            "found '0321164016'",
        ),
        (
            '"+60321164016"',
            '"+6032116401"',
            "channels.1.number: is no valid number of any country; check country code and digits; "
            "found '+6032116401'",
        ),
        (
            '"+60321164016"',
            '"+99921164016"',
            "channels.1.number: is no valid number of any country; check country code and digits; "
            "found '+99921164016'",
        ),
        (
            '"+60321164016"',
            '"+6567377422"',
            "channels.1.number: is a number of SG, not MY; correct it or say why in a note",
        ),
        (
            "kind: voice",
            "kind: telex",
            "channels.1: must be one of 'voice', 'whatsapp', 'short-code', 'email', 'web'; "
            "found 'telex'",
        ),
        ("{kind: voice, ", "{", "channels.1: has no kind; add kind"),
        (
            '"info@example.org"',
            '"info(at)example.org"',
            "channels.3.address: must be an e-mail address; found 'info(at)example.org'",
        ),
        (
            '"https://kemlu.go.id"}',
            '"kemlu.go.id"}',
            "channels.4.url: must be a full address beginning with http; found 'kemlu.go.id'",
        ),
        (
            'country: "MY"\n',
            "country: NO\n",
            "country: is read as False because it has no quotes; put it in quotes",
        ),
        ("hours: null", "hours: always", "hours: must hold fields, each with a name and a value"),
        ("en: Helps Indonesians.", "en: null", "help.en: is empty; write a text"),
        (
            "en: Helps Indonesians.",
            "en: [Helps]",
            "help.en: must be a text, not a list or fields",
        ),
        (
            "id: Menolong WNI.",
            'id: "Menolong WNI. "',
            "help.id: must be one line without blanks around it; found 'Menolong WNI. '",
        ),
        (
            "tested: null",
            "tested: null\n  phone: x",
            "phone: is not a known field; correct its spelling or remove it",
        ),
        (
            '"2026-08-17"',
            '"2026-02-30"',
            "seen.date: must be a day that exists; found '2026-02-30'",
        ),
        (
            '"2026-08-17"',
            '"August 2026"',
            "seen.date: must be a year, year-month or year-month-day; found 'August 2026'",
        ),
        (
            "secondary source",
            '"from memory, unverified"',
            "seen.confidence: must be one of 'text seen', 'own page seen', 'official page seen' "
            "or 'secondary source'; found 'from memory, unverified'",
        ),
    ],
)
def test_a_broken_field_of_a_hotline_is_named_with_its_cure(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    """One wrong field gives one line, and channels are counted from one."""
    assert old in HOTLINE
    path = written(tmp_path, "hotlines.yml", HOTLINE.replace(old, new, 1))
    assert problems(load_hotlines, path) == [f"hotlines.yml: my-kbri-kl: {told}"]


def test_a_hotline_without_a_channel_is_refused(tmp_path: Path) -> None:
    """A number card without a number helps nobody."""
    start, rest = HOTLINE.split("  channels:\n")
    text = start + "  channels: []\n  hours" + rest.split("  hours")[1]
    assert problems(load_hotlines, written(tmp_path, "hotlines.yml", text)) == [
        "hotlines.yml: my-kbri-kl: channels: is an empty list; add one or more items"
    ]


def test_a_number_of_another_country_passes_with_a_note(tmp_path: Path) -> None:
    """An office may answer on a foreign number if the note says so."""
    channel = """number: "+6567377422", note: {id: nomor Singapura, en: a Singapore number}"""
    text = HOTLINE.replace('number: "+60321164016"', channel)
    (hotline,) = load_hotlines(written(tmp_path, "hotlines.yml", text))
    note = hotline.channels[0].note
    assert note is not None
    assert note.en == "a Singapore number"


def test_a_second_entry_with_the_same_id_is_refused(tmp_path: Path) -> None:
    """An id names one entry."""
    path = written(tmp_path, "hotlines.yml", HOTLINE * 3)
    assert problems(load_hotlines, path) == [
        "hotlines.yml: my-kbri-kl: id: stands more than once; give each entry its own"
    ]


def test_an_entry_without_a_name_is_told_by_its_place(tmp_path: Path) -> None:
    """An entry whose id is missing is called by its position in the file."""
    text = HOTLINE + "- just a word\n" + HOTLINE.replace("- id: my-kbri-kl\n ", "-")
    assert problems(load_hotlines, written(tmp_path, "hotlines.yml", text)) == [
        "hotlines.yml: entry 2: entry: must hold fields, each with a name and a value",
        "hotlines.yml: entry 3: id: is missing; add it",
    ]


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML alone would let the last of two equal keys win in silence."""
    text = HOTLINE.replace("kind: mission\n", "kind: mission\n  kind: emergency\n")
    assert problems(load_hotlines, written(tmp_path, "hotlines.yml", text)) == [
        "hotlines.yml: whole file: line 5: 'kind' stands twice in one entry; keep one"
    ]


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    """A slip of the pen is found by file and line."""
    text = HOTLINE.replace("hours: null", "hours: null]")
    assert problems(load_hotlines, written(tmp_path, "hotlines.yml", text + "  x: ]\n")) == [
        "hotlines.yml: whole file: line 14: did not find expected node content; "
        "mend the YAML at this line"
    ]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file is a problem of the data, not a crash."""
    assert problems(load_hotlines, tmp_path / "hotlines.yml") == [
        "hotlines.yml: whole file: file: cannot be read (No such file or directory); "
        "put the file there"
    ]


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    """A data file is a list of entries; an empty one is not taken for an empty list."""
    for text in ("", "id: x\n"):
        assert problems(load_countries, written(tmp_path, "countries.yml", text)) == [
            "countries.yml: whole file: file: must be a list; begin each entry with a hyphen"
        ]


def test_a_good_contact_loads_without_its_optional_note(tmp_path: Path) -> None:
    """Only `note` may be left out."""
    (contact,) = load_contacts(written(tmp_path, "contacts.yml", CONTACT))
    assert (contact.publication, contact.channels, contact.note) == ("expired", (), None)


def test_fields_of_a_contact_have_to_agree(tmp_path: Path) -> None:
    """Nobody can be dialled from a expired entry; region codes are Indonesia's alone."""
    text = CONTACT.replace("channels: []", 'channels: [{kind: voice, number: "+6567377422"}]')
    text = text.replace("region: null", 'region: "33.02"')
    assert problems(load_contacts, written(tmp_path, "contacts.yml", text)) == [
        "contacts.yml: tenaganita: channels.1.number: is a number of SG, not MY; "
        "correct it or say why in a note",
        "contacts.yml: tenaganita: channels: must be empty, because publication is expired; "
        "remove the channels",
        "contacts.yml: tenaganita: coverage.region: is for Indonesia only; write null",
    ]


def test_a_contact_is_checked_field_by_field(tmp_path: Path) -> None:
    """Lists, yes-or-no fields and region codes are told apart from texts."""
    text = CONTACT.replace("services: [legal-aid]", "services: legal-aid")
    text = text.replace("free_of_charge: null", 'free_of_charge: "yes"')
    text = text.replace("region: null", 'region: "3302"').replace('["en"]', '["English"]')
    assert problems(load_contacts, written(tmp_path, "contacts.yml", text)) == [
        "contacts.yml: tenaganita: services: must be a list; begin each item with a hyphen",
        "contacts.yml: tenaganita: coverage.region: must be the code of a province (33), "
        "regency (33.02), district (33.02.18) or village (33.02.18.2001); found '3302'",
        "contacts.yml: tenaganita: languages.1: must be an ISO 639 code, such as id; "
        "found 'English'",
        "contacts.yml: tenaganita: free_of_charge: must be true or false, without quotes",
    ]


def test_a_source_from_memory_is_refused(tmp_path: Path) -> None:
    """A text that nobody read cannot be cited; a good one keeps its article."""
    (source,) = load_sources(written(tmp_path, "law.yml", SOURCE).parent)
    assert (source.law, source.article, source.title) == ("UU 18/2017", "Pasal 71", None)
    text = SOURCE.replace("text seen", '"from memory, unverified"')
    assert problems(load_sources, written(tmp_path, "law.yml", text).parent) == [
        "law.yml: uu18-p71: confidence: must be one of 'text seen', 'own page seen', "
        "'official page seen' or 'secondary source'; found 'from memory, unverified'"
    ]


def test_a_source_stands_once_in_the_whole_folder(tmp_path: Path) -> None:
    """Two files may not describe the same text."""
    folder = tmp_path / "sources"
    folder.mkdir()
    written(folder, "law.yml", SOURCE)
    written(folder, "other.yml", SOURCE)
    assert problems(load_sources, folder) == [
        "sources: uu18-p71: id: stands more than once; give each entry its own"
    ]


def test_a_country_needs_both_names(tmp_path: Path) -> None:
    """A country is named in both languages."""
    entry = '- {code: "MY", slug: malaysia, name: {id: Malaysia}}\n'
    path = written(tmp_path, "countries.yml", entry)
    assert problems(load_countries, path) == ["countries.yml: MY: name.en: is missing; add it"]


def test_a_name_may_stand_in_further_languages(tmp_path: Path) -> None:
    """A third language stands beside the two; what is no language code is refused."""
    entry = '- {{code: "MY", slug: malaysia, name: {{id: Malaysia, en: Malaysia, {}: X}}}}\n'
    [country] = load_countries(written(tmp_path, "countries.yml", entry.format("jv")))
    assert country.name["jv"] == "X"
    path = written(tmp_path, "countries.yml", entry.format("Indonesian"))
    assert problems(load_countries, path) == [
        "countries.yml: MY: Indonesian: "
        "is no language code (ISO 639, such as jv); correct or remove it"
    ]


def test_regions_load_as_provinces(tmp_path: Path) -> None:
    """The file's provinces come with their regencies."""
    (province,) = load_regions(written(tmp_path, "regions.yml", REGIONS))
    assert [regency.code for regency in province.regencies] == ["33.01", "33.02"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            REGIONS.replace("33.01", "3301"),
            "33: regencies.1.code: must look like 33.02; found '3301'",
        ),
        (
            REGIONS.replace('"33.01"', "33.01"),
            "33: regencies.1.code: is read as 33.01 because it has no quotes; put it in quotes",
        ),
        (
            REGIONS.replace("33.01", "34.01"),
            "33: regencies 34.01: begins with another province's code; move it or correct it",
        ),
        (
            REGIONS.replace("33.01", "33.02"),
            "33.02: code: stands more than once; give each entry its own",
        ),
        (
            "[]",
            "whole file: provinces: must be the only field of the file "
            "and hold the list of provinces",
        ),
    ],
)
def test_broken_regions_are_named(tmp_path: Path, text: str, told: str) -> None:
    """A regency has one code, and it lies in its own province."""
    path = written(tmp_path, "regions.yml", text)
    assert problems(load_regions, path) == [f"regions.yml: {told}"]


def told(**changed: Any) -> list[str]:
    """What the fields of an invented organization do not agree on."""
    with pytest.raises(ValidationError) as caught:
        contact(**changed)
    (fault,) = caught.value.errors()
    return [f"{field}: {advice}" for field, advice in fault["ctx"]["problems"]]


CONSENT = {"by": "coordinator", "on": "2026-11-21", "until": "2027-11-20"}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        (
            {"publication": "consented"},
            ["consent: is missing; say which role agreed, on which day and until when"],
        ),
        ({"consent": CONSENT}, ["consent: is for consented entries only; remove it"]),
        (
            {"publication": "consented", "consent": CONSENT | {"until": "2026-11-20"}},
            ["consent.until: lies before the day of the agreement; correct it"],
        ),
        (
            {"kind": "paralegal"},
            [
                "host: is missing; a paralegal stands under an organization",
                "publication: must be consented or draft, because this is a person",
            ],
        ),
        (
            {"address_confidential": True, "place": {"id": "Jalan", "en": "Street"}},
            ["place: must be null, because the address is confidential"],
        ),
        (
            {"seen": {"date": "2018", "source": None, "confidence": "secondary source"}},
            ["channels: must be empty, because no page was read that others could check"],
        ),
        (
            {"coverage": {"country": "MY", "region": None, "regions": ("33.02",)}, "channels": ()},
            ["coverage.region: is for Indonesia only; write null"],
        ),
    ],
)
def test_what_is_printed_of_whom_has_to_agree(changed: dict[str, Any], faults: list[str]) -> None:
    """Consent, host, a secret address and the source of a number are rules between fields."""
    assert told(**changed) == faults


def test_a_person_who_agreed_has_an_entry() -> None:
    """Under a host, with a role, a first and a last day."""
    record = contact(kind="paralegal", host="union", publication="consented", consent=CONSENT)
    assert (record.host, record.consent.until if record.consent else None) == (
        "union",
        "2027-11-20",
    )


def test_a_host_stands_in_the_same_file(tmp_path: Path) -> None:
    """A paralegal is no host, and neither is nobody."""
    text = CONTACT.replace("  kind: ngo\n", "  kind: ngo\n  host: nobody\n")
    assert problems(load_contacts, written(tmp_path, "contacts.yml", text)) == [
        "contacts.yml: tenaganita: host: is no organization of this file; correct it"
    ]


@pytest.mark.parametrize(
    ("hours", "told_of_it"),
    [
        ('opens_at: "8:00"', "opens_at: must be a time such as 08:00, or 24:00; found '8:00'"),
        ("opens_at: 17:00", "opens_at: is read as 1020 because it has no quotes; put it in quotes"),
        (
            'opens_at: "08:00", zone: "Asia/Purwokerto"',
            "zone: must be a time zone such as Asia/Jakarta; found 'Asia/Purwokerto'",
        ),
    ],
)
def test_hours_for_a_clock_are_checked(tmp_path: Path, hours: str, told_of_it: str) -> None:
    """A time that YAML would turn into a number, and a zone that no clock knows."""
    whole = hours if "zone" in hours else f'{hours}, zone: "Asia/Jakarta"'
    line = f'  schedule: [{{days: [MO], {whole}, closes_at: "24:00"}}]\n  languages:'
    text = CONTACT.replace("  languages:", line)
    assert problems(load_contacts, written(tmp_path, "contacts.yml", text)) == [
        f"contacts.yml: tenaganita: schedule.1.{told_of_it}"
    ]
