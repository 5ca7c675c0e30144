"""Make the keys that reports are sealed to, the paper that a private key rests on, and retire them.

Files are never overwritten or deleted: an old key still opens old reports, and the receiver still
takes what was sealed to it. Wrong use raises `KeyProblem`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import segno

from intake import sealing
from intake.sealing import MOST_RECIPIENTS, KeyProblem, PublicKey

FEWEST_ACTIVE = 2
WARN_DAYS = 30  # time enough to make a key, to print it and to bring it to its holder


@dataclass(frozen=True)
class NewKey:
    """Where a new key was written, and the passphrase that is told once."""

    public_file: Path
    locked_file: Path
    paper_file: Path
    passphrase: str = field(repr=False)


def make_key(
    name: str,
    public_folder: Path,
    private_folder: Path,
    *,
    made: date,
    recovery: bool = False,
    demonstration: bool = False,
) -> NewKey:
    """Make a key called `name`: its public half for the site, its locked half for a person.

    The locked half is one line of text, also as a QR code to print (ISO/IEC 18004). Keep
    the paper and the passphrase in two places.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise KeyProblem("Name a key by its role, in small letters, such as koordinator-2026.")
    files = (
        public_folder / f"{name}.jwk",
        private_folder / f"{name}.key",
        private_folder / f"{name}.svg",
    )
    if taken := [str(path) for path in files if path.exists()]:
        raise KeyProblem(f"{', '.join(taken)} is there already: choose another name.")
    _refuse_one_more(public_folder)
    key, passphrase = sealing.new_private_key(), sealing.new_passphrase()
    public = key.public(name, recovery=recovery, demonstration=demonstration, made=made)
    locked = sealing.lock(key, passphrase)
    public_folder.mkdir(parents=True, exist_ok=True)
    private_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The private half first: a public key that nobody can open must never be published.
    _write_private(files[1], locked + "\n")
    segno.make_qr(locked, error="l").save(str(files[2]), scale=4)
    files[0].write_text(json.dumps(public.published(), indent=2) + "\n", encoding="utf-8")
    return NewKey(*files, passphrase)


def retire(folder: Path, name: str, on: date, today: date) -> Path:
    """Mark the key called `name` as retired on that day; returns its file.

    What is left must do: two active keys or more, and one of them for recovery.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.jwk"))}
    if name not in files:
        names = ", ".join(files) or "none"
        raise KeyProblem(f"{folder} has no key called {name}; it has: {names}.")
    path = files[name]
    retired = sealing.read_public_key(path)
    _refuse_retiring(retired, on, today)
    left = [key for key in sealing.read_public_keys(folder) if key.kid != retired.kid]
    if lacking := lacks(left):
        raise KeyProblem(f"{name} cannot be retired yet. Without it: {lacking[0]}")
    jwk = json.loads(path.read_text(encoding="utf-8")) | {"retired": on.isoformat()}
    unfinished = path.with_suffix(".writing")
    unfinished.write_text(json.dumps(jwk, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return path


def lacks(keys: Sequence[PublicKey]) -> list[str]:
    """What these keys lack to be the ones that reports are sealed to, one sentence each."""
    count, found = len(sealing.active(keys)), []
    if not FEWEST_ACTIVE <= count <= MOST_RECIPIENTS:
        found.append(
            f"{count} keys; use {FEWEST_ACTIVE} to {MOST_RECIPIENTS}, so that one lost "
            "key loses no report: make another with intake keys new."
        )
    if not any(key.recovery for key in sealing.active(keys)):
        found.append(
            "No recovery key: make one with intake keys new NAME --recovery and keep it offline."
        )
    return found


def ending(keys: Sequence[PublicKey], today: date) -> list[str]:
    """One sentence for each active key whose time is over, or soon will be."""
    return [
        f"{key.name} {'should have been' if key.ends < today else 'is to be'} replaced by "
        f"{key.ends}: make another with intake keys new, then retire this one with "
        "intake keys retire."
        for key in sealing.active(keys)
        if key.ends is not None and today >= key.ends - timedelta(days=WARN_DAYS)
    ]


def state(key: PublicKey) -> str:
    """In a few words: active and until when, or retired."""
    if key.retired is not None:
        return f"retired {key.retired}"
    return f"active until {key.ends}" if key.ends else "active, its age unknown"


def _refuse_one_more(folder: Path) -> None:
    if len(sealing.active(sealing.read_public_keys(folder))) >= MOST_RECIPIENTS:
        raise KeyProblem(
            f"{MOST_RECIPIENTS} keys are active, and a report takes no more: retire one with "
            "intake keys retire."
        )


def _refuse_retiring(key: PublicKey, on: date, today: date) -> None:
    if key.retired is not None:
        raise KeyProblem(f"{key.name} was retired on {key.retired} already.")
    if on > today:
        raise KeyProblem(f"{on} is still to come: retire {key.name} on that day.")
    if key.made is not None and on < key.made:
        raise KeyProblem(f"{key.name} was made on {key.made}: it cannot be retired before.")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
