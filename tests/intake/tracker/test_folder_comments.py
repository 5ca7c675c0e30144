"""Comments, labels, changes and deletion in a folder that people read and edit as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from intake.tracker import (
    InDoubt,
    IssueGone,
    Misconfigured,
    TrackerUnavailable,
    letter_line,
    marker_line,
)
from intake.tracker import folder as folder_module
from intake.tracker.folder import FolderTracker

CASE, OTHER = "K7Q2-9MPA", "K7Q2-9MPB"
BODY = f"{letter_line('withdrawn', CASE, '1795000000')}\r\n\nisi ä"
LABEL = "status: ditarik"
NOW = 1_795_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tracker's folder with two issues."""
    place = tmp_path / "tracker"
    for case in (CASE, OTHER):
        FolderTracker(place).create(f"MERAH · {case}", ["status: baru"], marker_line(case))
    return place


@pytest.fixture
def tracker(folder: Path) -> FolderTracker:
    """A tracker on that folder."""
    return FolderTracker(folder)


def test_comment_stands_beside_its_issue_byte_for_byte(
    folder: Path, tracker: FolderTracker
) -> None:
    """Comments are numbered from one, and another look reads the same."""
    assert [tracker.comment(1, BODY), tracker.comment(1, BODY)] == [1, 2]
    assert (folder / CASE / "0001.md").read_bytes() == BODY.encode()
    assert (folder / CASE).stat().st_mode & 0o777 == 0o700
    assert (folder / CASE / "0001.md").stat().st_mode & 0o777 == 0o600
    found = FolderTracker(folder).comments(1)
    assert [(kept.id, kept.number, kept.body) for kept in found] == [(1, 1, BODY), (2, 1, BODY)]
    assert tracker.comments(2) == []


def test_comment_that_a_person_put_there_counts(folder: Path, tracker: FolderTracker) -> None:
    """Under any name; the next one of ours takes no name that is taken."""
    (folder / CASE).mkdir()
    (folder / CASE / "jawaban.md").write_text("halo", encoding="utf-8")
    (folder / CASE / "0007.md").write_text("tujuh", encoding="utf-8")
    assert tracker.comment(1, BODY) == 8
    assert [kept.body for kept in tracker.comments(1)] == ["tujuh", BODY, "halo"]


def test_comment_needs_a_marker(tracker: FolderTracker) -> None:
    """As on GitHub."""
    with pytest.raises(ValueError, match="does not begin"):
        tracker.comment(1, "isi")


def test_comment_that_may_not_outlive_a_power_cut_is_in_doubt(
    tracker: FolderTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is there, its name perhaps not for long."""

    def fails(_folder: Path) -> None:
        raise OSError(5, "rusak")

    monkeypatch.setattr(folder_module, "_sync_folder", fails)
    with pytest.raises(InDoubt):
        tracker.comment(1, BODY)
    with pytest.raises(TrackerUnavailable):
        tracker.set_label(1, LABEL)


def test_changes_are_told_by_the_disks_times(folder: Path, tracker: FolderTracker) -> None:
    """An issue is as new as its file or its newest comment; closed ones are listed too."""
    tracker.comment(1, BODY)
    for path, at in ((f"{CASE}.md", 10), (f"{CASE}/0001.md", 30), (f"{OTHER}.md", 20)):
        os.utime(folder / path, (NOW + at, NOW + at))
    listed = tracker.updated_since(NOW)
    assert [(issue.number, issue.updated_at) for issue in listed] == [(2, NOW + 20), (1, NOW + 30)]
    assert [issue.number for issue in tracker.updated_since(NOW + 30)] == [1]
    assert tracker.updated_since(NOW + 31) == []
    assert [kept.created_at for kept in tracker.comments_since(NOW + 30)] == [NOW + 30]
    assert tracker.comments_since(NOW + 31) == []


def test_closed_issue_tells_when_it_was_changed_last(folder: Path, tracker: FolderTracker) -> None:
    """Nothing else in the folder says when it was closed, and it was not later."""
    path = folder / f"{CASE}.md"
    text = path.read_text(encoding="utf-8").replace("state: open", "state: closed")
    path.write_text(text, encoding="utf-8")
    os.utime(path, (NOW, NOW))
    listed = {issue.number: issue for issue in tracker.updated_since(0)}
    assert (listed[1].state, listed[1].closed_at) == ("closed", NOW)
    assert listed[2].closed_at is None


def test_one_label_changes_and_all_else_stays(folder: Path, tracker: FolderTracker) -> None:
    """Setting and removing twice does no harm, and does not touch the file a second time."""
    body = tracker.read(1).body
    tracker.set_label(1, LABEL)
    os.utime(folder / f"{CASE}.md", (NOW, NOW))
    tracker.set_label(1, LABEL)
    assert tracker.read(1).labels == ("status: baru", LABEL)
    tracker.remove_label(1, LABEL.upper())
    tracker.remove_label(1, LABEL)
    assert (tracker.read(1).labels, tracker.read(1).body) == (("status: baru",), body)


def test_deleted_issue_leaves_nothing(folder: Path, tracker: FolderTracker) -> None:
    """Neither file nor comments; its number is not given again, and the others stay."""
    tracker.comment(1, BODY)
    tracker.delete(1)
    assert sorted(path.name for path in folder.glob("[!.]*")) == [f"{OTHER}.md"]
    tracker.delete(2)
    assert FolderTracker(folder).create("x", [], marker_line(CASE)) == 3


@pytest.mark.parametrize("act", ["comments", "comment", "set_label", "remove_label", "delete"])
def test_issue_that_is_gone_is_told(tracker: FolderTracker, act: str) -> None:
    """Each act says so."""
    given = {"comment": [BODY], "set_label": [LABEL], "remove_label": [LABEL]}.get(act, [])
    with pytest.raises(IssueGone):
        getattr(tracker, act)(9, *given)


def test_comment_that_is_no_text_is_named(folder: Path, tracker: FolderTracker) -> None:
    """A picture under the name of a comment is told, not read."""
    (folder / CASE).mkdir()
    (folder / CASE / "foto.md").write_bytes(b"\xff\xd8")
    with pytest.raises(Misconfigured, match=r"foto\.md is no text"):
        tracker.comments_since(0)
