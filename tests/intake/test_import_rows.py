"""`intake import --csv`: exports of form services, row by row."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import codes, commands, import_rows
from intake.export_map import (
    ExportMap,
    MapProblem,
    Target,
    folded,
    letter,
    load_map,
    split_cell,
    texts_of,
)
from intake.form import Form
from intake.import_rows import ExportProblem, read_rows
from intake.sealing import open_sealed
from intake.spool import Report, Spool, State
from workplace import Workplace, coordinator, set_up, the_form

HERE = Path(__file__).parent
SAMPLE, SAMPLE_MAP = HERE / "export-google.csv", HERE / "export-google.yml"
CANARY = "kanari-3wz1-sel"
KEY = bytes(32)
FAST = codes.PinKeys(verifier="A" * 43, answer_key="E" * 43)

SMALL: dict[str, Any] = {
    "source": "contoh",
    "row": ["No"],
    "constants": {"who": "me", "country": "MY", "regency": "33.02", "contact": "i-come-back"},
    "columns": {
        "Aman?": {"field": "safe"},
        "Masalah": {"field": "problem", "separator": ";"},
        "Di mana?": {"field": "stage"},
        "Cerita": {"field": "story"},
    },
}
NAMES = ["No", "Aman?", "Masalah", "Di mana?", "Cerita"]
GOOD = ["1", "Ya", "Hilang kontak;Ingin pulang", "Di luar negeri", "rekaan"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A workplace in the environment, whose PINs are stretched at once."""
    folder = tmp_path / "place"
    folder.mkdir()
    place = set_up(folder)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    monkeypatch.setattr(codes, "pin_keys", lambda _pin, _salt: FAST)
    return place


def run(csv_file: Path, map_file: Path, *arguments: str) -> int:
    return commands.main(["import", "--csv", str(csv_file), "--map", str(map_file), *arguments])


def export_map(**changes: Any) -> ExportMap:
    """The small map of this file, with these changes."""
    return ExportMap.model_validate(SMALL | changes)


def as_csv(*records: list[str], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    """These records under the names of the small map."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([NAMES, *records])  # type: ignore[arg-type]
    return text.getvalue().encode()


def rows(raw: bytes, export: ExportMap | None = None) -> list[import_rows.Row]:
    return read_rows(raw, export or export_map(), the_form(), "id", KEY)


def kept(place: Workplace) -> list[Report]:
    """What stands in the spool."""
    found = []
    with closing(Spool(place.settings.database)) as spool:
        while report := spool.due(2_000_000_000):
            found.append(report)
            spool.move(report.case_number, State.VERIFIED, 0)
        for report in found:
            spool.move(report.case_number, State.WAITING, 0)
    return found


def opened(report: Report) -> dict[str, Any]:
    """What a key holder reads."""
    content: dict[str, Any] = json.loads(open_sealed(report.sealed, coordinator().key))
    return content


# The sample


def test_the_sample_is_taken_row_by_row(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each row becomes a case with its answers sealed; the second time each is there already."""
    assert run(SAMPLE, SAMPLE_MAP) == 0
    out = capsys.readouterr().out
    assert [line.split("  ")[1:] for line in out.splitlines()[:3]] == [
        ["new", f"row {number}"] for number in (2, 3, 4)
    ]
    first, second, third = (opened(report) for report in kept(place))
    assert first["answers"] == {
        "door": "volunteer",
        "came-by": "other",
        "agreed": "nobody",
        "who": "child",
        "safe": "unknown",
        "problem": ["lost-contact", "unpaid-wages"],
        "story": "Masalah menurut formulir: Hilang kontak;Gaji tidak dibayar, atau dipotong"
        "\n\nCerita rekaan satu.\nBaris kedua.",
        "agency": "PT Contoh Rekaan",
        "stage": "abroad",
        "country": "HK",
        "regency": "33.02",
        "contact": "may-contact",
        "reach": "+447700900011",
    }
    assert first["facts"]["urgency"] == "yellow"
    assert second["answers"]["contact"] == "i-come-back"
    assert "reach" not in second["answers"]
    assert third["answers"]["problem"] == ["unknown"]
    assert run(SAMPLE, SAMPLE_MAP) == 0
    assert "0 new, 3 already there, 0 not taken" in capsys.readouterr().out
    assert len(kept(place)) == 3


def test_a_longer_export_adds_its_new_rows(
    place: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export that has grown, in another order, brings only what is new."""
    map_file, file = tmp_path / "map.yml", tmp_path / "ekspor.csv"
    map_file.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    file.write_bytes(as_csv(GOOD, ["2", *GOOD[1:]]))
    assert run(file, map_file) == 0
    file.write_bytes(as_csv(["3", *GOOD[1:]], ["2", *GOOD[1:]], GOOD))
    assert run(file, map_file) == 0
    assert "1 new, 2 already there, 0 not taken" in capsys.readouterr().out
    assert len(kept(place)) == 3


def test_a_changed_row_is_told_and_not_taken_twice(
    place: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The case keeps what was imported first; its number is told."""
    map_file, file = tmp_path / "map.yml", tmp_path / "ekspor.csv"
    map_file.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    file.write_bytes(as_csv(GOOD))
    assert run(file, map_file) == 0
    [report] = kept(place)
    file.write_bytes(as_csv([*GOOD[:4], f"diubah {CANARY}"]))
    assert run(file, map_file) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"row 2: changed since it was taken as {report.case_number}")
    assert CANARY not in told
    assert len(kept(place)) == 1


def test_with_a_wrong_row_nothing_is_taken_unless_asked(
    place: Workplace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` and a plain run tell every problem; `--good-rows` takes the others."""
    map_file, file = tmp_path / "map.yml", tmp_path / "ekspor.csv"
    map_file.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    file.write_bytes(as_csv(GOOD, ["2", CANARY, CANARY, "", CANARY], ["3", *GOOD[1:]]))
    problems = [
        "row 3: column B: says what is no answer of safe: add it to choices",
        "row 3: column C: says what is no answer of problem: add it to choices",
    ]
    for arguments in (["--check"], []):
        assert run(file, map_file, *arguments) == 1
        told = capsys.readouterr()
        assert told.err.splitlines() == problems
        assert "2 rows are right, 1 are not; nothing was taken" in told.out
        assert kept(place) == []
    assert run(file, map_file, "--good-rows") == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == problems
    assert len(kept(place)) == 2
    assert CANARY not in told.out + told.err


def test_a_check_keeps_nothing(place: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """A map that fits is told so, and no database appears."""
    assert run(SAMPLE, SAMPLE_MAP, "--check") == 0
    assert "3 rows are right, 0 are not; nothing was taken" in capsys.readouterr().out
    assert not place.database.exists()


def test_an_imported_row_has_the_pin_of_a_form_without_javascript(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its verifier comes from the PIN that the receiver derives of its token, stretched once."""
    derived: list[str] = []

    def stretch(pin: str, salt: bytes) -> codes.PinKeys:
        assert salt == place.settings.load_organization().salt
        derived.append(pin)
        return FAST

    monkeypatch.setattr(codes, "pin_keys", stretch)
    assert run(SAMPLE, SAMPLE_MAP) == 0
    assert run(SAMPLE, SAMPLE_MAP) == 0
    secret = place.settings.load_secret()
    tokens = [codes.decode(opened(report)["token"], 16) for report in kept(place)]
    assert derived == [codes.derive_pin(secret, token) for token in tokens]


def test_tokens_differ_by_organization_secret_source_and_row(place: Workplace) -> None:
    """The same row under another source or team is another case."""
    organization = place.settings.load_organization()
    keys = {
        import_rows.token_key(bytes(32), organization, export_map()),
        import_rows.token_key(bytes(31) + b"1", organization, export_map()),
        import_rows.token_key(bytes(32), organization, export_map(source="lain")),
        import_rows.token_key(
            bytes(32), organization.model_copy(update={"id": "tim-lain"}), export_map()
        ),
    }
    assert len(keys) == 4
    one, two = rows(as_csv(GOOD, ["2", *GOOD[1:]]))
    assert one.plain.token != two.plain.token


# What form services write


@pytest.mark.parametrize(
    "written",
    [
        lambda: as_csv(GOOD),
        lambda: b"\xef\xbb\xbf" + as_csv(GOOD),  # Excel's "CSV UTF-8", Jotform
        lambda: as_csv(GOOD, delimiter=";"),  # Excel in Indonesia
        lambda: as_csv(GOOD, delimiter=";", quoting=csv.QUOTE_ALL),  # KoboToolbox
        lambda: b"sep=;\r\n" + as_csv(GOOD, delimiter=";"),
        lambda: as_csv(GOOD, delimiter="\t").decode().encode("utf-16"),  # "Unicode text"
        lambda: as_csv(GOOD, ["", "", "", "", " "]),  # an empty row at the end
        lambda: as_csv(["1", "YA ", "ingin pulang ; hilang  kontak;", *GOOD[3:]]),  # Forms' last ;
        lambda: as_csv([GOOD[0], "yes", "wants-to-go-home;lost-contact", "abroad", "rekaan"]),
    ],
)
def test_each_shape_gives_the_same_answers(written: Callable[[], bytes]) -> None:
    """Marks of encoding, delimiters, quoting, capitals and spaces make no difference."""
    [row] = rows(written())
    assert row.problems == ()
    assert row.plain.answers == {
        "who": "me",
        "safe": "yes",
        "problem": ["lost-contact", "wants-to-go-home"],
        "stage": "abroad",
        "country": "MY",
        "regency": "33.02",
        "contact": "i-come-back",
        "story": "rekaan",
    }


def test_one_column_for_each_choice_is_joined() -> None:
    """KoboToolbox writes 1, 0 or nothing under `question/choice`."""
    yes_no = {"1": "lost-contact", "0": ""}
    columns = SMALL["columns"] | {
        "m/hilang": {"field": "problem", "choices": yes_no},
        "m/pulang": {"field": "problem", "choices": yes_no | {"1": "wants-to-go-home"}},
    }
    del columns["Masalah"]
    export = export_map(columns=columns, ignore=["_*"])
    raw = (
        b'"No";"Aman?";"Di mana?";"Cerita";"m/hilang";"m/pulang";"_uuid"\n'
        b'"1";"Ya";"Di luar negeri";"";"1";"1";"x"\n'
        b'"2";"Ya";"Di luar negeri";"";"0";"1";"x"\n'
    )
    both, one = rows(raw, export)
    assert both.plain.answers["problem"] == ["lost-contact", "wants-to-go-home"]
    assert one.plain.answers["problem"] == ["wants-to-go-home"]


@pytest.mark.parametrize("separator", [";", ", ", "\n", " ", " | "])
@settings(deadline=None)
@given(data=st.data())
def test_several_answers_come_apart_whatever_stands_in_them(separator: str, data: Any) -> None:
    """Google joins with `;` or `, `, Jotform with line breaks, KoboToolbox with spaces."""
    field = the_form().field("problem")
    target = Target(field="problem", separator=separator)
    known = texts_of(target, field)
    labels = st.sampled_from([choice.label["id"] for choice in field.choices])
    chosen = data.draw(st.lists(labels, unique=True, max_size=6))
    trailing = data.draw(st.sampled_from(["", separator]))
    parts = split_cell(separator.join(chosen) + trailing, target, known)
    assert parts == [folded(label) for label in chosen]


@settings(deadline=None)
@given(cell=st.text(max_size=60), separator=st.sampled_from([";", ", ", "\n", " ", "||"]))
def test_no_cell_stops_the_splitting(cell: str, separator: str) -> None:
    """Whatever a person typed under "Other" comes out as some text."""
    target = Target(field="problem", separator=separator)
    split_cell(cell, target, texts_of(target, the_form().field("problem")))


# What is wrong with a row


@pytest.mark.parametrize(
    ("changes", "record", "problem"),
    [
        ({}, ["", *GOOD[1:]], "nothing in column A, which identifies a row"),
        ({}, [GOOD[0], "", *GOOD[2:]], "safe (column B): Answer this question."),
        ({}, [*GOOD[:4], "a" * 6001], "story (column E): Too long."),
        ({}, GOOD[:4], "4 cells, but 5 names: save it as CSV once more"),
        (
            {"constants": {"who": "me", "regency": "33.02", "contact": "i-come-back"}},
            GOOD,
            "country (no column and no constant for it): Answer this question.",
        ),
        (
            {"columns": SMALL["columns"] | {"Cerita": {"field": "stage", "otherwise": "unknown"}}},
            GOOD,
            "columns D, E answer stage differently: let one of them go to ignore",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_its_place(
    changes: dict[str, Any], record: list[str], problem: str
) -> None:
    """Column letters are those of a spreadsheet."""
    [row] = rows(as_csv(record), export_map(**changes))
    assert len(row.problems) == 1
    assert row.problems[0].startswith(problem)
    assert row.number == 2


def test_rows_identified_alike_are_told_and_repeated_ones_are_one() -> None:
    """Two people under one number would become one case."""
    one, other = rows(as_csv(GOOD, GOOD, [*GOOD[:4], "orang lain"]))
    assert one.problems == ()
    assert other.problems == ("identified like row 2: name more columns under row",)


def test_without_row_the_whole_row_identifies(form: Form) -> None:
    """Where a service gives no number, every cell counts."""
    whole = export_map(row=[], ignore=["No"])
    one, two = read_rows(as_csv(GOOD, [*GOOD[:4], "lain"]), whole, form, "id", KEY)
    assert one.plain.token != two.plain.token


# What is wrong with a file or a map


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "the file is empty"),
        (as_csv(GOOD).replace(b"rekaan", b"\xe9"), "the file is not utf-8: save it as CSV UTF-8"),
        (as_csv(GOOD) + b'"a"b,c\n', "line 3 is not CSV"),
        (
            as_csv(GOOD).replace(b"Aman?", b"Selamat?"),
            "column 'Aman?' of the map is not in the file: copy its name from the first row\n"
            "column B is not in the map: put its name under columns or ignore",
        ),
        (as_csv(GOOD).replace(b"Cerita", b"Masalah"), "columns C and E have the same name"),
        (f"{CANARY},Ya\n".encode(), "column A is not in the map"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_at_once(raw: bytes, told: str) -> None:
    """Columns that the map does not know are told by place: a first row may hold a person."""
    with pytest.raises(ExportProblem) as caught:
        rows(raw)
    assert told in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source": "Google 2026"}, ["source: String should match pattern"]),
        ({"kolom": {}}, ["kolom: Extra inputs are not permitted"]),
        (
            {"columns": {"A": {"field": "cerita"}, "B": {"field": "safe", "separator": ";"}}},
            ["columns.A: there is no field cerita; there are ", "columns.B: safe takes one answer"],
        ),
        (
            {"columns": {"A": {"field": "safe", "choices": {"Ya": "ya"}, "otherwise": "mungkin"}}},
            [
                "columns.A: mungkin is no answer of safe; there are no, unknown, yes",
                "columns.A: ya",
            ],
        ),
        ({"columns": {"A": {"field": "story", "separator": ";"}}}, ["columns.A: story is a text"]),
        ({"columns": {"A": {"field": "safe", "label": "x"}}}, ["columns.A: safe is no text"]),
        (
            {"constants": {"negara": "MY", "country": "Malaysia", "safe": ["yes", "no"]}},
            [
                "constants: there is no field negara",
                "constants.country: Malaysia is no answer; there are ",
                "constants.safe: takes one answer only",
            ],
        ),
    ],
)
def test_every_problem_of_a_map_is_told_at_once(
    tmp_path: Path, form: Form, changes: dict[str, Any], told: list[str]
) -> None:
    """One line each, with the place in the map and what there is instead."""
    file = tmp_path / "map.yml"
    file.write_text(yaml.safe_dump(SMALL | changes, sort_keys=False), encoding="utf-8")
    with pytest.raises(MapProblem) as caught:
        load_map(file, form)
    lines = str(caught.value).splitlines()
    for line, each in zip(lines, told, strict=True):
        assert line.startswith(f"{file}: {each}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source: [", "is not YAML"),
        ("source: a\nsource: b\n", "line 2: this key stands there twice"),
        ("", "Input should be a valid dictionary"),
    ],
)
def test_a_file_that_is_no_map_says_so(tmp_path: Path, form: Form, text: str, told: str) -> None:
    """Broken YAML, a column mapped twice, nothing at all."""
    file = tmp_path / "map.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MapProblem, match=told):
        load_map(file, form)


def test_no_and_0_stay_what_they_are(tmp_path: Path, form: Form) -> None:
    """YAML would read them as false and as a number."""
    file = tmp_path / "map.yml"
    file.write_text(
        "source: a\ncolumns:\n  x: {field: safe, choices: {No: no, 0: no, Yes: yes, -: ''}}\n",
        encoding="utf-8",
    )
    [target] = load_map(file, form).columns["x"]
    assert target.choices == {"No": ("no",), "0": ("no",), "Yes": ("yes",), "-": ("",)}


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_columns_are_named_as_in_a_spreadsheet(place: int, name: str) -> None:
    """So that somebody finds them."""
    assert letter(place) == name


@pytest.mark.parametrize(
    "arguments",
    [
        ["--csv", "a.csv"],
        ["--map", "a.yml", "b.txt"],
        ["a.txt", "--csv", "a.csv", "--map", "a.yml"],
        ["a.txt", "--check"],
        ["a.txt", "--good-rows"],
    ],
)
def test_what_does_not_go_together_is_wrong_use(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 2 and says why."""
    with pytest.raises(SystemExit) as caught:
        commands.main(["import", *arguments])
    assert caught.value.code == 2
    assert "intake import: error:" in capsys.readouterr().err


def test_no_cell_reaches_output_log_repr_or_spool(
    place: Workplace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A canary in every cell that takes one, in right rows and wrong ones."""
    caplog.set_level(logging.DEBUG)
    map_file, file = tmp_path / "map.yml", tmp_path / "ekspor.csv"
    map_file.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    file.write_bytes(
        as_csv(
            [f"1{CANARY}", *GOOD[1:4], CANARY],
            [CANARY, CANARY, CANARY, CANARY, CANARY * 600],
            [f"3{CANARY}", *GOOD[1:4], "\N{PILE OF POO}" * 6000],
            [CANARY],
        )
    )
    run(file, map_file, "--good-rows")
    run(file, map_file, "--check")
    told = "".join(capsys.readouterr()) + caplog.text
    told += repr(rows(file.read_bytes()))
    assert CANARY not in told
    for path in place.folder.rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()
    assert any(CANARY in opened(report)["answers"]["story"] for report in kept(place))
