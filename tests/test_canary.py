"""What a person types is found nowhere but in the sealed report, and no secret where others look.

A canary is typed into every free field and into every other place that takes text. Then each
file of the working folder, each log record of any library at DEBUG, each address and each
answer is searched for it: as it is, reversed, percent-encoded, in base64 at each offset, in
hexadecimal and in UTF-16. The same search finds it in what `intake open` prints.
"""

from __future__ import annotations

import base64
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from built_site import ROOT
from databases import Postgres
from github_stand_in import REPOSITORY_ID, TOKEN, GitHubStandIn
from html_form import encoded, read_form
from intake import backup, demonstration, web
from intake.alerts import Alarm
from intake.channels import Message
from intake.commands import deliver
from intake.reading import lay_out
from intake.sealing import find_sealed, new_private_key, open_sealed
from intake.settings import SETTINGS
from intake.spool import Spool
from intake.suspicion import NETWORK_MOST
from workplace import (
    NOW,
    Workplace,
    child_environment,
    coordinator,
    fetch,
    full_disk,
    open_receiver,
    sealed_report,
    serving,
    set_up,
    the_form,
)

CANARY = "kanari7Qx2burung9Zw4kuning"
TYPED = 11  # free fields of the form
FORM = "application/x-www-form-urlencoded"
NOISY_HEADERS = {
    "User-Agent": f"Ponsel/{CANARY}",
    "Referer": f"https://contoh.example/?{CANARY}",
    "X-Forwarded-For": CANARY,
    "Cookie": f"kue={CANARY}",
    "Accept-Language": CANARY,
    f"X-{CANARY}": "1",
}


def spellings(text: str) -> list[bytes]:
    """Every form of the text that the search knows."""
    raw = text.encode()
    # Three bytes become four characters, so base64 looks different at each of three offsets.
    shifted = [base64.b64encode(b"\0" * offset + raw + b"\0\0") for offset in range(3)]
    return [
        raw,
        raw[::-1],
        raw.lower(),
        "".join(f"%{byte:02X}" for byte in raw).encode(),
        "".join(f"%{byte:02x}" for byte in raw).encode(),
        raw.hex().encode(),
        raw.hex().upper().encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        "".join(f"&#{byte};" for byte in raw).encode(),
        *(text[4:-8] for text in shifted),
        *(base64.b64encode(text.encode("utf-16-le")[2 * offset :])[4:-8] for offset in range(3)),
    ]


def is_in(content: bytes) -> bool:
    """Whether the content holds the canary in any spelling."""
    return any(spelling in content for spelling in spellings(CANARY))


def typed_into_everything() -> dict[str, str | list[str]]:
    """Answers with the canary in every free field, and everything else chosen."""
    answers: dict[str, str | list[str]] = {
        "who": "child",
        "safe": "no",
        "problem": ["lost-contact"],
        "stage": "abroad",
        "country": "MY",
        "regency": "33.02",
        "contact": "may-contact",
    }
    typed = {each.id: f"{CANARY}-{each.id}" for each in the_form().fields if each.is_text}
    assert len(typed) == TYPED
    return answers | typed


@dataclass
class Watch:
    """A receiver of its own, and everything that it said and that was asked of it."""

    place: Workplace
    client: FlaskClient
    answers: list[TestResponse] = field(default_factory=list)

    def send_sealed(self, sent: Any, **changes: Any) -> TestResponse:
        """Post JSON with a canary in every header."""
        return self.send(json.dumps(sent | changes).encode(), "application/json")

    def send_form(self, **changes: list[str]) -> TestResponse:
        """Fill in a fresh form with canaries and post it; `changes` stand in their place."""
        page = self.client.get("/intake/form", headers=NOISY_HEADERS)
        self.answers.append(page)
        fields = read_form(page.text).filled_in(typed_into_everything())
        return self.send(encoded(fields | changes), FORM)

    def send(self, body: bytes, kind: str) -> TestResponse:
        """Post any body."""
        answer = self.client.post(
            "/intake/submissions", data=body, content_type=kind, headers=NOISY_HEADERS
        )
        self.answers.append(answer)
        return answer

    def found(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        """Where the canary is: names of files, log records, addresses, headers and bodies."""
        files = [str(path) for path in self._files() if is_in(path.read_bytes())]
        files += [str(path) for path in self._files() if is_in(str(path).encode())]
        logged = [f"log {record.name}" for record in caplog.records if is_in(_whole(record))]
        heads = [a.request.path for a in self.answers if is_in(str(a.headers).encode())]
        asked = [a.request.path for a in self.answers if is_in(a.request.path.encode())]
        bodies = [f"body {a.status_code}" for a in self.answers if is_in(a.data)]
        return files + logged + heads + asked + bodies

    def _files(self) -> Iterator[Path]:
        return (path for path in self.place.folder.rglob("*") if path.is_file())


def _whole(record: logging.LogRecord) -> bytes:
    """A log record with its arguments, exception and every other attribute."""
    text = logging.Formatter().format(record) + repr(record.__dict__)
    return text.encode()


@pytest.fixture
def watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Watch:
    """A receiver over an empty folder, with every logger at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, name)
    place = set_up(tmp_path)
    return Watch(place, _receiver(place).test_client())


def _receiver(place: Workplace) -> Flask:
    app = open_receiver(place)
    app.testing = False
    return app


def delivered(place: Workplace) -> list[Path]:
    """The issues after `deliver` in this process, where its log is seen too."""
    with mock.patch("intake.settings.load_form", return_value=the_form()):
        worker = deliver.courier(place.settings)
    with closing(worker.spool):
        worker.deliver()
    return sorted(place.tracker.glob("*.md"))


def test_what_was_typed_is_only_in_what_is_opened(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    """Through both doors and into the tracker nothing shows; opened, every field is there."""
    sent, _ = sealed_report(typed_into_everything())
    assert watch.send_sealed(sent).status_code == 201
    redirect = watch.send_form()
    assert redirect.status_code == 303
    watch.answers.append(watch.client.get(redirect.location, headers=NOISY_HEADERS))
    issues = delivered(watch.place)
    assert len(issues) == 2
    assert watch.found(caplog) == []
    assert {record.name.split(".")[0] for record in caplog.records} >= {"intake"}
    for issue in issues:
        content = open_sealed(find_sealed(issue.read_text()), coordinator().key)
        assert is_in(content)
        for each in the_form().fields:
            if each.is_text:
                assert f"{CANARY}-{each.id}".encode() in content
        assert lay_out(the_form(), content, "id").count(CANARY) == TYPED


def test_the_search_would_notice(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """The canary is found in a file, a log record, an address, a header and a body."""
    for number, spelling in enumerate(spellings(CANARY)):
        (watch.place.folder / f"{number}.bin").write_bytes(b"x" * number + spelling + b"y")
    for offset in range(3):
        whole = base64.b64encode(b"z" * offset + f"ada {CANARY} di sini".encode())
        (watch.place.folder / f"base64-{offset}.bin").write_bytes(whole)
    logging.getLogger("contoh").debug("%s", {"isi": CANARY})
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("contoh.galat").exception("salah")
    for path in (f"/intake/{CANARY}", f"/intake/form?language={CANARY}"):
        watch.answers.append(watch.client.get(path))
    found = watch.found(caplog)
    assert sum(name.endswith(".bin") for name in found) == len(spellings(CANARY)) + 3
    assert {"log contoh", "log contoh.galat", f"/intake/{CANARY}"} <= set(found)
    assert not [name for name in found if name.startswith("body")]


def test_what_is_refused_leaves_nothing(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """No refusal of sealed JSON repeats or keeps a word, whatever is wrong with it."""
    sent, _ = sealed_report(typed_into_everything())
    other, _ = sealed_report(typed_into_everything())
    stranger, _ = sealed_report(
        typed_into_everything(), "id", new_private_key().public("orang-lain")
    )
    fact = {f"{CANARY}": CANARY, "country": CANARY, "problem": [CANARY], "language": "id"}
    inside = sent["sealed"] | {"unprotected": {"x": CANARY}}
    recipient = sent["sealed"]["recipients"][0]
    header = recipient["header"] | {"kid": CANARY, "note": CANARY}
    watch.send_sealed(sent)
    statuses = [
        watch.send_sealed(sent, token=CANARY, return_verifier=CANARY).status_code,
        watch.send_sealed(sent, facts=fact, **{CANARY: CANARY}).status_code,
        watch.send_sealed(sent, language=CANARY, version=CANARY).status_code,
        watch.send_sealed(sent, sealed=inside).status_code,
        watch.send_sealed(
            sent, sealed=sent["sealed"] | {"recipients": [recipient | {"header": header}]}
        ).status_code,
        watch.send_sealed(sent, sealed=CANARY).status_code,
        watch.send_sealed(other, token=sent["token"]).status_code,
        watch.send_sealed(stranger).status_code,
        watch.send(json.dumps(CANARY).encode(), "application/json").status_code,
        watch.send(b'{"' + CANARY.encode(), "application/json").status_code,
        watch.send(CANARY.encode() * 5_000, "application/json").status_code,
        watch.send(CANARY.encode(), "text/plain").status_code,
        watch.send(CANARY.encode(), f"multipart/form-data; boundary={CANARY}").status_code,
        watch.send(CANARY.encode(), CANARY).status_code,
    ]
    assert statuses == [422] * 6 + [409] * 2 + [400] * 2 + [413] + [415] * 3
    with full_disk():
        assert watch.send_sealed(other).status_code == 503
    with mock.patch.object(web, "read_sealed", side_effect=RuntimeError(CANARY)):
        assert watch.send_sealed(sent).status_code == 500
    for _ in range(NETWORK_MOST):
        watch.send_sealed({})
    assert watch.send_sealed(sent).status_code == 429
    for path in ("/intake/form?language={}", "/intake/received/{}", "/{}", "/intake/{}?x={}"):
        watch.client.get(path.format(CANARY, CANARY), headers=NOISY_HEADERS)
    assert len(delivered(watch.place)) == 1
    assert watch.found(caplog) == []


def test_a_refused_form_shows_its_text_to_its_sender_alone(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    """What comes back filled in is the only place where the text is; nothing else holds it."""
    refused = [
        watch.send_form(safe=[]),
        watch.send_form(story=[CANARY + "\0"], website=[CANARY], opened=[CANARY]),
        watch.send_form(token=[CANARY], who=[CANARY], problem=[CANARY, "death"]),
        watch.send_form(story=["🙏" * 6_000]),
        watch.send_form(agency=[CANARY * 20]),
    ]
    with full_disk():
        refused.append(watch.send_form())
    assert [answer.status_code for answer in refused] == [422] * 5 + [503]
    first = watch.send_form(token=["AAECAwQFBgcICQoLDA0ODw"])
    reused = watch.send_form(token=["AAECAwQFBgcICQoLDA0ODw"], story=[CANARY * 2])
    large = watch.send_form(story=[CANARY * 25_000])
    with mock.patch.object(web, "seal_plain", side_effect=RuntimeError(CANARY)):
        broken = watch.send_form()
    statuses = [answer.status_code for answer in (first, reused, large, broken)]
    assert statuses == [303, 409, 413, 500]
    for answer in refused:
        assert is_in(answer.data)
        watch.answers.remove(answer)
    assert not is_in(read_form(refused[2].text).fields["token"][0].encode())
    assert len(delivered(watch.place)) == 1
    assert watch.found(caplog) == []


def test_running_programs_show_neither_words_nor_secrets(
    tmp_path: Path, stand_in: GitHubStandIn
) -> None:
    """Receiver and worker as processes, GitHub behind them: files while they are open, logs,
    command lines, the issue list and the mails that GitHub sends.
    """
    place = set_up(tmp_path)
    sent, _ = sealed_report(typed_into_everything())
    with serving(place) as receiver:
        body = json.dumps(sent).encode()
        headers = {"Content-Type": "application/json", "User-Agent": f"Ponsel/{CANARY}"}
        status, _, _ = fetch(f"{receiver.address}intake/submissions", body, headers)
        assert status == 201
        working = place.with_settings(
            INTAKE_TRACKER=f"github:{REPOSITORY_ID}",
            INTAKE_GITHUB_TOKEN=TOKEN,
            INTAKE_GITHUB_API=stand_in.url,
        )
        with delivering(working) as (worker, log):
            wait_for(lambda: "filed and verified" in log.read_text("utf-8"))
            shown = [command_line(pid) for pid in (receiver.process.pid, worker.pid)]
            shown += [command_line(pid) for pid in children(receiver.process.pid, worker.pid)]
        assert (tmp_path / "spool.db-wal").stat().st_size > 0
        found = [
            path for path in tmp_path.rglob("*") if path.is_file() and is_in(path.read_bytes())
        ]
        assert found == []
        _, said = receiver.stop(signal.SIGTERM)
    everything = [*shown, said, log.read_text("utf-8"), *stand_in.emails]
    everything += [repr(issue) for issue in stand_in.issues.values()]
    secrets = (TOKEN, place.settings.secret_file.read_text("ascii").strip())
    for text in everything:
        assert not is_in(text.encode())
        assert not any(secret in text for secret in secrets)
    assert [email for email in stand_in.emails if "ciphertext" in email] == []
    content = open_sealed(find_sealed(stand_in.issues[1].body or ""), coordinator().key)
    assert is_in(content)


@contextmanager
def delivering(place: Workplace) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`intake deliver --watch` until the end of the block, and where it logs."""
    log = place.folder / "worker.log"
    command = [sys.executable, "-m", "intake.commands", "deliver", "--watch"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=child_environment(place), stdout=said, stderr=said
        )
    try:
        yield process, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(ready: Callable[[], object]) -> None:
    """Return once it is so; fail after a minute."""
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def command_line(process: int) -> str:
    """What `ps` shows to everybody on the machine."""
    return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def children(*parents: int) -> list[int]:
    """The processes that these have started."""
    found = []
    for parent in parents:
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text("ascii").split()]
    return found


def test_the_build_of_the_site_gets_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make run` starts it as a child: of all settings it has the three that it needs."""
    place = set_up(tmp_path)
    for name in SETTINGS:
        monkeypatch.setenv(name, CANARY)
    given = demonstration._environment(place.settings)
    assert {name for name in given if name.startswith("INTAKE_")} == {
        "INTAKE_ORGANIZATION",
        "INTAKE_KEYS",
        "INTAKE_SITE",
    }
    assert CANARY not in given.values()


def test_an_alert_holds_no_word(watch: Watch) -> None:
    """A red report is told to whoever is on duty by its case number and a fixed sentence."""
    urgent = typed_into_everything() | {"signs": ["locked-in"], "safe": "no"}
    sent, _ = sealed_report(urgent)
    assert sent["facts"]["urgency"] == "red"
    assert watch.send_sealed(sent).status_code == 201
    delivered(watch.place)
    told: list[str] = []

    class Duty:
        name = "duty"
        people = 1

        def send(self, message: Message, now: int) -> None:
            told.append(f"{message!r} {message.text} {now}")

    spool = Spool(watch.place.settings.database)
    with closing(spool):
        Alarm(spool, [Duty()], lambda: [], lambda: NOW).look()
    assert len(told) == 1
    assert not is_in(told[0].encode())
    assert "MERAH" in told[0]


def test_a_backup_holds_no_word(watch: Watch) -> None:
    """It holds what the spool holds, sealed."""
    sent, _ = sealed_report(typed_into_everything())
    assert watch.send_sealed(sent).status_code == 201
    file = watch.place.folder / "cadangan"
    with closing(Spool(watch.place.settings.database)) as spool:
        backup.make(spool, bytes(32), file, NOW)
    content = file.read_bytes()
    assert sent["sealed"]["ciphertext"].encode() in content
    assert not is_in(content)


def test_the_folder_of_postgresql_holds_no_word(
    tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """Tables, journal and log of the server, once everything is written out."""
    sent, _ = sealed_report(typed_into_everything())
    place = set_up(tmp_path)
    place.settings.load_secret()  # which is made beside SQLite only
    app = open_receiver(place.with_settings(INTAKE_DATABASE=postgres_url))
    answer = app.test_client().post("/intake/submissions", json=sent, headers=NOISY_HEADERS)
    assert answer.status_code == 201
    postgres.execute("CHECKPOINT")
    files = [path for path in postgres.folder.rglob("*") if path.is_file()]
    # Long values are packed, but the journal has the statement's own bytes.
    number = answer.get_json()["case_number"].encode()
    assert [path for path in files if number in path.read_bytes()]
    assert [path for path in files if is_in(path.read_bytes())] == []
