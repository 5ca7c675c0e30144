"""The map from an export of a form service to the fields of our form (MAP.yml).

It names for each column the field that it answers, and for choices the texts and the codes they
stand for. Nothing here names a field of our form: what is possible comes from the form's
definition. A map that cannot be used raises `MapProblem` with every wrong place and its cure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from intake.form import LANGUAGES, Form, FormField
from intake.organization import explain

MAP_HELP = """\
MAP.yml:
  source: google-2026          a name for this export; permanent, part of each row's identity
  row: [Timestamp, "No. HP"]   the columns that tell one row from the others; without it, all
  constants: {country: HK}     what a field holds where a row says nothing
  columns:
    "Cerita": {field: story}
    "Nama PT": {field: story, label: "Nama PT"}      several columns go into one text
    "Masalah":
      field: problem
      separator: ";"                                 for questions with several answers
      choices: {"Gaji belum dibayar": unpaid-wages, "Lain-lain": [unknown], "Tidak": ""}
      otherwise: unknown                             for a text that stands nowhere else
    "masalah/gaji": [{field: problem, choices: {"1": unpaid-wages, "0": ""}}]
  ignore: ["Email *", "_*"]    columns left out on purpose; * stands for anything
  delimiter: ";"               , or ; or tab; found by itself where it is left out
  encoding: utf-8              or cp1252 for an older Excel; UTF-16 is seen by itself
The form's own labels, in both languages, and its codes are known without choices.
Write country: HK with its ISO code and a regency with its official code.
"""


class MapProblem(Exception):
    """The map cannot be used; the message names each wrong place and its cure."""


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _spaced(name: object) -> object:
    return " ".join(name.split()) if isinstance(name, str) else name


Several = Annotated[tuple[str, ...], BeforeValidator(_several)]
# A question of more than one line is a name of more than one line in some exports.
Column = Annotated[str, BeforeValidator(_spaced)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Record):
    """One field that a column answers."""

    field: str = Field(description="Id of the field in form.yml", examples=["problem"])
    choices: dict[str, Several] = Field(
        default={},
        description="Texts in the cells and the codes they stand for; an empty one for no answer",
        examples=[{"Ya": ["yes"]}],
    )
    separator: str | None = Field(
        default=None,
        min_length=1,
        description="What stands between several answers in a cell",
        examples=[";"],
    )
    otherwise: str | None = Field(
        default=None, description="Code for a text that is not listed", examples=["unknown"]
    )
    label: str | None = Field(
        default=None,
        description="Words put before the cell in a text that several columns fill",
        examples=["Nama PT"],
    )


class ExportMap(_Record):
    """How one export becomes reports."""

    source: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        description="Permanent name of this export, in small letters",
        examples=["google-2026"],
    )
    row: tuple[Column, ...] = Field(
        default=(),
        description="Columns that tell one row from the others; none: the whole row",
        examples=[["Timestamp"]],
    )
    constants: dict[str, Several] = Field(
        default={},
        description="What a field holds where a row says nothing",
        examples=[{"country": ["HK"]}],
    )
    columns: dict[Column, Annotated[tuple[Target, ...], BeforeValidator(_several)]] = Field(
        min_length=1,
        description="For each column the fields that it answers",
        examples=[{"Cerita": [{"field": "story"}]}],
    )
    ignore: tuple[Column, ...] = Field(
        default=(), description="Columns left out; * stands for anything", examples=[["_*"]]
    )
    delimiter: Literal[",", ";", "\t", "tab"] | None = Field(
        default=None, description="What stands between cells", examples=[";"]
    )
    encoding: Literal["utf-8", "cp1252"] = Field(
        default="utf-8", description="Encoding of the file", examples=["utf-8"]
    )

    def knows(self, column: str) -> bool:
        """Whether the map says something about that column."""
        named = column in self.columns or column in self.row
        return named or any(fnmatchcase(column, pattern) for pattern in self.ignore)


class _Loader(yaml.BaseLoader):
    """Everything is text, so that `No` and `0` stay what they are; no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise MapProblem(f"line {key.start_mark.line + 1}: this key stands there twice")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load_map(path: Path, form: Form) -> ExportMap:
    """Read a map and compare it with the form; raises `MapProblem`."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - text only
        found = ExportMap.model_validate(raw)
    except MapProblem as problem:
        raise MapProblem(f"{path}: {problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MapProblem(f"{path} is not YAML in UTF-8: {error}") from None
    except ValidationError as error:
        raise MapProblem("\n".join(f"{path}: {line}" for line in explain(error))) from None
    if wrong := [*_wrong_targets(found, form), *_wrong_constants(found, form)]:
        raise MapProblem("\n".join(f"{path}: {line}" for line in wrong))
    return found


def texts_of(target: Target, field: FormField) -> dict[str, tuple[str, ...]]:
    """What a cell may say and the codes that it stands for: the map's words before the form's."""
    known: dict[str, tuple[str, ...]] = {}
    for choice in field.choices:
        for text in (choice.id, *(choice.label[language] for language in LANGUAGES)):
            known.setdefault(folded(text), (choice.id,))
    mapped = {folded(text): tuple(filter(None, codes)) for text, codes in target.choices.items()}
    return known | mapped


def folded(text: str) -> str:
    """A text as it is compared: without capitals, and with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _wrong_targets(found: ExportMap, form: Form) -> Iterator[str]:
    fields = {field.id: field for field in form.fields}
    for column, targets in found.columns.items():
        for target in targets:
            where = f"columns.{column}"
            if target.field not in fields:
                yield f"{where}: there is no field {target.field}; {_named(fields)}"
            else:
                yield from _wrong_target(where, target, fields[target.field])


def _wrong_target(where: str, target: Target, field: FormField) -> Iterator[str]:
    if field.is_text and (target.choices or target.separator or target.otherwise):
        yield f"{where}: {field.id} is a text; take choices, separator and otherwise out"
        return
    if not field.is_text and target.label:
        yield f"{where}: {field.id} is no text; take label out"
    if target.separator and field.kind != "many":
        yield f"{where}: {field.id} takes one answer; take separator out"
    codes = {code for listed in target.choices.values() for code in listed if code}
    codes |= {target.otherwise} if target.otherwise else set()
    for code in sorted(codes - field.codes):
        yield f"{where}: {code} is no answer of {field.id}; {_named(field.codes)}"


def _wrong_constants(found: ExportMap, form: Form) -> Iterator[str]:
    fields = {field.id: field for field in form.fields}
    for name, values in found.constants.items():
        if name not in fields:
            yield f"constants: there is no field {name}; {_named(fields)}"
            continue
        field = fields[name]
        if len(values) > 1 and field.kind != "many":
            yield f"constants.{name}: takes one answer only"
        if not field.is_text:
            for code in sorted(set(values) - field.codes):
                yield f"constants.{name}: {code} is no answer; {_named(field.codes)}"


def wrong_columns(found: ExportMap, header: Sequence[str]) -> list[str]:
    """What is wrong between a map and the first row of a file, all at once.

    A column that the map does not know is told by its place: a file without a first row of
    names would have people's words there.
    """
    wanted = dict.fromkeys([*found.row, *found.columns])
    missing = [
        f"column {name!r} of the map is not in the file: copy its name from the first row"
        for name in wanted
        if name not in header
    ]
    twice = [
        f"columns {letter(header.index(name))} and {letter(place)} have the same name: rename one"
        for place, name in enumerate(header)
        if header.index(name) < place and found.knows(name)
    ]
    unknown = [
        f"column {letter(place)} is not in the map: put its name under columns or ignore"
        for place, name in enumerate(header)
        if not found.knows(name)
    ]
    return [*missing, *twice, *unknown]


def letter(place: int) -> str:
    """A column as spreadsheets call it: A, B, ... Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _named(codes: Mapping[str, object] | frozenset[str]) -> str:
    listed = sorted(codes)
    some = ", ".join(listed[:12])
    return f"there are {some}" + (" and more" if len(listed) > 12 else "")


def split_cell(cell: str, target: Target, known: Mapping[str, object]) -> list[str]:
    """The answers in a cell, folded. Known texts are taken whole, separators inside them too."""
    if target.separator is None:
        return [folded(cell)] if folded(cell) else []
    if "\n" in target.separator:
        return [folded(line) for line in cell.split("\n") if folded(line)]
    mark = target.separator.strip() or " "
    texts = sorted(filter(None, known), key=len, reverse=True)
    alternatives = "|".join(re.escape(text) for text in texts)
    one = re.compile(rf"\s*({alternatives}|[^{re.escape(mark[0])}]*)\s*(?:{re.escape(mark)}|\Z)")
    rest = folded(cell)
    found: list[str] = []
    while rest:
        match = one.match(rest)
        if match is None or not match.end():
            return [*found, rest]
        found.append(match[1].strip())
        rest = rest[match.end() :]
    return [text for text in found if text]
