"""The whole register as files that any program reads: `register.json`, and two tables as CSV.

Facts, labels, status and dates stand there as the tracker shows them; what was sealed stays sealed.
Of comments only sealed blocks, our fixed sentences and commands are taken: what a person typed
below an issue is left out and counted. `register.json` is what `intake import --register` reads;
anything else in its place raises `RegisterProblem`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intake import database
from intake.spool import Spool
from intake.tracker import Comment, Issue, Tracker, case_number_in, letter_line_in

JSON_FILE, CASES_FILE, COMMENTS_FILE, README_FILE = (
    "register.json",
    "cases.csv",
    "comments.csv",
    "README.md",
)
COMMAND = re.compile(
    r"/(?:dibaca|ditangani|menunggu|diteruskan|selesai|darurat|tim|relawan|lepas|coret|tenggat"
    r"|dijawab)(?: [\w-]{1,40}){0,2}",
    re.IGNORECASE,
)
_DATES = re.compile(r"<!-- intake register (\{.*\}) -->\n?\Z")
_PLACE = re.compile(r"<!-- intake register ([0-9]+) ([0-9]+) -->\n?\Z")
_COMMAND_LINE = re.compile(r"<!-- intake command \S+ -->\n+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection
_PREFIXES = {
    "urgency": "darurat: ",
    "status": "status: ",
    "country": "negara: ",
    "problem": "masalah: ",
    "regency": "wilayah: ",
    "allowed": "boleh: ",
    "team": "tim: ",
    "volunteers": "relawan: ",
    "group": "pola: ",
}


class RegisterProblem(Exception):
    """The folder holds no register that can be read; the message says what to do."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Dates(_Record):
    """When a case was received, reached each status and was closed, in UTC seconds."""

    received_at: int | None = None
    closed_at: int | None = None
    statuses: tuple[tuple[str, int], ...] = Field(default=(), strict=False)


class Said(_Record):
    """A comment: when it was written, in UTC seconds, and its whole text."""

    at: int
    text: str = Field(repr=False)


class Case(_Record):
    """One case. `body` holds the sealed report; `facts` are those in clear that it shows."""

    case_number: str
    number: int
    title: str
    state: Literal["open", "closed"]
    labels: tuple[str, ...] = Field(strict=False)
    facts: dict[str, Any] | None
    dates: Dates
    body: str = Field(repr=False)
    comments: tuple[Said, ...] = Field(strict=False)


class Register(_Record):
    """Every case, oldest number first."""

    version: Literal[1]
    exported_at: int
    cases: tuple[Case, ...] = Field(strict=False)


@dataclass(frozen=True)
class LeftOut:
    """Comments of one case that are neither sealed nor ours."""

    case_number: str
    comments: int


def read_tracker(
    tracker: Tracker, known: Mapping[str, Dates], now: int
) -> tuple[Register, list[LeftOut]]:
    """Everything that the tracker holds; `known` are the dates that a spool keeps."""
    below: dict[int, list[Comment]] = defaultdict(list)
    for comment in sorted(tracker.comments_since(0), key=lambda c: (c.created_at, c.id)):
        below[comment.number].append(comment)
    cases, left_out = [], []
    for issue in sorted(tracker.updated_since(0), key=lambda issue: issue.number):
        try:
            case_number = case_number_in(issue.body)
        except ValueError:
            continue  # no case of ours: somebody's own issue
        said = [said for c in below[issue.number] if (said := _said(c)) is not None]
        if len(said) < len(below[issue.number]):
            left_out.append(LeftOut(case_number, len(below[issue.number]) - len(said)))
        cases.append(_case(issue, case_number, said, known.get(case_number)))
    return Register(version=1, exported_at=now, cases=tuple(cases)), left_out


def dates_of(spool: Spool) -> dict[str, Dates]:
    """What a spool knows of when things happened, by case number."""
    reports, events = database.reports, database.events
    statuses: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with spool.transaction() as connection:
        steps = sa.select(events.c.case_number, events.c.status, events.c.at)
        for case_number, status, at in connection.execute(steps.order_by(events.c.at, events.c.id)):
            statuses[case_number].append((status, at))
        asked = sa.select(reports.c.case_number, reports.c.received_at, reports.c.closed_at)
        rows = connection.execute(asked).all()
    return {
        row.case_number: Dates(
            received_at=row.received_at,
            closed_at=row.closed_at,
            statuses=tuple(statuses[row.case_number]),
        )
        for row in rows
    }


def write_files(register: Register, folder: Path) -> None:
    """Write register, tables and their description; only their owner may read them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {
        JSON_FILE: register.model_dump_json(indent=1) + "\n",
        CASES_FILE: table(CASE_COLUMNS, map(_case_row, register.cases)),
        COMMENTS_FILE: table(COMMENT_COLUMNS, _comment_rows(register)),
        README_FILE: description(),
    }
    for name, text in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", newline="")


def read_files(folder: Path) -> Register:
    """The register in a folder; raises `RegisterProblem`."""
    path = folder / JSON_FILE
    try:
        return Register.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RegisterProblem(
            f"{path} is missing: name the folder that intake export wrote."
        ) from error
    except ValidationError as error:
        first = ".".join(map(str, error.errors()[0]["loc"])) or "the whole file"
        # Without its cause, which may repeat what stands in the file.
        raise RegisterProblem(f"{path} is no register ({first}): export it again.") from None


def body_with_dates(case: Case) -> str:
    """The body as it is filed in another tracker, whose own dates are those of filing."""
    return f"{case.body.rstrip()}\n\n<!-- intake register {case.dates.model_dump_json()} -->\n"


def place_line(place: int, said: Said) -> str:
    """The last line of a comment that came from a register: which it is, and when it was said."""
    return f"<!-- intake register {place} {said.at} -->"


def comment_with_place(case: Case, place: int) -> str:
    """A comment as it is written in another tracker: a command is kept and not obeyed again."""
    said = case.comments[place]
    command = f"<!-- intake command {case.case_number} -->\n\n" if _is_command(said.text) else ""
    return f"{command}{said.text.rstrip()}\n\n{place_line(place, said)}\n"


def table(columns: Mapping[str, tuple[str, str]], rows: Iterable[Sequence[object]]) -> str:
    """CSV (RFC 4180) whose cells no spreadsheet takes for a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def moment(seconds: int | None) -> str:
    """UTC seconds as ISO 8601; nothing for nothing."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%FT%TZ")


def _said(comment: Comment) -> Said | None:
    """A comment that may leave the tracker, as it was first written; None for any other."""
    found = _PLACE.search(comment.body)
    text = _PLACE.sub("", comment.body).rstrip() + "\n" if found else comment.body
    text = _COMMAND_LINE.sub("", text, count=1) if found else text
    at = int(found[2]) if found else comment.created_at
    if _is_command(text):
        return Said(at=at, text=text.strip() + "\n")
    try:
        letter_line_in(text)
    except ValueError:
        return None
    return Said(at=at, text=text.rstrip() + "\n")


def _is_command(text: str) -> bool:
    return COMMAND.fullmatch(text.strip()) is not None


def _case(issue: Issue, case_number: str, said: Sequence[Said], known: Dates | None) -> Case:
    body = _DATES.sub("", issue.body).rstrip() + "\n"
    return Case(
        case_number=case_number,
        number=issue.number,
        title=issue.title,
        state="closed" if issue.state == "closed" else "open",
        labels=tuple(sorted(issue.labels)),
        facts=_facts(body),
        dates=_dates(issue, known),
        body=body,
        comments=tuple(said),
    )


def _dates(issue: Issue, known: Dates | None) -> Dates:
    """What the spool knows, else what an import left in the body, else the tracker's own dates."""
    dates = known or _kept_dates(issue) or Dates(received_at=issue.created_at)
    closed_at = (dates.closed_at or issue.closed_at) if issue.state == "closed" else None
    return dates.model_copy(update={"closed_at": closed_at})


def _kept_dates(issue: Issue) -> Dates | None:
    kept = _DATES.search(issue.body)
    try:
        return Dates.model_validate_json(kept[1]) if kept else None
    except ValidationError:
        return None  # written over by hand: the tracker's own dates count


def _facts(body: str) -> dict[str, Any] | None:
    """The clear facts in the body's first block; None in a stub that was never filled."""
    found = re.search(r'^\{"facts":\{.*\}\}$', body, re.MULTILINE)
    try:
        facts = json.loads(found[0])["facts"] if found else None
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def labelled(labels: Iterable[str], prefix: str) -> list[str]:
    """What stands behind a prefix: `negara: ` of `negara: Malaysia` gives Malaysia."""
    return [label.removeprefix(prefix) for label in labels if label.startswith(prefix)]


def _case_row(case: Case) -> list[object]:
    statuses = dict(reversed(case.dates.statuses))  # the first time that each was reached
    return [
        case.case_number,
        case.number,
        case.state,
        *("; ".join(labelled(case.labels, prefix)) for prefix in _PREFIXES.values()),
        "; ".join(_codes(case.facts, "country")),
        "; ".join(_codes(case.facts, "problem")),
        "; ".join(_codes(case.facts, "regency")),
        "; ".join(_codes(case.facts, "language")),
        moment(case.dates.received_at),
        moment(statuses.get("read")),
        moment(case.dates.closed_at),
        len(case.comments),
        "; ".join(case.labels),
    ]


def _codes(facts: Mapping[str, Any] | None, name: str) -> list[str]:
    value = (facts or {}).get(name, [])
    return [str(code) for code in (value if isinstance(value, list) else [value])]


def _comment_rows(register: Register) -> Iterable[list[object]]:
    for case in register.cases:
        for place, said in enumerate(case.comments, start=1):
            if _is_command(said.text):
                yield [case.case_number, place, moment(said.at), "command", "", said.text.strip()]
            else:
                word = letter_line_in(said.text).split()[2]
                sealed = "yes" if "```" in said.text else "no"
                yield [case.case_number, place, moment(said.at), word, sealed, ""]


# Column: what it holds, in Indonesian and English. `README.md` beside the tables is made from it.
CASE_COLUMNS: dict[str, tuple[str, str]] = {
    "case_number": ("Nomor kasus", "Case number"),
    "number": ("Nomor issue di tempat asal", "Number of the issue where it was exported"),
    "state": ("open atau closed", "open or closed"),
    "urgency": ("Label darurat sekarang", "Label of urgency now"),
    "status": ("Label status sekarang", "Label of status now"),
    "country": ("Label negara", "Label of the country"),
    "problem": ("Label masalah; dipisah titik koma", "Labels of the problem; between semicolons"),
    "regency": ("Label wilayah asal", "Label of the home region"),
    "allowed": ("Label izin", "Labels of what the person allows"),
    "team": ("Label tim", "Label of the team"),
    "volunteers": ("Tanda kunci relawan, tanpa nama", "Marks of volunteers' keys, no names"),
    "group": ("Kelompok pola", "Group of cases that name the same"),
    "country_code": ("ISO 3166-1 alpha-2; ZZ tidak tahu", "ISO 3166-1 alpha-2; ZZ is unknown"),
    "problem_code": ("Kode kelompok masalah (form.yml)", "Codes of problem groups (form.yml)"),
    "regency_code": ("Kode wilayah resmi; 00 tidak tahu", "Official region code; 00 is unknown"),
    "language": ("Bahasa permintaan", "Language of the request"),
    "received_at": ("Diterima, UTC, ISO 8601", "Received, UTC, ISO 8601"),
    "read_at": ("Pertama dibaca; kosong bila tak diketahui", "First read; empty where unknown"),
    "closed_at": ("Ditutup", "Closed"),
    "comments": ("Berapa komentar di register.json", "How many comments in register.json"),
    "labels": ("Semua label; dipisah titik koma", "All labels; between semicolons"),
}
COMMENT_COLUMNS: dict[str, tuple[str, str]] = {
    "case_number": ("Nomor kasus", "Case number"),
    "place": ("Urutan di kasus itu", "Place within its case"),
    "at": ("Ditulis, UTC, ISO 8601", "Written, UTC, ISO 8601"),
    "kind": (
        "addition, note, share, answer, reminder, command, ...",
        "addition, note, share, answer, reminder, command, ...",
    ),
    "sealed": ("yes bila isinya tersegel", "yes where its content is sealed"),
    "command": ("Perintah seperti /dibaca", "A command such as /dibaca"),
}


def description() -> str:
    """The data dictionary that lies beside the tables, in both languages."""
    parts = [_DESCRIPTION]
    for name, columns in ((CASES_FILE, CASE_COLUMNS), (COMMENTS_FILE, COMMENT_COLUMNS)):
        rows = [f"| `{column}` | {id_} | {en} |" for column, (id_, en) in columns.items()]
        parts.append(
            "\n".join([f"## {name}", "", "| | Indonesia | English |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


_DESCRIPTION = """# Register

Semua kasus seperti di tempat kerja tim. Yang tersegel tetap tersegel: hanya kunci yang membukanya.
Simpan folder ini seperti catatan kasus. Hapus bila tidak perlu lagi.

Every case as the team's tracker holds it. What was sealed stays sealed: only a key opens it.
Keep this folder as you keep case notes. Delete it once it is not needed.

- `register.json`: semuanya, juga blok tersegel / everything, sealed blocks too. `intake import
  --register FOLDER` reads it. Times are UTC seconds; `body` is the issue's text with the sealed
  report as its last block; `comments` are in order; `dates.statuses` are [status, time] pairs.
- `cases.csv`, `comments.csv`: tabel untuk dilihat / tables to look at, UTF-8, RFC 4180. A cell that
  begins with = + - @ has an apostrophe before it, so that no spreadsheet runs it."""
