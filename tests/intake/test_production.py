"""Running for real people is refused with one sentence for each thing that is missing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import waitress

from intake import commands
from intake.commands import serve as serve_command
from intake.organization import Organization
from intake.production import SiteUnreadable, compare_keys, problems, site_key_ids
from intake.sealing import PublicKey, new_private_key
from workplace import ORGANIZATION, Workplace, coordinator, published, recovery, set_up, write_keys


@pytest.fixture(scope="module")
def spare() -> tuple[PublicKey, ...]:
    """Four more keys."""
    return tuple(new_private_key().public(f"orang-{number}") for number in range(4))


@pytest.fixture
def keys() -> tuple[PublicKey, ...]:
    return coordinator().public, recovery().public


def organization(**changes: object) -> Organization:
    return Organization.model_validate(ORGANIZATION | changes)


def test_a_ready_organization_has_no_problem(keys: tuple[PublicKey, ...]) -> None:
    """Operator, role, tested phone, https, two own keys with a recovery key: nothing is said."""
    assert problems(organization(), keys) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"demonstration": True},
            "The organization is the invented one: write your own docs/data/organization.yml.",
        ),
        (
            {"responsible_role": None},
            "Nobody answers for the data: set responsible_role in the organization file.",
        ),
        (
            {"phone": {"number": "+447700900001", "whatsapp": True, "tested": None}},
            "No duty phone was tested: call it, then set phone.tested to that day.",
        ),
        (
            {"site": "http://contoh.example/"},
            "site is not https: get a certificate and write the https address.",
        ),
        (
            {"receiver": "http://contoh.example/intake/"},
            "receiver is not https: get a certificate and write the https address.",
        ),
    ],
)
def test_what_an_organization_lacks_is_one_sentence(
    keys: tuple[PublicKey, ...], change: dict[str, Any], sentence: str
) -> None:
    """Each says what is wrong and what to do."""
    assert problems(organization(**change), keys) == [sentence]


def test_without_an_operator_there_is_no_phone_either(keys: tuple[PublicKey, ...]) -> None:
    """Both are said."""
    assert problems(organization(operator=None, phone=None), keys) == [
        "No operator is named: set operator in the organization file.",
        "No duty phone was tested: call it, then set phone.tested to that day.",
    ]


def test_invented_keys_are_named() -> None:
    """A demonstration key must never receive a real report: its passphrase was on a screen."""
    invented = new_private_key().public("contoh", demonstration=True)
    assert problems(organization(), [invented, recovery().public]) == [
        "Invented keys (contoh): make your own with intake keys new."
    ]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_keys_are_counted(count: int) -> None:
    """One lost key must not lose a report."""
    assert problems(organization(), [recovery().public] * count)[:1] == [
        f"{count} keys; use 2 to 5, so that one lost key loses no report: "
        "make another with intake keys new."
    ]


@pytest.mark.parametrize("count", [2, 5])
def test_two_to_five_keys_are_right(spare: tuple[PublicKey, ...], count: int) -> None:
    """Both ends of the range are allowed."""
    assert problems(organization(), [recovery().public, *spare[: count - 1]]) == []


def test_more_than_five_keys_are_counted(
    keys: tuple[PublicKey, ...], spare: tuple[PublicKey, ...]
) -> None:
    """Six recipients do not fit into a report."""
    assert problems(organization(), [*keys, *spare]) == [
        "6 keys; use 2 to 5, so that one lost key loses no report: "
        "make another with intake keys new."
    ]


def test_a_recovery_key_is_needed(spare: tuple[PublicKey, ...]) -> None:
    """Phones are lost; one key stays on paper."""
    assert problems(organization(), spare[:2]) == [
        "No recovery key: make one with intake keys new NAME --recovery and keep it offline."
    ]


def test_everything_is_said_at_once() -> None:
    """The sentences come together, so that one visit mends all."""
    poor = organization(
        demonstration=True, operator=None, responsible_role=None, phone=None,
        site="http://contoh.example/", receiver=None,
    )  # fmt: skip
    assert len(problems(poor, [])) == 7


# Receiver and site


def test_the_same_keys_on_both_sides_are_no_problem(keys: tuple[PublicKey, ...]) -> None:
    """Order does not matter."""
    assert compare_keys(keys, frozenset(key.kid for key in reversed(keys))) == []


def test_keys_that_differ_are_told_from_both_sides(
    keys: tuple[PublicKey, ...], spare: tuple[PublicKey, ...]
) -> None:
    """The thumbprints say which key stands on which side only."""
    ours, theirs = keys[0].kid, spare[0].kid
    published = frozenset({keys[1].kid, theirs})
    assert compare_keys(keys, published) == [
        f"Keys of site and receiver differ (the receiver lacks {theirs}; the site lacks {ours}): "
        "publish the same INTAKE_KEYS."
    ]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A served site: the file with its keys, and its address."""
    file = tmp_path / "unduh" / "keys.json"
    file.parent.mkdir()
    with published(tmp_path) as address:
        yield file, address


def test_the_sites_keys_are_read_from_what_it_publishes(
    site: tuple[Path, str], keys: tuple[PublicKey, ...]
) -> None:
    """`/unduh/keys.json` holds the thumbprints that browsers seal to."""
    file, address = site
    file.write_text(json.dumps({"keys": [key.published() for key in keys]}), encoding="utf-8")
    assert site_key_ids(address) == {key.kid for key in keys}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (None, "HTTPError"),
        ("not JSON", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        ('{"keys": [{}]}', "KeyError"),
        ('{"keys": 7}', "TypeError"),
    ],
)
def test_a_site_whose_keys_cannot_be_read_is_told_apart(
    site: tuple[Path, str], text: str | None, kind: str
) -> None:
    """Missing or of another shape: the address, the kind of fault and the cure."""
    file, address = site
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SiteUnreadable) as caught:
        site_key_ids(address)
    assert str(caught.value) == (
        f"{address}unduh/keys.json could not be read ({kind}): publish the site first."
    )


def test_a_site_that_does_not_answer_is_unreadable() -> None:
    """Nobody listens on the discard port."""
    with pytest.raises(SiteUnreadable) as caught:
        site_key_ids("http://127.0.0.1:9/")
    assert str(caught.value) == (
        "http://127.0.0.1:9/unduh/keys.json could not be read (URLError): publish the site first."
    )


def test_a_site_that_speaks_another_language_is_unreadable() -> None:
    """Something else on the port of the site is no reason to fall over."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(_answer_nonsense, server)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(SiteUnreadable) as caught:
            site_key_ids(address)
    assert str(caught.value) == (
        f"{address}unduh/keys.json could not be read (BadStatusLine): publish the site first."
    )


def _answer_nonsense(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"220 surat.example ESMTP\r\n")


def test_a_site_that_is_no_web_address_is_not_opened() -> None:
    """A file is never read in the place of a site."""
    with pytest.raises(SiteUnreadable) as caught:
        site_key_ids("file:///etc/")
    assert str(caught.value) == (
        "file:///etc/unduh/keys.json is not a web address: mend site in the organization file."
    )


# intake serve


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What `intake serve` would have listened with; nothing listens."""
    calls: list[object] = []
    monkeypatch.setattr(serve_command, "create_app", lambda settings: settings)
    monkeypatch.setattr(waitress, "serve", lambda app, **_options: calls.append(app))
    return calls


def serve(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> int:
    github = place.with_settings(INTAKE_TRACKER="github:aman/laporan", INTAKE_GITHUB_TOKEN="x")
    for name, value in github.environment.items():
        monkeypatch.setenv(name, value)
    return commands.main(["serve"])


def test_serve_refuses_real_reports_while_something_is_missing(
    tmp_path: Path,
    started: list[object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a github: tracker every problem is printed, exit 1, and nothing listens."""
    place = set_up(
        tmp_path, demonstration=True, site="http://127.0.0.1:9/", receiver="http://127.0.0.1:9/i/"
    )
    write_keys(tmp_path / "keys", new_private_key().public("contoh", demonstration=True))
    assert serve(place, monkeypatch) == 1
    assert capsys.readouterr().err.splitlines() == [
        "intake: not ready for real people:",
        "The organization is the invented one: write your own docs/data/organization.yml.",
        "site is not https: get a certificate and write the https address.",
        "receiver is not https: get a certificate and write the https address.",
        "Invented keys (contoh): make your own with intake keys new.",
        "1 keys; use 2 to 5, so that one lost key loses no report: "
        "make another with intake keys new.",
        "No recovery key: make one with intake keys new NAME --recovery and keep it offline.",
    ]
    assert started == []
    assert not place.database.exists()


def test_serve_refuses_keys_that_the_site_does_not_seal_to(
    tmp_path: Path,
    started: list[object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A site that seals to another key would send reports that the receiver must refuse."""
    place = set_up(tmp_path)
    theirs = recovery().public.kid
    monkeypatch.setattr("intake.production.site_key_ids", lambda _site: frozenset({theirs}))
    assert serve(place, monkeypatch) == 1
    assert capsys.readouterr().err == (
        "intake: not ready for real people:\n"
        f"Keys of site and receiver differ (the site lacks {coordinator().public.kid}): "
        "publish the same INTAKE_KEYS.\n"
    )
    assert started == []


def test_serve_starts_while_the_site_is_down(
    tmp_path: Path,
    started: list[object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A site out of reach is logged and does not take the receiver down with it."""
    place = set_up(tmp_path)
    fault = SiteUnreadable("https://contoh.example/unduh/keys.json could not be read (URLError).")

    def unreadable(_site: str) -> frozenset[str]:
        raise fault

    monkeypatch.setattr("intake.production.site_key_ids", unreadable)
    assert serve(place, monkeypatch) == 0
    assert len(started) == 1
    assert str(fault) in [record.getMessage() for record in caplog.records]


def test_a_folder_tracker_needs_none_of_this(
    tmp_path: Path, started: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one machine, to try it or to help a village, the demonstration's file is enough."""
    place = set_up(tmp_path, demonstration=True, site="http://127.0.0.1:9/")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    assert commands.main(["serve"]) == 0
    assert len(started) == 1
