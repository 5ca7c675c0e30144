"""The JSON Schemas beside the data are made from the records and kept current."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from content.schema import schemas, write

FOLDER = Path(__file__).parents[2] / "docs" / "data" / "schema"


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in (schema, *schema.get("$defs", {}).values()):
        for name, field in model.get("properties", {}).items():
            yield f"{model.get('title')}.{name}", field


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_on_disk_is_current(name: str) -> None:
    """`python -m content.schema` would write the file as it stands."""
    assert (FOLDER / name).read_text(encoding="utf-8") == schemas()[name]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_field_has_a_description_and_an_example(name: str) -> None:
    """Whoever edits the data learns from the schema what to write."""
    found = dict(fields(json.loads(schemas()[name])))
    assert found
    bare = [where for where, field in found.items() if not _explained(field)]
    assert bare == []


def test_schemas_are_written_into_the_folder(tmp_path: Path) -> None:
    """The folder is made, and the files are those that `schemas` returns."""
    write(tmp_path / "new")
    assert {path.name: path.read_text() for path in (tmp_path / "new").iterdir()} == schemas()


def _explained(field: dict[str, Any]) -> bool:
    return bool(field.get("description")) and bool(field.get("examples"))
