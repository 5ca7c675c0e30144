"""Rows of a form service's export (CSV) turned into sealed reports, each row once.

A row's token is an HMAC of the organization, the map's `source` and the cells that identify the
row, so importing an export again adds only what is new. What is wrong is told by row and column,
never by a cell's content. A file that cannot be read as CSV raises `ExportProblem`.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from intake import codes
from intake.answers import check_answers, read_answers
from intake.export_map import ExportMap, Target, letter, split_cell, texts_of, wrong_columns
from intake.form import Form, Language
from intake.importing import ERASED, Counter, Result
from intake.organization import Organization
from intake.spool import Erased
from intake.submission import PlainForm, Refused, plain_digest, seal_plain

DELIMITERS = (",", ";", "\t")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class ExportProblem(Exception):
    """The export cannot be read; the message says where and how to mend it, without a cell."""


@dataclass(frozen=True)
class Row:
    """One row with what is wrong with it. No cell shows in `repr`."""

    number: int
    """As spreadsheets count: the names stand in row 1."""
    plain: PlainForm = field(repr=False)
    identity: tuple[str, ...] = field(repr=False)
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the row is told."""
        return f"row {self.number}"


CHANGED = (
    "changed since it was taken as {number}, in the file or in the map; it is not taken twice. "
    "Tell the team to look at the case."
)


def read_rows(
    raw: bytes, export: ExportMap, form: Form, language: Language, token_key: bytes
) -> list[Row]:
    """Every row of the export, checked against the form; raises `ExportProblem`."""
    header, *records = _records(raw, export)
    if wrong := wrong_columns(export, header):
        raise ExportProblem("\n".join(wrong))
    reader = _Reader(export, form, language, header, token_key)
    rows = [
        reader.row(number, record)
        for number, record in enumerate(records, start=2)
        if any(cell.strip() for cell in record)
    ]
    return list(_once(rows))


def token_key(secret: bytes, organization: Organization, export: ExportMap) -> bytes:
    """The key from which the tokens of an export's rows come."""
    named = json.dumps([organization.id, export.source])
    return hmac.digest(secret, b"imported row" + named.encode(), "sha256")


def take_rows(
    counter: Counter, organization: Organization, rows: Sequence[Row], now: int
) -> Iterator[Result]:
    """Seal and keep every row that is right, one result for each row, as it happens."""
    for row in rows:
        if row.problems:
            yield from (Result(row.name, problem=problem) for problem in row.problems)
        else:
            yield _take(counter, organization, row, now)


def _take(counter: Counter, organization: Organization, row: Row, now: int) -> Result:
    token = codes.decode(row.plain.token, codes.TOKEN_BYTES)
    # Asked first: stretching a PIN takes a fifth of a second, and most rows are there already.
    kept = counter.spool.compare(token, plain_digest(row.plain, counter.secret))
    if kept is not None:
        number, same = kept
        return Result(row.name, number, problem="" if same else CHANGED.format(number=number))
    # The same PIN as for a form without JavaScript: bound to the token, stored nowhere.
    pin_keys = codes.pin_keys(codes.derive_pin(counter.secret, token), organization.salt)
    try:
        report = seal_plain(row.plain, counter.form, counter.keys, counter.secret, pin_keys, now)
    except Refused as refused:
        told = "; ".join(problem.message for problem in refused.problems)
        return Result(row.name, problem=told)
    try:
        return Result(row.name, *counter.spool.accept(report, now))
    except Erased:
        return Result(row.name, problem=ERASED.format(number=codes.case_number(token)))


@dataclass(frozen=True)
class _Reader:
    """Turns records into rows."""

    export: ExportMap
    form: Form
    language: Language
    header: Sequence[str]
    token_key: bytes = field(repr=False)

    def row(self, number: int, record: Sequence[str]) -> Row:
        """One record as answers to the form, with everything that is wrong."""
        if len(record) != len(self.header):
            told = f"{len(record)} cells, but {len(self.header)} names: save it as CSV once more"
            return Row(number, PlainForm("", self.language, {}), ("\0", str(number)), (told,))
        cells = dict(zip(self.header, record, strict=True))
        sent, problems = self._sent(cells)
        answers = read_answers(self.form, sent)
        if not problems:
            problems = self._unanswered(answers)
        identity = tuple(cells[name] for name in self.export.row or self.header)
        if not any(cell.strip() for cell in identity):
            problems.append(f"nothing in {self._places(self.export.row)}, which identifies a row")
        plain = PlainForm(self._token(identity), self.language, answers)
        return Row(number, plain, identity, tuple(problems))

    def _token(self, identity: tuple[str, ...]) -> str:
        named = json.dumps(identity).encode()
        return codes.encode(hmac.digest(self.token_key, named, "sha256")[: codes.TOKEN_BYTES])

    def _sent(self, cells: dict[str, str]) -> tuple[dict[str, list[str]], list[str]]:
        """The answers of a row, as a form would send them, and what its cells do not say."""
        sent: dict[str, list[str]] = {}
        problems: list[str] = []
        for column, targets in self.export.columns.items():
            for target in targets:
                values, unknown = self._values(target, cells[column])
                if unknown:
                    told = f"says what is no answer of {target.field}: add it to choices"
                    problems.append(f"column {self._place(column)}: {told}")
                sent.setdefault(target.field, []).extend(values)
        for name in sent:
            self._join(name, sent, problems)
        for name, constants in self.export.constants.items():
            if not sent.get(name):
                sent[name] = list(constants)
        return sent, problems

    def _values(self, target: Target, cell: str) -> tuple[list[str], bool]:
        """What a cell answers, and whether some of it is unknown."""
        asked = self.form.field(target.field)
        if asked.is_text:
            text = cell.strip()
            return ([f"{target.label}: {text}" if target.label else text] if text else []), False
        known = texts_of(target, asked)
        values: list[str] = []
        unknown = False
        for text in split_cell(cell, target, known):
            if text in known:
                values += known[text]
            elif target.otherwise:
                values.append(target.otherwise)
            else:
                unknown = True
        return values, unknown

    def _join(self, name: str, sent: dict[str, list[str]], problems: list[str]) -> None:
        asked = self.form.field(name)
        values = list(dict.fromkeys(sent[name]))
        if asked.is_text and values:
            values = ["\n\n".join(values)]
        if asked.kind != "many" and len(values) > 1:
            told = f"answer {name} differently: let one of them go to ignore"
            problems.append(f"{self._places(self._columns_of(name))} {told}")
        sent[name] = values

    def _unanswered(self, answers: dict[str, str | list[str]]) -> list[str]:
        told = []
        for problem in check_answers(self.form, answers, "en"):
            columns = self._columns_of(problem.field)
            place = self._places(columns) if columns else "no column and no constant for it"
            told.append(f"{problem.field} ({place}): {problem.message}")
        return told

    def _columns_of(self, name: str) -> list[str]:
        columns = self.export.columns.items()
        return [column for column, targets in columns if name in {each.field for each in targets}]

    def _place(self, column: str) -> str:
        return letter(list(self.header).index(column))

    def _places(self, columns: Sequence[str]) -> str:
        places = ", ".join(self._place(column) for column in columns)
        return f"columns {places}" if len(columns) > 1 else f"column {places}"


def _once(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, with a problem where one is identified as another; a repeated one is left out."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        known = first.setdefault(row.identity, row)
        if known is row:
            yield row
        elif known.plain != row.plain:
            told = f"identified like row {known.number}: name more columns under row"
            yield Row(row.number, row.plain, row.identity, (*row.problems, told))


def _records(raw: bytes, export: ExportMap) -> list[list[str]]:
    text = _text(raw, export)
    delimiter: str = export.delimiter or ""
    if text.startswith("sep=") and text[5:6] in "\r\n":
        # Excel's own hint at the delimiter.
        delimiter, text = text[4], text[5:].lstrip("\r\n")
    delimiter = "\t" if delimiter == "tab" else delimiter or _likely_delimiter(text, export)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = [[_lines(cell) for cell in record] for record in reader]
    except csv.Error as error:
        raise ExportProblem(
            f"line {reader.line_num} is not CSV ({error}): save the export as CSV once more"
        ) from None
    if not records:
        raise ExportProblem("the file is empty: export it once more")
    records[0] = [" ".join(name.split()) for name in records[0]]
    return records


def _likely_delimiter(text: str, export: ExportMap) -> str:
    """The delimiter under which the first row holds most names of the map."""
    start = text[:100_000]

    def known(delimiter: str) -> int:
        first = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
        return sum(export.knows(" ".join(name.split())) for name in first)

    return max(DELIMITERS, key=known)


def _text(raw: bytes, export: ExportMap) -> str:
    encoding = "utf-16" if raw.startswith(UTF_16) else export.encoding
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        # Raised without its cause, which holds the file.
        raise ExportProblem(
            f"the file is not {encoding}: save it as CSV UTF-8, or set encoding in the map"
        ) from None


def _lines(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")
