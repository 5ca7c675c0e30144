"""Read one YAML data file into records, or say everything that is wrong with it at once.

Bad input of any sort (no such file, broken YAML, a wrong type, an unknown or missing field,
a key or an id that stands twice) raises DataProblems; nothing is skipped, guessed or converted.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Record = TypeVar("Record", bound=BaseModel)

CONFLICTS = "conflicts"
"""Error type of a rule between fields; its context holds `problems`: pairs of field, sentence."""


class Problem(NamedTuple):
    """One thing wrong in one data file, and how to mend it."""

    file: str
    entry: str
    field: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.field}: {self.advice}"


class DataProblems(Exception):
    """Everything that is wrong with the data read, one `file: entry: field: advice` a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_yaml(path: Path) -> Any:
    """Return the file's content as YAML 1.1 reads it, lists as tuples.

    Raises DataProblems for a file that cannot be read, broken YAML, or a key that stands twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return _tuples(yaml.load(text, _NoDuplicateKeys))  # noqa: S506 - it is a SafeLoader
    except OSError as error:
        advice = f"cannot be read ({error.strerror}); put the file there"
        raise DataProblems([Problem(path.name, "whole file", "file", advice)]) from error
    except yaml.MarkedYAMLError as error:
        raise DataProblems([_broken_yaml(path, error)]) from error


def read_records(path: Path, entries: Any, model: type[Record], key: str) -> tuple[Record, ...]:
    """Turn a file's list of entries into records of `model`, each named by its field `key`.

    Raises DataProblems with every problem of every entry, duplicate keys included.
    """
    if not isinstance(entries, tuple):
        advice = "must be a list; begin each entry with a hyphen"
        raise DataProblems([Problem(path.name, "whole file", "file", advice)])
    records: list[Record] = []
    problems: list[Problem] = []
    for position, entry in enumerate(entries, start=1):
        try:
            records.append(model.model_validate(entry))
        except ValidationError as error:
            name = _name(entry, key, position)
            problems += [Problem(path.name, name, *told) for told in _told(error)]
    problems += duplicates(path.name, key, [_name(e, key, n) for n, e in enumerate(entries, 1)])
    if problems:
        raise DataProblems(problems)
    return tuple(records)


def duplicates(file: str, key: str, names: Iterable[str]) -> list[Problem]:
    """Return one problem for each name that stands more than once."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        if name in seen:
            again[name] = None
        seen.add(name)
    advice = "stands more than once; give each entry its own"
    return [Problem(file, name, key, advice) for name in again]


class _NoDuplicateKeys(yaml.CSafeLoader):
    """The safe loader, but a key that stands twice is an error: else the last one would win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                problem = f"'{key}' stands twice in one entry; keep one"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _broken_yaml(path: Path, error: yaml.MarkedYAMLError) -> Problem:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    advice = error.problem or "is not YAML"
    if not isinstance(error, yaml.constructor.ConstructorError):
        advice += "; mend the YAML at this line"
    return Problem(path.name, "whole file", f"line {line}", advice)


def _tuples(value: Any) -> Any:
    # Records are frozen and strict: they take tuples, and YAML makes lists.
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _name(entry: Any, key: str, position: int) -> str:
    named = entry.get(key) if isinstance(entry, Mapping) else None
    return named if isinstance(named, str) and named else f"entry {position}"


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    for detail in error.errors(include_url=False):
        if detail["type"] == CONFLICTS:
            yield from detail["ctx"]["problems"]
        elif detail["type"] != "too_short" or not detail["input"]:
            # pydantic also calls a list too short when it only holds broken items.
            yield _field(detail), _advice(detail)


def _field(detail: ErrorDetails) -> str:
    steps = list(detail["loc"])
    # A channel's location names its kind after its place in the list; readers need the place only.
    for place, step in enumerate(steps[:-1]):
        if isinstance(step, int) and steps[place - 1] == "channels":
            del steps[place + 1]
            break
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in steps) or "entry"


def _advice(detail: ErrorDetails) -> str:
    kind, found = detail["type"], detail["input"]
    if kind == "string_type":
        return _not_text(found)
    if kind in ("literal_error", "union_tag_invalid"):
        context = detail["ctx"]
        allowed = context.get("expected") or context["expected_tags"]
        return f"must be one of {allowed}; found {context.get('tag', found)!r}"
    return _ADVICE.get(kind, detail["msg"])


_ADVICE = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a known field; correct its spelling or remove it",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": "must be a list; begin each item with a hyphen",
    "model_type": "must hold fields, each with a name and a value",
    "model_attributes_type": "must hold fields, each with a name and a value",
    "union_tag_not_found": "has no kind; add kind",
    "string_too_short": "is empty; write it",
    "too_short": "is an empty list; add one or more items",
}


def _not_text(found: Any) -> str:
    if found is None:
        return "is empty; write a text"
    if isinstance(found, (bool, int, float, date)):
        return f"is read as {found} because it has no quotes; put it in quotes"
    return "must be a text, not a list or fields"
