"""Carry one alert to whoever is on duty: webhook, Telegram, e-mail.

A message is a fixed sentence with a kind, a count and case numbers, and nothing that anybody typed
or chose. Whatever goes wrong raises `ChannelFailed`, which tells the channel and the kind of
trouble; addresses, tokens and what a server said stay out of it. Time is passed in.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from typing import Any, Protocol

from intake.asking import NoAnswer, ask
from intake.organization import AlertMail, Alerts
from intake.settings import AlertSecrets

TELEGRAM_API = "https://api.telegram.org"
TIMEOUT_SECONDS = 10
CASES_NAMED = 10
VERSION = 1


class ChannelFailed(Exception):
    """An alert did not go out by this channel; it is tried again."""


class Kind(StrEnum):
    """What an alert is about."""

    RED = "red"
    WAITING = "waiting"
    CANARY = "canary"
    TOKEN = "token"  # noqa: S105 - the kind's name
    KEY = "key"
    SITE = "site"
    TEST = "test"


_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.RED: ("MERAH", "{count} laporan belum dibaca. Buka sekarang. Kasus: {cases}."),
    Kind.WAITING: (
        "MENDESAK",
        "{count} kiriman menunggu lebih dari 1 jam dan belum menjadi kasus. Periksa pengirimannya.",
    ),
    Kind.CANARY: (
        "MENDESAK",
        "permintaan uji harian tidak sampai. Periksa situs, penerima dan pengirimannya.",
    ),
    Kind.TOKEN: ("PERIKSA", "login GitHub berakhir dalam {count} hari. Buat yang baru."),
    Kind.KEY: ("PERIKSA", "{count} kunci tim berakhir dalam 30 hari. Buat yang baru."),
    Kind.SITE: (
        "MENDESAK",
        "situs berbeda dari rilisnya di {count} tempat. Jangan buka laporan di sana. "
        "Periksa sekarang.",
    ),
    Kind.TEST: ("UJI", "ini pesan percobaan. Tidak ada yang perlu dikerjakan."),
}


@dataclass(frozen=True)
class Message:
    """One alert: its kind, how many things it is about, and at most their case numbers."""

    kind: Kind
    count: int
    cases: tuple[str, ...] = ()

    @property
    def urgency(self) -> str:
        """The word that stands first."""
        return _WORDS[self.kind][0]

    @property
    def text(self) -> str:
        """The sentence for people."""
        word, sentence = _WORDS[self.kind]
        named = ", ".join(self.cases[:CASES_NAMED])
        more = len(self.cases) - CASES_NAMED
        cases = named + (f" dan {more} lagi" if more > 0 else "")
        return f"{word}: {sentence.format(count=self.count, cases=cases)}"


class Channel(Protocol):
    """A way to somebody on duty."""

    @property
    def name(self) -> str:
        """The word for it in the log and in the database."""

    @property
    def people(self) -> int:
        """How many are reached, as far as the organization's file tells."""

    def send(self, message: Message, now: int) -> None:
        """Hand the message over; raises `ChannelFailed`."""


@dataclass(frozen=True)
class Webhook:
    """POST of one JSON object, always with the same members."""

    address: str = field(repr=False)
    name: str = "webhook"
    people: int = 1

    def send(self, message: Message, now: int) -> None:
        """Done once the server answers with a status of 200 to 299."""
        content = {"version": VERSION, "at": now, "urgency": message.urgency, "text": message.text}
        counted = asdict(message) | {"cases": message.cases[:CASES_NAMED]}
        _post(self.name, self.address, content | counted)


@dataclass(frozen=True)
class Telegram:
    """`sendMessage` of Telegram's Bot API."""

    token: str = field(repr=False)
    chat: int | str = field(repr=False)
    api: str = TELEGRAM_API
    name: str = "telegram"
    people: int = 1

    def send(self, message: Message, now: int) -> None:  # noqa: ARG002 - Telegram dates it
        """Done once Telegram says `ok`."""
        address = f"{self.api}/bot{self.token}/sendMessage"
        answer = _post(self.name, address, {"chat_id": self.chat, "text": message.text})
        try:
            done = json.loads(answer)["ok"] is True
        except (ValueError, KeyError, TypeError):
            done = False
        if not done:
            raise ChannelFailed("telegram: the answer does not say that it was sent")


@dataclass(frozen=True)
class Mail:
    """E-mail through one server, over TLS or not at all."""

    mail: AlertMail = field(repr=False)
    password: str | None = field(repr=False)
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    name: str = "email"

    @property
    def people(self) -> int:
        """Everybody in `to`."""
        return len(self.mail.to)

    def send(self, message: Message, now: int) -> None:
        """Done once the server has taken it for every recipient."""
        try:
            with self._connected() as server:
                if self.password is not None:
                    server.login(self.mail.sender, self.password)
                refused = server.send_message(self._letter(message, now))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # What a mail server says may repeat an address.
            raise ChannelFailed(f"email: {type(error).__name__}") from None
        if refused:
            raise ChannelFailed(f"email: {len(refused)} of {self.people} recipients were refused")

    def _connected(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        if port == smtplib.SMTP_SSL_PORT:
            return smtplib.SMTP_SSL(server, port, timeout=TIMEOUT_SECONDS, context=self.context)
        plain = smtplib.SMTP(server, port, timeout=TIMEOUT_SECONDS)
        try:
            plain.starttls(context=self.context)
        except BaseException:
            plain.close()
            raise
        return plain

    def _letter(self, message: Message, now: int) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = f"Migrasi Aman: {message.urgency}"
        letter["From"] = self.mail.sender
        letter["To"] = ", ".join(self.mail.to)
        letter["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
        letter["Message-ID"] = make_msgid(domain=self.mail.sender.partition("@")[2])
        # Nobody's automatic answer is wanted (RFC 3834).
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text + "\n")
        return letter


def open_channels(alerts: Alerts, secrets: AlertSecrets) -> tuple[Channel, ...]:
    """Every channel that is named and has what it needs."""
    return tuple(_channels(alerts, secrets))


def problems(alerts: Alerts, secrets: AlertSecrets) -> list[str]:
    """What keeps somebody from being told: one sentence each, with its cure."""
    found = []
    if alerts.telegram is not None and secrets.telegram_token is None:
        found.append("alerts.telegram has no bot: set INTAKE_ALERT_TELEGRAM_TOKEN.")
    if secrets.telegram_token is not None and alerts.telegram is None:
        found.append("INTAKE_ALERT_TELEGRAM_TOKEN is set and no chat named: fill alerts.telegram.")
    people = sum(channel.people for channel in open_channels(alerts, secrets))
    if people < 2:
        found.append(
            f"alerts reach {people} people and two are needed: fill in alerts in the organization "
            "file, then try intake alert --test."
        )
    return found


def _channels(alerts: Alerts, secrets: AlertSecrets) -> Iterator[Channel]:
    if address := secrets.webhook or alerts.webhook:
        yield Webhook(address)
    if alerts.telegram is not None and secrets.telegram_token is not None:
        yield Telegram(secrets.telegram_token, alerts.telegram.chat)
    if alerts.email is not None:
        yield Mail(alerts.email, secrets.smtp_password)


def _post(name: str, address: str, content: dict[str, Any]) -> bytes:
    try:
        answer = ask(address, content, seconds=TIMEOUT_SECONDS)
    except NoAnswer as error:
        raise ChannelFailed(f"{name}: {error}") from None
    if not answer.is_good:
        raise ChannelFailed(f"{name}: the server answers {answer.status}")
    return answer.body
