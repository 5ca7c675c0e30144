"""A team at work for a month: people ask, a coordinator and three volunteers act, the program runs.

Everything goes through the real doors: the receiver's WSGI application, the delivery worker and
what runs beside it, the commands, GitHub's stand-in. Time is a clock that somebody turns on, and
chance is seeded. What each person did is written down in `Request`, so that a test can say what
has to be true of every case.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from github_stand_in import OWNER_TOKEN, TOKEN, GitHubStandIn, StoredIssue
from html_form import encoded, read_form
from intake import codes, commands, importing, sealing
from intake.alerts import Alarm
from intake.answers import check_answers, complete, derive_facts, is_asked
from intake.asking import Answer
from intake.canary import Canary
from intake.channels import Message
from intake.delivery import Courier
from intake.following import Follower
from intake.form import Level
from intake.labels import SHARE_AGAIN, WITHDRAWN
from intake.reminders import Reminders
from intake.sealing import PrivateKey, PublicKey
from intake.settings import Settings
from intake.spool import Spool
from intake.submission import consents
from intake.tracker import GitHubLogin, letter_line
from intake.tracker.github import GitHubTracker
from test_canary import CANARY
from workplace import (
    Clock,
    Holder,
    coordinator,
    open_receiver,
    recovery,
    set_up,
    the_form,
    write_keys,
)

HOUR, DAY = 3_600, 86_400
LEAKED = "+447700900042"  # what somebody types into a comment; Ofcom keeps it for drama
SITE = {"Origin": "https://contoh.example"}
DOORS = ("write", "other", "volunteer", "question", "call")
PLACES = (("MY", "33.02"), ("TW", "33.01"), ("HK", "33.03"), ("SA", "33.04"), ("SG", "32"))
SHARES: tuple[list[str], ...] = ([], ["nobody"], ["legal-aid", "mission"])
PROBLEMS: dict[str, tuple[str, ...]] = {
    "red": ("violence", "locked-in", "detained"),
    "yellow": ("lost-contact", "papers-withheld", "death"),
    "green": ("unpaid-wages", "failed-departure", "ill-or-injured", "overwork"),
}


@dataclass
class Request:
    """One request: how it came, what its sender holds, and what has been done about it."""

    place: int
    life: str
    way: str
    level: Level
    at: int
    door: str = "write"
    agency: str = ""
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    case_number: str = ""
    token: str = ""
    keys: codes.PinKeys = field(default_factory=lambda: codes.PinKeys("", ""))
    pin: str = ""
    number: int = 0
    steps: list[str] = field(default_factory=lambda: ["received"])
    letters: list[str] = field(default_factory=list)  # additions and notes that were taken
    shared_to: list[str] = field(default_factory=list)  # marks, in order
    answered: str = ""
    withdrawn: bool = False

    @property
    def address(self) -> str:
        """The network that this person sends from."""
        return f"198.51.{100 + self.place // 200}.{self.place % 200 + 1}"

    def reach(self, status: str) -> None:
        """Write down that the case goes on to this status."""
        if self.steps[-1] != status:
            self.steps.append(status)


@dataclass
class Room:
    """Where alerts arrive."""

    name: str = "ruang"
    people: int = 2
    messages: list[Message] = field(default_factory=list)

    def send(self, message: Message, now: int) -> None:
        """Keep it."""
        del now
        self.messages.append(message)


class Heard(logging.Handler):
    """Every log record of every library, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the whole record."""
        self.lines.append(f"{self.format(record)} {record.__dict__!r}")


@dataclass(frozen=True)
class Volunteer:
    """Somebody with a key on her own phone."""

    key: PrivateKey
    public: PublicKey
    mark: str


def volunteer() -> Volunteer:
    """A fresh key, and its mark as the reader shows it: 20 bits of the thumbprint."""
    key = sealing.new_private_key()
    bits = int.from_bytes(codes.decode(key.kid, 32), "big") >> (256 - 20)
    mark = "".join(sealing.CROCKFORD[bits >> at & 31] for at in (15, 10, 5, 0))
    return Volunteer(key, key.public("relawan"), mark)


class Team:
    """One organization, its receiver, tracker and people."""

    def __init__(self, folder: Path, stand_in: GitHubStandIn, clock: Clock) -> None:
        self.stand_in, self.clock, self.rng = stand_in, clock, random.Random(8)
        made = set_up(folder)
        self.place = made.with_settings(
            INTAKE_TRACKER="github:aman/laporan",
            INTAKE_GITHUB_API=stand_in.url,
            INTAKE_GITHUB_TOKEN=TOKEN,
        )
        (folder / "secret").write_text(self.rng.randbytes(32).hex() + "\n", encoding="ascii")
        self.organization = self.place.settings.load_organization()
        self.spool = Spool(self.place.settings.database)
        login = GitHubLogin(token=TOKEN, api=stand_in.url)
        self.tracker = GitHubTracker("aman/laporan", login, pace=0, clock=clock)
        self.room, self.heard, self.printed = Room(), Heard(), io.StringIO()
        self.volunteers = [volunteer() for _ in range(3)]
        self.struck: Volunteer | None = None
        self.readers: list[Holder] = [coordinator()]  # who reads, the newest key first
        self.public: tuple[PublicKey, ...] = (coordinator().public, recovery().public)
        self.requests: list[Request] = []
        self.open()

    def open(self) -> None:
        """Start receiver and worker, with the keys that the folder holds now."""
        self.app = open_receiver(self.place, self.clock)
        self.app.testing = False
        self.courier = Courier(
            spool=self.spool,
            tracker=self.tracker,
            form=the_form(),
            site=self.organization.site,
            settle_seconds=self.organization.settle_seconds,
            holder="pekerja",
            now=self.clock,
            keys=self.place.settings.load_keys(),
        )
        self.follower = Follower(self.spool, self.tracker, 60, self.clock)
        self.reminders = Reminders(self.spool, self.tracker, self.organization, self.clock)
        self.canary = Canary(self.spool, self.tracker, the_form(), self.organization, self.clock)
        load_keys = self.place.settings.load_keys
        self.alarm = Alarm(self.spool, (self.room,), load_keys, self.clock)

    def close(self) -> None:
        """Give back what was opened."""
        self.spool.close()
        self.app.extensions["intake"].spool.close()

    # --- the program ---

    def work(self, *, quiet: bool = False) -> bool:
        """One round of `intake deliver --watch`, a minute later; whether somebody was reminded.

        In a quiet round nothing waits to be filed or followed, so only the time is looked at.
        """
        self.clock.seconds += 60
        if not quiet:
            self.courier.deliver()
            self.follower.follow()
            self.canary.look()
        new = self.reminders.remind()
        self.alarm.look()
        return new > 0

    def run(self, *arguments: str, owner: bool = False) -> int:
        """One command, by this clock and without GitHub's pace; what it prints is kept."""
        login = {"INTAKE_GITHUB_OWNER_TOKEN": OWNER_TOKEN} if owner else {}
        with (
            mock.patch.dict("os.environ", self.place.environment | login),
            mock.patch.object(Settings, "load_form", return_value=the_form()),
            mock.patch("time.time", return_value=float(self.clock())),
            mock.patch("intake.tracker.pace.APART_SECONDS", 0.0),
            mock.patch("intake.tracker.pace.EVERY_SECONDS", 0),
            contextlib.redirect_stdout(self.printed),
            contextlib.redirect_stderr(self.printed),
        ):
            return commands.main(arguments)

    def with_key(self, *arguments: str, holder: Holder | None = None) -> int:
        """A command that takes a reader's key."""
        holder = holder or self.readers[0]
        key, passphrase = (
            self.place.folder / f"{holder.public.name}.{end}" for end in ("key", "passphrase")
        )
        key.write_text(holder.locked, encoding="ascii")
        passphrase.write_text(holder.passphrase, encoding="ascii")
        return self.run(*arguments, "--key", str(key), "--passphrase-file", str(passphrase))

    def purge(self) -> None:
        """What runs each day, on both sides."""
        assert self.run("purge", owner=True) == 0

    # --- those who ask ---

    def phone(self, request: Request) -> FlaskClient:
        """That person's phone."""
        made = self.app.test_client()
        made.environ_base["REMOTE_ADDR"] = request.address
        return made

    def arrive(self, request: Request) -> None:
        """The request is sent, on its way."""
        self.requests.append(request)
        ways = {
            "json": self._send_sealed,
            "late page": self._send_sealed,
            "plain": self._send_plain,
            "suspect": self._send_plain,
            "handed": self._hand_over,
            "test": self._send_test,
        }
        ways[request.way](request)

    def _send_sealed(self, request: Request) -> None:
        answer = self.phone(request).post(
            "/intake/submissions", data=self._sealed(request), content_type="application/json"
        )
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        request.case_number = answer.json["case_number"]

    def _sealed(self, request: Request) -> bytes:
        """The bytes that a browser posts."""
        request.token = codes.encode(self.rng.randbytes(16))
        request.keys = codes.PinKeys(*(codes.encode(self.rng.randbytes(32)) for _ in range(2)))
        facts = derive_facts(the_form(), request.answers, "id")
        content = {
            "version": 1,
            "token": request.token,
            "language": "id",
            "facts": facts,
            "answers": request.answers,
            "consents": consents(the_form(), request.answers, self.clock()),
            "return_verifier": request.keys.verifier,
            "answer_key": request.keys.answer_key,
            "written_at": self.clock(),
        }
        held = [coordinator().public] if request.way == "late page" else self.public
        posted = {name: content[name] for name in ("version", "token", "language", "facts")} | {
            "sealed": sealing.seal(json.dumps(content).encode(), held),
            "return_verifier": request.keys.verifier,
        }
        return json.dumps(posted, separators=(",", ":")).encode()

    def _send_plain(self, request: Request) -> None:
        """Without JavaScript: open the form, fill it in, send it, read the receipt."""
        phone = self.phone(request)
        page = phone.get(f"/intake/form?language=id&door={request.door}")
        fields = read_form(page.text).filled_in(request.answers)
        if request.way == "suspect":
            fields["website"] = ["https://contoh.example/"]
        self.clock.seconds += 30
        sent = phone.post(
            "/intake/submissions",
            data=encoded(fields),
            content_type="application/x-www-form-urlencoded",
        )
        assert sent.status_code == 303, sent.text
        receipt = phone.get(sent.location).text
        found = re.search(r"\b\d{4} \d{4} \d{4} \d{4}\b", receipt)
        number = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", receipt)
        assert found is not None
        assert number is not None
        request.pin, request.case_number = found[0], number[0]
        request.token = fields["token"][0]
        digits = request.pin.replace(" ", "")
        request.keys = codes.pin_keys(digits, self.organization.salt)

    def _hand_over(self, request: Request) -> None:
        """By WhatsApp to a volunteer, who saves the file; somebody imports it, twice."""
        file = self.place.folder / "minta-bantuan.txt"
        file.write_bytes(self._sealed(request))
        counter = importing.Counter(
            the_form(),
            self.place.settings.load_keys(),
            self.spool,
            self.place.settings.load_secret(),
        )
        taken = [*importing.import_paths(counter, [str(file), str(file)], self.clock())]
        assert [one.fresh for one in taken] == [True, False]
        file.unlink()
        request.case_number = taken[0].case_number

    def _send_test(self, request: Request) -> None:
        """The daily test request: nobody stands behind it."""
        with mock.patch("intake.canary.ask", self._ask):
            request.case_number = self.canary.send()

    def _ask(
        self, address: str, content: Mapping[str, Any] | None = None, *, seconds: int
    ) -> Answer:
        """The network between the program and its own site and receiver."""
        del seconds
        if address.endswith("keys.json"):
            keys = {"keys": [key.published() for key in self.public]}
            return Answer(200, {}, json.dumps(keys).encode())
        reply = self.app.test_client().post("/intake/submissions", json=content)
        return Answer(reply.status_code, {}, reply.data)

    def come_back(self, request: Request, door: str, **members: object) -> TestResponse:
        """The person comes back, with the PIN's verifier or the PIN itself."""
        phone, path = self.phone(request), f"/intake/{door}"
        if request.pin:
            sealed = members.pop("sealed", None)
            del sealed
            return phone.post(path, data={"pin": request.pin, "language": "id", **members})
        known = {"version": 1, "return_verifier": request.keys.verifier}
        return phone.post(path, json=known | members, headers=SITE)

    def add(self, request: Request) -> None:
        """The person adds something."""
        text = f"Tambahan {CANARY}"
        token = codes.encode(self.rng.randbytes(16))
        content = {"version": 1, "kind": "addition", "token": token, "text": text}
        members: dict[str, object] = {"token": token}
        if request.pin:
            members["text"] = text
        else:
            members["sealed"] = sealing.seal(json.dumps(content).encode(), self.public)
        for again in (201, 200):  # a phone in a dead spot sends it twice
            answer = self.come_back(request, "additions", **members)
            assert answer.status_code in (again, 200), answer.text
        request.letters.append("addition")

    def withdraw(self, request: Request) -> None:
        """The person wants nothing more from us."""
        assert self.come_back(request, "withdrawals", act="withdraw").status_code == 200
        request.withdrawn = True
        request.letters.append("withdrawn")

    def restore(self, request: Request) -> None:
        """And then thinks better of it."""
        assert self.come_back(request, "withdrawals", act="restore").status_code == 200
        request.withdrawn = False
        request.letters.append("restored")

    # --- those who help ---

    def issue(self, request: Request) -> StoredIssue:
        """The request's card."""
        if not request.number:
            title = re.compile(rf"[A-Z]+ · {request.case_number}")
            found = [n for n, kept in self.stand_in.issues.items() if title.fullmatch(kept.title)]
            request.number = found[0]
        return self.stand_in.issues[request.number]

    def say(self, request: Request, text: str) -> int:
        """A comment typed at GitHub."""
        return self.stand_in.add_comment(self.issue(request).number, text)

    def relabel(self, request: Request, label: str, without: str) -> None:
        """Labels changed by hand at GitHub."""
        kept = self.issue(request)
        kept.labels = [name for name in kept.labels if not name.startswith(without)]
        kept.labels.append(self.stand_in.labels.setdefault(label.casefold(), label))
        kept.updated_at = self.clock()

    def press(self, request: Request, state: str) -> None:
        """The button that closes an issue, or opens it again."""
        kept = self.issue(request)
        kept.state, kept.updated_at = state, self.clock()

    def opened(self, request: Request) -> dict[str, Any]:
        """The report, opened in a reader with the newest key that opens it."""
        sealed = sealing.find_sealed(self.issue(request).body or "")
        for holder in self.readers:
            with contextlib.suppress(sealing.NotForThisKey):
                content = json.loads(sealing.open_sealed(sealed, holder.key))
                assert isinstance(content, dict)
                return content
        raise AssertionError(f"No reader opens {request.case_number}.")

    def share(self, request: Request) -> None:
        """The coordinator reseals the case to a volunteer who still has her phone."""
        known = [one for one in self.volunteers if one is not self.struck]
        chosen = known[request.place % len(known)]
        sealed = sealing.seal(json.dumps(self.opened(request)).encode(), [chosen.public])
        line = letter_line("share", request.case_number, chosen.mark)
        self.say(request, f"{line}\n\n{_block(sealed)}")
        request.shared_to.append(chosen.mark)

    def shares(self, request: Request) -> list[str]:
        """The comments by which the case was shared."""
        return [body for body in self.stand_in.bodies(request.number) if "intake share" in body]

    def note(self, request: Request) -> None:
        """The volunteer opens her copy, and sends a sealed note through the receiver."""
        holder = next(one for one in self.volunteers if one.mark == request.shared_to[-1])
        shared = sealing.find_sealed(self.shares(request)[-1])
        token = json.loads(sealing.open_sealed(shared, holder.key))["token"]
        sent = {
            "version": 1,
            "token": codes.encode(self.rng.randbytes(16)),
            "report_token": token,
            "sealed": self._noted(request, holder),
        }
        phone = self.app.test_client()
        phone.environ_base["REMOTE_ADDR"] = f"203.0.113.{request.place + 1}"
        codes_seen = [
            phone.post("/intake/notes", json=sent, headers=SITE).status_code for _ in "ab"
        ]
        assert codes_seen == [201, 200]
        request.letters.append("note")

    def paste_note(self, request: Request) -> None:
        """The coordinator pastes a note that came as a link."""
        line = letter_line("note", request.case_number)
        self.say(request, f"{line}\n\n{_block(self._noted(request, None))}")
        request.letters.append("note")

    def _noted(self, request: Request, holder: Volunteer | None) -> dict[str, Any]:
        content = {
            "version": 1,
            "kind": "note",
            "case_number": request.case_number,
            "sort": "note",
            "text": f"Catatan {CANARY}",
            "from": holder.key.kid if holder else None,
            "written_at": self.clock(),
        }
        return sealing.seal(json.dumps(content).encode(), self.public)

    def answer(self, request: Request) -> None:
        """The team answers the person: sealed to the PIN, pasted as a comment."""
        request.answered = f"Jawaban untuk {request.case_number}: {CANARY}"
        key = codes.decode(self.opened(request)["answer_key"], 32)
        content = {"version": 1, "case_number": request.case_number, "text": request.answered}
        sealed = sealing.seal_answer(json.dumps(content).encode(), key)
        line = letter_line("answer", request.case_number)
        self.say(request, f'{line}\n\n```json\n{{"answer": "{sealed}"}}\n```\n')

    def strike_out(self, lost: Volunteer) -> None:
        """A volunteer's phone is gone: one command, below any case."""
        self.struck = lost
        self.say(
            next(r for r in self.requests if r.number and self.is_open(r)), f"/coret {lost.mark}"
        )

    def share_again(self) -> None:
        """What bears the label goes to somebody else; who withdrew is left alone."""
        for request in self.requests:
            if self.is_open(request) and SHARE_AGAIN in self.issue(request).labels:
                self.share(request)

    def is_open(self, request: Request) -> bool:
        """Whether the case stands at the tracker, open and not withdrawn."""
        kept = self.stand_in.issues.get(request.number)
        return kept is not None and kept.state == "open" and WITHDRAWN not in kept.labels

    def rotate(self, new: Holder) -> None:
        """A new reader's key takes the old one's place; receiver and worker start anew."""
        old = replace(
            coordinator().public, retired=datetime.fromtimestamp(self.clock(), UTC).date()
        )
        write_keys(self.place.folder / "keys", old, recovery().public, new.public)
        self.readers, self.public = [new, coordinator()], (recovery().public, new.public)
        self.app.extensions["intake"].spool.close()
        self.open()


def _block(sealed: dict[str, Any]) -> str:
    return f"```json\n{json.dumps(sealed, separators=(',', ':'))}\n```\n"


def answers_of(request: Request) -> dict[str, str | list[str]]:
    """What the person answers: every free field that is asked for, and choices by turns."""
    form, (country, regency) = the_form(), PLACES[request.place % len(PLACES)]
    chosen: dict[str, str | list[str]] = {
        "door": request.door,
        "country": country,
        "contact": ("may-contact", "i-come-back")[request.place % 2],
    }
    if request.door not in ("question", "call"):
        problems = PROBLEMS[request.level]
        chosen |= {
            "safe": "yes",
            "problem": [problems[request.place % len(problems)]],
            "stage": "abroad",
            "regency": regency,
        }
    if request.door in ("other", "volunteer"):
        chosen["who"] = "child"
    if request.door == "volunteer":
        chosen |= {"came-by": "phone", "agreed": "person"}
    chosen = complete(form, chosen)
    if request.door != "call":
        share = SHARES[request.place % len(SHARES)]
        chosen |= {"statistics": ["count-me"]} | ({"share": list(share)} if share else {})
    typed = {one.id: CANARY for one in form.fields if one.is_text and is_asked(form, one, chosen)}
    chosen |= typed | ({"agency": request.agency} if request.agency else {})
    assert check_answers(form, chosen, "id") == [], (request.door, chosen)
    assert derive_facts(form, chosen, "id")["urgency"] == request.level, request
    return chosen


@contextlib.contextmanager
def listening(heard: Heard) -> Iterator[None]:
    """Hear every logger at DEBUG for as long as the block runs."""
    root = logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(heard)
        root.setLevel(before)


def words_of(comments: Sequence[str]) -> list[str]:
    """The sort of each comment of the program's or a person's: `note`, `share`, `reminder` ..."""
    found = (re.match(r"<!-- intake ([a-z]+) ", body) for body in comments)
    return [match[1] for match in found if match]
