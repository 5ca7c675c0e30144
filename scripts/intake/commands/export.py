"""`intake export`: the whole register as files, what was sealed sealed."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from intake import register
from intake.commands.shape import Commands, kept_spool
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    exported = commands.add_parser(
        "export",
        help="write the whole register to a folder",
        description=(
            "Write every case of the tracker to a folder: register.json with sealed blocks, two "
            "tables as CSV, and a description. Run beside the receiver it adds the spool's dates. "
            "“intake import --register FOLDER” files it in another tracker."
        ),
    )
    exported.add_argument("folder", type=Path, help="where the files go; made if it is missing")
    exported.set_defaults(run=_export)


def _export(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    with kept_spool(settings) as spool:
        dates = {} if spool is None else register.dates_of(spool)
    found, left_out = register.read_tracker(settings.open_tracker(), dates, int(time.time()))
    register.write_files(found, chosen.folder)
    print(f"{len(found.cases)} cases written to {chosen.folder}")
    for left in left_out:
        print(
            f"{left.case_number}: {left.comments} comments that are neither sealed nor a command "
            "were left out: look at the issue, seal what is needed, delete the rest",
            file=sys.stderr,
        )
    return 0
