"""The command `intake`. Exit 0 on success, 1 on failure with one clear line, 2 on wrong use."""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import unquote

import waitress
from waitress.server import create_server

from intake import (
    demonstration,
    doctor,
    import_rows,
    importing,
    keys,
    production,
    purge,
    sealing,
)
from intake.delivery import Courier
from intake.export_map import MAP_HELP, MapProblem, load_map
from intake.following import GITHUB_SECONDS, Follower
from intake.form import LANGUAGES, FormProblem
from intake.organization import OrganizationProblem
from intake.reading import NotAReport, lay_out
from intake.settings import SETTINGS, SettingProblem, Settings, read_settings
from intake.spool import Spool, SpoolUnavailable, TokenReused
from intake.tracker import Misconfigured, TrackerUnavailable
from intake.web import create_app

WATCH_SECONDS = 5
DEMONSTRATION_SECONDS = 1
AFTER_TROUBLE_SECONDS = 60
SERVER: dict[str, Any] = {
    # Six may wait for PINs (web.PIN_PLACES); the others go on taking sealed reports.
    "threads": 12,
    "ident": None,
    # Slow senders hold a connection, never a thread: a request is handed over when it is whole.
    # So many connections of half a megabyte each fit into 256 MB; a web server in front, which
    # waits for whole requests itself, keeps strangers from holding them all.
    "connection_limit": 500,
    "asyncore_use_poll": True,  # select() counts to 1,024
    # A phone that falls silent for a minute sends the same bytes again.
    "channel_timeout": 60,
    "cleanup_interval": 10,
    # Our longest path and headers are far shorter; the rest is somebody filling memory.
    "max_request_header_size": 16_384,
    # The receiver reads forwarded addresses itself, as far as INTAKE_PROXIES says.
    "clear_untrusted_proxy_headers": False,
    # More would wait in a file: what people type touches no disk before it is sealed.
    "max_request_body_size": 524_288,
    "inbuf_overflow": 524_288,
}

FAILURES = (
    FormProblem,
    MapProblem,
    Misconfigured,
    NotAReport,
    OrganizationProblem,
    SettingProblem,
    SpoolUnavailable,
    TokenReused,
    TrackerUnavailable,
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

_log = logging.getLogger("intake")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # PyGithub logs whole requests at DEBUG; nothing may turn that on.
    logging.getLogger("github").setLevel(logging.WARNING)
    # Waitress tells the path of a request that was broken off: a receipt's path opens the receipt.
    logging.getLogger("waitress").setLevel(logging.WARNING)
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
    _add_serve(commands)
    _add_deliver(commands)
    _add_keys(commands)
    _add_open(commands)
    _add_import(commands)
    _add_purge(commands)
    _add_doctor(commands)
    return top


def _settings_help() -> str:
    lines = [
        f"  {name:<30} {text}" + (f" (default {default})" if default else "")
        for name, (default, text) in SETTINGS.items()
    ]
    return "Settings, from the environment:\n" + "\n".join(lines)


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="run the receiver", description="Run the receiver.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on")
    serve.add_argument(
        "--demonstration",
        action="store_true",
        help="build and serve the site too, deliver, and invent what is missing (make run)",
    )
    serve.set_defaults(run=_serve)


def _add_deliver(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    deliver = commands.add_parser(
        "deliver", help="file kept reports", description="File kept reports as tracker issues."
    )
    deliver.add_argument("--watch", action="store_true", help="go on until stopped")
    deliver.set_defaults(run=_deliver)


def _add_keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    made = commands.add_parser("keys", help="make or list keys", description="Make or list keys.")
    acts = made.add_subparsers(required=True, metavar="ACT")
    new = acts.add_parser("new", help="make a key", description="Make a key of two halves.")
    new.add_argument("name", help="the role that holds it, such as koordinator-2026")
    new.add_argument("--private", type=Path, required=True, help="folder for the locked half")
    new.add_argument("--recovery", action="store_true", help="the offline recovery key")
    new.set_defaults(run=_new_key)
    listed = acts.add_parser("list", help="list keys", description="List the public keys.")
    listed.set_defaults(run=_list_keys)


def _add_open(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opened = commands.add_parser(
        "open", help="read a report", description="Open a sealed report with your key."
    )
    opened.add_argument(
        "file", help="issue body, sealed block or link in a file; - reads standard input"
    )
    opened.add_argument("--key", type=Path, required=True, help="your locked key file")
    opened.add_argument("--passphrase-file", type=Path, help="file that holds the passphrase")
    opened.add_argument("--json", action="store_true", help="print what was sealed, byte for byte")
    opened.add_argument("--language", choices=("id", "en"), default="id", help="language of labels")
    opened.set_defaults(run=_open)


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    imported = commands.add_parser(
        "import",
        help="take in what came by chat, by mail or from a form service",
        description="Take handed-over reports, or rows of a CSV, into the spool, each once.",
        epilog=MAP_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    imported.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="file, folder, .eml or mailbox with handed-over reports; - reads standard input",
    )
    imported.add_argument(
        "--old-keys", type=Path, help="folder with older public keys that count as held this time"
    )
    imported.add_argument("--csv", type=Path, help="export of a form service, instead of a PATH")
    imported.add_argument("--map", type=Path, help="which column answers which field (MAP.yml)")
    imported.add_argument(
        "--language", choices=LANGUAGES, default="id", help="language that the rows are written in"
    )
    imported.add_argument(
        "--check", action="store_true", help="only say what is wrong with which row; keep nothing"
    )
    imported.add_argument(
        "--good-rows", action="store_true", help="take the rows that are right and leave the others"
    )
    imported.set_defaults(run=_import, usage=imported)


def _add_purge(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    purged = commands.add_parser(
        "purge",
        help="delete what was withdrawn",
        description=(
            "Delete what was withdrawn two days ago or earlier, and closed cases after the days "
            "that retention_days gives. Run it each day. Open cases are never touched."
        ),
    )
    purged.add_argument("--dry-run", action="store_true", help="say what would go, delete nothing")
    side = purged.add_mutually_exclusive_group()
    side.add_argument("--spool", action="store_true", help="only in the spool, on the receiver")
    side.add_argument(
        "--tracker", action="store_true", help="only at the tracker, with an owner's token"
    )
    purged.set_defaults(run=_purge)


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    looked = commands.add_parser(
        "doctor",
        help="look for what is wrong",
        description="Look for what is wrong, one line each.",
    )
    looked.add_argument(
        "--publish", action="store_true", help="only what must hold before the site is published"
    )
    looked.set_defaults(run=_doctor)


def _serve(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    signal.signal(signal.SIGTERM, _stop)
    if chosen.demonstration:
        return _demonstrate(settings, chosen.host, chosen.port)
    if settings.uses_github:
        _refuse_unready(settings)
    app = create_app(settings)
    _log.info("receiver listens on %s port %s", chosen.host, chosen.port)
    waitress.serve(app, host=chosen.host, port=chosen.port, _quiet=True, **SERVER)
    return 0


def _refuse_unready(settings: Settings) -> None:
    organization, held = settings.load_organization(), settings.load_keys()
    found = production.problems(organization, held)
    try:
        found += production.compare_keys(held, production.site_key_ids(organization.site))
    except production.SiteUnreadable as error:
        # A site that is down must not take the receiver down with it: every report is checked
        # against the held keys anyway. doctor reports this as a failure.
        _log.warning("%s", error)
    if found:
        raise production.NotForProduction("\n".join(["not ready for real people:", *found]))


def _demonstrate(settings: Settings, host: str, port: int) -> int:
    prepared = demonstration.prepare(settings, port)
    receiver = create_app(prepared.settings)
    stopped = threading.Event()
    worker = threading.Thread(
        target=_watch, args=(prepared.settings, DEMONSTRATION_SECONDS, stopped)
    )
    site = demonstration.with_site(receiver, prepared.site)
    server = create_server(site, host=host, port=port, **SERVER)
    print(demonstration.summary(prepared), flush=True)
    worker.start()
    try:
        server.run()
    finally:
        stopped.set()
        worker.join()
        print("Stopped. Everything is kept under var/.")
    return 0


def _deliver(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    signal.signal(signal.SIGTERM, _stop)
    if chosen.watch:
        try:
            _watch(settings, WATCH_SECONDS, threading.Event())
        except KeyboardInterrupt:
            _log.info("stopped")
        return 0
    worker = courier(settings)
    print(f"{worker.deliver()} filed")
    follower(settings, worker).follow()
    return 0


def _watch(settings: Settings, seconds: int, stopped: threading.Event) -> None:
    """Deliver again and again; what a person has to mend is said and tried again later."""
    worker = courier(settings)
    after = follower(settings, worker)
    while not stopped.is_set():
        wait = seconds
        try:
            worker.deliver()
            after.follow()
        except (Misconfigured, TrackerUnavailable, SpoolUnavailable) as error:
            _log.error("%s", error)
            wait = max(AFTER_TROUBLE_SECONDS, getattr(error, "retry_after", None) or 0)
        stopped.wait(wait)


def courier(settings: Settings) -> Courier:
    """The delivery worker of these settings."""
    organization = settings.load_organization()
    return Courier(
        spool=Spool(settings.database),
        tracker=settings.open_tracker(),
        form=settings.load_form(organization),
        site=organization.site,
        settle_seconds=organization.settle_seconds,
        holder=f"{os.uname().nodename}:{os.getpid()}",
        now=lambda: int(time.time()),
    )


def follower(settings: Settings, worker: Courier) -> Follower:
    """What copies the team's statuses and answers back, beside that worker."""
    return Follower(
        spool=worker.spool,
        tracker=worker.tracker,
        every_seconds=GITHUB_SECONDS if settings.uses_github else 0,
        now=worker.now,
    )


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


def _open(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    raw = sys.stdin.buffer.read() if chosen.file == "-" else Path(chosen.file).read_bytes()
    text = raw.decode(errors="replace")
    # A link carries the report percent-encoded behind its #.
    sealed = sealing.find_sealed(unquote(text) if "#%7B" in text and "{" not in text else text)
    locked = chosen.key.read_text(encoding="ascii", errors="replace")
    key = sealing.unlock(locked, _passphrase(chosen))
    content = sealing.open_sealed(sealed, key)
    if chosen.json:
        sys.stdout.buffer.write(content + b"\n")
    else:
        form = settings.load_form(settings.load_organization())
        print(lay_out(form, content, chosen.language), end="")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    if wrong := _wrong_import(chosen):
        chosen.usage.error(wrong)
    settings = read_settings()
    if chosen.csv is None:
        counter = _counter(settings, chosen)
        return _tell(importing.import_paths(counter, chosen.paths, int(time.time())))
    organization = settings.load_organization()
    form = settings.load_form(organization)
    export = load_map(chosen.map, form)
    key = import_rows.token_key(settings.load_secret(), organization, export)
    rows = import_rows.read_rows(chosen.csv.read_bytes(), export, form, chosen.language, key)
    if chosen.check or (any(row.problems for row in rows) and not chosen.good_rows):
        return _tell_rows(rows, checked=chosen.check)
    counter = _counter(settings, chosen)
    return _tell(import_rows.take_rows(counter, organization, rows, int(time.time())))


def _wrong_import(chosen: argparse.Namespace) -> str:
    if (chosen.csv is None) == (not chosen.paths):
        return "name at least one file or folder, or - for standard input, or else --csv"
    if (chosen.csv is None) != (chosen.map is None):
        return "--csv and --map go together"
    if chosen.csv is None and (chosen.check or chosen.good_rows):
        return "--check and --good-rows go with --csv"
    return ""


def _tell(results: Iterable[importing.Result]) -> int:
    """Print each result as it comes, then the count; 1 where something was not taken."""
    told = []
    for result in results:
        told.append(result)
        print(result, file=sys.stderr if result.problem else sys.stdout)
    print(importing.summary(told))
    return 1 if any(result.problem for result in told) else 0


def _tell_rows(rows: Sequence[import_rows.Row], *, checked: bool) -> int:
    """Print what is wrong with which row; nothing was taken."""
    wrong = [row for row in rows if row.problems]
    for row in wrong:
        for problem in row.problems:
            print(f"{row.name}: {problem}", file=sys.stderr)
    print(f"{len(rows) - len(wrong)} rows are right, {len(wrong)} are not; nothing was taken")
    if wrong and not checked:
        print("Mend the rows or the map, or take the rest with --good-rows.")
    return 1 if wrong else 0


def _counter(settings: Settings, chosen: argparse.Namespace) -> importing.Counter:
    older = sealing.read_public_keys(chosen.old_keys) if chosen.old_keys else ()
    return importing.Counter(
        form=settings.load_form(settings.load_organization()),
        keys=(*settings.load_keys(), *older),
        spool=Spool(settings.database),
        secret=settings.load_secret(),
    )


def _passphrase(chosen: argparse.Namespace) -> str:
    if chosen.passphrase_file is not None:
        return str(chosen.passphrase_file.read_text(encoding="utf-8", errors="replace"))
    return getpass.getpass("Passphrase: ")


def _purge(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    days = settings.load_organization().retention_days
    deadlines = purge.Deadlines.at(int(time.time()), days)
    # Both are opened before anything is deleted, so that a missing token stops the whole run.
    tracker = None if chosen.spool else settings.open_owned_tracker()
    spool = None if chosen.tracker else Spool(settings.database)
    try:
        if tracker is not None:
            tracker.check()
            _print_each(purge.purge_tracker(tracker, deadlines, dry_run=chosen.dry_run))
        if spool is not None:
            _print_each(purge.purge_spool(spool, deadlines, dry_run=chosen.dry_run))
    finally:
        if spool is not None:
            spool.close()
    return 0


def _print_each(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _doctor(chosen: argparse.Namespace) -> int:
    findings = doctor.examine(read_settings(), int(time.time()), publish=chosen.publish)
    for finding in findings:
        print(finding)
    return 0 if all(finding.well for finding in findings) else 1


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
