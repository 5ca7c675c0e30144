"""Take handed-over reports from files, folders, mailboxes and standard input into the spool.

Each is checked as the receiver checks it and keeps its own token, so it becomes one case however
often and on whichever way it comes. What cannot be taken is told with its file and the cure,
never with its content; the others are still taken. A file that cannot be read raises OSError.
"""

from __future__ import annotations

import email
import email.policy
import html
import mailbox
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from intake import codes
from intake.form import Form
from intake.handed_over import find_handed_over
from intake.sealing import PublicKey
from intake.spool import Erased, Spool, TokenReused
from intake.submission import Refused, read_sealed

STANDARD_INPUT = "-"
HEAD = 8192  # bytes that tell what a file is
LARGEST_FILE = 20_000_000  # bytes; a report has 40,000, a longer chat is best cut into pieces

_MAIL = re.compile(
    rb"(?i)(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?(?:from|received|mime-version|return-path):"
)
_MAILBOX = re.compile(rb"From [^\n]*\n[!-9;-~]+:")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

CUT = "cut short on its way: ask for the file or the whole link again."
DAMAGED = "damaged on its way, or from another edition of the form: ask for the file again."
KEYS = (
    "sealed to none of the keys in INTAKE_KEYS: name the folder with the older public keys, "
    "--old-keys FOLDER, and deliver as usual."
)
OTHER_BYTES = (
    "{number} is there already with other bytes under the same token: compare the two in the "
    "reader and keep what is in the case."
)
ERASED = (
    "{number} was withdrawn, or long closed, and erased as promised: it is not taken in again. "
    "Delete this file or mail too."
)
NOTE = "a note on a case, not a report: send it with the page /paralegal/titip/."
NOTHING = "no handed-over report in it."
TOO_LARGE = "larger than 20 MB: cut it into pieces, or export the chat without pictures."


class Source(NamedTuple):
    """Where a report may stand, as it is told, and the text there; or why it was not read."""

    name: str
    text: str
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one report, row or file. `problem` is empty where it was taken."""

    name: str
    case_number: str = ""
    fresh: bool = False
    problem: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"{self.name}: {self.problem}"
        return f"{self.case_number}  {'new' if self.fresh else 'already there'}  {self.name}"


@dataclass(frozen=True)
class Counter:
    """Where reports are taken in, and by what they are checked."""

    form: Form
    keys: Sequence[PublicKey]
    spool: Spool
    secret: bytes = field(repr=False)

    def take(self, body: bytes, name: str, now: int) -> Result:
        """Check one handed-over report and keep it, as the receiver does."""
        if b'"report_token":' in body:
            return Result(name, problem=NOTE)
        try:
            report = read_sealed(body, self.form, self.keys, self.secret)
        except Refused as refused:
            return Result(name, problem=KEYS if refused.code == "keys" else DAMAGED)
        try:
            case_number, fresh = self.spool.accept(report, now)
        except Erased:
            return Result(name, problem=ERASED.format(number=codes.case_number(report.token)))
        except TokenReused:
            number = self.spool.case_of(report.token) or codes.case_number(report.token)
            return Result(name, problem=OTHER_BYTES.format(number=number))
        return Result(name, case_number, fresh)


def import_paths(counter: Counter, paths: Sequence[str], now: int) -> Iterator[Result]:
    """Take every handed-over report at these paths: one result for each, as it happens.

    Folders and mailboxes hold other things too, so only a path that holds no report at all is
    told.
    """
    for path in paths:
        found = False
        for source in read_sources(path):
            for taken in _take_all(counter, source, now):
                found = True
                yield taken
        if not found:
            yield Result(_shown(path), problem=NOTHING)


def summary(results: Sequence[Result]) -> str:
    """One line that counts what became of everything."""
    fresh = sum(taken.fresh for taken in results)
    wrong = sum(bool(taken.problem) for taken in results)
    return f"{fresh} new, {len(results) - fresh - wrong} already there, {wrong} not taken"


def read_sources(path: str) -> Iterator[Source]:
    """The texts at a path: a file, each file of a folder, each message of a mailbox."""
    if path == STANDARD_INPUT:
        yield _of_bytes("standard input", sys.stdin.buffer.read())
    elif Path(path).is_dir():
        files = (file for file in sorted(Path(path).rglob("*")) if not file.is_symlink())
        for file in files:
            if file.is_file():
                yield from _of_file(file)
    else:
        yield from _of_file(Path(path))


def _take_all(counter: Counter, source: Source, now: int) -> Iterator[Result]:
    if source.problem:
        yield Result(source.name, problem=source.problem)
    for one in find_handed_over(source.text):
        if one.body is None:
            yield Result(source.name, problem=CUT)
        else:
            yield counter.take(one.body, source.name, now)


def _of_file(path: Path) -> Iterator[Source]:
    name = _shown(str(path))
    with path.open("rb") as file:
        head = file.read(HEAD)
    if _MAILBOX.match(head):
        yield from _of_mailbox(path, name)
    elif b"\0" in head and not head.startswith(_UTF_16):
        yield Source(name, "")  # a picture or a recording
    elif path.stat().st_size > LARGEST_FILE:
        yield Source(name, "", TOO_LARGE)
    else:
        yield _of_bytes(name, path.read_bytes())


def _of_mailbox(path: Path, name: str) -> Iterator[Source]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            yield _of_mail(f"{name}, message {number}", box.get_bytes(key))
    finally:
        box.close()


def _of_bytes(name: str, raw: bytes) -> Source:
    if _MAIL.match(raw[:HEAD]):
        return _of_mail(name, raw)
    return Source(name, _text(raw, "utf-16" if raw.startswith(_UTF_16) else "utf-8"))


def _of_mail(name: str, raw: bytes) -> Source:
    """A message with all its parts and attachments. No byte of a report crosses a NUL."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        texts = [_text_of(part) for part in message.walk() if not part.is_multipart()]
    except (LookupError, ValueError, TypeError, AttributeError):
        # What the library raises at a broken header; the report may still stand in the body.
        texts = [_text(raw, "utf-8")]
    return Source(name, "\0".join(texts))


def _text_of(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    text = _text(payload, part.get_content_charset("utf-8")) if isinstance(payload, bytes) else ""
    return _without_tags(text) if part.get_content_type() == "text/html" else text


def _without_tags(page: str) -> str:
    """What an HTML message says, and where its links lead."""
    links = re.findall(r"""href\s*=\s*["']?([^"'>]*)""", page, re.IGNORECASE)
    return html.unescape("\0".join([re.sub(r"<[^>]*>", "", page), *links]))


def _text(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _shown(path: str) -> str:
    """A path as a terminal may show it: a file's name must not command it (ECMA-48)."""
    printable = path.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", printable)
