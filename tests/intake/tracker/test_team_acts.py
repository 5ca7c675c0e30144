"""Title, state, hiding and labels: the same at both trackers, and what only GitHub can refuse."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from github_stand_in import OWNER_TOKEN, TOKEN, Fault, GitHubStandIn
from intake.tracker import (
    GitHubLogin,
    IssueGone,
    Label,
    Misconfigured,
    Tracker,
    TrackerUnavailable,
    letter_line,
    marker_line,
)
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker

CASE = "K7Q2-9MPA"
NUMBER = "+447700900001"
RED = Label("darurat: merah", "b60205", "MERAH: baca sekarang")


def opened(stand_in: GitHubStandIn, token: str = TOKEN) -> GitHubTracker:
    """A tracker that signs in with that token."""
    login = GitHubLogin(token=token, api=stand_in.url)
    return GitHubTracker("aman/laporan", login, pace=0, timeout=1)


@pytest.fixture(params=["folder", "github"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path, stand_in: GitHubStandIn) -> Tracker:
    """Each of the two, with one issue and one comment that holds a number."""
    if request.param == "github":
        stand_in.add_issue("HIJAU", marker_line(CASE), ["status: baru"])
        stand_in.add_comment(1, NUMBER)
        return opened(stand_in)
    folder = FolderTracker(tmp_path / "tracker")
    folder.create("HIJAU", ["status: baru"], marker_line(CASE))
    (tmp_path / "tracker" / CASE).mkdir()
    (tmp_path / "tracker" / CASE / "dari hp.md").write_text(NUMBER, encoding="utf-8")
    return folder


def test_title_and_state_are_changed_alone(tracker: Tracker) -> None:
    """Labels and body stay; doing it twice does no harm."""
    for _ in range(2):
        tracker.set_title(1, "MERAH")
        tracker.set_state(1, "closed")
    found = tracker.read(1)
    assert (found.title, found.state, found.labels) == ("MERAH", "closed", ("status: baru",))
    assert found.body.strip() == marker_line(CASE)
    tracker.set_state(1, "open")
    assert tracker.read(1).state == "open"


def test_missing_issue_is_told(tracker: Tracker) -> None:
    """As every other act does."""
    with pytest.raises(IssueGone):
        tracker.set_title(9, "x")
    with pytest.raises(IssueGone):
        tracker.set_state(9, "open")
    with pytest.raises(IssueGone):
        tracker.hide(9, 77)


def test_labels_are_made_listed_and_changed(tracker: Tracker) -> None:
    """One that is known gets another look, and is not there twice."""
    tracker.save_label(RED, known=False)
    changed = Label("Darurat: merah", "ffffff", "Baca")
    tracker.save_label(changed, known=True)
    assert [kept for kept in tracker.known_labels() if "merah" in kept.name] == [changed]


def test_comment_with_a_name_of_its_own_has_a_number(tracker: Tracker) -> None:
    """It can be pointed at, and a comment written later never takes its number."""
    (kept,) = tracker.comments(1)
    assert kept.id != 0
    tracker.hide(1, kept.id)
    written = tracker.comment(1, letter_line("warning", CASE, "1"))
    assert written != kept.id
    assert len(tracker.comments(1)) == 2


# --- hiding ---


def test_folder_shows_a_sentence_in_place_of_what_was_hidden(tmp_path: Path) -> None:
    """The original is out of every list, beside it, and goes with the issue."""
    folder = FolderTracker(tmp_path)
    folder.create("HIJAU", [], marker_line(CASE))
    comment = folder.comment(1, f"{letter_line('warning', CASE)}\n{NUMBER}")
    for _ in range(2):
        folder.hide(1, comment)
    (shown,) = folder.comments(1)
    assert (shown.id, NUMBER in shown.body) == (comment, False)
    assert NUMBER in (tmp_path / CASE / ".0001.md").read_text("utf-8")
    assert folder.comment(1, letter_line("warning", CASE)) == 2
    folder.delete(1)
    assert not (tmp_path / CASE).exists()


def test_github_minimizes_by_node_id(stand_in: GitHubStandIn) -> None:
    """Two requests: the comment's node, and the mutation; none carries a word of the comment."""
    stand_in.add_issue("HIJAU", marker_line(CASE))
    comment = stand_in.add_comment(1, NUMBER)
    opened(stand_in).hide(1, comment)
    assert stand_in.minimized == {comment}
    assert [request.method for request in stand_in.requests] == ["GET", "POST"]
    assert NUMBER not in str(stand_in.sent("POST")[0].body)


def test_comment_that_is_gone_needs_no_hiding(stand_in: GitHubStandIn) -> None:
    """Its writer was faster; a missing issue is still told."""
    stand_in.add_issue("HIJAU", marker_line(CASE))
    opened(stand_in).hide(1, 77)
    assert stand_in.minimized == set()


def test_login_that_may_hide_nothing_is_told(stand_in: GitHubStandIn) -> None:
    """GitHub asks for write access; the message says so and nothing of the comment."""
    stand_in.add_issue("HIJAU", marker_line(CASE))
    comment = stand_in.add_comment(1, NUMBER)
    stand_in.push = False
    with pytest.raises(Misconfigured) as error:
        opened(stand_in).hide(1, comment)
    assert str(error.value) == (
        "aman/laporan lets this login hide no comment: give it write access."
    )


@pytest.mark.parametrize("answer", ["{}", '{"data": null, "errors": [{"type": "NOT_FOUND"}]}'])
def test_strange_answer_to_hiding_is_tried_again(stand_in: GitHubStandIn, answer: str) -> None:
    """Hidden is what GitHub says is minimized, and nothing else."""
    stand_in.add_issue("HIJAU", marker_line(CASE))
    comment = stand_in.add_comment(1, NUMBER)
    stand_in.faults.append(Fault(200, method="POST", body=answer))
    with pytest.raises(TrackerUnavailable, match="did not hide a comment"):
        opened(stand_in).hide(1, comment)


def test_hiding_logs_nothing_of_the_comment(
    stand_in: GitHubStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Also with logging wide open."""
    caplog.set_level(logging.DEBUG)
    stand_in.add_issue("HIJAU", marker_line(CASE))
    opened(stand_in).hide(1, stand_in.add_comment(1, NUMBER))
    assert NUMBER not in caplog.text


# --- files of the repository ---


def test_file_is_made_read_and_replaced(stand_in: GitHubStandIn) -> None:
    """Its sha leads from one version to the next."""
    owner = opened(stand_in, OWNER_TOKEN)
    path = ".github/ISSUE_TEMPLATE/config.yml"
    assert owner.file(path) is None
    owner.save_file(path, "satu\n", None)
    kept = owner.file(path)
    assert kept is not None
    assert kept[0] == "satu\n"
    owner.save_file(path, "dua\n", kept[1])
    assert stand_in.files == {path: "dua\n"}
    assert owner.place() == "aman/laporan"


def test_file_cannot_be_written_with_the_login_for_issues(stand_in: GitHubStandIn) -> None:
    """That login may write issues and nothing else."""
    with pytest.raises(Misconfigured):
        opened(stand_in).save_file("a.yml", "x", None)
    assert stand_in.files == {}


def test_labels_of_many_pages_are_all_listed(stand_in: GitHubStandIn) -> None:
    """A repository with more than a hundred labels."""
    for number in range(203):
        stand_in.labels[f"l{number}"] = f"l{number}"
    assert len(opened(stand_in).known_labels()) == 203
