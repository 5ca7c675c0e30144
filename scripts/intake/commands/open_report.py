"""`intake open`: open one sealed report with a key, on the key holder's own computer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import unquote

from intake import sealing
from intake.commands.shape import Commands, add_key, unlocked
from intake.reading import lay_out
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    opened = commands.add_parser(
        "open", help="read a report", description="Open a sealed report with your key."
    )
    opened.add_argument(
        "file", help="issue body, sealed block or link in a file; - reads standard input"
    )
    add_key(opened)
    opened.add_argument("--json", action="store_true", help="print what was sealed, byte for byte")
    opened.add_argument("--language", choices=("id", "en"), default="id", help="language of labels")
    opened.set_defaults(run=_open)


def _open(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    raw = sys.stdin.buffer.read() if chosen.file == "-" else Path(chosen.file).read_bytes()
    text = raw.decode(errors="replace")
    # A link carries the report percent-encoded behind its #.
    sealed = sealing.find_sealed(unquote(text) if "#%7B" in text and "{" not in text else text)
    content = sealing.open_sealed(sealed, unlocked(chosen))
    if chosen.json:
        sys.stdout.buffer.write(content + b"\n")
    else:
        form = settings.load_form(settings.load_organization())
        print(lay_out(form, content, chosen.language), end="")
    return 0
