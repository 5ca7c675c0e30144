"""Send one HTTP request to the address given and nowhere else: no redirect is followed.

Every answer is returned, whatever its status. Where there is none, or one that goes on for ever,
`NoAnswer` is raised; it tells the kind of trouble and no address, which may hold a secret.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit


class NoAnswer(Exception):
    """Nothing came back that could be read; try again later, or look at the network."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_good(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def ask(
    address: str, content: Mapping[str, Any] | None = None, *, seconds: int, most: int = 2**20
) -> Answer:
    """GET, or POST of a JSON object; `seconds` is for each step, `most` bytes are read."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise NoAnswer("no web address")
    body = None if content is None else json.dumps(content).encode()
    headers = {"User-Agent": "migrasi-aman"} | ({} if body is None else _JSON)
    try:
        request = urllib.request.Request(address, body, headers)  # noqa: S310 - checked above
        with _opened(request, seconds) as reply:
            read = reply.read(most + 1)
            if len(read) > most:
                raise NoAnswer("an answer without end")
            return Answer(reply.status, reply.headers, read)
    except (OSError, HTTPException, ValueError) as error:
        # Their texts may repeat the address.
        raise NoAnswer(type(error).__name__) from None


_JSON = {"Content-Type": "application/json"}


def _opened(request: urllib.request.Request, seconds: int) -> Any:
    try:
        return _OPENER.open(request, timeout=seconds)
    except urllib.error.HTTPError as error:
        return error
