"""A tracker on GitHub: one private repository, asked through PyGithub, and believed only so far.

PyGithub signs in and holds the connection; `requestJson` hands back status, headers
and text, and what they mean is decided here. What this relies on, and where it comes from:

- Documented by GitHub (REST API: best practices, rate limits, issues, apps): one second between
  writes; a request is ended after 10 seconds; a limit answers 403 or 429 with `retry-after`, or
  with `x-ratelimit-remaining: 0` and `x-ratelimit-reset`, else wait a minute; lists go on at the
  address in the `link` header; a private repository that the login may not see is 404; labels from
  someone without push access are dropped without a word; an issue that was deleted answers 404 or
  410, one that was moved 301; an installation's token cannot be given a permission that the App
  lacks.
- Measured with PyGithub 2.10: its default retry sends a POST again after 5xx, so it is switched
  off. It follows a 301 by itself with the same verb and drops the query, so an empty list counts
  only when the repository still bears its name. It hands back a 307 as if it were an answer. Its
  logger writes whole requests and answers at DEBUG, and brings its own handler to standard error,
  so it is given a logger that nothing can turn on. It keeps a strange answer to signing in as if
  it were a token. Its pace goes by the wall clock: set back an hour, it sleeps an hour; so the pace
  is `pace.py`'s. It trusts an installation's token until the wall clock says that it has ended.
- Read so by other programs: the header `github-authentication-token-expiration` of an answer tells
  when a token ends.
- Reported by users of GitHub: `permissions` in a repository tells the role of the token's user. So
  a fine-grained token without "Issues: write" is found out by its first 403; and an installation,
  which has no user, always reads false there, so its right is proven by the token it got.

- Documented for what people who come back send: `since` names what was changed after that time, and
  a comment changes its issue; taking away a label that is not there is 404; an issue is deleted by
  the GraphQL mutation `deleteIssue` with its node id, which asks for an owner's credential. GraphQL
  tells its errors in an answer of 200. Lists are asked for newest change first: what changes while
  they are read moves to their front, so nothing is left out. A comment is hidden by the GraphQL
  mutation `minimizeComment`; people with write access to the repository may hide, edit and delete
  comments. A file is written by `PUT contents`, with the `sha` of the one it replaces.

Bad input: a body without a marker line is a ValueError. No message quotes what GitHub said, since
it may quote what it was sent.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from github import Auth, BadAttributeException, Github, GithubException
from github.Requester import Requester
from urllib3.exceptions import NewConnectionError

from intake.tracker import (
    Comment,
    GitHubLogin,
    InDoubt,
    Issue,
    IssueGone,
    Label,
    Misconfigured,
    Notes,
    TrackerUnavailable,
    case_number_in,
    has_marker,
    letter_line_in,
    marker_line,
)
from intake.tracker.pace import Pace

_API_VERSION = "2022-11-28"
_TIMEOUT = 20  # seconds; GitHub itself ends a request after 10
_PAGE = 100  # issues; the most that GitHub lists at once
_EXPIRY = "github-authentication-token-expiration"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class _Reply:
    """An answer: lower-case header names, and the JSON value or None where there was none."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)


class GitHubTracker:
    """Issues of one repository, `OWNER/NAME` or its numeric id.

    `pace` stretches GitHub's limits, for tests; `notes` is where they are kept across restarts;
    without it a command waits for its turn instead.
    `clock` gives UTC seconds, for the pace and for answers that do not tell the server's time.
    """

    def __init__(
        self,
        place: str,
        login: GitHubLogin,
        *,
        notes: Notes | None = None,
        pace: float = 1.0,
        timeout: int = _TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._by_id = place.isdigit()
        self._full_name = "" if self._by_id else place
        self._login = login
        self._pace = Pace(notes, clock, pace)
        self._timeout = timeout
        self._clock = clock
        self._expires_at: int | None = None
        self._told_time: int | None = None
        # Whatever logging is switched on around us, this logger has no parent and stays silent.
        Requester.injectLogger(logging.Logger("intake.tracker.github", logging.CRITICAL + 1))
        self._connect()

    def _connect(self) -> None:
        self._auth = _auth(self._login)
        self._requester = Github(
            auth=self._auth,
            base_url=_address(self._login.api),
            timeout=self._timeout,
            retry=None,
            per_page=_PAGE,
            user_agent="migrasi-aman",
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version=_API_VERSION,
        ).requester

    def __repr__(self) -> str:
        return f"GitHubTracker({self._place!r})"

    def check(self) -> None:
        """Raise Misconfigured unless the repository is private and we may file and label there."""
        self._pace.refuse_haste()
        self._inspect()

    def time(self) -> int | None:
        """GitHub's time at its last answer; None before the first."""
        return self._told_time

    def _inspect(self) -> None:
        repository = self._repository()
        problems = [
            (
                repository.get("visibility") != "private",
                "is not private: make it private or name another repository in INTAKE_TRACKER.",
            ),
            (repository.get("archived") is not False, "is archived: unarchive it on GitHub."),
            (repository.get("has_issues") is not True, "has issues switched off: switch them on."),
            (
                not self._may_label(repository),
                "gives this login no push right, so labels would be dropped: give it write access.",
            ),
        ]
        for wrong, sentence in problems:
            if wrong:
                raise Misconfigured(f"{self._place} {sentence}")

    def create(self, title: str, labels: Sequence[str], body: str) -> int:
        """File an issue; only a number that came back with our marker and labels is returned."""
        marker = marker_line(case_number_in(body))
        content = {"title": title, "body": body, "labels": list(labels)}
        reply = self._ask("POST", f"{self._base()}/issues", content=content, creates=True)
        issue = _issue(reply.data)
        if reply.status != 201 or issue is None or not has_marker(issue.body, marker):
            raise InDoubt("GitHub's answer does not show our issue: list before filing again.")
        if _folded(labels) != _folded(issue.labels):
            raise Misconfigured(
                f"{self._place} did not keep the labels of issue {issue.number}: give this login "
                "write access, then set its labels."
            )
        return issue.number

    def fill(self, number: int, body: str) -> None:
        """Replace the body of an issue."""
        case_number_in(body)
        self._one("PATCH", number, {"body": body})

    def read(self, number: int) -> Issue:
        """Return the issue, or raise IssueGone."""
        return self._one("GET", number)

    def find(self, marker: str, since: int = 0) -> int | None:
        """Return the newest issue with the marker, going through all pages of the list."""
        title = re.compile(rf"[A-Z]+ · {case_number_in(marker)}")
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": _PAGE}
        if since > 0:
            query["since"] = _iso(since)
        for data in self._pages(f"{self._base()}/issues", query):
            for issue in _issues(data):
                # By its title too: somebody may have written over a stub before it was filled.
                if has_marker(issue.body, marker) or title.fullmatch(issue.title):
                    return issue.number
        self._confirm_name()
        return None

    def updated_since(self, time: int) -> list[Issue]:
        """Return the issues changed then or later, going through all pages of the list."""
        query = {"state": "all", **_newest_first(time)}
        pages = self._pages(f"{self._base()}/issues", query)
        found = {issue.number: issue for data in pages for issue in _issues(data)}
        self._confirm_name()
        if not all(issue.updated_at for issue in found.values()):
            raise TrackerUnavailable(_STRANGE)
        return sorted(found.values(), key=lambda issue: (issue.updated_at, issue.number))

    def comments_since(self, time: int) -> list[Comment]:
        """Return the comments of all issues changed then or later."""
        found = self._all_comments(f"{self._base()}/issues/comments", _newest_first(time))
        self._confirm_name()
        return sorted(found, key=lambda comment: (comment.updated_at, comment.id))

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of an issue, oldest first."""
        url = f"{self._base()}/issues/{number}/comments"
        found = self._all_comments(url, {"per_page": _PAGE}, issue=number)
        self.read(number)  # an empty list of an issue that was moved away is no list
        return sorted(found, key=lambda comment: (comment.created_at, comment.id))

    def comment(self, number: int, body: str) -> int:
        """Write a comment; only an id that came back with our marker is returned."""
        marker = letter_line_in(body)
        # Asked first, since an issue that was moved would take the comment along.
        self.read(number)
        url = f"{self._base()}/issues/{number}/comments"
        reply = self._ask("POST", url, content={"body": body}, issue=number, creates=True)
        comment = _comment(reply.data)
        if reply.status != 201 or comment is None or not has_marker(comment.body, marker):
            raise InDoubt("GitHub's answer does not show our comment: list before writing again.")
        return comment.id

    def amend(self, number: int, comment: int, body: str) -> None:
        """Replace the body of a comment; done only when GitHub shows it."""
        letter_line_in(body)
        url = f"{self._base()}/issues/comments/{comment}"
        reply = self._ask("PATCH", url, content={"body": body}, issue=number)
        kept = _comment(reply.data)
        if kept is None or (kept.id, kept.number) != (comment, number):
            raise TrackerUnavailable(_STRANGE)

    def set_label(self, number: int, label: str) -> None:
        """Add a label; one that did not stay is Misconfigured."""
        if label.casefold() in _folded(self.read(number).labels):
            return
        url = f"{self._base()}/issues/{number}/labels"
        reply = self._ask("POST", url, content={"labels": [label]}, issue=number, repeatable=True)
        if label.casefold() not in _folded(_label_names(reply.data) or []):
            raise Misconfigured(
                f"{self._place} did not keep the label of issue {number}: give this login write "
                "access."
            )

    def remove_label(self, number: int, label: str) -> None:
        """Take a label away, unless it is gone already."""
        if label.casefold() not in _folded(self.read(number).labels):
            return
        url = f"{self._base()}/issues/{number}/labels/{quote(label, safe='')}"
        try:
            self._ask("DELETE", url, issue=number)
        except IssueGone:
            self.read(number)  # raises it again, unless it was the label alone that had gone

    def set_title(self, number: int, title: str) -> None:
        """Change the title of an issue."""
        self._one("PATCH", number, {"title": title})

    def set_state(self, number: int, state: str) -> None:
        """Open or close an issue, unless it is so already."""
        if self.read(number).state != state:
            self._one("PATCH", number, {"state": state})

    def login_expires_at(self) -> int | None:
        """When the token ends, by GitHub's last answer; an App's key and some tokens never do."""
        return self._expires_at

    def hide(self, number: int, comment: int) -> None:
        """Minimize a comment by its node id; one that somebody deleted needs no hiding."""
        try:
            url = f"{self._base()}/issues/comments/{comment}"
            data = self._ask("GET", url, issue=number).data
        except IssueGone:
            self.read(number)  # raises it again, unless it was the comment alone that had gone
            return
        node = data.get("node_id") if isinstance(data, dict) else None
        if not isinstance(node, str):
            raise TrackerUnavailable(_STRANGE)
        content = {"query": _MINIMIZE_COMMENT, "variables": {"id": node}}
        url = self._requester.graphql_url
        match self._ask("POST", url, content=content, repeatable=True).data:
            case {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}}:
                return
            case {"errors": [{"type": "FORBIDDEN"}, *_]}:
                raise Misconfigured(
                    f"{self._place} lets this login hide no comment: give it write access."
                )
            case _:
                raise TrackerUnavailable("GitHub did not hide a comment: try again later.")

    def known_labels(self) -> list[Label]:
        """Return the labels of the repository, going through all pages of the list."""
        found = []
        for data in self._pages(f"{self._base()}/labels", {"per_page": _PAGE}):
            for item in data if isinstance(data, list) else [None]:
                match item:
                    case {"name": str(name), "color": str(color), "description": text}:
                        found.append(Label(name, color, text or ""))
                    case _:
                        raise TrackerUnavailable(_STRANGE)
        self._confirm_name()
        return found

    def save_label(self, label: Label, known: bool) -> None:
        """Make or change a label; sent twice it is refused or changes nothing."""
        look = {"color": label.color, "description": label.description}
        url = f"{self._base()}/labels"
        if known:
            named = {"new_name": label.name, **look}
            self._ask("PATCH", f"{url}/{quote(label.name, safe='')}", content=named)
        else:
            self._ask("POST", url, content={"name": label.name, **look}, repeatable=True)

    def place(self) -> str:
        """Return `OWNER/NAME` as the repository is called now."""
        self._repository()
        return self._full_name

    def file(self, path: str) -> tuple[str, str] | None:
        """Return text and `sha` of a file of the repository, or None where there is none."""
        self._sign_in()
        url = f"{self._base()}/contents/{quote(path)}"
        reply = self._send("GET", url, None, None)
        if isinstance(reply, _Reply) and reply.status == 404:
            self.check()  # a repository that cannot be seen answers 404 too
            return None
        match self._ask("GET", url).data:
            case {"encoding": "base64", "content": str(content), "sha": str(sha)}:
                return base64.b64decode(content).decode(errors="replace"), sha
        raise TrackerUnavailable(_STRANGE)

    def save_file(self, path: str, text: str, sha: str | None) -> None:
        """Write a file in a commit of its own; needs the right to write contents."""
        content = {
            "message": f"{path} is as intake setup writes it",
            "content": base64.b64encode(text.encode()).decode(),
            **({"sha": sha} if sha else {}),
        }
        self._ask("PUT", f"{self._base()}/contents/{quote(path)}", content=content)

    def delete(self, number: int) -> None:
        """Delete an issue by its node id; done only when GitHub says so and it is gone."""
        reply = self._ask("GET", f"{self._base()}/issues/{number}", issue=number)
        issue = _issue(reply.data)
        node = reply.data.get("node_id") if isinstance(reply.data, dict) else None
        if issue is None or not isinstance(node, str):
            raise TrackerUnavailable(_STRANGE)
        if issue.number != number:
            raise self._gone(number)
        content = {"query": _DELETE_ISSUE, "variables": {"id": node}}
        url = self._requester.graphql_url
        match self._ask("POST", url, content=content, repeatable=True).data:
            case {"data": {"deleteIssue": {"repository": dict()}}, **others} if (
                "errors" not in others
            ):
                return
            case {"errors": [{"type": "FORBIDDEN"}, *_]}:
                raise Misconfigured(
                    f"{self._place} lets this login delete no issue: set INTAKE_GITHUB_OWNER_TOKEN "
                    "to a token of an owner who may."
                )
            case _:
                raise TrackerUnavailable(f"GitHub did not delete issue {number}: try again later.")

    def _all_comments(
        self, url: str, query: Mapping[str, Any], issue: int | None = None
    ) -> list[Comment]:
        found: dict[int, Comment] = {}
        for data in self._pages(url, query, issue):
            for item in data if isinstance(data, list) else [None]:
                comment = _comment(item)
                if comment is None:
                    raise TrackerUnavailable(_STRANGE)
                found.setdefault(comment.id, comment)
        return list(found.values())

    def _pages(self, url: str, query: Mapping[str, Any], issue: int | None = None) -> Iterator[Any]:
        """Give the content of each page of a list, following its links."""
        seen: set[str] = set()
        while url not in seen:
            seen.add(url)
            reply = self._ask("GET", url, query, issue=issue)
            yield reply.data
            if not (url := _next_page(reply.headers)):
                return
            query = {}
        raise TrackerUnavailable("GitHub's list of issues goes round in circles: try again later.")

    def _base(self) -> str:
        if not self._full_name:
            self._repository()
        return f"/repos/{self._full_name}"

    def _repository(self) -> dict[str, Any]:
        """Ask for the repository and raise Misconfigured when it no longer bears its name."""
        path = f"/repositories/{self._place}" if self._by_id else f"/repos/{self._place}"
        data = self._ask("GET", path).data
        match data:
            case {"full_name": str(full_name), "id": int(number)}:
                if not self._by_id and full_name.casefold() != self._place.casefold():
                    raise self._moved(f"/repositories/{number}")
                self._full_name = full_name
                return dict(data)
            case _:
                raise TrackerUnavailable(_STRANGE)

    def _confirm_name(self) -> None:
        """Believe an empty list only when no renaming cut its query off meanwhile."""
        before = self._full_name
        self._repository()
        if self._full_name != before:
            raise self._moved("")

    def _may_label(self, repository: Mapping[str, Any]) -> bool:
        """Tell whether labels will be kept; an installation got its token for that very right."""
        if isinstance(self._auth, Auth.AppInstallationAuth):
            return True
        permissions = repository.get("permissions")
        return isinstance(permissions, dict) and permissions.get("push") is True

    def _one(self, verb: str, number: int, content: Mapping[str, Any] | None = None) -> Issue:
        url, creates = f"{self._base()}/issues/{number}", content is not None
        reply = self._ask(verb, url, content=content, issue=number, creates=creates)
        issue = _issue(reply.data)
        if issue is None:
            raise TrackerUnavailable(_STRANGE)
        if issue.number != number:
            # PyGithub followed the 301 of an issue that was moved to another repository.
            raise self._gone(number)
        return issue

    def _ask(
        self,
        verb: str,
        url: str,
        query: Mapping[str, Any] | None = None,
        *,
        content: Mapping[str, Any] | None = None,
        issue: int | None = None,
        repeatable: bool = False,
        creates: bool = False,
    ) -> _Reply:
        """Send one request and return the answer if it is a success; raise what it means if not.

        A POST without a clear answer is in doubt unless it is `repeatable`. What `creates` content
        counts towards the hour's limit.
        """
        self._pace.refuse_rest()
        self._sign_in()
        if creates:
            self._pace.spend()
        if verb != "GET":
            self._pace.keep_apart()
        reply = self._send(verb, url, query, content)
        if isinstance(reply, _Reply):
            self._told_time = _date(reply.headers)
            self._heed(reply)
            if 200 <= reply.status < 300:
                return reply
            if issue is not None and reply.status in (301, 404, 410):
                self._inspect()
                raise self._gone(issue)
            reply = self._meaning(reply)
            self._rest_after(reply)
        if verb == "POST" and not repeatable and isinstance(reply, _Silence):
            raise InDoubt(f"{reply.reason} while filing: list before filing again.")
        raise reply

    def _send(
        self,
        verb: str,
        url: str,
        query: Mapping[str, Any] | None,
        content: Mapping[str, Any] | None,
    ) -> _Reply | TrackerUnavailable | Misconfigured:
        # Errors are returned, not raised: one raised in here would carry the library's own error
        # along, and with it the request.
        try:
            status, headers, text = self._requester.requestJson(
                verb,
                url,
                dict(query or {}),
                {"Accept": "application/vnd.github+json"},
                content and dict(content),
            )
        except requests.RequestException as error:
            if _never_sent(error):
                return TrackerUnavailable(
                    "GitHub cannot be reached: look at this machine's network, or try again later."
                )
            return _Silence("The connection to GitHub broke")
        except RuntimeError:
            # PyGithub's word for a 301 to another host, to itself, or round in circles.
            return self._moved("")
        except ValueError:
            return _Silence("GitHub sent an answer that cannot be read")
        if _EXPIRY in headers and not isinstance(self._auth, Auth.AppInstallationAuth):
            self._expires_at = _day_and_time(headers[_EXPIRY])
        return _Reply(status, headers, _json(text))

    def _sign_in(self) -> None:
        """Fetch a fresh installation token where one is due, apart from the request itself.

        So a failure in here is known to have changed nothing.
        """
        if problem := self._sign_in_problem():
            self._rest_after(problem)
            raise problem

    def _sign_in_problem(self) -> TrackerUnavailable | Misconfigured | None:
        if not isinstance(self._auth, Auth.AppInstallationAuth):
            return None
        try:
            # The second look asks the token how long it is good for.
            if all((self._auth.token, self._auth.token)):
                return None
        except GithubException as error:
            reply = _Reply(error.status, dict(error.headers or {}), error.data)
            sentence = _APP_PROBLEMS.get(reply.status)
            if sentence and self._limit(reply) is None:
                return Misconfigured(sentence)
            return self._meaning(reply)
        except _NO_TOKEN:
            pass
        # PyGithub keeps an answer without a token as if it were one: begin anew.
        self._connect()
        return TrackerUnavailable("Signing in to GitHub did not work just now: try later.")

    def _meaning(self, reply: _Reply) -> TrackerUnavailable | Misconfigured:
        """Say what an answer that is no success asks us to do."""
        status = reply.status
        if (seconds := self._limit(reply)) is not None:
            return TrackerUnavailable("GitHub asks us to slow down: try again later.", seconds)
        if status == 401 and isinstance(self._auth, Auth.AppInstallationAuth):
            # Ended or revoked before this machine's clock says so. Signing in anew will tell.
            self._connect()
            return TrackerUnavailable("GitHub refused a token that had ended: try again.")
        if 300 <= status < 400:
            return self._moved(reply.headers.get("location", ""))
        if status == 422:
            return Misconfigured(f"GitHub refuses what we sent ({_complaints(reply.data)}).")
        if 400 <= status < 500 and status != 408:
            sentence = _PROBLEMS.get(status, f"answers {status}: see GitHub's status page.")
            return Misconfigured(f"{self._place} {sentence}")
        return _Silence(f"GitHub answered {status}", _seconds(reply.headers.get("retry-after")))

    def _rest_after(self, problem: TrackerUnavailable | Misconfigured) -> None:
        if isinstance(problem, TrackerUnavailable):
            self._pace.rest(problem.retry_after or 0)

    def _heed(self, reply: _Reply) -> None:
        """Rest before a limit is met: this answer was the last one until the reset."""
        if 200 <= reply.status < 300 and reply.headers.get("x-ratelimit-remaining") == "0":
            reset = _seconds(reply.headers.get("x-ratelimit-reset"))
            self._pace.rest(0 if reset is None else reset - self._now(reply.headers))

    def _limit(self, reply: _Reply) -> int | None:
        """Return the seconds to wait when the answer is a rate limit, else None."""
        if reply.status not in (403, 429):
            return None
        headers = reply.headers
        if (seconds := _seconds(headers.get("retry-after"))) is not None:
            return seconds
        reset = _seconds(headers.get("x-ratelimit-reset"))
        if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
            return max(1, reset - self._now(headers))
        if reply.status == 429 or "rate limit" in _message(reply.data):
            return self._pace.next_rest()
        return None

    def _now(self, headers: Mapping[str, str]) -> int:
        """Return GitHub's own time where it tells it: this machine's clock may be wrong."""
        told = _date(headers)
        return int(self._clock()) if told is None else told

    def _moved(self, location: str) -> TrackerUnavailable | Misconfigured:
        if self._by_id:
            self._full_name = ""
            return TrackerUnavailable(f"Repository {self._place} was just renamed: try again.")
        found = re.search(r"/repositories/([0-9]+)", location)
        cure = f"github:{found[1]}" if found else "github: and the repository's numeric id"
        return Misconfigured(
            f"{self._place} was renamed or moved: set INTAKE_TRACKER to {cure}, which outlives "
            "renaming."
        )

    def _gone(self, number: int) -> IssueGone:
        return IssueGone(
            f"Issue {number} is no longer in {self._place}: someone deleted or moved it."
        )


class _Silence(TrackerUnavailable):
    """No answer, or one that does not tell what happened: a POST is in doubt."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(f"{reason}: try again later.", retry_after)
        self.reason = reason


_STRANGE = "GitHub answered with something else than was asked for: try again later."

_DELETE_ISSUE = "mutation ($id: ID!) { deleteIssue(input: {issueId: $id}) { repository { id } } }"

_MINIMIZE_COMMENT = (
    "mutation ($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OFF_TOPIC}) "
    "{ minimizedComment { isMinimized } } }"
)

_PROBLEMS = {
    401: "refuses the login: make a new token or key and set it.",
    403: "does not allow this: give the login read and write access to issues.",
    404: "is not there for this login: check its name, and that the login may see it.",
    410: "has issues switched off: switch them on.",
}

# What PyGithub raises over a lost or strange answer to signing in.
_NO_TOKEN = (
    requests.RequestException,
    BadAttributeException,
    AttributeError,
    RuntimeError,
    TypeError,
    ValueError,
)

_APP_PROBLEMS = {
    401: "GitHub refuses the App: check INTAKE_GITHUB_APP_ID, its key file and this clock.",
    403: "GitHub has the App suspended: let its owner allow it again.",
    404: "GitHub knows no such installation: check INTAKE_GITHUB_INSTALLATION_ID.",
    422: "The App may not write issues: give it read and write access to issues.",
}


def _auth(login: GitHubLogin) -> Auth.Auth:
    app = (login.app_id, login.installation_id, login.key_file)
    if bool(login.token) == any(part is not None for part in app):
        raise Misconfigured(
            "Set INTAKE_GITHUB_TOKEN or the three settings of a GitHub App, one and not both."
        )
    if login.token:
        return _token(login.token)
    if login.app_id is None or login.installation_id is None or login.key_file is None:
        raise Misconfigured(
            "Set INTAKE_GITHUB_APP_ID, INTAKE_GITHUB_INSTALLATION_ID and INTAKE_GITHUB_KEY_FILE: "
            "one of them is missing."
        )
    # Asking for less than the App may have been given: the token can do nothing but this.
    rights = {"issues": "write", "metadata": "read"}
    key = _private_key(login.key_file)
    return Auth.AppAuth(login.app_id, key).get_installation_auth(login.installation_id, rights)


def _token(token: str) -> Auth.Token:
    if not re.fullmatch("[!-~]+", token):
        raise Misconfigured("INTAKE_GITHUB_TOKEN holds a space or a line end: set it anew.")
    return Auth.Token(token)


def _private_key(path: Path) -> str:
    try:
        pem = path.read_bytes()
        usable = isinstance(load_pem_private_key(pem, None), RSAPrivateKey)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        usable = False
    if not usable:
        raise Misconfigured(
            f"{path} is not a private key that can be read: set INTAKE_GITHUB_KEY_FILE to the "
            ".pem file that GitHub gave for the App."
        )
    return pem.decode()


def _address(api: str) -> str:
    parts = urlsplit(api)
    if parts.scheme == "https" and parts.hostname:
        return api.rstrip("/")
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return api.rstrip("/")
    raise Misconfigured("Set INTAKE_GITHUB_API to an address that starts with https://.")


def _never_sent(error: requests.RequestException) -> bool:
    """Tell whether the connection was never made, so that the request cannot have arrived."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _issue(data: Any) -> Issue | None:
    """Take an issue out of an answer, or None when it is no whole issue."""
    match data:
        case {
            "number": int(number),
            "title": str(title),
            "labels": list(labels),
            "state": "open" | "closed" as state,
            "body": str() | None as body,
        } if not isinstance(number, bool):
            known = _label_names(labels)
            if known is not None:
                return Issue(
                    number,
                    title,
                    tuple(known),
                    state,
                    body or "",
                    updated_at=_time(data.get("updated_at")) or 0,
                    closed_at=_time(data.get("closed_at")),
                    created_at=_time(data.get("created_at")),
                )
    return None


def _label_names(data: Any) -> list[str] | None:
    if not isinstance(data, list):
        return None
    names = [label.get("name") if isinstance(label, dict) else label for label in data]
    known = [name for name in names if isinstance(name, str)]
    return known if len(known) == len(names) else None


def _comment(data: Any) -> Comment | None:
    """Take a comment out of an answer, or None when it is no whole comment."""
    match data:
        case {"id": int(id_), "issue_url": str(issue_url)} if not isinstance(id_, bool):
            number = re.search(r"/issues/([0-9]+)$", issue_url)
            created_at = _time(data.get("created_at"))
            updated_at = _time(data.get("updated_at"))
            body = data.get("body")
            if number and created_at and updated_at and isinstance(body, str | None):
                return Comment(id_, int(number[1]), body or "", created_at, updated_at)
    return None


def _time(value: object) -> int | None:
    """The seconds of a time as GitHub writes it, or None when it is none."""
    try:
        return int(datetime.fromisoformat(value).timestamp()) if isinstance(value, str) else None
    except ValueError:
        return None


def _day_and_time(text: str) -> int | None:
    """The seconds of `2026-12-01 09:00:00 UTC` or `... +0700`, as GitHub dates a token's end."""
    try:
        spelled = text.replace(" UTC", " +0000")
        return int(datetime.strptime(spelled, "%Y-%m-%d %H:%M:%S %z").timestamp())
    except ValueError:
        return None


def _date(headers: Mapping[str, str]) -> int | None:
    """GitHub's own time, or None where an answer does not tell it."""
    try:
        return int(parsedate_to_datetime(headers["date"]).timestamp())
    except (KeyError, ValueError):
        return None


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _newest_first(since: int) -> dict[str, Any]:
    return {
        "since": _iso(max(0, since - 1)),
        "sort": "updated",
        "direction": "desc",
        "per_page": _PAGE,
    }


def _issues(data: Any) -> list[Issue]:
    """Take the issues out of a list, pull requests left out; a list with a hole is no list."""
    if not isinstance(data, list):
        raise TrackerUnavailable(_STRANGE)
    found = [_issue(item) for item in data]
    if None in found:
        raise TrackerUnavailable(_STRANGE)
    return [
        issue
        for issue, item in zip(found, data, strict=True)
        if issue is not None and "pull_request" not in item
    ]


def _next_page(headers: Mapping[str, str]) -> str:
    """Return the address of the next page (RFC 8288), or an empty string on the last one."""
    found = re.search(r'<([^>]+)>[^,<]*;\s*rel="next"', headers.get("link", ""))
    return found[1] if found else ""


def _seconds(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() else None


def _message(data: Any) -> str:
    match data:
        case {"message": str(message)}:
            return message.lower()
    return ""


def _complaints(data: Any) -> str:
    """Name field and code of each complaint, and nothing that could be text of ours."""
    errors = data.get("errors") if isinstance(data, dict) else None
    named = [
        f"{error.get('field')}: {error.get('code')}"
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
        and all(re.fullmatch("[a-z_]{1,40}", str(error.get(key))) for key in ("field", "code"))
    ]
    return ", ".join(named) or "no reason given"


def _folded(labels: Sequence[str]) -> set[str]:
    """Fold case, as GitHub does when it compares label names."""
    return {label.casefold() for label in labels}
