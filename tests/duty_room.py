"""The room where alerts arrive: a webhook, Telegram and a mail server on loopback, all invented.

Each keeps what it was sent; `down` makes the web ones answer 502, and the mail server refuse.
"""

from __future__ import annotations

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from intake.channels import Mail, Telegram, Webhook
from intake.organization import AlertMail
from workplace import self_signed

BOT = "12345:invented-bot-token"
PASSWORD = "kata-sandi-rekaan"
SECRET_PATH = "rahasia-alamat"


@dataclass
class DutyRoom:
    """What arrived, in order; and what is down."""

    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    web: str = ""
    mail_port: int = 0
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    moved_to: str = ""

    @property
    def webhook(self) -> Webhook:
        """The channel to the webhook, whose address is a secret."""
        return Webhook(f"{self.web}{SECRET_PATH}")

    @property
    def telegram(self) -> Telegram:
        """The channel to the bot."""
        return Telegram(BOT, -1001234567890, self.web.rstrip("/"))

    @property
    def mail(self) -> Mail:
        """The channel to two people."""
        named = AlertMail(
            to=("jaga@contoh.example", "koordinator@contoh.example"),
            sender="aman@contoh.example",
            server="127.0.0.1",
            port=self.mail_port,
        )
        return Mail(named, PASSWORD, self.trusted)

    def texts(self, name: str) -> list[str]:
        """The sentences that came by the webhook or by Telegram."""
        return [body["text"] for where, body in self.posted if where == name]


@contextmanager
def duty_room(folder: Path) -> Iterator[DutyRoom]:
    """Open it for as long as the block runs."""
    room = DutyRoom()
    certificate = self_signed(folder)
    room.trusted = ssl.create_default_context(cafile=str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    web = ThreadingHTTPServer(("127.0.0.1", 0), type("Web", (_Web,), {"room": room}))
    post = socketserver.ThreadingTCPServer(
        ("127.0.0.1", 0), type("Post", (_Post,), {"room": room, "context": context})
    )
    post.daemon_threads = True
    room.web = f"http://127.0.0.1:{web.server_port}/"
    room.mail_port = int(post.server_address[1])
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in (web, post)]
    for thread in threads:
        thread.start()
    try:
        yield room
    finally:
        for server in (web, post):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class _Web(BaseHTTPRequestHandler):
    room: DutyRoom

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = "telegram" if self.path == f"/bot{BOT}/sendMessage" else "webhook"
        if name in self.room.down:
            self.send_response(502)
            self.end_headers()
            return
        if self.room.moved_to:
            self.send_response(307)
            self.send_header("Location", self.room.moved_to)
            self.end_headers()
            return
        self.room.posted.append((name, json.loads(body)))
        answer = b'{"ok": true, "result": {}}' if name == "telegram" else b""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Post(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321, 3207, 4954) as a client uses; nothing is taken before TLS."""

    room: DutyRoom
    context: ssl.SSLContext
    _locked: ssl.SSLSocket | None = None

    def handle(self) -> None:
        reading: Any = self.rfile
        self._say: Callable[[bytes], object] = self.wfile.write
        self._say(b"220 contoh\r\n")
        locked = False
        while line := reading.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "STARTTLS":
                self._say(b"220 go\r\n")
                wrapped = self._locked = self.context.wrap_socket(self.connection, server_side=True)
                reading, self._say = wrapped.makefile("rb"), wrapped.sendall
                locked = True
            elif word == "EHLO":
                offer = b"AUTH PLAIN" if locked else b"STARTTLS"
                self._say(b"250-contoh\r\n250 " + offer + b"\r\n")
            elif word == "QUIT":
                self._say(b"221 bye\r\n")
                return
            elif not locked:
                self._say(b"530 Must issue a STARTTLS command first\r\n")
            else:
                self._take(word, line, reading)

    def finish(self) -> None:
        super().finish()
        if self._locked is not None:
            self._locked.close()

    def _take(self, word: str, line: str, reading: Any) -> None:
        if word == "AUTH":
            self.room.logins.append(base64.b64decode(line.split()[2]).decode())
            self._say(b"235 ok\r\n")
        elif word == "RCPT" and "email" in self.room.down:
            self._say(b"550 " + line.encode() + b"\r\n")
        elif word == "DATA":
            self._say(b"354 go\r\n")
            read = b""
            while not read.endswith(b"\r\n.\r\n"):
                read += reading.readline()
            self.room.mails.append(read.decode())
            self._say(b"250 taken\r\n")
        else:
            if word == "RCPT":
                self.room.recipients.append(line)
            self._say(b"250 ok\r\n")
