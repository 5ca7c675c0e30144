"""Make the keys that reports are sealed to, and the paper that a private key rests on.

Files are never overwritten: an old key still opens old reports. Wrong use raises
`KeyProblem`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import segno

from intake import sealing
from intake.sealing import KeyProblem


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
    key, passphrase = sealing.new_private_key(), sealing.new_passphrase()
    public = key.public(name, recovery=recovery, demonstration=demonstration)
    locked = sealing.lock(key, passphrase)
    public_folder.mkdir(parents=True, exist_ok=True)
    private_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The private half first: a public key that nobody can open must never be published.
    _write_private(files[1], locked + "\n")
    segno.make_qr(locked, error="l").save(str(files[2]), scale=4)
    files[0].write_text(json.dumps(public.published(), indent=2) + "\n", encoding="utf-8")
    return NewKey(*files, passphrase)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
