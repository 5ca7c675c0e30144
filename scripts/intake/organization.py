"""Read `docs/data/organization.yml`: everything that one organization decides.

Bad input raises `OrganizationProblem`, which lists every wrong field at once.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from intake import codes

CODE_SALT_BYTES = 16
MINIMUM_SETTLE_SECONDS = 30


class OrganizationProblem(Exception):
    """The organization file cannot be used; the message names file, field and cure."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address such as https://contoh.example/")
    if not value.endswith("/"):
        raise ValueError("end the address with a slash")
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%-]*)*", value):
        # It stands in every issue as a link.
        raise ValueError("write it with letters, digits and . _ ~ % - alone, and no name or query")
    return value


def _locked_address(value: str) -> str:
    if urlsplit(value).scheme != "https" or not urlsplit(value).hostname:
        raise ValueError("write a whole address that begins with https://")
    return value


def _alert_address(value: str) -> str:
    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not here and (parts.scheme != "https" or not parts.hostname):
        raise ValueError("write a whole address that begins with https://")
    return value


def _mail_address(value: str) -> str:
    # No more than what keeps a second header, or a second address, out of a message.
    if not re.fullmatch(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+", value) or not value.isascii():
        raise ValueError("write one e-mail address such as jaga@contoh.example")
    return value


def _phone_number(value: str) -> str:
    if not value.startswith("+"):
        raise ValueError("write the number with its country code, such as +62...")
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        raise ValueError("this is not a phone number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("the number has too few or too many digits")
    return value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('write the time in quotes as "08:00"')
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("write a zone of the IANA list, such as Asia/Jakarta") from error
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
LockedAddress = Annotated[str, AfterValidator(_locked_address)]
AlertAddress = Annotated[str, AfterValidator(_alert_address)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
PhoneNumber = Annotated[str, AfterValidator(_phone_number)]
Clock = Annotated[str, AfterValidator(_clock)]
Zone = Annotated[str, AfterValidator(_zone)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Text(_Record):
    """One sentence for people, in both languages."""

    id: str = Field(min_length=1, description="Indonesian", examples=["Tim paralegal"])
    en: str = Field(min_length=1, description="English", examples=["The paralegal team"])

    def __getitem__(self, language: str) -> str:
        return {"id": self.id, "en": self.en}[language]


class Phone(_Record):
    """The duty phone, and the day on which somebody answered a test call to it."""

    number: PhoneNumber = Field(
        description="The duty phone in E.164 form", examples=["+447700900000"]
    )
    whatsapp: bool = Field(description="Whether the number has WhatsApp", examples=[True])
    tested: dt.date | None = Field(
        description="Day on which a test call was answered; null when nobody has called",
        examples=["2026-11-01"],
    )

    @field_validator("tested", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value


class DutyHours(_Record):
    """One stretch of the week in which somebody on duty reads what comes in."""

    days: tuple[Weekday, ...] = Field(
        min_length=1, strict=False, description="Days of the week", examples=[["mon", "tue"]]
    )
    opens: Clock = Field(description="Start, in the organization's zone", examples=["08:00"])
    closes: Clock = Field(description="End, in the organization's zone", examples=["16:00"])


class ReadingTimes(_Record):
    """Hours within which a report of each urgency is promised to be read."""

    red: int = Field(gt=0, description="Hours for MERAH", examples=[1])
    yellow: int = Field(gt=0, description="Hours for KUNING", examples=[24])
    green: int = Field(gt=0, description="Hours for HIJAU", examples=[72])


class TelegramChat(_Record):
    """A chat that the alerts' bot may write into."""

    chat: int | Annotated[str, Field(pattern=r"^@[A-Za-z0-9_]{5,}$")] = Field(
        description="The chat's number, or a channel's @name", examples=[-1001234567890]
    )


class AlertMail(_Record):
    """Who gets alerts by e-mail, and through which server, always over TLS."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    to: tuple[MailAddress, ...] = Field(
        min_length=1,
        strict=False,
        description="Who is told; name two people",
        examples=[["jaga@contoh.example", "koordinator@contoh.example"]],
    )
    sender: MailAddress = Field(
        alias="from",
        description="Who it comes from; also the account's name at the server",
        examples=["aman@contoh.example"],
    )
    server: str = Field(
        min_length=1, description="The mail server's name", examples=["mail.contoh.example"]
    )
    port: int = Field(
        default=587,
        gt=0,
        le=65_535,
        description="465 begins with TLS, any other turns to it before anything is said",
        examples=[587],
    )


class Alerts(_Record):
    """Where the program says, without content, that something waits."""

    webhook: AlertAddress | None = Field(
        default=None,
        description="Address that alerts are posted to; one that holds a secret goes into the "
        "setting INTAKE_ALERT_WEBHOOK instead",
        examples=["https://contoh.example/alert"],
    )
    telegram: TelegramChat | None = Field(
        default=None,
        description="Chat that alerts are sent to; the bot's token is a setting",
        examples=[{"chat": -1001234567890}],
    )
    email: AlertMail | None = Field(
        default=None,
        description="People who get alerts by e-mail; the server's password is a setting",
        examples=[
            {
                "to": ["jaga@contoh.example"],
                "from": "aman@contoh.example",
                "server": "mail.contoh.example",
                "port": 587,
            }
        ],
    )


class Organization(_Record):
    """The organization that runs this copy; `operator` is null where nobody does yet."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="Short code", examples=["tim-paralegal"]
    )
    name: Text = Field(
        description="How pages speak of the team",
        examples=[{"id": "Tim paralegal", "en": "The paralegal team"}],
    )
    operator: str | None = Field(
        description="Legal name of who runs the form; null: no form is published",
        examples=["Perkumpulan Contoh"],
    )
    responsible_role: Text | None = Field(
        description="The role that answers for the data (UU 27/2022), never a private name",
        examples=[{"id": "Koordinator tim", "en": "Coordinator of the team"}],
    )
    phone: Phone | None = Field(
        description="The duty phone",
        examples=[{"number": "+447700900000", "whatsapp": True, "tested": "2026-11-01"}],
    )
    duty_hours: tuple[DutyHours, ...] = Field(
        strict=False,
        description="When somebody is on duty",
        examples=[[{"days": ["mon", "tue"], "opens": "08:00", "closes": "16:00"}]],
    )
    time_zone: Zone = Field(description="IANA zone of the duty hours", examples=["Asia/Jakarta"])
    home_region: str = Field(
        pattern=r"^\d{2}$", description="Official code of the home province", examples=["33"]
    )
    site: WebAddress = Field(
        description="Address of the published site", examples=["https://contoh.example/"]
    )
    receiver: WebAddress | None = Field(
        description="Address under which the receiver answers; null: no receiver",
        examples=["https://contoh.example/intake/"],
    )
    reading_times: ReadingTimes = Field(
        description="Reading times promised", examples=[{"red": 1, "yellow": 24, "green": 72}]
    )
    quiet_days: int = Field(
        default=7,
        gt=0,
        description="Days without any step after which the team is reminded of an open case",
        examples=[7],
    )
    retention_days: int = Field(
        gt=0, description="Days until a closed case is deleted", examples=[90]
    )
    legal_duties: Text | None = Field(
        default=None,
        description="What the team must do by law even without consent, in its own words",
        examples=[
            {
                "id": "Hakim bisa memerintahkan kami menyerahkan data.",
                "en": "A court can order us to hand over data.",
            }
        ],
    )
    alerts: Alerts = Field(description="Content-free alerts", examples=[{"webhook": None}])
    settle_seconds: int = Field(
        ge=MINIMUM_SETTLE_SECONDS,
        description="How long a tracker's list may lag behind a creation",
        examples=[120],
    )
    code_salt: str = Field(
        description="16 random bytes, base64url; permanent, or every report PIN stops working",
        examples=["AAAAAAAAAAAAAAAAAAAAAA"],
    )
    repository: LockedAddress | None = Field(
        default=None,
        description="Public GitHub repository of this site, for corrections; null: no link",
        examples=["https://github.com/contoh/migrasi-aman"],
    )
    leave_to: LockedAddress = Field(
        default="https://www.google.com/",
        description="Where 'Keluar cepat' leads: an ordinary site that is light everywhere",
        examples=["https://www.google.com/"],
    )
    demonstration: bool = Field(
        default=False, description="True marks an invented organization", examples=[False]
    )

    @field_validator("code_salt")
    @classmethod
    def _salt(cls, value: str) -> str:
        try:
            # One spelling only: browsers and receiver must read the same bytes from it.
            codes.decode(value, CODE_SALT_BYTES)
        except codes.CodeProblem as error:
            raise ValueError("write 16 random bytes in base64url without padding") from error
        return value

    @field_validator("phone")
    @classmethod
    def _real_phone(cls, value: Phone | None, info: ValidationInfo) -> Phone | None:
        if value is None and info.data.get("operator") is not None:
            raise ValueError("an operator needs a duty phone; without one set operator to null")
        return value

    @property
    def salt(self) -> bytes:
        """The 16 bytes that `code_salt` stands for."""
        return codes.decode(self.code_salt, CODE_SALT_BYTES)

    @property
    def form_is_open(self) -> bool:
        """Whether the help page may show a form: a named operator, a phone and a way to send.

        The way is a receiver, or else WhatsApp on the duty phone.
        """
        if self.operator is None or self.phone is None:
            return False
        return self.receiver is not None or self.phone.whatsapp


def load_organization(path: Path) -> Organization:
    """Read one organization file; raise `OrganizationProblem` with every problem in it."""
    try:
        return Organization.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise OrganizationProblem(
            f"{path} is missing: copy docs/data/organization.yml or set INTAKE_ORGANIZATION"
        ) from error
    except yaml.YAMLError as error:
        raise OrganizationProblem(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        lines = "\n".join(f"{path}: {line}" for line in explain(error))
        raise OrganizationProblem(lines) from error


def explain(error: ValidationError) -> list[str]:
    """One line for each wrong place of a data file: where, and what is wrong with it."""
    return [f"{_where(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the whole file"
