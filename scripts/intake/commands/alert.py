"""`intake alert`: try the channels to whoever is on duty, or acknowledge what they told."""

from __future__ import annotations

import argparse
import time
from contextlib import closing

from intake import alerts
from intake.channels import ChannelFailed, Kind, Message, open_channels, problems
from intake.commands.shape import Commands
from intake.settings import Settings, read_settings
from intake.spool import Spool


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    alert = commands.add_parser(
        "alert",
        help="try or acknowledge alerts",
        description="Try the channels of alerts, or acknowledge what they told.",
    )
    act = alert.add_mutually_exclusive_group(required=True)
    act.add_argument("--test", action="store_true", help="send a marked message by each channel")
    act.add_argument(
        "--acknowledge", metavar="CASE", help="a case number, or all for everything so far"
    )
    alert.set_defaults(run=_alert)


def _alert(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    now = int(time.time())
    if chosen.test:
        found = problems(settings.load_organization().alerts, settings.alerts)
        for line in found:
            print(line)
        return 0 if tell_at_once(settings, Message(Kind.TEST, 1), now) and not found else 1
    with closing(Spool(settings.database)) as spool:
        count = alerts.acknowledge(spool, chosen.acknowledge, now)
    print(f"{count} acknowledged")
    return 0 if count else 1


def tell_at_once(settings: Settings, message: Message, now: int) -> bool:
    """Send a message by every channel, printing a line each; whether all of them took it."""
    sent = []
    for channel in open_channels(settings.load_organization().alerts, settings.alerts):
        try:
            channel.send(message, now)
        except ChannelFailed as error:
            print(error)
            sent.append(False)
        else:
            print(f"{channel.name}: sent")
            sent.append(True)
    return bool(sent) and all(sent)
