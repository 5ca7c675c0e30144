"""A site whose form is open, served together with its receiver on one loopback address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

from built_site import Build, free_port
from intake import demonstration
from workplace import PHONE, Workplace, open_receiver, set_up

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class OpenSite:
    """Where the site answers (ending with a slash), its built pages, and who works there."""

    address: str
    pages: Path
    place: Workplace


def _from_many_networks(application: WSGIApplication) -> WSGIApplication:
    """Give each request an address of its own: many tests of an hour are one network otherwise."""
    addresses = (f"10.{n // 250 % 250}.{n % 250}.1" for n in count())

    def elsewhere(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return application({**environ, "REMOTE_ADDR": next(addresses)}, start_response)

    return elsewhere


@contextmanager
def opened(folder: Path, build: Build) -> Iterator[OpenSite]:
    """Build the site for an invented organization and serve it for as long as the block runs."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    phone = {"number": PHONE, "whatsapp": True, "tested": "2026-11-01"}
    place = set_up(folder, site=address, receiver=address + "intake/", phone=phone)
    pages = build(**place.settings.for_site())
    site = _from_many_networks(demonstration.with_site(open_receiver(place), pages))
    server = create_server(site, host="127.0.0.1", port=port, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield OpenSite(address, pages, place)
    finally:
        server.close()
        thread.join(timeout=10)
