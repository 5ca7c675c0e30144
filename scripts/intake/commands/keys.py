"""`intake keys`: make and list the keys that reports are sealed to."""

from __future__ import annotations

import argparse
from pathlib import Path

from intake import keys
from intake.commands.shape import Commands
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    made = commands.add_parser("keys", help="make or list keys", description="Make or list keys.")
    acts = made.add_subparsers(required=True, metavar="ACT")
    new = acts.add_parser("new", help="make a key", description="Make a key of two halves.")
    new.add_argument("name", help="the role that holds it, such as koordinator-2026")
    new.add_argument("--private", type=Path, required=True, help="folder for the locked half")
    new.add_argument("--recovery", action="store_true", help="the offline recovery key")
    new.set_defaults(run=_new_key)
    listed = acts.add_parser("list", help="list keys", description="List the public keys.")
    listed.set_defaults(run=_list_keys)


def _new_key(chosen: argparse.Namespace) -> int:
    made = keys.make_key(
        chosen.name, read_settings().keys, chosen.private, recovery=chosen.recovery
    )
    print(f"Public key   {made.public_file} (commit this file)")
    print(f"Locked key   {made.locked_file}")
    print(f"On paper     {made.paper_file} (print the QR code)")
    print(f"Passphrase   {made.passphrase}")
    print("Write the passphrase down now; it is not shown again. Keep it apart from the key.")
    return 0


def _list_keys(_: argparse.Namespace) -> int:
    for key in read_settings().load_keys():
        marks = [name for name in ("recovery", "demonstration") if getattr(key, name)]
        print(" ".join([key.kid, key.name, *marks]))
    return 0
