"""What every command of `intake` is made with."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeAlias

from sqlalchemy.engine import make_url

from intake import sealing
from intake.settings import Settings
from intake.spool import Spool

# At run time argparse's class takes no brackets.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def stop(_signal: int, _frame: FrameType | None) -> None:
    """End the command as Ctrl-C does, for SIGTERM."""
    raise KeyboardInterrupt


def add_key(command: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the options by which a key holder names her key; the passphrase is never one of them."""
    command.add_argument("--key", type=Path, required=required, help="your locked key file")
    command.add_argument("--passphrase-file", type=Path, help="file that holds the passphrase")


def unlocked(chosen: argparse.Namespace) -> sealing.PrivateKey:
    """That key, unlocked with the passphrase of the file or of the terminal."""
    locked = chosen.key.read_text(encoding="ascii", errors="replace")
    if chosen.passphrase_file is None:
        return sealing.unlock(locked, getpass.getpass("Passphrase: "))
    return sealing.unlock(locked, chosen.passphrase_file.read_text("utf-8", errors="replace"))


@contextmanager
def kept_spool(settings: Settings) -> Iterator[Spool | None]:
    """The spool, or None on a computer that has no receiver: nothing is made there."""
    if settings.database.startswith("sqlite") and not _exists(settings.database):
        yield None
        return
    spool = Spool(settings.database)
    try:
        yield spool
    finally:
        spool.close()


def _exists(database: str) -> bool:
    file = make_url(database).database
    return file is not None and Path(file).exists()
