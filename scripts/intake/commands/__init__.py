"""The command `intake`. Exit 0 on success, 1 on failure with one clear line, 2 on wrong use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from content.typeset import NotPrintable
from intake import aggregate, demonstration, import_rows, log, production, sealing
from intake.backup import BackupProblem
from intake.canary import CanaryFailed
from intake.commands import (
    alert,
    backup,
    canary,
    deliver,
    digest,
    doctor,
    export,
    keys,
    open_report,
    patterns,
    practise,
    purge,
    remind,
    reseal,
    restore,
    serve,
    setup,
    take_in,
)
from intake.digest import NoMonth
from intake.export_map import MapProblem
from intake.form import FormProblem
from intake.organization import OrganizationProblem
from intake.plan import PlanProblem
from intake.practice import NotPractice
from intake.proofs import ProofsUnreadable
from intake.reading import NotAReport
from intake.register import RegisterProblem
from intake.resealing import NotReadBack
from intake.restoring import NotRestored
from intake.settings import SETTINGS, SettingProblem
from intake.site_check import ReleaseProblem
from intake.spool import SpoolUnavailable, TokenReused
from intake.tracker import Misconfigured, TrackerUnavailable

# In the order in which `intake --help` lists them.
COMMANDS = (
    serve,
    deliver,
    setup,
    remind,
    keys,
    open_report,
    reseal,
    take_in,
    alert,
    canary,
    patterns,
    digest,
    export,
    purge,
    backup,
    restore,
    doctor,
    practise,
)

FAILURES = (
    BackupProblem,
    CanaryFailed,
    FormProblem,
    MapProblem,
    Misconfigured,
    NoMonth,
    NotAReport,
    NotPractice,
    NotPrintable,
    NotReadBack,
    NotRestored,
    OrganizationProblem,
    PlanProblem,
    ProofsUnreadable,
    RegisterProblem,
    ReleaseProblem,
    SettingProblem,
    SpoolUnavailable,
    TokenReused,
    TrackerUnavailable,
    aggregate.CountedBefore,
    aggregate.MonthNotOver,
    demonstration.BuildFailed,
    import_rows.ExportProblem,
    production.NotForProduction,
    sealing.Damaged,
    sealing.KeyProblem,
    sealing.NotForThisKey,
    sealing.NotSealed,
    sealing.WrongPassphrase,
    OSError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = parser().parse_args(arguments)
    log.set_up()
    try:
        return int(chosen.run(chosen))
    except FAILURES as error:
        print(f"intake: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("intake: stopped before the end; start it again, nothing is lost.", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line, with the settings in its closing lines."""
    top = argparse.ArgumentParser(
        prog="intake",
        description="Receive sealed requests for help and file them as tracker issues.",
        epilog=_settings_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


def _settings_help() -> str:
    lines = [
        f"  {name:<30} {text}" + (f" (default {default})" if default else "")
        for name, (default, text) in SETTINGS.items()
    ]
    return "Settings, from the environment:\n" + "\n".join(lines)
