"""`intake keys`: make, list and retire the keys that reports are sealed to."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from intake import keys
from intake.commands.shape import Commands
from intake.settings import read_settings


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    made = commands.add_parser(
        "keys", help="make, list or retire keys", description="Make, list or retire keys."
    )
    acts = made.add_subparsers(required=True, metavar="ACT")
    new = acts.add_parser("new", help="make a key", description="Make a key of two halves.")
    new.add_argument("name", help="the role that holds it, such as koordinator-2026")
    new.add_argument("--private", type=Path, required=True, help="folder for the locked half")
    new.add_argument("--recovery", action="store_true", help="the offline recovery key")
    new.set_defaults(run=_new_key)
    listed = acts.add_parser("list", help="list keys", description="List the public keys.")
    listed.set_defaults(run=_list_keys)
    retired = acts.add_parser(
        "retire",
        help="seal nothing new to a key",
        description="Mark a public key as retired: nothing new is sealed to it.",
        epilog="Its file stays, and what was sealed to it before is still taken.",
    )
    retired.add_argument("name", help="the key's name, as intake keys list shows it")
    retired.add_argument(
        "--on", type=date.fromisoformat, required=True, metavar="DATE", help="such as 2026-11-22"
    )
    retired.set_defaults(run=_retire_key)


def _new_key(chosen: argparse.Namespace) -> int:
    made = keys.make_key(
        chosen.name,
        read_settings().keys,
        chosen.private,
        made=date.today(),
        recovery=chosen.recovery,
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
        print(" ".join([key.kid, key.name, *marks, keys.state(key)]))
    return 0


def _retire_key(chosen: argparse.Namespace) -> int:
    path = keys.retire(read_settings().keys, chosen.name, chosen.on, date.today())
    print(f"Retired      {path} (commit this file)")
    print("Publish the site first, then restart the receiver with the same keys.")
    print("Then a key holder seals the open cases anew: intake reseal --key FILE")
    return 0
