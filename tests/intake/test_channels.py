"""An alert goes out by webhook, Telegram and e-mail; it holds no content, and no secret shows."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duty_room import BOT, PASSWORD, SECRET_PATH, DutyRoom, duty_room
from intake.channels import (
    ChannelFailed,
    Kind,
    Message,
    Telegram,
    Webhook,
    open_channels,
    problems,
)
from intake.organization import AlertMail, Alerts, TelegramChat
from intake.settings import AlertSecrets
from workplace import NOW

RED = Message(Kind.RED, 2, ("K7Q2-9MPA", "AB12-CD34"))
MAIL = AlertMail(
    to=("jaga@contoh.example", "koordinator@contoh.example"),
    sender="aman@contoh.example",
    server="mail.contoh.example",
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[DutyRoom]:
    """Servers that take alerts."""
    with duty_room(tmp_path) as opened:
        yield opened


def test_a_webhook_gets_one_fixed_shape(room: DutyRoom) -> None:
    """The same members for every kind: nothing but kind, word, count, case numbers, time."""
    for kind in Kind:
        room.webhook.send(Message(kind, 1, ("K7Q2-9MPA",) if kind is Kind.RED else ()), NOW)
    shapes = {tuple(sorted(body)) for _, body in room.posted}
    assert shapes == {("at", "cases", "count", "kind", "text", "urgency", "version")}
    assert room.posted[0] == (
        "webhook",
        {
            "version": 1,
            "at": NOW,
            "kind": "red",
            "urgency": "MERAH",
            "count": 1,
            "cases": ["K7Q2-9MPA"],
            "text": "MERAH: 1 laporan belum dibaca. Buka sekarang. Kasus: K7Q2-9MPA.",
        },
    )


def test_telegram_gets_chat_and_text(room: DutyRoom) -> None:
    """The sentence alone, to the chat that is named, by the bot's own path."""
    room.telegram.send(RED, NOW)
    assert room.posted == [("telegram", {"chat_id": -1001234567890, "text": RED.text})]


def test_mail_goes_to_two_people_over_tls(room: DutyRoom) -> None:
    """The subject holds the urgency alone; the server speaks of nothing before TLS."""
    room.mail.send(RED, NOW)
    assert [line.split("<")[1].split(">")[0] for line in room.recipients] == [
        "jaga@contoh.example",
        "koordinator@contoh.example",
    ]
    assert room.logins == [f"\0aman@contoh.example\0{PASSWORD}"]
    (mail,) = room.mails
    assert "Subject: Migrasi Aman: MERAH\r\n" in mail
    assert "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n" in mail
    assert mail.count(RED.text) == 1


def test_a_mail_server_that_nobody_vouches_for_gets_nothing(room: DutyRoom) -> None:
    """A certificate that is not trusted ends the attempt before password and message."""
    stranger = dataclasses.replace(room.mail, context=ssl.create_default_context())
    with pytest.raises(ChannelFailed, match=r"^email: SSLCertVerificationError$"):
        stranger.send(RED, NOW)
    assert (room.mails, room.logins) == ([], [])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("webhook", "webhook: the server answers 502"),
        ("telegram", "telegram: the server answers 502"),
        ("email", "email: SMTPRecipientsRefused"),
    ],
)
def test_a_failure_tells_no_secret(room: DutyRoom, name: str, sentence: str) -> None:
    """Channel and kind of trouble; neither address, token nor what the server said."""
    room.down = {name}
    channel: Any = {"webhook": room.webhook, "telegram": room.telegram, "email": room.mail}[name]
    with pytest.raises(ChannelFailed) as caught:
        channel.send(RED, NOW)
    assert str(caught.value) == sentence
    assert caught.value.__cause__ is None
    told = f"{caught.value!r} {channel!r}"
    for secret in (BOT, PASSWORD, SECRET_PATH, "contoh.example", "-1001234567890"):
        assert secret not in told


def test_a_server_that_is_not_there_is_a_failure(room: DutyRoom) -> None:
    """A refused connection is told by its kind."""
    nobody = Webhook(f"http://127.0.0.1:1/{SECRET_PATH}")
    with pytest.raises(ChannelFailed, match=r"^webhook: URLError$"):
        nobody.send(RED, NOW)
    assert room.posted == []


def test_a_redirect_is_not_followed(room: DutyRoom) -> None:
    """A message goes where the organization said, or nowhere."""
    room.moved_to = f"{room.web}lain"
    with pytest.raises(ChannelFailed, match="answers 307"):
        room.webhook.send(RED, NOW)
    assert room.posted == []


def test_telegram_must_say_that_it_was_sent(room: DutyRoom) -> None:
    """An answer of 200 without `ok` is no success."""
    elsewhere = Telegram("1:x", 1, room.web.rstrip("/"))
    with pytest.raises(ChannelFailed, match="does not say that it was sent"):
        elsewhere.send(RED, NOW)


def test_many_cases_are_counted_and_ten_are_named() -> None:
    """A flood does not make a message that no channel takes."""
    cases = tuple(f"K7Q2-9M{n:02}" for n in range(40))
    text = Message(Kind.RED, 40, cases).text
    assert text.startswith("MERAH: 40 laporan")
    assert text.endswith("K7Q2-9M09 dan 30 lagi.")


@pytest.mark.parametrize(
    ("alerts", "secrets", "told"),
    [
        (Alerts(), AlertSecrets(), ["alerts reach 0 people"]),
        (Alerts(webhook="https://contoh.example/x"), AlertSecrets(), ["alerts reach 1 people"]),
        (Alerts(email=MAIL), AlertSecrets(), []),
        (
            Alerts(telegram=TelegramChat(chat=1), email=MAIL),
            AlertSecrets(),
            ["alerts.telegram has no bot"],
        ),
        (Alerts(email=MAIL), AlertSecrets(telegram_token="1:x"), ["INTAKE_ALERT_TELEGRAM_TOKEN"]),
        (
            Alerts(telegram=TelegramChat(chat="@jaga_contoh")),
            AlertSecrets(webhook="https://contoh.example/x", telegram_token="1:x"),
            [],
        ),
    ],
)
def test_what_keeps_two_people_from_being_told_is_named(
    alerts: Alerts, secrets: AlertSecrets, told: list[str]
) -> None:
    """Two people are reached by whatever channels, or a sentence says what to fill in."""
    found = problems(alerts, secrets)
    assert len(found) == len(told)
    for sentence, beginning in zip(found, told, strict=True):
        assert sentence.startswith(beginning)


def test_the_setting_replaces_the_webhooks_address() -> None:
    """An address that holds a secret need not stand in a public file."""
    secret = AlertSecrets(webhook="https://contoh.example/rahasia")
    (channel,) = open_channels(Alerts(webhook="https://contoh.example/x"), secret)
    assert channel == Webhook("https://contoh.example/rahasia")
    assert "rahasia" not in f"{channel!r} {secret!r}"
