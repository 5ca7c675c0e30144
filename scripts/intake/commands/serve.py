"""`intake serve`: run the receiver, or with `--demonstration` the whole path on one machine."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from typing import Any

import waitress
from flask import Flask
from waitress.server import create_server

from intake import demonstration, production
from intake.commands.deliver import watch
from intake.commands.shape import Commands, stop
from intake.settings import Settings, read_settings
from intake.web import create_app

DEMONSTRATION_SECONDS = 1
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

_log = logging.getLogger("intake")


def add(commands: Commands) -> None:
    """Add the command and its options to the command line."""
    serve = commands.add_parser("serve", help="run the receiver", description="Run the receiver.")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on")
    serve.add_argument(
        "--demonstration",
        action="store_true",
        help="build and serve the site too, deliver, and invent what is missing (make run)",
    )
    serve.set_defaults(run=_serve)


def _serve(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    settings.refuse_owner()
    signal.signal(signal.SIGTERM, stop)
    if chosen.demonstration:
        return _demonstrate(settings, chosen.host, chosen.port)
    app = ready_app(settings)
    _log.info("receiver listens on %s port %s", chosen.host, chosen.port)
    waitress.serve(app, host=chosen.host, port=chosen.port, _quiet=True, **SERVER)
    return 0


def ready_app(settings: Settings) -> Flask:
    """The receiver for whatever server runs it; `NotForProduction` where it is not ready."""
    if settings.uses_github:
        _refuse_unready(settings)
    return create_app(settings)


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
        target=watch, args=(prepared.settings, DEMONSTRATION_SECONDS, stopped)
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
