"""Keep the proofs of what was erased outside the database, so that no backup brings it back.

A proof is a hash made from the report's token: it leads to no token, case or person. The file has
one in hexadecimal on each line and only grows. It is written beside and renamed. A file that holds
anything else raises `ProofsUnreadable`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

PROOF_BYTES = 32


class ProofsUnreadable(Exception):
    """The file holds no proofs; what it is about could come back, so nothing is restored."""


def read(path: Path) -> frozenset[bytes]:
    """The proofs of such a file, or of a spool's SQLite file, which keeps them too."""
    try:
        if path.read_bytes()[:16] == b"SQLite format 3\x00":
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as spool:
                return frozenset(proof for (proof,) in spool.execute("SELECT proof FROM erased"))
        found = frozenset(map(bytes.fromhex, path.read_text(encoding="ascii").split()))
    except (sqlite3.Error, ValueError):
        raise _unreadable(path) from None
    if any(len(proof) != PROOF_BYTES for proof in found):
        raise _unreadable(path)
    return found


def keep(path: Path, proofs: Iterable[bytes]) -> None:
    """Have the file hold these proofs too."""
    known = read(path) if path.exists() else frozenset()
    if not (new := known.union(proofs)) - known:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="ascii") as file:
        file.writelines(f"{proof.hex()}\n" for proof in sorted(new))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _unreadable(path: Path) -> ProofsUnreadable:
    return ProofsUnreadable(f"{path} holds no proofs of what was erased: restore it, or name it.")
