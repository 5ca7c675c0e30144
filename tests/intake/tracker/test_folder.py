"""The folder tracker keeps whole files, gives each number once and names what is broken."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.tracker import (
    InDoubt,
    Issue,
    IssueGone,
    Misconfigured,
    TrackerUnavailable,
    marker_line,
    open_tracker,
)
from intake.tracker.folder import FolderTracker

CASE = "K7Q2-9MPA"
MARKER = marker_line(CASE)
TITLE = f"MERAH · {CASE}"
LABELS = ["darurat: merah", "negara: MY", "wilayah: 33.02"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "tracker"


@pytest.fixture
def tracker(folder: Path) -> FolderTracker:
    return FolderTracker(folder)


def _case(number: int) -> str:
    """Return a case number that differs for each of the first 1,000 numbers."""
    return f"K7Q2-9{number:03d}"


def test_the_setting_opens_it(folder: Path) -> None:
    """`folder:PATH` opens a folder tracker there."""
    assert repr(open_tracker(f"folder:{folder}", None)) == f"FolderTracker({str(folder)!r})"


def test_check_makes_a_folder_for_the_owner_alone(tracker: FolderTracker, folder: Path) -> None:
    """A folder that is missing is made with mode 0700."""
    tracker.check()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_issue_is_a_markdown_file(tracker: FolderTracker, folder: Path) -> None:
    """The file is named after the case and can be read as it is."""
    assert tracker.create(TITLE, LABELS, f"{MARKER}\n") == 1
    path = folder / f"{CASE}.md"
    assert path.read_text(encoding="utf-8") == (
        "---\n"
        "number: 1\n"
        "title: MERAH · K7Q2-9MPA\n"
        "labels:\n"
        "- 'darurat: merah'\n"
        "- 'negara: MY'\n"
        "- 'wilayah: 33.02'\n"
        "state: open\n"
        "---\n"
        "<!-- intake K7Q2-9MPA -->\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_created_is_found_and_read(tracker: FolderTracker) -> None:
    """An issue is found by its marker and read back by its number."""
    assert tracker.find(MARKER) is None
    number = tracker.create(TITLE, LABELS, MARKER)
    assert tracker.find(MARKER) == number
    assert tracker.read(number) == Issue(number, TITLE, tuple(LABELS), "open", MARKER)


def test_ten_characters_make_a_case_number_too(tracker: FolderTracker) -> None:
    """A case number of 50 bits names its file as well."""
    marker = marker_line("K7Q2-9MPAXY")
    number = tracker.create("t", [], marker)
    assert tracker.find(marker) == number
    assert tracker.find(marker_line(CASE)) is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_a_body_comes_back_byte_for_byte(tmp_path: Path, text: str) -> None:
    """Line ends, front matter fences and anything else in a body are kept."""
    tracker = FolderTracker(tmp_path)
    number = tracker.find(MARKER) or tracker.create(TITLE, [], MARKER)
    body = f"{MARKER}\n{text}"
    tracker.fill(number, body)
    assert tracker.read(number).body == body


def test_filling_keeps_what_people_changed(tracker: FolderTracker, folder: Path) -> None:
    """Labels and state that a person edited by hand survive a new body."""
    number = tracker.create(TITLE, LABELS, MARKER)
    path = folder / f"{CASE}.md"
    text = path.read_text(encoding="utf-8").replace("state: open", "state: closed")
    path.write_text(text.replace("- 'negara: MY'\n", ""), encoding="utf-8")
    tracker.fill(number, f"{MARKER}\nisi")
    assert tracker.read(number) == Issue(
        number, TITLE, ("darurat: merah", "wilayah: 33.02"), "closed", f"{MARKER}\nisi"
    )


def test_the_same_case_is_not_created_twice(tracker: FolderTracker, folder: Path) -> None:
    """A second creation is refused and leaves the first as it was."""
    tracker.create(TITLE, LABELS, f"{MARKER}\nsatu")
    with pytest.raises(Misconfigured) as error:
        tracker.create(TITLE, LABELS, f"{MARKER}\ndua")
    assert str(error.value) == (
        f"{folder}/K7Q2-9MPA.md is there already: look with find before creating."
    )
    assert tracker.read(1).body == f"{MARKER}\nsatu"


def test_a_number_is_not_given_again(tracker: FolderTracker, folder: Path) -> None:
    """The number of a deleted file stays unused, also for the next process."""
    tracker.create(TITLE, [], MARKER)
    (folder / f"{CASE}.md").unlink()
    assert FolderTracker(folder).create(TITLE, [], MARKER) == 2


def test_a_torn_counter_is_made_up_for(tracker: FolderTracker, folder: Path) -> None:
    """Where the counter was lost, numbers go on after the highest that is in use."""
    tracker.create(TITLE, [], MARKER)
    (folder / ".number").write_bytes(b"")
    assert tracker.create("t", [], marker_line(_case(2))) == 2


def _create(folder: Path, number: int) -> int:
    return FolderTracker(folder).create("t", [], marker_line(_case(number)))


def test_creations_at_the_same_time_get_different_numbers(folder: Path) -> None:
    """Processes that create together never share a number."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        numbers = list(pool.map(_create, [folder] * 24, range(24)))
    assert sorted(numbers) == list(range(1, 25))


def test_one_of_two_creations_of_a_case_wins(folder: Path) -> None:
    """Two processes that create the same case make one file."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        answers = [pool.submit(_create, folder, 7) for _ in range(2)]
        kinds = sorted(type(answer.exception()).__name__ for answer in answers)
    assert kinds == ["Misconfigured", "NoneType"]
    assert len(list(folder.glob("*.md"))) == 1


def test_a_killed_writer_leaves_no_half_file(folder: Path) -> None:
    """Killed at any moment, a writer leaves whole files, and the next one goes on."""
    program = (
        "import itertools, sys\n"
        "from pathlib import Path\n"
        "from intake.tracker import marker_line\n"
        "from intake.tracker.folder import FolderTracker\n"
        "tracker = FolderTracker(Path(sys.argv[1]))\n"
        "for n in itertools.count():\n"
        "    tracker.create('t', [], marker_line(f'K7Q2-{n:04d}') + '\\n' + 'x' * 60000)\n"
        "    print(n, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        seen += process.stdout.read().splitlines(keepends=True)
    done = sum(line.endswith("\n") for line in seen)
    tracker = FolderTracker(folder)
    bodies = [tracker.read(number).body for number in range(1, done + 1)]
    assert {len(body) for body in bodies} == {60026}
    assert tracker.create(TITLE, [], MARKER) > done


def test_a_deleted_issue_is_gone(tracker: FolderTracker, folder: Path) -> None:
    """Reading or filling an issue whose file went says so."""
    number = tracker.create(TITLE, [], MARKER)
    (folder / f"{CASE}.md").unlink()
    sentence = f"Issue 1 is no longer in {folder}: someone deleted or renamed its file."
    with pytest.raises(IssueGone) as error:
        tracker.read(number)
    assert str(error.value) == sentence
    with pytest.raises(IssueGone) as error:
        tracker.fill(number, MARKER)
    assert str(error.value) == sentence


def test_an_issue_is_not_filled_with_another_case(tracker: FolderTracker) -> None:
    """A body goes only where its marker says."""
    number = tracker.create(TITLE, [], MARKER)
    with pytest.raises(ValueError, match=r"^Issue 1 belongs to another case\.$"):
        tracker.fill(number, marker_line(_case(1)))
    assert tracker.read(number).body == MARKER


def test_a_body_needs_its_marker(tracker: FolderTracker) -> None:
    """A body without a marker line is refused, and not quoted."""
    sentence = r"^The body has no marker line such as <!-- intake K7Q2-9MPA -->\.$"
    with pytest.raises(ValueError, match=sentence):
        tracker.create(TITLE, [], "rahasia")
    with pytest.raises(ValueError, match=sentence):
        tracker.fill(1, f"see {MARKER} there")


def test_a_lost_marker_is_named(tracker: FolderTracker, folder: Path) -> None:
    """A file whose marker a person removed is not taken for a missing one."""
    tracker.create(TITLE, [], MARKER)
    path = folder / f"{CASE}.md"
    path.write_text(path.read_text(encoding="utf-8").replace(MARKER, ""), encoding="utf-8")
    with pytest.raises(Misconfigured) as error:
        tracker.find(MARKER)
    assert str(error.value) == f"{path} has lost its first line: put {MARKER} back."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rahasia",
        "---\nnumber: 1\ntitle: rahasia\n",
        "---\nnumber: satu\ntitle: t\nlabels: []\nstate: open\n---\nrahasia",
        "---\nnumber: 1\ntitle: t\nlabels: [1]\nstate: open\n---\nrahasia",
        "---\nnumber: 1\ntitle: t\nlabels: []\nstate: rahasia\n---\n",
        "---\n: [rahasia\n---\n",
        "---\nnumber: 2026-99-99\n---\n",
        "---\n- rahasia\n---\n",
    ],
)
def test_a_broken_file_is_named_and_not_quoted(
    tracker: FolderTracker, folder: Path, text: str
) -> None:
    """A file that people broke is named with the cure; nothing of it is quoted."""
    folder.mkdir(parents=True)
    path = folder / f"{CASE}.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as error:
        tracker.find(MARKER)
    assert str(error.value) == (
        f"{path} does not start with number, title, labels and state between two lines of ---: "
        "mend it by hand or take it out of the folder."
    )
    assert error.value.__cause__ is None


def test_bytes_that_are_no_text_are_a_broken_file(tracker: FolderTracker, folder: Path) -> None:
    """A file that is not UTF-8 is broken like any other."""
    folder.mkdir(parents=True)
    (folder / f"{CASE}.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(Misconfigured, match="does not start with number"):
        tracker.find(MARKER)


def test_a_folder_that_may_not_be_listed_is_not_taken_for_empty(
    tracker: FolderTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is told to mend it, where an empty list would mean that everything was deleted."""
    tracker.create(TITLE, LABELS, MARKER)

    def refuse(_: Path) -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(Misconfigured, match="Permission denied"):
        tracker.updated_since(0)


def test_a_place_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A tracker folder that is a file stops with the cure."""
    place = tmp_path / "berkas"
    place.write_text("", encoding="utf-8")
    with pytest.raises(Misconfigured) as error:
        FolderTracker(place).check()
    assert str(error.value) == (
        f"{place} cannot be used (File exists): give the program a folder of its own with "
        "INTAKE_TRACKER."
    )


def test_a_full_disk_changes_nothing(
    tracker: FolderTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file cannot be written, none appears, and later is another try."""
    tracker.check()
    monkeypatch.setattr("intake.tracker.folder._write_synced", _no_room)
    with pytest.raises(TrackerUnavailable) as error:
        tracker.create(TITLE, [], MARKER)
    assert str(error.value) == (
        f"{folder} cannot be used just now (No space left on device): make room or mend the disk."
    )
    assert tracker.find(MARKER) is None


def test_an_unsynced_folder_leaves_creation_in_doubt(
    tracker: FolderTracker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When only the last sync fails, a creation is in doubt and a filling may be repeated."""
    tracker.create(TITLE, [], MARKER)
    monkeypatch.setattr("intake.tracker.folder._sync_folder", _no_room)
    other = marker_line(_case(1))
    with pytest.raises(InDoubt) as doubt:
        tracker.create("t", [], other)
    assert str(doubt.value) == (
        f"{folder}/{_case(1)}.md may not outlive a power cut (No space left on device): look "
        "before filing again."
    )
    with pytest.raises(TrackerUnavailable):
        tracker.fill(1, f"{MARKER}\nisi")


def _no_room(*_args: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
