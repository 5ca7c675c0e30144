"""What every command of `intake` is made with."""

from __future__ import annotations

import argparse
from types import FrameType
from typing import TypeAlias

# At run time argparse's class takes no brackets.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def stop(_signal: int, _frame: FrameType | None) -> None:
    """End the command as Ctrl-C does, for SIGTERM."""
    raise KeyboardInterrupt
