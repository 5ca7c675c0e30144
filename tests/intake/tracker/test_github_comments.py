"""Comments, labels, changes and deletion on GitHub, against a stand-in that does as documented."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable

import pytest

from github_stand_in import DOWN, OWNER_TOKEN, TOKEN, Fault, GitHubStandIn
from intake.tracker import (
    GitHubLogin,
    InDoubt,
    IssueGone,
    Misconfigured,
    TrackerUnavailable,
    letter_line,
    marker_line,
)
from intake.tracker.github import GitHubTracker
from workplace import Clock

CASE = "K7Q2-9MPA"
MARKER = letter_line("addition", CASE, "1a2b3c4d")
LABEL = "status: ditarik"
CANARY = "kenari-9f3a"
LOST = Fault(None, after=True, method="POST", path="/comments")

Act = Callable[[GitHubTracker], object]
ACTS: dict[str, Act] = {
    "updated_since": lambda tracker: tracker.updated_since(0),
    "comments_since": lambda tracker: tracker.comments_since(0),
    "comments": lambda tracker: tracker.comments(1),
    "comment": lambda tracker: tracker.comment(1, MARKER),
    "set_label": lambda tracker: tracker.set_label(1, LABEL),
    "remove_label": lambda tracker: tracker.remove_label(1, "baru"),
    "delete": lambda tracker: tracker.delete(1),
}
OF_ONE = ["comments", "comment", "set_label", "remove_label", "delete"]
STRANGE = "GitHub answered with something else than was asked for: try again later."


def opened(stand_in: GitHubStandIn, token: str = TOKEN) -> GitHubTracker:
    """A tracker that signs in with that token."""
    login = GitHubLogin(token=token, api=stand_in.url)
    return GitHubTracker("aman/laporan", login, pace=0, timeout=1)


@pytest.fixture
def tracker(stand_in: GitHubStandIn) -> GitHubTracker:
    """The receiver's own login, beside one filed issue."""
    stand_in.add_issue("MERAH", marker_line(CASE), ["baru"])
    return opened(stand_in)


# --- comments ---


def test_comment_is_written_and_listed(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Its id comes back, and the list gives its body as it was sent."""
    body = f"{MARKER}\n\nisi\n"
    made = tracker.comment(1, body)
    (listed,) = tracker.comments(1)
    assert (listed.id, listed.number, listed.body) == (made, 1, body)
    assert stand_in.sent("POST")[0].body == {"body": body}
    assert CANARY not in repr(listed)
    assert "body" not in repr(listed)


def test_every_exchange_about_comments_was_checked(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """With GitHub's description at hand each request but GraphQL's is held against it."""
    for name in ("comment", "comments", "comments_since", "updated_since", "set_label"):
        ACTS[name](tracker)
    tracker.remove_label(1, LABEL)
    described = bool(os.environ.get("GITHUB_OPENAPI"))
    assert stand_in.exchanges_checked == (len(stand_in.requests) if described else 0)


@pytest.mark.parametrize("body", ["", "isi", marker_line(CASE), f"isi\n{MARKER}", f"> {MARKER}"])
def test_comment_begins_with_a_letters_marker(tracker: GitHubTracker, body: str) -> None:
    """Without it a comment in doubt could never be found again."""
    with pytest.raises(ValueError, match="does not begin with a letter's marker line"):
        tracker.comment(1, body)


def test_all_pages_of_comments_are_read(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """More than a hundred comments come back in their order, each once."""
    for number in range(203):
        stand_in.add_comment(1, str(number))
    assert [comment.body for comment in tracker.comments(1)] == [str(n) for n in range(203)]
    assert len(tracker.comments_since(0)) == 203


@pytest.mark.parametrize(
    ("fault", "written"),
    [
        (LOST, 1),
        (Fault(500, after=True, method="POST", path="/comments"), 1),
        (Fault(None, method="POST", path="/comments"), 0),
        (Fault(502, method="POST", path="/comments"), 0),
        (Fault(201, method="POST", path="/comments", body="{}"), 0),
        (Fault(201, method="POST", path="/comments", body="<html></html>"), 0),
    ],
)
def test_comment_without_a_clear_answer_is_in_doubt(
    stand_in: GitHubStandIn, tracker: GitHubTracker, fault: Fault, written: int
) -> None:
    """It is not sent twice; the list tells whether it is there."""
    stand_in.faults.append(fault)
    with pytest.raises(InDoubt):
        tracker.comment(1, MARKER)
    assert len(stand_in.sent("POST")) == 1
    assert len(tracker.comments(1)) == written


@pytest.mark.parametrize("status", [403, 429])
def test_limit_on_comments_leaves_no_doubt(
    stand_in: GitHubStandIn, tracker: GitHubTracker, status: int
) -> None:
    """GitHub slows down whoever writes fast: nothing was written, and it says for how long."""
    stand_in.faults.append(
        Fault(status, method="POST", path="/comments", headers={"Retry-After": "17"})
    )
    with pytest.raises(TrackerUnavailable) as error:
        tracker.comment(1, MARKER)
    assert error.value.retry_after == 17
    assert stand_in.bodies(1) == []


@pytest.mark.parametrize("act", OF_ONE)
def test_issue_that_went_is_told_by_every_act(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """Deleted by a person: the tracker itself is well."""
    stand_in.delete(1)
    with pytest.raises(IssueGone):
        ACTS[act](tracker)


def test_no_comment_goes_along_with_a_moved_issue(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """What was moved to another repository answers 301, and nothing is written there."""
    other = stand_in.add_issue("lain", "lain")
    place = f"/repos/aman/laporan/issues/{other}"
    stand_in.faults.append(Fault(301, method="GET", headers={"Location": stand_in.url + place}))
    with pytest.raises(IssueGone):
        tracker.comment(1, MARKER)
    assert stand_in.sent("POST") == []


# --- what was changed since ---


def test_only_what_was_changed_since_is_listed() -> None:
    """Closed issues too, the oldest change first; the moment itself is included."""
    clock = Clock(1_795_000_000)
    stand_in = GitHubStandIn(clock)
    try:
        tracker = opened(stand_in)
        for _ in range(3):
            stand_in.add_issue("x", None)
            clock.seconds += 100
        stand_in.issues[1].state = "closed"
        stand_in.add_comment(1, "halo")
        assert [issue.number for issue in tracker.updated_since(0)] == [2, 3, 1]
        assert [issue.number for issue in tracker.updated_since(clock.seconds)] == [1]
        (closed,) = tracker.updated_since(clock.seconds)
        assert (closed.state, closed.updated_at, closed.closed_at) == (
            "closed", clock.seconds, clock.seconds,
        )  # fmt: skip
        assert [kept.created_at for kept in tracker.comments_since(clock.seconds)] == [
            clock.seconds
        ]
        assert tracker.comments_since(clock.seconds + 2) == []
        assert tracker.updated_since(clock.seconds + 2) == []
    finally:
        stand_in.close()
    assert stand_in.failures == []


def test_changes_are_asked_for_newest_first(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """Else an issue that changes while pages are read would push another one out of them."""
    tracker.updated_since(1_795_000_000)
    tracker.comments_since(1_795_000_000)
    asked = [r.query for r in stand_in.sent("GET") if "since" in r.query]
    assert [(q["since"], q["sort"], q["direction"]) for q in asked] == [
        ("2026-11-18T11:06:39Z", "updated", "desc")
    ] * 2


@pytest.mark.parametrize("act", ["updated_since", "comments_since"])
def test_renaming_does_not_pass_for_a_list(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """A list whose query was cut off on the way is not believed."""
    stand_in.rename("lain")
    with pytest.raises(Misconfigured):
        ACTS[act](tracker)


# --- labels ---


def test_labels_of_others_stay(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Setting and removing touch one label, and doing either twice does no harm."""
    for _ in range(2):
        tracker.set_label(1, LABEL)
        assert stand_in.issues[1].labels == ["baru", LABEL]
    for _ in range(2):
        tracker.remove_label(1, LABEL)
        assert stand_in.issues[1].labels == ["baru"]
    assert len(stand_in.sent("POST")) == len(stand_in.sent("DELETE")) == 1


def test_label_that_someone_removed_meanwhile_is_gone(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """GitHub's 404 for a label is not taken for that of an issue."""
    fault = Fault(404, method="DELETE", body='{"message": "Label does not exist"}')
    stand_in.faults.append(fault)
    tracker.remove_label(1, "baru")


def test_label_that_does_not_stay_is_told(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Whoever may not label is told so, and a dropped label is never taken for a kept one."""
    stand_in.faults.append(Fault(200, method="POST", body="[]"))
    with pytest.raises(Misconfigured, match="did not keep the label"):
        tracker.set_label(1, LABEL)
    stand_in.push = False
    with pytest.raises(Misconfigured):
        tracker.set_label(1, LABEL)


@pytest.mark.parametrize("act", ["set_label", "remove_label", "comments", "delete"])
def test_acts_that_may_be_repeated_are_for_later(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """No answer leaves no doubt where doing it twice does no harm."""
    for fault in (DOWN, Fault(None, after=True), Fault(200, body="<html></html>")):
        stand_in.faults.append(fault)
        with pytest.raises(TrackerUnavailable):
            ACTS[act](tracker)


# --- deleting ---


def test_owner_deletes_an_issue_with_its_comments(stand_in: GitHubStandIn) -> None:
    """By its node id, through GraphQL; afterwards it is gone."""
    stand_in.add_issue("MERAH", marker_line(CASE))
    stand_in.add_comment(1, MARKER)
    owner = opened(stand_in, OWNER_TOKEN)
    owner.delete(1)
    assert (stand_in.issues, stand_in.written) == ({}, {})
    (asked,) = stand_in.sent("POST")
    assert (asked.path, asked.body["variables"]) == ("/graphql", {"id": "I_kwDOABCD000001"})
    with pytest.raises(IssueGone):
        owner.delete(1)


def test_receivers_login_deletes_nothing(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Its token is refused by GitHub, in an answer of 200, and the message names the setting."""
    with pytest.raises(Misconfigured, match="INTAKE_GITHUB_OWNER_TOKEN"):
        tracker.delete(1)
    assert 1 in stand_in.issues


@pytest.mark.parametrize(
    "content",
    [
        {"data": None, "errors": [{"type": "SOMETHING"}]},
        {"data": {"deleteIssue": None}},
        {"data": {"deleteIssue": {"repository": {}}}, "errors": [{"message": "half"}]},
        {"message": "odd"},
        [],
    ],
)
def test_only_a_clear_word_counts_as_deleted(stand_in: GitHubStandIn, content: object) -> None:
    """Whatever else GraphQL says, the issue is taken to be there still."""
    stand_in.add_issue("MERAH", marker_line(CASE))
    stand_in.faults.append(Fault(200, method="POST", body=json.dumps(content)))
    with pytest.raises(TrackerUnavailable, match="did not delete issue 1"):
        opened(stand_in, OWNER_TOKEN).delete(1)


def test_lost_answer_to_deleting_is_found_out_by_asking_again(stand_in: GitHubStandIn) -> None:
    """The issue has gone, and the next try says so."""
    stand_in.add_issue("MERAH", marker_line(CASE))
    owner = opened(stand_in, OWNER_TOKEN)
    stand_in.faults.append(Fault(None, after=True, method="POST"))
    with pytest.raises(TrackerUnavailable):
        owner.delete(1)
    with pytest.raises(IssueGone):
        owner.delete(1)


# --- privacy ---


@pytest.mark.parametrize(
    "fault",
    [
        LOST,
        Fault(422, method="POST", body=json.dumps({"message": CANARY, "errors": [CANARY]})),
        Fault(500, method="POST", body=CANARY),
        Fault(201, method="POST", body=json.dumps({"id": CANARY, "body": CANARY})),
    ],
)
def test_no_comment_in_messages_or_logs(
    stand_in: GitHubStandIn,
    tracker: GitHubTracker,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    """With every logger at DEBUG, what was to be written shows nowhere."""
    for name in ("", "github", "github.Requester", "urllib3", "requests", "intake"):
        caplog.set_level(logging.DEBUG, logger=name)
    stand_in.faults.append(fault)
    with pytest.raises((InDoubt, Misconfigured)) as error:
        tracker.comment(1, f"{MARKER}\n{CANARY}")
    assert CANARY not in caplog.text
    assert CANARY not in f"{error.value!r} {error.value} {vars(error.value)}"
    assert error.value.__context__ is None
