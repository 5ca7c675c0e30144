"""`intake doctor`: look for what is wrong, one line each."""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

from intake import channels, demonstration, doctor, purge, site_check
from intake.audit import Audit
from intake.channels import Kind, Message
from intake.commands.alert import tell_at_once
from intake.commands.shape import Commands
from intake.doctor import Finding
from intake.settings import Settings, read_settings
from intake.site_check import Release
from intake.spool import Spool

MOST_LINES = 20


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    looked = commands.add_parser(
        "doctor",
        help="look for what is wrong",
        description="Look for what is wrong, one line each.",
    )
    what = looked.add_mutually_exclusive_group()
    what.add_argument(
        "--publish", action="store_true", help="only what must hold before the site is published"
    )
    what.add_argument(
        "--audit",
        action="store_true",
        help="compare every case with its issue, both ways; nothing is changed",
    )
    what.add_argument(
        "--site",
        metavar="URL",
        help="only whether the live site there is the release, byte for byte; run it each day "
        "away from where the site is published",
    )
    looked.add_argument(
        "--release",
        type=Path,
        metavar="PATH",
        help="with --site: the release's unduh/release.json, kept elsewhere, or the folder of a "
        "build; otherwise this checkout is built as of the site's own time",
    )
    looked.add_argument(
        "--alert", action="store_true", help="with --site: tell two people when something differs"
    )
    looked.set_defaults(run=_doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    settings, now = read_settings(), int(time.time())
    if chosen.audit:
        return _audit(settings, now)
    if chosen.site is not None:
        findings = _site_findings(settings, chosen, now)
    else:
        findings = doctor.examine(settings, now, publish=chosen.publish)
    for finding in findings:
        print(finding, flush=True)
    return 0 if all(finding.well for finding in findings) else 1


def _audit(settings: Settings, now: int) -> int:
    organization = settings.load_organization()
    deadlines = purge.Deadlines.at(now, organization.retention_days)
    form, tracker = settings.load_form(organization), settings.open_tracker()
    tracker.check()
    with closing(Spool(settings.database)) as spool:
        found = list(Audit(spool, tracker, form, deadlines, now).run())
        count = sum(spool.counts().values())
    for line in found:
        print(line)
    print(f"{count} cases compared, {len(found)} findings")
    return 1 if found else 0


def _site_findings(settings: Settings, chosen: argparse.Namespace, now: int) -> list[Finding]:
    site_check.check_address(chosen.site)
    try:
        release = _release(settings, chosen)
    except site_check.ReleaseProblem as error:
        findings = [Finding("site", False, str(error))]
    else:
        findings = [*_differences(chosen.site, release), *_headers(chosen.site)]
    wrong = sum(not finding.well for finding in findings)
    if chosen.alert:
        named = settings.load_organization().alerts
        lines = channels.problems(named, settings.alerts)
        if wrong and not tell_at_once(settings, Message(Kind.SITE, wrong), now):
            lines.append("not everybody was told: see above")
        findings += [Finding("alerts", False, line) for line in lines]
    return findings


def _release(settings: Settings, chosen: argparse.Namespace) -> Release:
    if chosen.release is not None:
        return site_check.read_release(chosen.release)
    built = site_check.built_at(chosen.site)
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        demonstration.build(settings, Path(folder), built)
        return site_check.release_of(Path(folder), built)


def _differences(site: str, release: Release) -> list[Finding]:
    found = site_check.compare(site, release)
    if not found:
        return [Finding("site", True, f"all {len(release.files)} files are as they were released")]
    lines = [Finding("site", False, f"{site}{one.path} {one.what}") for one in found[:MOST_LINES]]
    more = len(found) - MOST_LINES
    return lines + ([Finding("site", False, f"and {more} more files")] if more > 0 else [])


def _headers(site: str) -> list[Finding]:
    wrong, added = site_check.headers(site)
    told = ", ".join(added) or "none; each page carries its policy itself"
    return [Finding("headers", False, line) for line in wrong] or [
        Finding("headers", True, f"the server adds {told}")
    ]
