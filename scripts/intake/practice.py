"""Six invented cases in a tracker of their own, through the real program, to practise on.

They are sealed to practice keys, kept in a spool, delivered and labelled `uji: latihan`, with the
accidents of a hard week among them. Each run begins anew: a folder that a run of practice made is
emptied first, and any other that holds something is refused with `NotPractice`. Time is passed in.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from intake import codes, demonstration, labels, sealing
from intake.answers import derive_facts
from intake.form import Form
from intake.keys import NewKey, make_key
from intake.organization import load_organization
from intake.sealing import PublicKey
from intake.settings import Settings
from intake.spool import Spool
from intake.submission import consents, read_sealed
from intake.tracker import Tracker, letter_line

FOLDER = Path("var/practice")
COORDINATOR, RECOVERY, VOLUNTEER = "latihan-koordinator", "latihan-pemulihan", "latihan-relawan"
SITE = "http://127.0.0.1:8000/"
_MADE_HERE = ".practice"
_CASES = Path(__file__).with_suffix(".yml")


class NotPractice(Exception):
    """The folder holds something that practice did not make; name another or empty it."""


@dataclass(frozen=True)
class Practice:
    """A practice tracker, ready to be delivered into, and what a person needs to open it."""

    folder: Path
    settings: Settings
    form: Form
    keys: Mapping[str, PublicKey]
    passphrases: Mapping[str, str]

    @property
    def mark(self) -> str:
        """The volunteer's mark: the first letters of her key's thumbprint."""
        return mark_of(self.keys[VOLUNTEER].kid)


def cases() -> list[dict[str, Any]]:
    """The invented cases, in the order in which the page of practice asks about them."""
    return list(yaml.safe_load(_CASES.read_text(encoding="utf-8"))["cases"])


def token(case: Mapping[str, Any]) -> bytes:
    """The same for each run, so that a page may name the case numbers."""
    return hashlib.sha256(f"practice {case['id']}".encode()).digest()[: codes.TOKEN_BYTES]


def mark_of(kid: str) -> str:
    """Four characters of Crockford base32, by which a volunteer's key is told apart."""
    bits = int.from_bytes(codes.decode(kid, 32)[:3], "big") >> 4
    return "".join(sealing.CROCKFORD[bits >> place & 31] for place in (15, 10, 5, 0))


def prepare(settings: Settings, folder: Path, on: date) -> Practice:
    """Empty the folder, and make organization, keys of that day, and settings there."""
    _empty(folder)
    shipped = load_organization(settings.organization)
    invented = demonstration.invented(shipped.model_dump(mode="json"), SITE, shipped.code_salt)
    organization = folder / "organization.yml"
    organization.write_text(yaml.safe_dump(invented, allow_unicode=True), encoding="utf-8")
    made = {name: _key(folder, name, on) for name in (COORDINATOR, RECOVERY, VOLUNTEER)}
    own = replace(
        settings,
        database=f"sqlite:///{folder}/spool.db",
        tracker=f"folder:{folder}/tracker",
        keys=folder / "keys",
        organization=organization,
        secret_file=folder / "secret",
        site=None,
        github=None,
    )
    return Practice(
        folder=folder,
        settings=own,
        form=own.load_form(load_organization(organization)),
        keys={name: sealing.read_public_key(key.public_file) for name, key in made.items()},
        passphrases={name: key.passphrase for name, key in made.items()},
    )


def send(practice: Practice, spool: Spool, now: int) -> None:
    """Have the receiver keep every case, as if each had come so many hours ago."""
    secret = practice.settings.load_secret()
    held = practice.settings.load_keys()
    for case in cases():
        at = now - int(case["hours"]) * 3_600
        report = read_sealed(_posted(practice, case, at), practice.form, held, secret)
        spool.accept(report, at)


def befall(practice: Practice, tracker: Tracker, spool: Spool) -> None:
    """Mark the delivered cases as practice, and let the accidents happen to them."""
    for case in cases():
        case_number = _case_number(spool, case)
        number = tracker.find(f"<!-- intake {case_number} -->")
        if number is None:
            raise NotPractice(f"{case_number} was not filed: start make practice again.")
        tracker.set_label(number, labels.PRACTICE)
        if case.get("share"):
            _share(practice, tracker, number, case_number)
        if "note" in case:
            _note(practice, tracker, number, case_number, case)
        if "typed" in case:
            _type(practice, case_number, str(case["typed"]))
    _chat(practice)


def environment(practice: Practice) -> dict[str, str]:
    """The settings under which every command of `intake` works on the practice tracker."""
    own, folder = practice.settings, practice.folder.resolve()
    return {
        "INTAKE_DATABASE": f"sqlite:///{folder}/spool.db",
        "INTAKE_TRACKER": f"folder:{folder}/tracker",
        "INTAKE_KEYS": str(own.keys.resolve()),
        "INTAKE_ORGANIZATION": str(own.organization.resolve()),
        "INTAKE_SECRET_FILE": str(own.secret_file.resolve()),
    }


def summary(practice: Practice, spool: Spool) -> str:
    """What to do next, where the keys are, and where the answers stand."""
    numbers = [f"  {_case_number(spool, case)}" for case in cases()]
    folder = practice.folder
    return "\n".join(
        [
            "LATIHAN / PRACTICE: enam kasus rekaan / six invented cases",
            *numbers,
            "",
            f"Issues       {folder}/tracker",
            f"Key          {folder}/{COORDINATOR}.key",
            f"Passphrase   {practice.passphrases[COORDINATOR]}",
            f"Volunteer    {practice.mark}: {folder}/{VOLUNTEER}.key",
            f"Passphrase   {practice.passphrases[VOLUNTEER]}",
            f"Chat         {folder}/chat.txt",
            "",
            "1. Tugas dan jawaban / tasks and answers:",
            "   docs/paralegal/latihan/index.id.md (index.en.md), SITE/paralegal/latihan/",
            "2. Perintah memakai kasus latihan / commands work on practice after:",
            f"   set -a; . {folder}/environment; set +a",
            "3. Buka satu kasus / open a case:",
            f"   .venv/bin/intake open {folder}/tracker/{numbers[0].strip()}.md \\",
            f"     --key {folder}/{COORDINATOR}.key \\",
            f"     --passphrase-file {folder}/{COORDINATOR}.passphrase",
            "4. Di HP / on a phone: make run, lalu / then paralegal/buka/",
            "5. Mulai lagi dari awal / begin anew: make practice",
        ]
    )


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MADE_HERE).exists():
            raise NotPractice(f"{folder} holds other files: empty it, or name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _MADE_HERE).write_text("make practice empties this folder.\n", encoding="ascii")


def _key(folder: Path, name: str, on: date) -> NewKey:
    """A marked key; the volunteer's lies apart, since the form never seals to it."""
    public = folder / ("volunteers" if name == VOLUNTEER else "keys")
    recovery = name == RECOVERY
    made = make_key(name, public, folder, made=on, recovery=recovery, demonstration=True)
    path = folder / f"{name}.passphrase"
    path.touch(mode=0o600)
    path.write_text(made.passphrase + "\n", encoding="ascii")
    return made


def _posted(practice: Practice, case: Mapping[str, Any], at: int) -> bytes:
    """What a browser posts for these answers."""
    form, answers = practice.form, case["answers"]
    head = {
        "version": 1,
        "token": codes.encode(token(case)),
        "language": "id",
        "facts": derive_facts(form, answers, "id"),
    }
    verifier = codes.encode(secrets.token_bytes(codes.VERIFIER_BYTES))
    plaintext = head | {
        "answers": answers,
        "consents": consents(form, answers, at),
        "return_verifier": verifier,
        "answer_key": codes.encode(secrets.token_bytes(sealing.ANSWER_KEY_BYTES)),
        "written_at": at,
    }
    sealed = sealing.seal(_bytes(plaintext), practice.settings.load_keys())
    return _bytes(head | {"sealed": sealed, "return_verifier": verifier})


def _share(practice: Practice, tracker: Tracker, number: int, case_number: str) -> None:
    """The coordinator gave this case to the volunteer whose telephone is lost now."""
    key = sealing.unlock(
        (practice.folder / f"{COORDINATOR}.key").read_text(encoding="ascii"),
        practice.passphrases[COORDINATOR],
    )
    content = sealing.open_sealed(sealing.find_sealed(tracker.read(number).body), key)
    line = letter_line("share", case_number, practice.mark)
    sealed = sealing.seal(content, [practice.keys[VOLUNTEER]])
    tracker.comment(number, _block(line, sealed))
    tracker.set_label(number, f"{labels.VOLUNTEER}{practice.mark}")
    tracker.remove_label(number, labels.NEW)
    tracker.set_label(number, "status: ditangani")


def _note(
    practice: Practice, tracker: Tracker, number: int, case_number: str, case: Mapping[str, Any]
) -> None:
    note = {
        "version": 1,
        "kind": "note",
        "token": codes.encode(token({"id": f"note {case['id']}"})),
        "case_number": case_number,
        "sort": "note",
        "text": case["note"],
        "from": practice.keys[VOLUNTEER].kid,
        "written_at": 0,
    }
    sealed = sealing.seal(_bytes(note), practice.settings.load_keys())
    tracker.comment(number, _block(letter_line("note", case_number), sealed))


def _type(practice: Practice, case_number: str, text: str) -> None:
    """What a person types at the tracker: the program itself never writes such a comment."""
    below = practice.folder / "tracker" / case_number
    below.mkdir(mode=0o700, exist_ok=True)
    (below / "0001.md").write_text(text, encoding="utf-8")


def _chat(practice: Practice) -> None:
    passphrase = practice.passphrases[VOLUNTEER]
    text = (
        "LATIHAN, rekaan. Grup WhatsApp tim, kemarin:\n\n"
        "Relawan Contoh: Bu, kunci saya tidak mau terbuka.\n"
        f"Relawan Contoh: Kata sandinya {passphrase}, tolong dicoba dari HP Ibu.\n"
        "Relawan Contoh: Ini filenya juga. [latihan-relawan.key]\n"
    )
    path = practice.folder / "chat.txt"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _case_number(spool: Spool, case: Mapping[str, Any]) -> str:
    return spool.case_of(token(case)) or codes.case_number(token(case))


def _block(line: str, sealed: Mapping[str, Any]) -> str:
    return f"{line}\n\n```json\n{json.dumps(sealed, separators=(',', ':'))}\n```\n"


def _bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
