"""The GitHub tracker, against a stand-in that behaves as GitHub documents."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from github.Requester import Requester

from github_stand_in import (
    ANSWER_LOST,
    DOWN,
    FAILED_AFTER_CREATION,
    REPOSITORY_ID,
    TOKEN,
    Fault,
    GitHubStandIn,
)
from intake.tracker import (
    GitHubLogin,
    InDoubt,
    Issue,
    IssueGone,
    Misconfigured,
    TrackerUnavailable,
    marker_line,
)
from intake.tracker.github import GitHubTracker

CASE = "K7Q2-9MPA"
MARKER = marker_line(CASE)
OTHER = marker_line("K7Q2-9MPB")
TITLE = f"MERAH · {CASE}"
LABELS = ["darurat: merah", "negara: MY", "masalah: papers-held"]
CANARY = "kenari-9f3a"
BY_ID = str(REPOSITORY_ID)

Act = Callable[[GitHubTracker], object]
ACTS: dict[str, Act] = {
    "check": lambda tracker: tracker.check(),
    "create": lambda tracker: tracker.create(TITLE, LABELS, MARKER),
    "fill": lambda tracker: tracker.fill(1, MARKER),
    "read": lambda tracker: tracker.read(1),
    "find": lambda tracker: tracker.find(OTHER),
}
NOT_CREATING = [name for name in ACTS if name != "create"]


def _tracker(stand_in: GitHubStandIn, place: str = "aman/laporan") -> GitHubTracker:
    login = GitHubLogin(token=TOKEN, api=stand_in.url)
    return GitHubTracker(place, login, pace=0, timeout=1)


@pytest.fixture
def tracker(stand_in: GitHubStandIn) -> GitHubTracker:
    return _tracker(stand_in)


@pytest.fixture(scope="module")
def app_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def app(stand_in: GitHubStandIn, app_key: rsa.RSAPrivateKey, tmp_path: Path) -> GitHubTracker:
    """Return a tracker that signs in as the installation of a GitHub App."""
    path = tmp_path / "app.pem"
    path.write_bytes(
        app_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    stand_in.app_key = app_key.public_key()
    login = GitHubLogin(
        app_id=stand_in.app_id,
        installation_id=stand_in.installation_id,
        key_file=path,
        api=stand_in.url,
    )
    return GitHubTracker("aman/laporan", login, pace=0, timeout=1)


# Filing


def test_what_was_created_is_found_and_read(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """An issue is created once, found by its marker, filled and read back."""
    tracker.check()
    assert tracker.find(MARKER) is None
    number = tracker.create(TITLE, LABELS, MARKER)
    tracker.fill(number, f"{MARKER}\n\nisi")
    assert tracker.find(MARKER) == number == 1
    assert tracker.read(number) == Issue(1, TITLE, tuple(LABELS), "open", f"{MARKER}\n\nisi")
    assert [request.body for request in stand_in.sent("POST")] == [
        {"title": TITLE, "labels": LABELS, "body": MARKER}
    ]
    assert [request.body for request in stand_in.sent("PATCH")] == [{"body": f"{MARKER}\n\nisi"}]


def test_every_exchange_was_checked(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """With GitHub's description at hand each request and answer is held against it."""
    tracker.check()
    tracker.create(TITLE, LABELS, MARKER)
    described = bool(os.environ.get("GITHUB_OPENAPI"))
    assert stand_in.exchanges_checked == (len(stand_in.requests) if described else 0)


@pytest.mark.parametrize("field", ["node_id", "html_url", "user", "labels"])
def test_a_wrong_answer_of_the_stand_in_is_reported(
    stand_in: GitHubStandIn, tracker: GitHubTracker, field: str
) -> None:
    """An answer without a field that GitHub requires does not pass for GitHub's."""
    if not os.environ.get("GITHUB_OPENAPI"):
        assert stand_in.exchanges_checked == 0
        return
    stand_in.add_issue(TITLE, MARKER)
    stand_in.leave_out = field
    tracker._ask("GET", "/repos/aman/laporan/issues/1")
    assert stand_in.failures == [
        f"GET /repos/aman/laporan/issues/1 -> 200: response: '{field}' is a required property"
    ]
    stand_in.failures.clear()


def test_a_wrong_request_is_reported(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """A request that GitHub does not describe does not pass for one of its own."""
    if not os.environ.get("GITHUB_OPENAPI"):
        assert stand_in.exchanges_checked == 0
        return
    with pytest.raises(Misconfigured):
        tracker._ask("POST", "/repos/aman/laporan/issues", content={"body": 5})
    (failure,) = stand_in.failures
    assert failure == (
        "POST /repos/aman/laporan/issues -> 422: request: "
        "'title' is a required property; 5 is not of type 'string'"
    )
    stand_in.failures.clear()


def test_labels_that_are_there_keep_their_letters(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """GitHub compares label names without case, and so do we."""
    stand_in.labels["darurat: merah"] = "Darurat: MERAH"
    number = tracker.create(TITLE, ["darurat: merah"], MARKER)
    assert tracker.read(number).labels == ("Darurat: MERAH",)


def test_dropped_labels_stop_the_filing(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Labels that GitHub dropped without a word are noticed in its answer."""
    stand_in.push = False
    with pytest.raises(Misconfigured) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert str(error.value) == (
        "aman/laporan did not keep the labels of issue 1: give this login write access, then set "
        "its labels."
    )


def test_pygithub_neither_repeats_nor_sleeps(tracker: GitHubTracker) -> None:
    """Its retry would file twice, and its pace goes by a clock that can be set back."""
    assert tracker._requester.kwargs["retry"] is None
    assert tracker._requester.kwargs["seconds_between_requests"] is None
    assert tracker._requester.kwargs["seconds_between_writes"] is None
    login = GitHubLogin(token=TOKEN)
    assert GitHubTracker("aman/laporan", login)._requester.kwargs["timeout"] == 20


@pytest.mark.parametrize("act", ["create", "fill", "find"])
def test_a_marker_is_needed(tracker: GitHubTracker, act: str) -> None:
    """A text without a marker line is refused, and not quoted."""
    acts: dict[str, Act] = {
        "create": lambda tracker: tracker.create(TITLE, LABELS, CANARY),
        "fill": lambda tracker: tracker.fill(1, CANARY),
        "find": lambda tracker: tracker.find(CANARY),
    }
    sentence = r"^The body has no marker line such as <!-- intake K7Q2-9MPA -->\.$"
    with pytest.raises(ValueError, match=sentence):
        acts[act](tracker)


# Listing


def test_the_list_is_followed_through_all_pages(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """Closed, old and empty issues are looked through, page by page, as the links say."""
    wanted = stand_in.add_issue(TITLE, f"{MARKER}\r\nisi")
    stand_in.issues[wanted].state = "closed"
    for _ in range(205):
        stand_in.add_issue("lain", None)
    assert tracker.find(MARKER) == wanted
    assert [request.query.get("page") for request in stand_in.requests] == [None, "2", "3"]
    assert stand_in.requests[0].query == {
        "state": "all",
        "sort": "created",
        "direction": "desc",
        "per_page": "100",
    }
    assert tracker.find(OTHER) is None


def test_the_newest_issue_counts(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """Of two issues with one marker the newer is found; a quotation is none."""
    stand_in.add_issue(TITLE, MARKER)
    newer = stand_in.add_issue(TITLE, MARKER)
    stand_in.add_issue("catatan", f"sama dengan {MARKER}")
    assert tracker.find(MARKER) == newer


def test_pull_requests_are_not_issues(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """GitHub lists pull requests among issues; they are passed over."""
    item = {"number": 9, "title": "t", "labels": [], "state": "open", "body": MARKER}
    stand_in.faults.append(Fault(200, body=json.dumps([item | {"pull_request": {}}])))
    assert tracker.find(MARKER) is None


@pytest.mark.parametrize("place", ["aman/laporan", BY_ID])
def test_renaming_during_a_list_is_noticed(stand_in: GitHubStandIn, place: str) -> None:
    """PyGithub follows a renamed list without its query: nothing found there is not believed."""
    wanted = stand_in.add_issue(TITLE, MARKER)
    stand_in.issues[wanted].state = "closed"
    tracker = _tracker(stand_in, place)
    tracker.check()
    stand_in.rename("arsip")
    with pytest.raises((TrackerUnavailable, Misconfigured)) as error:
        tracker.find(MARKER)
    assert (
        str(error.value)
        == {
            "aman/laporan": (
                f"aman/laporan was renamed or moved: set INTAKE_TRACKER to github:{BY_ID}, which "
                "outlives renaming."
            ),
            BY_ID: f"Repository {BY_ID} was just renamed: try again.",
        }[place]
    )


def test_a_list_in_circles_ends(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """A next page that was there before ends the search."""
    link = f'<{stand_in.url}/repos/aman/laporan/issues>; rel="next"'
    stand_in.faults.extend([Fault(200, headers={"Link": link}, body="[]")] * 3)
    with pytest.raises(TrackerUnavailable) as error:
        tracker.find(MARKER)
    assert str(error.value) == ("GitHub's list of issues goes round in circles: try again later.")


# Fit for use


def test_a_private_repository_may_be_used(tracker: GitHubTracker) -> None:
    """A private repository with push right passes."""
    tracker.check()


@pytest.mark.parametrize(
    ("attribute", "value", "sentence"),
    [
        (
            "visibility",
            "public",
            "is not private: make it private or name another repository in INTAKE_TRACKER.",
        ),
        (
            "visibility",
            "internal",
            "is not private: make it private or name another repository in INTAKE_TRACKER.",
        ),
        ("archived", True, "is archived: unarchive it on GitHub."),
        ("has_issues", False, "has issues switched off: switch them on."),
        (
            "push",
            False,
            "gives this login no push right, so labels would be dropped: give it write access.",
        ),
        (
            "issues_right",
            None,
            "does not allow this: give the login read and write access to issues.",
        ),
    ],
)
def test_an_unfit_repository_stops(
    stand_in: GitHubStandIn, tracker: GitHubTracker, attribute: str, value: object, sentence: str
) -> None:
    """A repository that is open to others, or closed to us, says how to mend it."""
    setattr(stand_in, attribute, value)
    with pytest.raises(Misconfigured) as error:
        tracker.check()
    assert str(error.value) == f"aman/laporan {sentence}"


def test_a_repository_that_does_not_tell_its_visibility_is_not_private(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """Only the exact word counts; `private: true` alone may also mean internal."""
    body = '{"full_name": "aman/laporan", "id": 1, "private": true, "archived": false}'
    stand_in.faults.append(Fault(200, body=body))
    with pytest.raises(Misconfigured, match="is not private"):
        tracker.check()


def test_a_read_only_token_is_found_out_at_the_first_write(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """GitHub shows the role of the token's user, not what the token may do."""
    stand_in.issues_right = "read"
    tracker.check()
    with pytest.raises(Misconfigured) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert str(error.value) == (
        "aman/laporan does not allow this: give the login read and write access to issues."
    )


@pytest.mark.parametrize("act", ACTS)
def test_a_refused_token_stops(stand_in: GitHubStandIn, act: str) -> None:
    """A token that GitHub does not know stops everything."""
    tracker = GitHubTracker(
        "aman/laporan", GitHubLogin(token="lain", api=stand_in.url), pace=0, timeout=1
    )
    with pytest.raises(Misconfigured) as error:
        ACTS[act](tracker)
    assert str(error.value) == "aman/laporan refuses the login: make a new token or key and set it."


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("place", ["aman/lain", "987654321"])
def test_an_unknown_repository_stops(stand_in: GitHubStandIn, place: str, act: str) -> None:
    """A repository that is not there, or not to be seen, stops everything."""
    with pytest.raises(Misconfigured) as error:
        ACTS[act](_tracker(stand_in, place))
    assert type(error.value) is Misconfigured
    assert str(error.value) == (
        f"{place} is not there for this login: check its name, and that the login may see it."
    )


@pytest.mark.parametrize("act", ["create", "fill", "read"])
def test_switched_off_issues_stop(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """410 from a repository without issues is told from a deleted issue."""
    stand_in.has_issues = False
    with pytest.raises(Misconfigured) as error:
        ACTS[act](tracker)
    assert type(error.value) is Misconfigured
    assert str(error.value) == "aman/laporan has issues switched off: switch them on."


# Renaming


@pytest.mark.parametrize("act", ["check", "create", "fill", "find"])
def test_a_renamed_repository_names_its_cure(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """Whatever is asked of a renamed repository, the answer names the id that outlives it."""
    stand_in.add_issue(TITLE, MARKER)
    stand_in.rename("arsip")
    with pytest.raises(Misconfigured) as error:
        ACTS[act](tracker)
    assert str(error.value) == (
        f"aman/laporan was renamed or moved: set INTAKE_TRACKER to github:{BY_ID}, which outlives "
        "renaming."
    )
    assert len(stand_in.issues) == 1


def test_an_id_outlives_renaming(stand_in: GitHubStandIn) -> None:
    """With the numeric id a renaming costs one later try, in the middle of a batch."""
    tracker = _tracker(stand_in, BY_ID)
    number = tracker.create(TITLE, LABELS, MARKER)
    stand_in.rename("arsip")
    with pytest.raises(TrackerUnavailable) as error:
        tracker.fill(number, f"{MARKER}\nisi")
    assert str(error.value) == f"Repository {BY_ID} was just renamed: try again."
    tracker.fill(number, f"{MARKER}\nisi")
    assert tracker.read(number).body == f"{MARKER}\nisi"
    assert tracker.find(MARKER) == number


@pytest.mark.parametrize(
    "location", ["https://elsewhere.example/repos/a/b", "http://localhost:1/x", ""]
)
def test_a_redirection_elsewhere_is_not_followed(
    stand_in: GitHubStandIn, tracker: GitHubTracker, location: str
) -> None:
    """A permanent redirection to another host is refused."""
    headers = {"Location": location} if location else {}
    stand_in.faults.append(Fault(301, headers=headers))
    with pytest.raises(Misconfigured) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert str(error.value) == (
        "aman/laporan was renamed or moved: set INTAKE_TRACKER to github: and the repository's "
        "numeric id, which outlives renaming."
    )
    assert len(stand_in.requests) == 1


# One issue


@pytest.mark.parametrize("act", ["fill", "read"])
@pytest.mark.parametrize("how", ["deleted", "never there"])
def test_an_issue_that_went_is_told(
    stand_in: GitHubStandIn, tracker: GitHubTracker, how: str, act: str
) -> None:
    """One issue that is gone does not condemn the repository."""
    if how == "deleted":
        stand_in.add_issue(TITLE, MARKER)
        stand_in.delete(1)
    with pytest.raises(IssueGone) as error:
        ACTS[act](tracker)
    assert str(error.value) == (
        "Issue 1 is no longer in aman/laporan: someone deleted or moved it."
    )


@pytest.mark.parametrize("act", ["fill", "read"])
def test_an_issue_that_was_moved_is_told(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str
) -> None:
    """PyGithub follows a moved issue; the other number gives it away."""
    other = stand_in.add_issue("lain", OTHER)
    stand_in.add_issue("lain", OTHER)
    headers = {"Location": f"{stand_in.url}/repos/aman/laporan/issues/2"}
    stand_in.faults.append(Fault(301, headers=headers))
    with pytest.raises(IssueGone):
        ACTS[act](tracker)
    assert other == 1


# Refusals


@pytest.mark.parametrize(
    ("title", "body", "named"),
    [
        ("", MARKER, "title: missing_field"),
        ("x" * 257, MARKER, "title: custom"),
        (TITLE, f"{MARKER}\n{'x' * 65_536}", "body: custom"),
        (" ", f"{MARKER}\n{'x' * 65_536}", "title: missing_field, body: custom"),
    ],
)
def test_a_refused_issue_names_field_and_code(
    stand_in: GitHubStandIn, tracker: GitHubTracker, title: str, body: str, named: str
) -> None:
    """What GitHub will not take is named by field and code, and nothing is filed."""
    with pytest.raises(Misconfigured) as error:
        tracker.create(title, LABELS, body)
    assert str(error.value) == f"GitHub refuses what we sent ({named})."
    assert stand_in.issues == {}


def test_a_refusal_is_not_quoted(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """GitHub's complaints may quote what it was sent: none of it goes on."""
    errors = f'[{{"field": "{CANARY}", "code": "x"}}, {{"value": "{CANARY}"}}, "{CANARY}"]'
    stand_in.faults.append(Fault(422, body=f'{{"message": "{CANARY}", "errors": {errors}}}'))
    with pytest.raises(Misconfigured) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert str(error.value) == "GitHub refuses what we sent (no reason given)."


def test_an_odd_status_is_told(stand_in: GitHubStandIn, tracker: GitHubTracker) -> None:
    """A status that GitHub does not document for us stops with its number."""
    stand_in.faults.append(Fault(451))
    with pytest.raises(Misconfigured) as error:
        tracker.check()
    assert str(error.value) == "aman/laporan answers 451: see GitHub's status page."


# Limits


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (403, {"Retry-After": "17"}, 17),
        (429, {"Retry-After": "0"}, 0),
        (429, {}, 60),
        (429, {"Retry-After": "soon", "X-RateLimit-Remaining": "7"}, 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795000090"}, 90),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1794999999"}, 1),
    ],
)
def test_a_limit_says_how_long_to_wait(
    stand_in: GitHubStandIn,
    tracker: GitHubTracker,
    act: str,
    status: int,
    headers: dict[str, str],
    seconds: int,
) -> None:
    """Retry-After, else the reset by GitHub's own clock, else a minute; nothing was changed."""
    date = {"Date": formatdate(1_795_000_000, usegmt=True)}
    stand_in.faults.append(Fault(status, headers=date | headers))
    with pytest.raises(TrackerUnavailable) as error:
        ACTS[act](tracker)
    assert str(error.value) == "GitHub asks us to slow down: try again later."
    assert error.value.retry_after == seconds
    assert stand_in.issues == {}


def test_a_secondary_limit_is_told_by_its_words(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """A secondary limit may come as a bare 403, told from a missing right by its message."""
    words = "You have exceeded a secondary rate limit. Please wait a few minutes."
    stand_in.faults.append(Fault(403, body=f'{{"message": "{words}"}}'))
    with pytest.raises(TrackerUnavailable) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert error.value.retry_after == 60


# Faults


@pytest.mark.parametrize(
    ("fault", "sentence", "filed"),
    [
        (DOWN, "GitHub answered 503 while filing: list before filing again.", 0),
        (
            Fault(502, body="<html>bad gateway</html>"),
            "GitHub answered 502 while filing: list before filing again.",
            0,
        ),
        (FAILED_AFTER_CREATION, "GitHub answered 500 while filing: list before filing again.", 1),
        (ANSWER_LOST, "The connection to GitHub broke while filing: list before filing again.", 1),
        (Fault(None), "The connection to GitHub broke while filing: list before filing again.", 0),
        (
            Fault(200, hang=True),
            "The connection to GitHub broke while filing: list before filing again.",
            0,
        ),
        (
            Fault(201, after=True, body="<html></html>"),
            "GitHub's answer does not show our issue: list before filing again.",
            1,
        ),
        (
            Fault(201, after=True, body='{"number": 1, "tit'),
            "GitHub's answer does not show our issue: list before filing again.",
            1,
        ),
        (
            Fault(201, after=True, headers={"Content-Length": "999", "Connection": "close"}),
            "The connection to GitHub broke while filing: list before filing again.",
            1,
        ),
        (
            Fault(201, body=""),
            "GitHub's answer does not show our issue: list before filing again.",
            0,
        ),
        (
            Fault(200, body="[]"),
            "GitHub's answer does not show our issue: list before filing again.",
            0,
        ),
        (
            Fault(201, headers={"X-RateLimit-Limit": "x", "X-RateLimit-Remaining": "y"}),
            "GitHub sent an answer that cannot be read while filing: list before filing again.",
            0,
        ),
    ],
)
def test_a_lost_or_strange_answer_leaves_filing_in_doubt(
    stand_in: GitHubStandIn, tracker: GitHubTracker, fault: Fault, sentence: str, filed: int
) -> None:
    """Without a good answer we do not know, do not ask twice, and can find out by listing."""
    stand_in.faults.append(fault)
    with pytest.raises(InDoubt) as error:
        tracker.create(TITLE, LABELS, MARKER)
    assert str(error.value) == sentence
    assert len(stand_in.sent("POST")) == 1
    assert len(stand_in.issues) == filed
    assert tracker.find(MARKER) == (1 if filed else None)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": None},
        {"number": True},
        {"number": "1"},
        {"body": OTHER},
        {"body": None},
        {"labels": [{}]},
        {"labels": None},
        {"state": "lain"},
    ],
)
def test_only_a_number_with_our_marker_counts(
    stand_in: GitHubStandIn, tracker: GitHubTracker, changed: dict[str, object]
) -> None:
    """A reply to a creation counts with an integer number and our own marker, or not at all."""
    good = {"number": 1, "title": TITLE, "labels": [], "state": "open", "body": MARKER}
    stand_in.faults.append(Fault(201, body=json.dumps(good)))
    assert tracker.create(TITLE, [], MARKER) == 1
    stand_in.faults.append(Fault(201, body=json.dumps(good | changed)))
    with pytest.raises(InDoubt) as error:
        tracker.create(TITLE, [], MARKER)
    assert str(error.value) == (
        "GitHub's answer does not show our issue: list before filing again."
    )


@pytest.mark.parametrize("act", NOT_CREATING)
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (DOWN, "GitHub answered 503: try again later."),
        (Fault(None), "The connection to GitHub broke: try again later."),
        (Fault(200, hang=True), "The connection to GitHub broke: try again later."),
        (
            Fault(200, body="<html></html>"),
            "GitHub answered with something else than was asked for: try again later.",
        ),
        (
            Fault(200, body='[{"number": 1, "ti'),
            "GitHub answered with something else than was asked for: try again later.",
        ),
        (
            Fault(200, body='[{"number": 1}]'),
            "GitHub answered with something else than was asked for: try again later.",
        ),
    ],
)
def test_whatever_may_be_repeated_is_for_later(
    stand_in: GitHubStandIn, tracker: GitHubTracker, act: str, fault: Fault, sentence: str
) -> None:
    """Asking again, and filling again, does no harm: no doubt, only later."""
    stand_in.add_issue(TITLE, MARKER)
    stand_in.faults.append(fault)
    with pytest.raises(TrackerUnavailable) as error:
        ACTS[act](tracker)
    assert str(error.value) == sentence
    assert len(stand_in.requests) == 1


def test_a_busy_github_says_when_to_come_back(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """Retry-After counts with 503 as well."""
    stand_in.faults.append(Fault(503, headers={"Retry-After": "120"}))
    with pytest.raises(TrackerUnavailable) as error:
        tracker.check()
    assert error.value.retry_after == 120


@pytest.mark.parametrize("act", ACTS)
def test_an_unreachable_github_changed_nothing(act: str) -> None:
    """Where no connection is made, nothing was sent: sure even for a creation."""
    login = GitHubLogin(token=TOKEN, api="http://127.0.0.1:9")
    with pytest.raises(TrackerUnavailable) as error:
        ACTS[act](GitHubTracker("aman/laporan", login, pace=0))
    assert str(error.value) == (
        "GitHub cannot be reached: look at this machine's network, or try again later."
    )


def test_github_down_for_a_while_comes_back(
    stand_in: GitHubStandIn, tracker: GitHubTracker
) -> None:
    """After an outage the same tracker goes on."""
    stand_in.down = True
    with pytest.raises(TrackerUnavailable):
        tracker.check()
    stand_in.down = False
    tracker.check()
    assert tracker.create(TITLE, LABELS, MARKER) == 1


# A GitHub App


def test_an_app_files_with_a_token_for_issues_alone(
    stand_in: GitHubStandIn, app: GitHubTracker
) -> None:
    """An installation signs in once, asks for no more than issues, and may label."""
    app.check()
    assert app.create(TITLE, LABELS, MARKER) == 1
    assert app.read(1).labels == tuple(LABELS)
    signing_in = [request for request in stand_in.requests if "access_tokens" in request.path]
    assert [request.body for request in signing_in] == [
        {"permissions": {"issues": "write", "metadata": "read"}}
    ]


@pytest.mark.parametrize(
    ("attribute", "value", "sentence"),
    [
        (
            "app_key",
            None,
            "GitHub refuses the App: check INTAKE_GITHUB_APP_ID, its key file and this clock.",
        ),
        (
            "installation_id",
            3,
            "GitHub knows no such installation: check INTAKE_GITHUB_INSTALLATION_ID.",
        ),
        (
            "issues_right",
            "read",
            "The App may not write issues: give it read and write access to issues.",
        ),
    ],
)
def test_an_app_that_may_not_file_says_why(
    stand_in: GitHubStandIn, app: GitHubTracker, attribute: str, value: object, sentence: str
) -> None:
    """Signing in tells what is wrong with the App before anything is filed."""
    setattr(stand_in, attribute, value)
    with pytest.raises(Misconfigured) as error:
        app.create(TITLE, LABELS, MARKER)
    assert str(error.value) == sentence
    assert stand_in.issues == {}


def test_a_suspended_app_is_told(stand_in: GitHubStandIn, app: GitHubTracker) -> None:
    """403 while signing in means that the installation was suspended."""
    stand_in.faults.append(Fault(403))
    with pytest.raises(Misconfigured) as error:
        app.check()
    assert str(error.value) == ("GitHub has the App suspended: let its owner allow it again.")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (DOWN, "GitHub answered 503: try again later."),
        (Fault(None), "Signing in to GitHub did not work just now: try later."),
        (Fault(201, body='{"tok'), "Signing in to GitHub did not work just now: try later."),
        (Fault(201, body="<html>"), "Signing in to GitHub did not work just now: try later."),
        (Fault(201, body="{}"), "Signing in to GitHub did not work just now: try later."),
        (
            Fault(429, headers={"Retry-After": "0"}),
            "GitHub asks us to slow down: try again later.",
        ),
        *(
            (Fault(201, body=body), "Signing in to GitHub did not work just now: try later.")
            for body in (
                "",
                "[]",
                "5",
                '{"token": 5}',
                '{"token": "t", "expires_at": "soon"}',
                '{"expires_at": "2099-01-01T00:00:00Z"}',
            )
        ),
    ],
)
def test_a_fault_while_signing_in_leaves_no_doubt(
    stand_in: GitHubStandIn, app: GitHubTracker, fault: Fault, sentence: str
) -> None:
    """Before a token is there nothing can have been filed."""
    stand_in.faults.append(fault)
    with pytest.raises(TrackerUnavailable) as error:
        app.create(TITLE, LABELS, MARKER)
    assert str(error.value) == sentence
    assert app.create(TITLE, LABELS, MARKER) == 1


def test_a_token_of_the_app_that_ended_early_is_replaced(
    stand_in: GitHubStandIn, app: GitHubTracker
) -> None:
    """Revoked, or this clock is wrong: signing in anew mends it, and nothing was filed before."""
    app.check()
    stand_in.installation_rights = None
    with pytest.raises(TrackerUnavailable) as error:
        app.create(TITLE, LABELS, MARKER)
    assert str(error.value) == "GitHub refused a token that had ended: try again."
    assert app.create(TITLE, LABELS, MARKER) == 1
    assert list(stand_in.issues) == [1]


# Nothing leaks

LEAKY: dict[str, list[Fault]] = {
    "good": [],
    "down": [DOWN],
    "lost": [Fault(None, after=True)],
    "late": [Fault(500, after=True, body=f'{{"message": "{CANARY}"}}')],
    "refused": [Fault(422, body=f'{{"message": "{CANARY}", "errors": ["{CANARY}"]}}')],
    "forbidden": [Fault(403, body=f'{{"message": "{CANARY}"}}')],
    "limited": [Fault(429, body=f'{{"message": "{CANARY}"}}')],
    "unauthorised": [Fault(401, body=f'{{"message": "{CANARY}"}}')],
    "gone": [Fault(410, body=f'{{"message": "{CANARY}"}}')],
    "strange": [Fault(201, after=True, body=f"<p>{CANARY}</p>")],
    "torn": [Fault(201, after=True, body=f'{{"body": "{CANARY}')],
    "junk headers": [Fault(201, headers={"X-RateLimit-Reset": CANARY}, body=CANARY)],
    "moved": [Fault(307, headers={"Location": f"/{CANARY}"}, body=CANARY)],
    "elsewhere": [Fault(301, headers={"Location": f"http://{CANARY}/"}, body=CANARY)],
}


@pytest.mark.parametrize("act", ["create", "fill"])
@pytest.mark.parametrize("faults", LEAKY.values(), ids=LEAKY)
def test_no_body_in_messages_or_logs(
    stand_in: GitHubStandIn,
    tracker: GitHubTracker,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    faults: list[Fault],
    act: str,
) -> None:
    """With every logger at DEBUG, no body is in a log, a message, a traceback or an output."""
    for name in ("", "github", "github.Requester", "urllib3", "requests", "intake"):
        caplog.set_level(logging.DEBUG, logger=name)
    stand_in.add_issue(TITLE, MARKER)
    stand_in.faults.extend(faults)
    shown = _attempt(tracker, act, f"{MARKER}\n{CANARY}")
    assert CANARY not in shown
    assert CANARY not in caplog.text
    assert all(CANARY not in str(vars(record)) for record in caplog.records)
    assert CANARY not in "".join(capfd.readouterr())
    assert any(CANARY in str(request.body) for request in stand_in.requests)


def _attempt(tracker: GitHubTracker, act: str, body: str) -> str:
    """Return all that an attempt shows: representation, message, traceback and causes."""
    try:
        if act == "create":
            return repr(tracker.create(TITLE, LABELS, body))
        tracker.fill(1, body)
    except (InDoubt, Misconfigured, TrackerUnavailable) as error:
        # The library's own errors hold the request: none may hang on ours.
        cause = f"hangs on {CANARY}" if error.__context__ else ""
        lines = traceback.format_exception(error)
        return "\n".join([repr(error), str(error), repr(vars(error)), cause, *lines])
    return ""


def test_pygithub_itself_would_log_whole_bodies(
    tracker: GitHubTracker, caplog: pytest.LogCaptureFixture
) -> None:
    """PyGithub's own logger writes request and answer at DEBUG: why it is given another."""
    caplog.set_level(logging.DEBUG, logger="github")
    Requester.resetLogger()
    tracker.create(TITLE, LABELS, f"{MARKER}\n{CANARY}")
    (record,) = [record for record in caplog.records if record.name == "github.Requester"]
    assert record.getMessage().count(CANARY) == 2
    assert TOKEN not in record.getMessage()


def test_its_logger_cannot_be_turned_on(
    stand_in: GitHubStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """With PyGithub's logger at DEBUG, a tracker of ours still logs nothing through it."""
    caplog.set_level(logging.DEBUG, logger="github")
    _tracker(stand_in).create(TITLE, LABELS, f"{MARKER}\n{CANARY}")
    assert [record for record in caplog.records if record.name.startswith("github")] == []


def test_nothing_of_ours_turns_on_the_tracing_of_http() -> None:
    """The http library prints requests when `debuglevel` is set; loading us leaves it alone."""
    program = (
        "import http.client, intake.tracker.github; print(http.client.HTTPConnection.debuglevel)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "0\n"
