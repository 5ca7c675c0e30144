"""Drive Firefox and WebKitGTK with the commands of W3C WebDriver, without a package of their own.

Firefox takes them as Marionette (JSON with its length in front, over TCP), WebKitWebDriver over
HTTP. What a browser refuses, or does not do in time, raises `WebDriverError`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from built_site import free_port

PATIENCE = 30.0  # seconds
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver, section 12.1
_Found = TypeVar("_Found")

# WebDriver, section 8: what this module asks for, by the names that Marionette gives it.
_PATHS = {
    "Navigate": "url",
    "ExecuteScript": "execute/sync",
    "FindElement": "element",
    "ElementClick": "element/{id}/click",
    "ElementSendKeys": "element/{id}/value",
    "SetWindowRect": "window/rect",
}

# Marionette presets what keeps Firefox from calling home.
_PREFERENCES = """
user_pref("marionette.port", 0);
user_pref("network.proxy.type", 0);
"""


class WebDriverError(Exception):
    """The browser did not do what it was told; its own words follow."""


@dataclass(frozen=True)
class Window:
    """One window of a browser."""

    command: Callable[[str, dict[str, Any]], Any]

    def open(self, address: str) -> None:
        """Load a page."""
        self.command("Navigate", {"url": address})

    def resize(self, width: int, height: int) -> None:
        """Ask for a window of that size; a browser may keep it a little wider."""
        self.command("SetWindowRect", {"width": width, "height": height})

    def run(self, script: str) -> Any:
        """Return what a function with this body returns."""
        return self.command("ExecuteScript", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        """Click the first element of that selector, scrolled into view."""
        self.command("ElementClick", {"id": self._find(selector)})

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.command("ElementSendKeys", {"id": self._find(selector), "text": text})

    def wait(self, condition: str) -> None:
        """Wait until that expression is true."""
        wait_for(lambda: self.run(f"return {condition}") or None, condition)

    def _find(self, selector: str) -> str:
        found = self.command("FindElement", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])


def wait_for(ask: Callable[[], _Found | None], what: str) -> _Found:
    """Ask again and again until the answer is not None."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.05)
    raise WebDriverError(f"waited {PATIENCE:.0f} s in vain for: {what}")


@contextmanager
def firefox(program: str, folder: Path) -> Iterator[Window]:
    """A Firefox without a screen, with an empty profile in that folder."""
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES, encoding="ascii")
    arguments = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with _running(arguments, folder) as process:
        port = wait_for(lambda: _written_number(profile / "MarionetteActivePort"), "Firefox")
        with _Marionette(port) as marionette:
            marionette.command("WebDriver:NewSession", {})
            yield Window(lambda name, given: marionette.command(f"WebDriver:{name}", given))
            marionette.command("Marionette:Quit", {"flags": ["eForceQuit"]})
        process.wait(PATIENCE)


@contextmanager
def webkit(program: str, screen: str, folder: Path) -> Iterator[Window]:
    """The small browser of WebKitGTK, on a screen that nobody sees (a virtual X server)."""
    display = folder / "display"
    with display.open("w") as written:
        arguments = [screen, "-displayfd", str(written.fileno()), "-nolisten", "tcp"]
        with _running(arguments, folder, keep=written.fileno()):
            number = wait_for(lambda: _written_number(display), "the virtual X server")
            with _web_driver(program, folder, number) as command:
                yield Window(command)


@contextmanager
def _web_driver(
    program: str, folder: Path, display: int
) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    port = free_port()
    with _running([program, f"--port={port}"], folder, DISPLAY=f":{display}", GDK_BACKEND="x11"):
        wait_for(lambda: _http(port, "GET", "/status"), "WebKitWebDriver")
        session = _http(port, "POST", "/session", {"capabilities": {}})["sessionId"]

        def command(name: str, given: dict[str, Any]) -> Any:
            path = _PATHS[name].format(**given)
            return _http(port, "POST", f"/session/{session}/{path}", given)

        yield command
        _http(port, "DELETE", f"/session/{session}")


class _Marionette:
    """Mozilla's Marionette protocol, version 3: `length:[0, id, name, parameters]` and back."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._stream = self._socket.makefile("rwb")
        self._ids = itertools.count()
        self._receive()  # the greeting

    def __enter__(self) -> _Marionette:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def command(self, name: str, given: dict[str, Any]) -> Any:
        """Send one command; return its result."""
        message = json.dumps([0, next(self._ids), name, given]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._receive()
        if error:
            raise WebDriverError(f"{name}: {error['message']}")
        # As over HTTP, a result is what stands under "value", where something does.
        return result.get("value", result) if isinstance(result, dict) else result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            read = self._stream.read(1)
            if not read:
                raise WebDriverError("Firefox has closed the connection")
            length += read
        return json.loads(self._stream.read(int(length[:-1])))


@contextmanager
def _running(
    arguments: list[str], folder: Path, keep: int | None = None, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program whose files stay in that folder, and end it with the block."""
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
    inherited = {name: value for name, value in os.environ.items() if name not in proxies}
    with (folder / f"{Path(arguments[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(
            arguments,
            env=inherited | {"HOME": str(folder)} | settings,
            stdout=log,
            stderr=log,
            pass_fds=[] if keep is None else [keep],
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _http(port: int, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
    """One request to a WebDriver; None while nothing listens yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, json.dumps(given) if given is not None else None)
        value = json.loads(connection.getresponse().read())["value"]
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()
    if isinstance(value, dict) and "error" in value:
        raise WebDriverError(f"{path}: {value['error']}: {value.get('message')}")
    return value


def _written_number(path: Path) -> int | None:
    """The number that a program writes once it is ready, with a line end behind it."""
    text = path.read_text(encoding="ascii") if path.exists() else ""
    return int(text) if text.strip() else None


def find_program(*names: str) -> str | None:
    """Return the first of these programs that is installed."""
    return next((found for name in names if (found := shutil.which(name))), None)
