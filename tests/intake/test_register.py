"""The register leaves as files and comes back whole; what is sealed stays sealed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from filed_cases import add_text, case, file
from github_stand_in import ANSWER_LOST, TOKEN, Fault, GitHubStandIn
from intake import register
from intake.register import Dates, Register, read_files, read_tracker, write_files
from intake.register_import import Importer, follow_numbers
from intake.sealing import find_sealed, open_sealed
from intake.spool import NewReport, Spool, State
from intake.tracker import (
    GitHubLogin,
    Misconfigured,
    Tracker,
    TrackerUnavailable,
    letter_line,
    marker_line,
)
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from test_canary import CANARY, is_in
from workplace import NOW, Workplace, coordinator, run_intake, set_up

FORMULA = "=HYPERLINK(0)"
DATES = Dates(received_at=NOW - 900, closed_at=None, statuses=(("received", NOW - 900),))


@pytest.fixture
def tracker(tmp_path: Path) -> FolderTracker:
    """Three cases: one with an addition, an answer and a command, one closed, one plain."""
    made = FolderTracker(tmp_path / "old")
    for place in range(3):
        file(made, place, story=f"Cerita {CANARY}", agency=CANARY)
    add_text(made, 1, 0, f"Tambahan {CANARY}")
    made.comment(1, f"{letter_line('withdrawn', case(0), str(NOW))}\n\nOrang ini menarik.\n")
    write_by_hand(made, tmp_path / "old", 0, "/dibaca\n")
    made.set_label(2, FORMULA)
    made.set_label(2, "tim: banyumas")
    made.set_state(2, "closed")
    return made


def write_by_hand(tracker: FolderTracker, folder: Path, place: int, text: str) -> None:
    """A comment that a person wrote at the tracker."""
    below = folder / case(place)
    below.mkdir(exist_ok=True)
    number = len(tracker.comments(place + 1)) + 1
    (below / f"{number:04}.md").write_text(text, encoding="utf-8")


def exported(tracker: Tracker, dates: dict[str, Dates] | None = None) -> Register:
    """What an export holds."""
    return read_tracker(tracker, dates or {}, NOW)[0]


def without_numbers(found: Register) -> list[object]:
    """The cases as they are, whatever numbers their issues have."""
    cases = sorted(found.cases, key=lambda case: case.case_number)
    return [case.model_dump(exclude={"number"}) for case in cases]


def importer(tracker: Tracker, folder: Path) -> Importer:
    """One that never waits in earnest; how long it would have is in `waits`."""
    folder.mkdir(exist_ok=True)
    return Importer(tracker, 120, folder / ".importing", lambda: NOW, waits.append)


waits: list[float] = []


@pytest.fixture(autouse=True)
def _no_waits() -> None:
    waits.clear()


@pytest.fixture
def github(stand_in: GitHubStandIn) -> GitHubTracker:
    """Another tracker: an empty private repository."""
    return GitHubTracker("aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url), pace=0)


def test_round_trip_keeps_everything_but_numbers(
    tracker: FolderTracker, github: GitHubTracker, tmp_path: Path
) -> None:
    """Folder, files, GitHub, files, folder: facts, dates, labels, state, markers, comments."""
    dates = {case(place): DATES for place in range(3)}
    first = exported(tracker, dates)
    write_files(first, tmp_path / "out")
    assert read_files(tmp_path / "out") == first
    filed = list(importer(github, tmp_path / "out").take(first))
    assert [one.fresh for one in filed] == [True] * 3
    second = exported(github)
    assert without_numbers(second) == without_numbers(first)
    back = FolderTracker(tmp_path / "back")
    list(importer(back, tmp_path / "out").take(second))
    assert without_numbers(exported(back)) == without_numbers(first)


def test_imported_case_opens_and_its_marker_is_found(
    tracker: FolderTracker, github: GitHubTracker, tmp_path: Path
) -> None:
    """The key opens it there; delivery and purge find it by its marker; no command runs twice."""
    list(importer(github, tmp_path).take(exported(tracker)))
    number = github.find(marker_line(case(0)))
    assert number is not None
    content = open_sealed(find_sealed(github.read(number).body), coordinator().key)
    assert CANARY in json.loads(content)["answers"]["story"]
    below = [comment.body for comment in github.comments(number)]
    assert not any(register.COMMAND.fullmatch(body.strip()) for body in below)
    assert below[0].startswith(letter_line("addition", case(0), "1a2b3c4d"))
    assert letter_line("withdrawn", case(0), str(NOW)) in below[1]


def test_second_import_changes_nothing(
    tracker: FolderTracker, github: GitHubTracker, stand_in: GitHubStandIn, tmp_path: Path
) -> None:
    """What is there already is left as it is, also after the team went on with it."""
    found = exported(tracker)
    list(importer(github, tmp_path).take(found))
    github.set_label(1, "status: selesai")
    stand_in.requests.clear()
    again = list(importer(github, tmp_path).take(found))
    assert [one.fresh for one in again] == [False] * 3
    assert {sent.method for sent in stand_in.requests} == {"GET"}


@pytest.mark.parametrize("at", range(1, 11))
def test_import_broken_off_anywhere_goes_on(
    tracker: FolderTracker, github: GitHubTracker, stand_in: GitHubStandIn, tmp_path: Path, at: int
) -> None:
    """Whichever write fails, the next run files what is missing: every case once, in full."""
    first = exported(tracker)
    writes = 0
    real = github._requester.requestJson

    def failing(verb: str, *rest: object) -> object:
        nonlocal writes
        writes += verb != "GET"
        if verb != "GET" and writes == at:
            stand_in.faults.append(Fault(503, method=verb, body="{}"))
        return real(verb, *rest)  # type: ignore[arg-type]

    github._requester.requestJson = failing  # type: ignore[method-assign,assignment]
    for _ in range(2):
        try:
            list(importer(github, tmp_path).take(first))
        except TrackerUnavailable:
            continue
        break
    assert without_numbers(exported(github)) == without_numbers(first)
    assert len(stand_in.issues) == 3


def test_lost_answer_files_nothing_twice(
    tracker: FolderTracker, github: GitHubTracker, stand_in: GitHubStandIn, tmp_path: Path
) -> None:
    """Filed, but the answer was lost: looked up once the list can no longer lag."""
    stand_in.faults.append(ANSWER_LOST)
    list(importer(github, tmp_path).take(exported(tracker)))
    assert waits == [120]
    assert len(stand_in.issues) == 3


def test_killed_run_is_waited_for(
    tracker: FolderTracker, github: GitHubTracker, tmp_path: Path
) -> None:
    """A run that died just after filing left a note; the next waits until lists show it."""
    (tmp_path / ".importing").write_text(f"{NOW - 20}\n", encoding="ascii")
    list(importer(github, tmp_path).take(exported(tracker)))
    assert waits == [100]
    assert not (tmp_path / ".importing").exists()


def test_public_repository_is_refused(
    tracker: FolderTracker, github: GitHubTracker, stand_in: GitHubStandIn, tmp_path: Path
) -> None:
    """Nothing is written where everybody can read."""
    stand_in.visibility = "public"
    with pytest.raises(Misconfigured, match="private"):
        list(importer(github, tmp_path).take(exported(tracker)))
    assert stand_in.issues == {}


def test_typed_comment_is_left_out_and_counted(tracker: FolderTracker, tmp_path: Path) -> None:
    """What somebody typed below an issue, even behind a slash, is in no file."""
    for text in (f"Ibu {CANARY} menelepon", f"/{CANARY}", f"/tim {CANARY} dan\nlagi"):
        write_by_hand(tracker, tmp_path / "old", 2, text)
    found, left_out = read_tracker(tracker, {}, NOW)
    assert left_out == [register.LeftOut(case(2), 3)]
    write_files(found, tmp_path / "out")
    assert not any(is_in(path.read_bytes()) for path in (tmp_path / "out").iterdir())


def test_files_hold_nothing_readable_and_no_formula(tracker: FolderTracker, tmp_path: Path) -> None:
    """No canary in any file; a label that a spreadsheet would run has an apostrophe before it."""
    write_files(exported(tracker, {case(0): DATES}), tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        assert not is_in(path.read_bytes())
        assert path.stat().st_mode & 0o077 == 0
    with (tmp_path / "out" / "cases.csv").open(newline="", encoding="utf-8") as file_:
        rows = list(csv.DictReader(file_))
    assert [row["case_number"] for row in rows] == [case(place) for place in range(3)]
    assert rows[1]["labels"].startswith(f"'{FORMULA}")
    assert rows[1]["team"] == "banyumas; dokumen"
    assert rows[0]["received_at"] == "2026-11-21T09:45:00Z"
    assert rows[0]["country_code"] == "MY"
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_a_formula(start: str) -> None:
    """Each sign that spreadsheets take for the start of a formula is neutralised."""
    written = register.table({"a": ("", "")}, [[f"{start}1+1"]])
    assert list(csv.reader(written.splitlines(keepends=True)))[1][0].startswith("'")


def test_every_column_is_described(tracker: FolderTracker, tmp_path: Path) -> None:
    """The data dictionary beside the tables names each of their columns, in both languages."""
    write_files(exported(tracker), tmp_path / "out")
    told = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    for name in ("cases.csv", "comments.csv"):
        header = (tmp_path / "out" / name).read_text(encoding="utf-8").splitlines()[0]
        assert all(f"| `{column}` |" in told for column in header.split(","))


def test_spool_follows_its_cases(tmp_path: Path) -> None:
    """After the move the receiver looks at the new issues."""
    spool = Spool(f"sqlite:///{tmp_path}/spool.db")
    new = NewReport(bytes(16), bytes(32), {"urgency": "red"}, {}, bytes(32))
    number, _ = spool.accept(new, NOW)
    spool.move(number, State.VERIFIED, NOW, 7)
    assert follow_numbers(spool, {number: 31, "K7Q2-9MPA": 5}) == 1
    assert spool.case_of_issue(31) == number
    assert register.dates_of(spool)[number].statuses == (("received", NOW),)
    spool.close()


def test_damaged_register_is_refused_without_its_content(tmp_path: Path) -> None:
    """A file that is no register is named with its first wrong place, and not repeated."""
    (tmp_path / "register.json").write_text(
        json.dumps({"version": 1, "exported_at": 1, "cases": [{"title": CANARY}]}), encoding="utf-8"
    )
    with pytest.raises(register.RegisterProblem) as raised:
        read_files(tmp_path)
    assert "cases.0" in str(raised.value)
    assert CANARY not in str(raised.value)


def test_commands_write_and_take_the_register(tmp_path: Path) -> None:
    """`intake export`, then `intake import --register` into another folder."""
    place: Workplace = set_up(tmp_path)
    file(FolderTracker(place.tracker), 0, story=CANARY)
    out = str(tmp_path / "out")
    assert run_intake(place, "export", out).stdout == f"1 cases written to {out}\n"
    assert not place.database.exists()
    other = place.with_settings(INTAKE_TRACKER=f"folder:{tmp_path}/new")
    done = run_intake(other, "import", "--register", out)
    assert done.stdout == f"{case(0)}  filed  #1\n1 filed, 1 in the register\n"
    again = run_intake(other, "import", "--register", out)
    assert again.stdout.endswith("0 filed, 1 in the register\n")
    assert run_intake(other, "import", "--register", str(tmp_path)).returncode == 1
    assert run_intake(other, "import", "--spool", "-").returncode == 2
