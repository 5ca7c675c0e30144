"""The command `directory`: what it prints, what it writes and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from directory.commands import main, parser

DOCS = Path(__file__).parents[2] / "docs"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """The real data, to be changed."""
    copytree(DOCS / "data", tmp_path / "docs" / "data")
    return tmp_path / "docs"


def test_sound_data_is_counted(capsys: Captured) -> None:
    """One line, exit 0."""
    assert main(["check", "--docs", str(DOCS)]) == 0
    assert capsys.readouterr().out == "111 numbers and 107 organizations: no fault found.\n"


def test_every_fault_is_told_on_a_line_of_its_own(docs: Path, capsys: Captured) -> None:
    """Nothing goes to standard output, exit 1."""
    for name in ("hotlines.yml", "contacts.yml"):
        path = docs / "data" / name
        path.write_text(path.read_text().replace("tested: null", "tested: soon", 1))
    assert main(["check", "--docs", str(docs)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "directory: hotlines.yml: id-polisi: tested: must be a date as year-month-day, "
        "such as 2026-11-21; found 'soon'\n"
        "contacts.yml: seruni-banyumas: tested: must be a date as year-month-day, "
        "such as 2026-11-21; found 'soon'\n"
    )


def test_stale_begins_with_the_call_list(capsys: Captured) -> None:
    """KP2MI's line stands on more pages than any other number."""
    assert main(["stale", "--on", "2026-11-22", "--docs", str(DOCS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("## Daftar telepon: belum pernah diuji / To call: never tested (")
    assert lines[2].startswith("- [ ] 0800-1000 (ID) · Call centre KP2MI (`id-kp2mi-callcentre`")
    assert [line for line in lines if "seruni.seru@gmail.com" in line] == [
        "- [ ] 2013-07-03 · seruni.seru@gmail.com · Paguyuban SERUNI Banyumas (`seruni-banyumas`)"
    ]


def test_confirming_is_a_diff_of_one_fact(docs: Path, capsys: Captured) -> None:
    """One line of one file, and every other byte as it was."""
    path = docs / "data" / "hotlines.yml"
    before, others = path.read_bytes(), (docs / "data" / "contacts.yml").read_bytes()
    today = datetime.now(UTC).date().isoformat()
    asked = ["confirm", "id-kp2mi-callcentre", "--by", "call", "--on", today]
    assert main([*asked, "--docs", str(docs)]) == 0
    lines = zip(before.splitlines(True), path.read_bytes().splitlines(True), strict=True)
    changed = [(old, new) for old, new in lines if old != new]
    assert changed == [(b"  tested: null\n", f'  tested: "{today}"\n'.encode())]
    assert (docs / "data" / "contacts.yml").read_bytes() == others
    assert capsys.readouterr().out == (
        f"{path}: id-kp2mi-callcentre confirmed by call on {today}.\n"
    )


def test_an_id_of_both_files_asks_which(docs: Path, capsys: Captured) -> None:
    """Nothing is written until one is named."""
    asked = ["confirm", "tw-1955", "--by", "call", "--on", "2026-11-22", "--docs", str(docs)]
    assert main(asked) == 1
    told = "directory: tw-1955 stands in both files; name one with --list.\n"
    assert capsys.readouterr().err == told
    assert main([*asked, "--list", "contacts.yml"]) == 0


def test_an_unknown_id_is_told(docs: Path, capsys: Captured) -> None:
    """With where ids stand."""
    asked = ["confirm", "nobody", "--by", "call", "--on", "2026-11-22", "--docs", str(docs)]
    assert main(asked) == 1
    assert capsys.readouterr().err == (
        "directory: no entry has the id nobody; ids stand in hotlines.yml and contacts.yml.\n"
    )


def test_export_writes_every_format(tmp_path: Path, capsys: Captured) -> None:
    """The same input gives the same bytes."""
    for name in ("one", "two"):
        folder = str(tmp_path / name)
        assert main(["export", folder, "--on", "2026-11-22", "--docs", str(DOCS)]) == 0
    files = {
        p.relative_to(tmp_path / "one"): p.read_bytes() for p in (tmp_path / "one").rglob("*.*")
    }
    assert all((tmp_path / "two" / path).read_bytes() == content for path, content in files.items())
    assert {path.suffix for path in files} == {".json", ".csv", ".vcf"}
    assert capsys.readouterr().out.startswith(f"{len(files)} files written to {tmp_path / 'one'}.")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["confirm", "id-polisi"],
        ["confirm", "id-polisi", "--by", "rumour", "--on", "2026-11-22"],
        ["confirm", "id-polisi", "--by", "call", "--on", "yesterday"],
        ["stale", "--within", "soon"],
        ["export"],
    ],
)
def test_wrong_use_ends_with_two(arguments: list[str], capsys: Captured) -> None:
    """As every command does."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: directory" in capsys.readouterr().err


def test_help_names_every_command(capsys: Captured) -> None:
    """And what each is for."""
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for name in ("check", "stale", "confirm", "export", "poster", "card"):
        assert f"\n    {name}" in said
