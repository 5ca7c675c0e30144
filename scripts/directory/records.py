"""What the data files hold: numbers, organizations, countries, regions and sources.

Each `load_...` returns frozen records, or raises DataProblems listing every fault of its file.
Names follow Open Referral HSDS. Whatever is dialled or read as a code is a string.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from directory.reading import CONFLICTS, DataProblems, Problem, duplicates, read_records, read_yaml

__all__ = [
    "Channel",
    "Confidence",
    "Consent",
    "Contact",
    "Country",
    "DataProblems",
    "Hotline",
    "Provenance",
    "Province",
    "Regency",
    "Seen",
    "Source",
    "Text",
    "load_contacts",
    "load_countries",
    "load_hotlines",
    "load_regions",
    "load_sources",
    "provenance",
]


def _shaped(pattern: str, advice: str) -> tuple[AfterValidator, Any]:
    """Return the check for a text of a fixed shape and the same pattern for the JSON Schema."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise _wrong(advice, value)
        return value

    return AfterValidator(check), Field(json_schema_extra={"pattern": f"^(?:{pattern})$"})


def _wrong(advice: str, value: str) -> PydanticCustomError:
    return PydanticCustomError(
        "shape", "{advice}; found '{value}'", {"advice": advice, "value": value}
    )


def _real_day(value: str) -> str:
    try:
        date.fromisoformat((value + "-01-01")[:10])
    except ValueError as error:
        raise _wrong("must be a day that exists", value) from error
    return value


def _real_country(value: str) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise _wrong("must be an ISO 3166-1 alpha-2 code, such as MY", value)
    return value


@cache
def _zones() -> set[str]:
    # Asking reads hundreds of files.
    return available_timezones()


def _real_zone(value: str) -> str:
    if value not in _zones():
        raise _wrong("must be a time zone such as Asia/Jakarta", value)
    return value


def _dialable(value: str) -> str:
    # Form only: no list of numbers can say who answers. That is what `tested` is for.
    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        valid = False
    if not valid:
        raise _wrong("is no valid number of any country; check country code and digits", value)
    return value


Line = Annotated[str, *_shaped(r"\S(?:.*\S)?", "must be one line without blanks around it")]
Slug = Annotated[
    str, *_shaped(r"[a-z0-9]+(?:-[a-z0-9]+)*", "must be small letters, digits, hyphens")
]
Day = Annotated[
    str,
    *_shaped(r"\d{4}-\d{2}-\d{2}", "must be a date as year-month-day, such as 2026-11-21"),
    AfterValidator(_real_day),
]
LooseDay = Annotated[
    str,
    *_shaped(r"\d{4}(?:-\d{2}){0,2}", "must be a year, year-month or year-month-day"),
    AfterValidator(_real_day),
]
CountryCode = Annotated[
    str,
    *_shaped(r"[A-Z]{2}", "must be an ISO 3166-1 alpha-2 code, such as MY"),
    AfterValidator(_real_country),
]
Language = Annotated[str, *_shaped(r"[a-z]{2,3}", "must be an ISO 639 code, such as id")]
Url = Annotated[
    str,
    *_shaped(r"https?://[^\s/]+\.[^\s/]+(?:/\S*)?", "must be a full address beginning with http"),
]
Email = Annotated[str, *_shaped(r"[^\s@]+@[^\s@]+\.[^\s@.]+", "must be an e-mail address")]
E164 = Annotated[
    str,
    *_shaped(r"\+[1-9]\d{6,14}", "must be + and digits only, such as +622129244800 (E.164)"),
    AfterValidator(_dialable),
]
ShortNumber = Annotated[
    str, *_shaped(r"\d+(?:-\d+)*", "must be digits, with hyphens between groups at most")
]
ProvinceCode = Annotated[str, *_shaped(r"\d{2}", "must be two digits, such as 33")]
RegencyCode = Annotated[str, *_shaped(r"\d{2}\.\d{2}", "must look like 33.02")]
RegionCode = Annotated[
    str,
    *_shaped(
        r"\d{2}(?:\.\d{2}(?:\.\d{2}(?:\.\d{4})?)?)?",
        "must be the code of a province (33), regency (33.02), district (33.02.18) "
        "or village (33.02.18.2001)",
    ),
]
Clock = Annotated[
    str, *_shaped(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", "must be a time such as 08:00, or 24:00")
]
Zone = Annotated[
    str,
    *_shaped(r"[A-Z]\w+(?:/\w+)+", "must be a time zone such as Asia/Jakarta"),
    AfterValidator(_real_zone),
]

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
Confidence = Literal["text seen", "own page seen", "official page seen", "secondary source"]
"""What may be printed. A fact from memory has no place in the data."""


class Entry(BaseModel):
    """What all records share: frozen, no unknown field, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Text(Entry):
    """The same words for readers in every language; Indonesian and English are always there."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, Line]

    id: Line = Field(description="In Indonesian", examples=["24 jam"])
    en: Line = Field(description="In English", examples=["24 hours"])

    @model_validator(mode="after")
    def _further_ones_are_languages(self) -> Self:
        advice = "is no language code (ISO 639, such as jv); correct or remove it"
        strange = [name for name in self.__pydantic_extra__ if not re.fullmatch("[a-z]{2,3}", name)]
        _raise_conflicts([(name, advice) for name in strange])
        return self

    def __getitem__(self, language: str) -> str:
        """Return the words in one language; one that is not there raises KeyError."""
        return str(dict(self)[language])


class Seen(Entry):
    """Where a fact was read, which is not the same as a call that was answered."""

    date: LooseDay | None = Field(
        description="Date of the source: day, month or year; null when it bears none",
        examples=["2025-04-10", "2025"],
    )
    source: Url | None = Field(
        description="The page it was read on; null for a paper, which then gives no number",
        examples=["https://www.dsal.gov.mo/en/text/contact_us.html"],
    )
    confidence: Confidence = Field(
        description="How near to its origin it was read", examples=["official page seen"]
    )
    read: Day | None = Field(
        default=None,
        description="Day it was read there; needed where an office's own page bears no date",
        examples=["2026-11-21"],
    )


class _Channel(Entry):
    note: Text | None = Field(
        default=None,
        description="When to use this one, or why to doubt it",
        examples=[{"id": "dari luar negeri", "en": "from abroad"}],
    )
    seen: Seen | None = Field(
        default=None,
        description="Where this one was read, if not where the rest of the entry was",
        examples=[
            {"date": "2025", "source": "https://kp2mi.go.id", "confidence": "official page seen"}
        ],
    )
    tested: Day | None = Field(
        default=None,
        description="Day a test call to this one was answered, if not that of the whole entry",
        examples=["2026-11-21"],
    )


class Voice(_Channel):
    """A number that can be called from every country."""

    kind: Literal["voice"] = Field(description="A phone call", examples=["voice"])
    number: E164 = Field(description="Number in E.164", examples=["+622129244800"])


class WhatsApp(_Channel):
    """A number that answers on WhatsApp."""

    kind: Literal["whatsapp"] = Field(description="WhatsApp", examples=["whatsapp"])
    number: E164 = Field(description="Number in E.164", examples=["+628118080141"])


class ShortCode(_Channel):
    """A number that works inside one country only."""

    kind: Literal["short-code"] = Field(
        description="A short, toll-free or national number", examples=["short-code"]
    )
    number: ShortNumber = Field(description="As dialled there", examples=["119", "0800-1000"])
    dial_from: CountryCode = Field(
        description="The country it works in, ISO 3166-1 alpha-2", examples=["ID"]
    )
    from_abroad: bool = Field(
        default=False,
        description="Whether it can be dialled from other countries too",
        examples=[False],
    )


class EmailAddress(_Channel):
    """An office's e-mail address."""

    kind: Literal["email"] = Field(description="E-mail", examples=["email"])
    address: Email = Field(
        description="The office's address", examples=["pengaduan@ombudsman.go.id"]
    )


class Web(_Channel):
    """A page to read or write on."""

    kind: Literal["web"] = Field(description="A web page", examples=["web"])
    url: Url = Field(description="Full address", examples=["https://peduliwni.kemlu.go.id"])


Channel = Annotated[Voice | WhatsApp | ShortCode | EmailAddress | Web, Field(discriminator="kind")]
"""One way to reach an office; `kind` says which."""


class SupersededNumber(Entry):
    """A number that was replaced: never dialled, kept so that people can recognize it."""

    number: Line = Field(description="As it was written", examples=["+622129244800", "0800-1000"])
    since: LooseDay | None = Field(
        description="When it was replaced: day, month or year; null when not known",
        examples=["2024-12"],
    )
    note: Text | None = Field(
        description="Why it no longer counts; null when there is nothing to add",
        examples=[{"id": "kurang satu angka", "en": "one digit is missing"}],
    )


class Namesake(Entry):
    """Somebody else who bears a name that is easily taken for this one."""

    name: Line = Field(description="Its name", examples=["PPT SERUNI Kota Semarang"])
    why: Text = Field(
        description="How to tell it from this entry",
        examples=[{"id": "Layanan di Kota Semarang.", "en": "A service in Semarang city."}],
    )


class OpenHours(Entry):
    """When somebody answers, in a form that a clock understands (HSDS schedule)."""

    days: tuple[Weekday, ...] = Field(
        min_length=1, description="Days, as RFC 5545 writes them", examples=[["MO", "TU", "WE"]]
    )
    opens_at: Clock = Field(description="From, in that zone", examples=["08:00"])
    closes_at: Clock = Field(description="Until, in that zone", examples=["16:00", "24:00"])
    zone: Zone = Field(description="Time zone of the office (IANA)", examples=["Asia/Jakarta"])


class _Listed(Entry):
    """What numbers and organizations have in common besides their names and channels."""

    schedule: tuple[OpenHours, ...] = Field(
        default=(),
        description="The same hours for a clock to read; empty where no source is exact",
        examples=[
            [{"days": ["MO"], "opens_at": "08:00", "closes_at": "16:00", "zone": "Asia/Jakarta"}]
        ],
    )
    superseded_numbers: tuple[SupersededNumber, ...] = Field(
        default=(),
        description="Numbers still in circulation that were replaced or were always wrong",
        examples=[[{"number": "+88690132000", "since": None, "note": None}]],
    )
    not_to_be_confused_with: tuple[Namesake, ...] = Field(
        default=(),
        description="Others whose name is alike",
        examples=[
            [
                {
                    "name": "PPT SERUNI",
                    "why": {"id": "Layanan di Kota Semarang.", "en": "A service in Semarang."},
                }
            ]
        ],
    )


class Hotline(_Listed):
    """A number to call in need, with whom it reaches and how it is known."""

    id: Slug = Field(description="Permanent name of the entry", examples=["id-kp2mi-callcentre"])
    name: Text = Field(
        description="Whom one reaches",
        examples=[{"id": "Call centre KP2MI", "en": "KP2MI call centre"}],
    )
    country: CountryCode = Field(
        description="Country whose page shows it, ISO 3166-1 alpha-2", examples=["MY"]
    )
    kind: Literal[
        "emergency", "government", "mission", "labour", "insurance", "women", "organization"
    ] = Field(description="What sort of office it is", examples=["mission"])
    channels: tuple[Channel, ...] = Field(
        min_length=1,
        description="Ways to reach it, best first",
        examples=[[{"kind": "short-code", "number": "119", "dial_from": "ID"}]],
    )
    hours: Text | None = Field(
        description="When it answers, as its source says; null when not said",
        examples=[{"id": "24 jam", "en": "24 hours"}],
    )
    help: Text = Field(
        description="One short sentence: what they help with",
        examples=[{"id": "Membantu WNI di luar negeri.", "en": "Helps Indonesians abroad."}],
    )
    seen: Seen = Field(
        description="Where it was read",
        examples=[
            {"date": "2025", "source": "https://kp2mi.go.id", "confidence": "secondary source"}
        ],
    )
    tested: Day | None = Field(
        description="Day a test call was answered; null when nobody has called",
        examples=["2026-11-21"],
    )

    @model_validator(mode="after")
    def _numbers_belong_here(self) -> Self:
        _raise_conflicts(_foreign_numbers(self.country, self.channels))
        return self


class Coverage(Entry):
    """The area an organization works for."""

    country: CountryCode = Field(description="ISO 3166-1 alpha-2", examples=["ID"])
    region: RegionCode | None = Field(
        description="Kemendagri code, province to village; null for the whole country",
        examples=["33.02", "33.02.18.2001"],
    )
    regions: tuple[RegionCode, ...] = Field(
        default=(),
        description="Further regions it works for, or the very villages where they are known",
        examples=[["33.05.05.2004", "33.05.05.2003"]],
    )
    countries: tuple[CountryCode, ...] = Field(
        default=(),
        description="Further countries it works for, ISO 3166-1 alpha-2",
        examples=[["MO"]],
    )


class Consent(Entry):
    """That somebody agreed to be listed; the paper itself stays with the organization."""

    by: Line = Field(
        description="Role of who agreed, never a name", examples=["coordinator of the group"]
    )
    on: Day = Field(description="Day of the agreement", examples=["2026-11-21"])
    until: Day = Field(description="Last day on which it holds", examples=["2027-11-20"])


class Contact(_Listed):
    """An organization or office that can help; a paralegal only with a recorded consent."""

    id: Slug = Field(description="Permanent name of the entry", examples=["seruni-banyumas"])
    name: Text = Field(
        description="Its own name",
        examples=[{"id": "Paguyuban SERUNI Banyumas", "en": "SERUNI Association, Banyumas"}],
    )
    kind: Literal[
        "paralegal-group",
        "paralegal",
        "union",
        "ngo",
        "legal-aid",
        "government",
        "police",
        "insurance",
        "university",
        "shelter",
    ] = Field(
        description="What sort of body it is; paralegal is one person",
        examples=["paralegal-group"],
    )
    host: Slug | None = Field(
        default=None,
        description="Id of the organization that answers for it; every paralegal has one",
        examples=["seruni-banyumas"],
    )
    description: Text = Field(
        description="What it does, two sentences at most",
        examples=[{"id": "Serikat buruh migran.", "en": "A union of migrant workers."}],
    )
    services: tuple[
        Literal[
            "information",
            "complaint",
            "legal-aid",
            "counselling",
            "documents",
            "economic",
            "insurance",
            "repatriation",
            "shelter",
        ],
        ...,
    ] = Field(
        min_length=1, description="What one may ask it for", examples=[["information", "complaint"]]
    )
    coverage: Coverage = Field(
        description="The area it works for", examples=[{"country": "ID", "region": "33.02"}]
    )
    place: Text | None = Field(
        description="Public office or village; never a home or a shelter",
        examples=[{"id": "Desa Datar, Banyumas", "en": "Datar village, Banyumas"}],
    )
    address_confidential: bool = Field(
        default=False,
        description="Whether its address is kept secret, as a shelter's is; then place is null",
        examples=[True],
    )
    channels: tuple[Channel, ...] = Field(
        description="Ways to reach it, best first; empty when only the name is published",
        examples=[[{"kind": "web", "url": "https://sbmi.or.id"}]],
    )
    hours: Text | None = Field(
        description="When it is open, as its source says; null when not said",
        examples=[{"id": "Senin sampai Jumat, jam kerja", "en": "Monday to Friday, office hours"}],
    )
    languages: tuple[Language, ...] = Field(
        min_length=1, description="Languages spoken, ISO 639", examples=[["id", "en"]]
    )
    free_of_charge: bool | None = Field(
        description="Whether help costs nothing; null when no source says", examples=[True]
    )
    capacity: Literal["takes-cases", "information-only"] | None = Field(
        default=None,
        description="Whether it takes up cases or only informs; null when no source says",
        examples=["takes-cases"],
    )
    publication: Literal["draft", "published", "consented", "expired"] = Field(
        description="draft: never shown; published: printed from public sources; consented: "
        "agreed to be listed; expired: only the name is shown, as no contact is confirmed",
        examples=["published"],
    )
    confirm_first: bool = Field(
        default=False,
        description="Whether its contact rests on one old or second-hand source; shown with "
        "'not yet confirmed by phone' until a test call",
        examples=[True],
    )
    consent: Consent | None = Field(
        default=None,
        description="The agreement of who is consented; no other entry has one",
        examples=[{"by": "coordinator of the group", "on": "2026-11-21", "until": "2027-11-20"}],
    )
    seen: Seen = Field(
        description="Where it was read",
        examples=[{"date": "2024", "source": "https://sbmi.or.id", "confidence": "own page seen"}],
    )
    tested: Day | None = Field(
        description="Day a test call was answered; null when nobody has called",
        examples=["2026-11-21"],
    )
    note: Text | None = Field(
        default=None,
        description="Printed warning: how old it is, what not to confuse it with",
        examples=[{"id": "Alamat dari tahun 2010.", "en": "The address is from 2010."}],
    )

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        problems = _foreign_numbers(self.coverage.country, self.channels)
        if self.publication == "expired" and self.channels:
            advice = "must be empty, because publication is expired; remove the channels"
            problems.append(("channels", advice))
        if self.seen.source is None and any(channel.seen is None for channel in self.channels):
            advice = "must be empty, because no page was read that others could check"
            problems.append(("channels", advice))
        if self.coverage.country != "ID" and (self.coverage.region or self.coverage.regions):
            advice = "is for Indonesia only; write null"
            problems.append(("coverage.region", advice))
        if self.address_confidential and self.place:
            advice = "must be null, because the address is confidential"
            problems.append(("place", advice))
        _raise_conflicts([*problems, *self._consent_problems()])
        return self

    def _consent_problems(self) -> Iterator[tuple[str, str]]:
        if self.publication == "consented" and self.consent is None:
            yield "consent", "is missing; say which role agreed, on which day and until when"
        if self.publication != "consented" and self.consent:
            yield "consent", "is for consented entries only; remove it"
        if self.consent and self.consent.until < self.consent.on:
            yield "consent.until", "lies before the day of the agreement; correct it"
        if self.kind == "paralegal" and self.host is None:
            yield "host", "is missing; a paralegal stands under an organization"
        if self.kind == "paralegal" and self.publication == "published":
            yield "publication", "must be consented or draft, because this is a person"


class Provenance(NamedTuple):
    """How one channel is known."""

    seen: Seen
    tested: str | None
    """Day on which it answered a test call (ISO 8601); none where nobody called."""


def provenance(record: Hotline | Contact, channel: Channel) -> Provenance:
    """Return how a channel is known: by itself, or else as its record is.

    A test call of the whole record says nothing of a channel that was read elsewhere.
    """
    tested = channel.tested or (None if channel.seen else record.tested)
    return Provenance(channel.seen or record.seen, tested)


class Country(Entry):
    """A country or territory people go to for work."""

    code: CountryCode = Field(description="ISO 3166-1 alpha-2", examples=["MY"])
    slug: Slug = Field(
        description="Permanent name in addresses, from the Indonesian name", examples=["arab-saudi"]
    )
    name: Text = Field(
        description="As people call it", examples=[{"id": "Arab Saudi", "en": "Saudi Arabia"}]
    )
    emergency_note: Text | None = Field(
        default=None,
        description="Printed above its emergency numbers: what is different there",
        examples=[{"id": "Hubungi KBRI dulu, baru polisi.", "en": "Embassy first, then police."}],
    )
    zone: Zone | None = Field(
        default=None,
        description="The one time zone of the whole country (IANA); null where there are several",
        examples=["Asia/Riyadh"],
    )
    nearby: CountryCode | None = Field(
        default=None,
        description="Country whose Indonesian mission helps people here too",
        examples=["HK"],
    )


class Regency(Entry):
    """A regency (plain name) or a city ("Kota X")."""

    code: RegencyCode = Field(description="Official Kemendagri code", examples=["33.02"])
    name: Line = Field(description="Name without 'Kabupaten'", examples=["Banyumas", "Kota Tegal"])


class Province(Entry):
    """A province with its regencies and cities."""

    code: ProvinceCode = Field(description="Official Kemendagri code", examples=["33"])
    name: Line = Field(description="Name", examples=["Jawa Tengah"])
    regencies: tuple[Regency, ...] = Field(
        min_length=1,
        description="Its regencies and cities, by code",
        examples=[[{"code": "33.02", "name": "Banyumas"}]],
    )

    @model_validator(mode="after")
    def _regencies_lie_inside(self) -> Self:
        advice = "begins with another province's code; move it or correct it"
        outside = [r.code for r in self.regencies if not r.code.startswith(self.code + ".")]
        _raise_conflicts([(f"regencies {code}", advice) for code in outside])
        return self


class Regions(Entry):
    """The whole file of regions."""

    provinces: tuple[Province, ...] = Field(
        description="All provinces, by code",
        examples=[
            [
                {
                    "code": "33",
                    "name": "Jawa Tengah",
                    "regencies": [{"code": "33.02", "name": "Banyumas"}],
                }
            ]
        ],
    )


class Source(Entry):
    """A text that pages may cite."""

    id: Slug = Field(description="Name that pages cite", examples=["uu18-p71"])
    law: Line | None = Field(description="Short name of the law", examples=["UU 18/2017"])
    article: Line | None = Field(description="Article as the law writes it", examples=["Pasal 71"])
    title: Line | None = Field(
        description="Title of a text that is no law", examples=["Contact us"]
    )
    url: Url = Field(
        description="Where it was read", examples=["https://peraturan.info/uu/2017/18"]
    )
    kind: Line = Field(description="What sort of text it is", examples=["primary text"])
    dated: LooseDay | None = Field(
        description="Date of the text: day, month or year; null when it bears none",
        examples=["2017-11-22"],
    )
    seen: Day = Field(description="Day it was read", examples=["2026-11-21"])
    confidence: Confidence = Field(
        description="How near to its origin it was read", examples=["text seen"]
    )


def load_hotlines(path: Path) -> tuple[Hotline, ...]:
    """Return the numbers of `hotlines.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Hotline, "id")


def load_contacts(path: Path) -> tuple[Contact, ...]:
    """Return the organizations of `contacts.yml` in the file's order; raises DataProblems.

    The host of an entry is another entry of the file.
    """
    contacts = read_records(path, read_yaml(path), Contact, "id")
    known = {contact.id for contact in contacts if contact.kind != "paralegal"}
    advice = "is no organization of this file; correct it"
    lost = [c.id for c in contacts if c.host is not None and c.host not in known]
    if lost:
        raise DataProblems([Problem(path.name, name, "host", advice) for name in lost])
    return contacts


def load_countries(path: Path) -> tuple[Country, ...]:
    """Return the countries of `countries.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Country, "code")


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Return the texts of every `*.yml` in `sources/`, file by file; raises DataProblems.

    An id stands once in the whole folder, whichever file it is in.
    """
    paths = sorted(folder.glob("*.yml"))
    sources = [s for path in paths for s in read_records(path, read_yaml(path), Source, "id")]
    if problems := duplicates(folder.name, "id", [source.id for source in sources]):
        raise DataProblems(problems)
    return tuple(sources)


def load_regions(path: Path) -> tuple[Province, ...]:
    """Return the provinces of `regions.yml` in the file's order; raises DataProblems."""
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) != {"provinces"}:
        advice = "must be the only field of the file and hold the list of provinces"
        raise DataProblems([Problem(path.name, "whole file", "provinces", advice)])
    provinces = read_records(path, content["provinces"], Province, "code")
    codes = (regency.code for province in provinces for regency in province.regencies)
    if problems := duplicates(path.name, "code", codes):
        raise DataProblems(problems)
    return provinces


def _foreign_numbers(country: str, channels: tuple[Channel, ...]) -> list[tuple[str, str]]:
    """Return a problem for each number of another country that has no note to say why."""
    problems = []
    for position, channel in enumerate(channels, start=1):
        if isinstance(channel, Voice | WhatsApp) and channel.note is None:
            home = phonenumbers.region_code_for_number(phonenumbers.parse(channel.number))
            if home != country:
                advice = f"is a number of {home}, not {country}; correct it or say why in a note"
                problems.append((f"channels.{position}.number", advice))
    return problems


def _raise_conflicts(problems: list[tuple[str, str]]) -> None:
    if problems:
        raise PydanticCustomError(CONFLICTS, "fields do not agree", {"problems": problems})
