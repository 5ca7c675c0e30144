"""A site whose form is open, served together with its receiver on one loopback address."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from waitress.server import create_server

from built_site import Build, free_port, made_once
from intake import demonstration
from workplace import PHONE, Workplace, open_receiver, set_up

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


BUILT_FOR = "http://127.0.0.1:65535/"  # where no site or receiver ever answers


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
def opened(folder: Path, shared: Path, build: Build) -> Iterator[OpenSite]:
    """Serve the site of an invented organization for as long as the block runs.

    It is built once for all workers, each of which has its own address, spool and tracker.
    """
    address = f"http://127.0.0.1:{free_port()}/"
    pages = folder / "site"
    copy_at(_built(shared, build), pages, address)
    place = _organization(folder, address)
    site = _from_many_networks(demonstration.with_site(open_receiver(place), pages))
    server = create_server(site, host="127.0.0.1", port=urlsplit(address).port, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield OpenSite(address, pages, place)
    finally:
        server.close()
        thread.join(timeout=10)


def _organization(folder: Path, address: str) -> Workplace:
    phone = {"number": PHONE, "whatsapp": True, "tested": "2026-11-01"}
    return set_up(folder, site=address, receiver=address + "intake/", phone=phone)


def _built(shared: Path, build: Build) -> Path:
    folder = shared / "open"
    made_once(folder, lambda new: _organization(new, BUILT_FOR))
    return build(
        INTAKE_ORGANIZATION=str(folder / "organization.yml"), INTAKE_KEYS=str(folder / "keys")
    )


def copy_at(built: Path, pages: Path, address: str) -> None:
    """Copy a site that was built for `BUILT_FOR`, with another address, which is as long."""
    # A page's policy names the origin, which has no slash at its end.
    former, latter = BUILT_FOR.rstrip("/"), address.rstrip("/")

    def copy(source: str, target: str) -> None:
        content = Path(source).read_bytes()
        Path(target).write_bytes(content.replace(former.encode(), latter.encode()))

    assert len(latter) == len(former)
    shutil.copytree(built, pages, copy_function=copy)
