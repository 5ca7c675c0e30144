"""A stand-in for GitHub's REST API on loopback: one repository that keeps what it is told.

It behaves as GitHub documents (REST API: issues, repositories, apps, pagination, rate limits), and
where the documents are silent as GitHub was seen to behave: labels that are not there yet are made
(github/docs issue 35718); a renamed repository answers 301 to GET and 307 to all else, and points
at `/repositories/{id}`; an installation reads no permissions of its own in a repository; a title
holds 256 characters and a body 65,536; page links go by id, as in GitHub's example of a `link`.
A comment changes its issue; `since` leaves out what was changed before; GraphQL knows the mutations
`deleteIssue`, from an owner's token, and `minimizeComment`, from who may push, and tells its errors
in an answer of 200. Files are read and written with an owner's token alone.

Every exchange, each shape once, is checked against GitHub's OpenAPI description when the variable
GITHUB_OPENAPI names its file; the fixture `stand_in` fails the test over any difference. Outside
of the description, and so only checked as far as it goes: `/repositories/{id}`, which is checked
as the same request by name; `/graphql`, which is no part of it; rules, branches and environments,
which only `intake doctor` reads; the statuses in `_UNDESCRIBED`; answers that a `Fault` spoils on
purpose. `emails` has what watchers would be sent: an issue as it was created and each comment, but
no later edit.

Nothing is kept but in memory: `requests` has every request with its body, `issues` every issue.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.responses.exceptions import ResponseFinderError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

TOKEN = "stand-in-token"
OWNER_TOKEN = "stand-in-owner-token"
INSTALLATION_TOKEN = "stand-in-installation-token"
REPOSITORY_ID = 123456789
_API = "https://api.github.com"
_DOCS = "https://docs.github.com/rest"

# Statuses that GitHub documents in prose but not for each operation of its description.
_UNDESCRIBED = {301, 307, 401, 403, 429, 500, 502, 503}

_NO_RIGHTS = {"admin": False, "maintain": False, "push": False, "triage": False, "pull": False}
_WRITER = {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request of this method ("" is any).

    `after`: the request is carried out before it goes wrong. `status` None: the connection is
    closed without an answer; `hang`: no answer until the stand-in is closed. `path`: only a
    request whose path ends so. `late`: it is carried out so many seconds after it went wrong.
    """

    status: int | None
    after: bool = False
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "Server Error", "documentation_url": "https://docs.github.com/rest"}'
    hang: bool = False
    path: str = ""
    late: int = 0


DOWN = Fault(503)
ANSWER_LOST = Fault(None, after=True, method="POST")
FAILED_AFTER_CREATION = Fault(500, after=True, method="POST")


@dataclass
class StoredIssue:
    """An issue as the stand-in keeps it; times are integer UTC seconds."""

    number: int
    title: str
    body: str | None
    labels: list[str]
    created_at: int
    updated_at: int
    state: str = "open"


@dataclass
class StoredComment:
    """A comment as the stand-in keeps it; times are integer UTC seconds."""

    id: int
    number: int
    body: str
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Received:
    """One request as it came; `body` is the JSON value sent, or None."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


class _Refused(Exception):
    def __init__(self, status: int, message: str, errors: list[dict[str, str]] | None = None):
        super().__init__(message)
        self.status = status
        self.content: dict[str, Any] = {"message": message, "documentation_url": _DOCS}
        if errors is not None:
            self.content["errors"] = errors
        else:
            self.content["status"] = str(status)


class GitHubStandIn:
    """The repository `aman/laporan`, its issues, and the doors to it. Change attributes at will."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.owner, self.name = "aman", "laporan"
        self.former_names: set[str] = set()
        self.visibility = "private"
        self.has_issues = True
        self.archived = False
        self.push = True  # the role of the token's user
        self.issues_right: str | None = "write"  # what a fine-grained token or the App may do
        self.app_id, self.installation_id = 1001, 2002
        self.app_key: rsa.RSAPublicKey | None = None
        self.installation_rights: dict[str, str] | None = None
        self.issues: dict[int, StoredIssue] = {}
        self.written: dict[int, StoredComment] = {}  # by comment id
        self.lag = 0  # seconds until a new issue shows in the list
        self.quota: int | None = None  # requests left until the reset; None: plenty
        self.emails: list[str] = []  # what watchers of the repository are sent
        self.hidden_comments: set[int] = set()  # those that no list shows yet
        self.hide_new_comments = False
        self.last_comment = 0
        self.deleted: set[int] = set()
        self.labels: dict[str, str] = {}  # case-folded name to name
        self.looks: dict[str, tuple[str, str | None]] = {}  # the same to colour and description
        self.minimized: set[int] = set()  # comment ids
        self.files: dict[str, str] = {}
        self.requests: list[Received] = []
        self.faults: deque[Fault] = deque()
        self.down = False  # 503 to everything, for as long as it is set
        self.rules: list[dict[str, Any]] = []  # of the branch main, as rulesets give them
        self.protected = False  # by an older branch protection, whose numbers are not shown
        self.environments: list[dict[str, Any]] = []
        self.token_ends = ""  # what the header about the token's end says; none while it is empty
        self.leave_out = ""  # a field that each issue in an answer lacks, to try the checking
        self.failures: list[str] = []
        self._late: list[tuple[float, Request]] = []
        self.exchanges_checked = 0
        self.clock = clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL for INTAKE_GITHUB_API."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def full_name(self) -> str:
        """`OWNER/NAME` as it is now."""
        return f"{self.owner}/{self.name}"

    def rename(self, name: str) -> None:
        """Give the repository another name; the former one leads on, as GitHub lets it."""
        self.former_names.add(self.full_name)
        self.name = name

    def delete(self, number: int) -> None:
        """Delete an issue, as an owner can; it answers 410 from then on."""
        del self.issues[number]
        self.deleted.add(number)
        self.written = {i: kept for i, kept in self.written.items() if kept.number != number}

    def add_issue(self, title: str, body: str | None, labels: list[str] | None = None) -> int:
        """Put an issue there as a person would, not through the API."""
        now = int(self.clock())
        number = max([0, *self.issues, *self.deleted]) + 1
        kept = [self.labels.setdefault(name.casefold(), name) for name in labels or []]
        self.issues[number] = StoredIssue(number, title, body, kept, now, now)
        return number

    def add_comment(self, number: int, body: str) -> int:
        """Write a comment as a person would, not through the API."""
        now = int(self.clock())
        self.last_comment += 1
        self.written[self.last_comment] = StoredComment(self.last_comment, number, body, now, now)
        self.issues[number].updated_at = now
        if self.hide_new_comments:
            self.hidden_comments.add(self.last_comment)
        return self.last_comment

    def bodies(self, number: int) -> list[str]:
        """The comments below an issue, oldest first."""
        return [kept.body for kept in self.written.values() if kept.number == number]

    def sent(self, method: str) -> list[Received]:
        """All requests of this method so far."""
        return [request for request in self.requests if request.method == method]

    def close(self) -> None:
        """Stop answering and free the port."""
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        with self._lock:
            self.requests.append(_received(request))
            self._carry_out_late()
            fault = self._take_fault(request.method, request.path)
            if fault is not None and fault.late:
                self._late.append((self.clock() + fault.late, request))
            if fault is None or fault.after:
                response = self._carry_out(request)
                if fault is None:
                    self._check_exchange(request, response)
        if fault is not None:
            response = self._spoil(fault)
        return response(environ, start_response)

    def _carry_out_late(self) -> None:
        ripe = [request for time, request in self._late if time <= self.clock()]
        self._late = [kept for kept in self._late if kept[0] > self.clock()]
        for request in ripe:
            self._carry_out(request)

    def _take_fault(self, method: str, path: str) -> Fault | None:
        if self.down:
            return DOWN
        for fault in self.faults:
            if fault.method in ("", method) and path.endswith(fault.path):
                self.faults.remove(fault)
                return fault
        return None

    def _spoil(self, fault: Fault) -> Response:
        if fault.hang:
            self._closing.wait(30)
        if fault.hang or fault.status is None:
            raise ConnectionResetError
        kind = "text/html" if fault.body.startswith("<") else "application/json"
        response = Response(fault.body, fault.status, self._headers(), kind)
        response.headers.update(fault.headers)  # last, so that a false length stands
        return response

    def _carry_out(self, request: Request) -> Response:
        try:
            self._redirect_of_former_name(request)
            path = _by_name(request.path, self.full_name)
            endpoint, values = _ROUTES.bind("127.0.0.1").match(path, request.method)
            self._let_in(request, endpoint)
            status, content, headers = getattr(self, f"_{endpoint}")(request, **values)
        except _Moved as moved:
            status, content, headers = moved.answer()
        except _Refused as refused:
            status, content, headers = refused.status, refused.content, {}
        except HTTPException:
            status, content, headers = 404, _Refused(404, "Not Found").content, {}
        return Response(
            json.dumps(content),
            status,
            {**self._headers(), **headers},
            content_type="application/json; charset=utf-8",
        )

    def _headers(self) -> dict[str, str]:
        used = len(self.requests)
        left = 5_000 if self.quota is None else max(0, self.quota - used)
        ends = {"GitHub-Authentication-Token-Expiration": self.token_ends}
        return (ends if self.token_ends else {}) | {
            "Date": formatdate(self.clock(), usegmt=True),
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(int(self.clock()) + 3600),
            "X-RateLimit-Resource": "core",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
            "X-GitHub-Request-Id": f"ABCD:12345:{used:06X}:{used:06X}:65000000",
        }

    # Who may do what

    def _let_in(self, request: Request, endpoint: str) -> None:
        login = request.headers.get("Authorization", "")
        if endpoint == "access_token":
            return
        kind, _, token = login.partition(" ")
        if not login:
            if self.visibility == "public" and request.method == "GET":
                return
            raise _Refused(404, "Not Found")  # a private repository is not even confirmed
        if kind.lower() not in ("token", "bearer") or token not in (
            TOKEN,
            OWNER_TOKEN,
            INSTALLATION_TOKEN,
        ):
            raise _Refused(401, "Bad credentials")
        if token == INSTALLATION_TOKEN and self.installation_rights is None:
            raise _Refused(401, "Bad credentials")
        if endpoint == "graphql":
            return
        writing = request.method != "GET"
        if writing and self.archived:
            raise _Refused(403, "Repository was archived so is read-only.")
        if self.issues_right is None or (writing and self.issues_right != "write"):
            raise _Refused(403, "Resource not accessible by personal access token")

    def _may_label(self, request: Request) -> bool:
        if request.headers.get("Authorization", "").endswith(INSTALLATION_TOKEN):
            return self.issues_right == "write"
        return self.push

    def _redirect_of_former_name(self, request: Request) -> None:
        found = re.match(r"/repos/([^/]+/[^/]+)(/.*)?$", request.path)
        if found and found[1] in self.former_names:
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            raise _Moved(
                301 if request.method == "GET" else 307,
                f"{self.url}/repositories/{REPOSITORY_ID}{found[2] or ''}{query}",
            )

    def _same(self, owner: str, name: str) -> None:
        if f"{owner}/{name}".casefold() != self.full_name.casefold():
            raise _Refused(404, "Not Found")

    # What there is to be asked

    def _access_token(self, request: Request, installation: int) -> _Answer:
        self._prove_app(request)
        if installation != self.installation_id:
            raise _Refused(404, "Not Found")
        granted = {"issues": self.issues_right, "metadata": "read"}
        asked = json.loads(request.get_data() or b"{}").get("permissions", {})
        order = [None, "read", "write"]
        if any(
            order.index(right) > order.index(granted.get(name)) for name, right in asked.items()
        ):
            raise _Refused(
                422, "The permissions requested are not granted to this installation.", []
            )
        self.installation_rights = asked
        expires = datetime.fromtimestamp(self.clock() + 3600, UTC)
        content = {
            "token": INSTALLATION_TOKEN,
            "expires_at": _iso(int(expires.timestamp())),
            "permissions": asked,
            "repository_selection": "selected",
        }
        return 201, content, {}

    def _prove_app(self, request: Request) -> None:
        _, _, proof = request.headers.get("Authorization", "").partition(" ")
        try:
            assert self.app_key is not None
            claims = jwt.decode(proof, self.app_key, ["RS256"], issuer=str(self.app_id))
        except (AssertionError, jwt.PyJWTError):
            raise _Refused(401, "A JSON web token could not be decoded") from None
        if claims["exp"] - claims["iat"] > 660:
            raise _Refused(401, "'Expiration time' claim ('exp') is too far in the future")

    def _repository(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        login = request.headers.get("Authorization", "")
        role = dict(_WRITER) if self.push else {**_NO_RIGHTS, "pull": True}
        rights = dict(_NO_RIGHTS) if login.endswith(INSTALLATION_TOKEN) else role
        content = _repository_json(self.owner, self.name) | {
            "private": self.visibility != "public",
            "visibility": self.visibility,
            "has_issues": self.has_issues,
            "archived": self.archived,
            "permissions": rights,
        }
        return 200, content, {}

    def _rules(self, request: Request, owner: str, name: str, branch: str) -> _Answer:
        self._same(owner, name)
        return self._page(request, self.rules if branch == "main" else [])

    def _branch(self, _request: Request, owner: str, name: str, branch: str) -> _Answer:
        self._same(owner, name)
        return 200, {"name": branch, "protected": self.protected}, {}

    def _environments(self, _request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        return 200, {"total_count": len(self.environments), "environments": self.environments}, {}

    def _list(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        self._issues_are_on(404)
        return self._page(request, self._chosen(request), self._issue_json)

    def _page(
        self, request: Request, chosen: list[Any], shown: Callable[[Any], Any] = lambda one: one
    ) -> _Answer:
        size = max(1, min(request.args.get("per_page", 30, int), 100))
        page = max(1, request.args.get("page", 1, int))
        part = [shown(one) for one in chosen[(page - 1) * size : page * size]]
        last = max(1, -(-len(chosen) // size))
        headers = {"Link": link} if (link := self._links(request, page, last)) else {}
        return 200, part, headers

    def _chosen(self, request: Request) -> list[StoredIssue]:
        state = request.args.get("state", "open")
        since = _since(request)
        wanted = [
            issue
            for issue in self.issues.values()
            if state in ("all", issue.state) and issue.updated_at >= since
            if issue.created_at + self.lag <= self.clock()
        ]
        by_time = request.args.get("sort", "created") == "updated"
        return sorted(
            wanted,
            key=lambda issue: (issue.updated_at if by_time else issue.created_at, issue.number),
            reverse=request.args.get("direction", "desc") == "desc",
        )

    def _links(self, request: Request, page: int, last: int) -> str:
        pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page == 1:
            del pages["prev"], pages["first"]
        if page >= last:
            del pages["next"], pages["last"]
        path = re.sub(r"^/(repositories/[0-9]+|repos/[^/]+/[^/]+)", "", request.path)
        base = f"{self.url}/repositories/{REPOSITORY_ID}{path}"
        query = request.args.to_dict()
        return ", ".join(
            f'<{base}?{urlencode({**query, "page": number})}>; rel="{rel}"'
            for rel, number in pages.items()
        )

    def _create(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        self._issues_are_on(410)
        content = _content(request)
        _complain_about(content, creating=True)
        labels = self._wanted_labels(content) if self._may_label(request) else []
        number = self.add_issue(content["title"], content.get("body"), labels)
        self.emails.append(f"{content['title']}\n\n{content.get('body')}")
        answer = self._issue_json(self.issues[number])
        return 201, answer, {"Location": f"{_API}/repos/{self.full_name}/issues/{number}"}

    def _get(self, _request: Request, owner: str, name: str, number: int) -> _Answer:
        self._same(owner, name)
        return 200, self._issue_json(self._existing(number)), {}

    def _edit(self, request: Request, owner: str, name: str, number: int) -> _Answer:
        self._same(owner, name)
        issue = self._existing(number)
        content = _content(request)
        _complain_about(content, creating=False)
        issue.title = content.get("title", issue.title)
        issue.body = content.get("body", issue.body)
        issue.state = content.get("state", issue.state)
        if "labels" in content and self._may_label(request):
            names = self._wanted_labels(content)
            issue.labels = [self.labels.setdefault(name.casefold(), name) for name in names]
        issue.updated_at = int(self.clock())
        return 200, self._issue_json(issue), {}

    def _comments(self, request: Request, owner: str, name: str, number: int) -> _Answer:
        self._same(owner, name)
        self._existing(number)
        mine = [kept for kept in self._listed(request) if kept.number == number]
        return self._page(request, [_comment_json(self.full_name, kept) for kept in mine])

    def _all_comments(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        self._issues_are_on(404)
        by_time = request.args.get("sort", "created") == "updated"
        found = sorted(
            self._listed(request),
            key=lambda kept: (kept.updated_at if by_time else kept.created_at, kept.id),
            reverse=request.args.get("direction") == "desc",
        )
        return self._page(request, [_comment_json(self.full_name, kept) for kept in found])

    def _listed(self, request: Request) -> list[StoredComment]:
        since = _since(request)
        return [
            kept
            for kept in self.written.values()
            if kept.updated_at >= since and kept.id not in self.hidden_comments
        ]

    def _comment(self, request: Request, owner: str, name: str, number: int) -> _Answer:
        self._same(owner, name)
        self._existing(number)
        content = _content(request)
        if not isinstance(content.get("body"), str) or not content["body"].strip():
            error = {"resource": "IssueComment", "field": "body", "code": "missing_field"}
            raise _Refused(422, "Validation Failed", [error])
        made = self.written[self.add_comment(number, content["body"])]
        self.emails.append(f"Re: {self.issues[number].title}\n\n{content['body']}")
        answer = _comment_json(self.full_name, made)
        return 201, answer, {"Location": answer["url"]}

    def _amend(self, request: Request, owner: str, name: str, comment: int) -> _Answer:
        self._same(owner, name)
        if comment not in self.written:
            raise _Refused(404, "Not Found")
        kept = self.written[comment]
        kept.body = _content(request)["body"]
        kept.updated_at = int(self.clock())
        self.issues[kept.number].updated_at = kept.updated_at
        return 200, _comment_json(self.full_name, kept), {}

    def _label(self, request: Request, owner: str, name: str, number: int) -> _Answer:
        self._same(owner, name)
        issue = self._existing(number)
        if not self._may_label(request):
            raise _Refused(403, "Must have push access to repository")
        for label in self._wanted_labels(_content(request)):
            kept = self.labels.setdefault(label.casefold(), label)
            if kept not in issue.labels:
                issue.labels.append(kept)
        issue.updated_at = int(self.clock())
        return 200, [_label_json(self.full_name, kept) for kept in issue.labels], {}

    def _unlabel(self, request: Request, owner: str, name: str, number: int, label: str) -> _Answer:
        self._same(owner, name)
        issue = self._existing(number)
        if not self._may_label(request):
            raise _Refused(403, "Must have push access to repository")
        kept = self.labels.get(label.casefold())
        if kept not in issue.labels:
            raise _Refused(404, "Label does not exist")
        issue.labels.remove(kept)
        issue.updated_at = int(self.clock())
        return 200, [_label_json(self.full_name, name) for name in issue.labels], {}

    def _labels(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        return self._page(request, [self._whole_label(kept) for kept in self.labels.values()])

    def _make_label(self, request: Request, owner: str, name: str) -> _Answer:
        self._same(owner, name)
        content = _content(request)
        if content["name"].casefold() in self.labels:
            error = {"resource": "Label", "field": "name", "code": "already_exists"}
            raise _Refused(422, "Validation Failed", [error])
        self.labels[content["name"].casefold()] = content["name"]
        return 201, self._looking(content["name"], content), {}

    def _change_label(self, request: Request, owner: str, name: str, label: str) -> _Answer:
        self._same(owner, name)
        if label.casefold() not in self.labels:
            raise _Refused(404, "Not Found")
        content = _content(request)
        kept = content.get("new_name", label)
        del self.labels[label.casefold()]
        self.labels[kept.casefold()] = kept
        return 200, self._looking(kept, content), {}

    def _looking(self, name: str, content: dict[str, Any]) -> dict[str, Any]:
        errors = [
            {"resource": "Label", "field": field, "code": "invalid"}
            for field, wrong in (
                ("name", len(name) > 50),
                ("color", not re.fullmatch("[0-9a-f]{6}", content["color"])),
                ("description", len(content.get("description") or "") > 100),
            )
            if wrong
        ]
        if errors:
            raise _Refused(422, "Validation Failed", errors)
        self.looks[name.casefold()] = content["color"], content.get("description")
        return self._whole_label(name)

    def _whole_label(self, name: str) -> dict[str, Any]:
        color, description = self.looks.get(name.casefold(), ("ededed", None))
        look = {"color": color, "description": description}
        return _label_json(self.full_name, name) | look

    def _one_comment(self, _request: Request, owner: str, name: str, comment: int) -> _Answer:
        self._same(owner, name)
        if comment not in self.written:
            raise _Refused(404, "Not Found")
        return 200, _comment_json(self.full_name, self.written[comment]), {}

    def _file(self, request: Request, owner: str, name: str, path: str) -> _Answer:
        self._same(owner, name)
        if not request.headers.get("Authorization", "").endswith(OWNER_TOKEN):
            raise _Refused(403, "Resource not accessible by personal access token")
        if request.method == "PUT":
            return self._written_file(_content(request), path)
        if path not in self.files:
            raise _Refused(404, "Not Found")
        return 200, _file_json(self.full_name, path, self.files[path]), {}

    def _written_file(self, content: dict[str, Any], path: str) -> _Answer:
        known = path in self.files
        if known and content.get("sha") != _blob(self.files[path]):
            raise _Refused(409, f"{path} does not match {content.get('sha')}")
        self.files[path] = base64.b64decode(content["content"]).decode()
        answer = {
            "content": _file_json(self.full_name, path, self.files[path]),
            "commit": {"sha": "0" * 40, "message": content["message"]},
        }
        return 200 if known else 201, answer, {}

    def _minimize(self, request: Request, node: str) -> _Answer:
        found = re.fullmatch(r"IC_kwDOABCD([0-9]{6})", node)
        comment = int(found[1]) if found else 0
        if comment not in self.written:
            return 200, _graphql_error("NOT_FOUND", "Could not resolve to a node."), {}
        if not self._may_label(request):
            return 200, _graphql_error("FORBIDDEN", "Resource not accessible by token"), {}
        self.minimized.add(comment)
        hidden = {"minimizedComment": {"isMinimized": True}}
        return 200, {"data": {"minimizeComment": hidden}}, {}

    def _graphql(self, request: Request) -> _Answer:
        content = _content(request)
        if "minimizeComment(input: {subjectId: $id, classifier: OFF_TOPIC})" in content["query"]:
            return self._minimize(request, content["variables"]["id"])
        assert "deleteIssue(input: {issueId: $id})" in content["query"], "no such mutation here"
        found = re.fullmatch(r"I_kwDOABCD([0-9]{6})", content["variables"]["id"])
        number = int(found[1]) if found else 0
        if number not in self.issues:
            return 200, _graphql_error("NOT_FOUND", "Could not resolve to a node."), {}
        if not request.headers.get("Authorization", "").endswith(OWNER_TOKEN):
            return 200, _graphql_error("FORBIDDEN", "Resource not accessible by token"), {}
        self.delete(number)
        return 200, {"data": {"deleteIssue": {"repository": {"id": "R_kgDOABCD"}}}}, {}

    def _issues_are_on(self, status: int) -> None:
        if not self.has_issues:
            raise _Refused(status, "Issues has been disabled in this repository.")

    def _existing(self, number: int) -> StoredIssue:
        self._issues_are_on(410)
        if number in self.deleted:
            raise _Refused(410, "This issue was deleted")
        if number not in self.issues:
            raise _Refused(404, "Not Found")
        return self.issues[number]

    def _wanted_labels(self, content: dict[str, Any]) -> list[str]:
        labels = content.get("labels", [])
        return [label["name"] if isinstance(label, dict) else label for label in labels]

    def _issue_json(self, issue: StoredIssue) -> dict[str, Any]:
        content = _issue_json(self.full_name, issue)
        content.pop(self.leave_out, None)
        return content

    # GitHub's own description of all this

    def _check_exchange(self, request: Request, response: Response) -> None:
        description = _description()
        if description is None or request.path == "/graphql" or _is_undescribed(request.path):
            return
        self.exchanges_checked += 1
        shape = _shape_of(request, response)
        if shape in _AGREED:
            return
        found = len(self.failures)
        self._compare(description, request, response)
        if len(self.failures) == found:
            _AGREED.add(shape)

    def _compare(self, description: OpenAPI, request: Request, response: Response) -> None:
        asked = _Described(request, self.full_name)
        where = f"{request.method} {request.path} -> {response.status_code}"
        try:
            description.validate_request(asked)
        except OpenAPIError as error:
            self.failures.append(f"{where}: request: {_reason(error)}")
            if isinstance(error, PathError):
                return
        try:
            description.validate_response(asked, WerkzeugOpenAPIResponse(response))
        except ResponseFinderError:
            if response.status_code not in _UNDESCRIBED:
                self.failures.append(f"{where}: GitHub describes no such status here")
        except OpenAPIError as error:
            self.failures.append(f"{where}: response: {_reason(error)}")


_Answer = tuple[int, Any, dict[str, str]]


class _Moved(Exception):
    def __init__(self, status: int, location: str) -> None:
        super().__init__(location)
        self.status = status
        self.location = location

    def answer(self) -> _Answer:
        content = {
            "message": "Moved Permanently" if self.status == 301 else "Temporary Redirect",
            "url": self.location,
            "documentation_url": _DOCS,
        }
        return self.status, content, {"Location": self.location}


class _Quiet(WSGIRequestHandler):
    """Says nothing, and closes a connection whose answer was lost."""

    protocol_version = "HTTP/1.1"  # connections are kept, as GitHub keeps them

    def log(self, type: str, message: str, *args: Any) -> None:
        pass

    def send_response(self, code: int, message: str | None = None) -> None:
        # Without the usual Date, which an answer may bring along itself.
        self.send_response_only(code, message)

    def connection_dropped(self, *_args: Any, **_kwargs: Any) -> None:
        self.close_connection = True


class _Described(WerkzeugOpenAPIRequest):
    """A request as the description knows it: at GitHub's address, the repository by its name."""

    def __init__(self, request: Request, full_name: str) -> None:
        super().__init__(request)
        self._full_name = full_name

    @property
    def host_url(self) -> str:
        return _API

    @property
    def path(self) -> str:
        path = re.sub(r"^/repositories/[0-9]+", f"/repos/{self._full_name}", self.request.path)
        # OpenAPI lets a path parameter hold no bare slash; GitHub takes one in a file's path.
        before, contents, file = path.partition("/contents/")
        return before + contents + quote(file, safe="")


_REPO = "/repos/<owner>/<name>"
_ROUTES = Map(
    [
        Rule(_REPO, endpoint="repository", methods=["GET"]),
        Rule(f"{_REPO}/rules/branches/<branch>", endpoint="rules", methods=["GET"]),
        Rule(f"{_REPO}/branches/<branch>", endpoint="branch", methods=["GET"]),
        Rule(f"{_REPO}/environments", endpoint="environments", methods=["GET"]),
        Rule(f"{_REPO}/issues", endpoint="list", methods=["GET"]),
        Rule(f"{_REPO}/issues", endpoint="create", methods=["POST"]),
        Rule(f"{_REPO}/issues/<int:number>", endpoint="get", methods=["GET"]),
        Rule(f"{_REPO}/issues/<int:number>", endpoint="edit", methods=["PATCH"]),
        Rule(f"{_REPO}/issues/comments", endpoint="all_comments", methods=["GET"]),
        Rule(f"{_REPO}/issues/comments/<int:comment>", endpoint="amend", methods=["PATCH"]),
        Rule(f"{_REPO}/issues/<int:number>/comments", endpoint="comments", methods=["GET"]),
        Rule(f"{_REPO}/issues/<int:number>/comments", endpoint="comment", methods=["POST"]),
        Rule(f"{_REPO}/issues/<int:number>/labels", endpoint="label", methods=["POST"]),
        Rule(f"{_REPO}/issues/<int:number>/labels/<label>", endpoint="unlabel", methods=["DELETE"]),
        Rule(f"{_REPO}/issues/comments/<int:comment>", endpoint="one_comment", methods=["GET"]),
        Rule(f"{_REPO}/labels", endpoint="labels", methods=["GET"]),
        Rule(f"{_REPO}/labels", endpoint="make_label", methods=["POST"]),
        Rule(f"{_REPO}/labels/<label>", endpoint="change_label", methods=["PATCH"]),
        Rule(f"{_REPO}/contents/<path:path>", endpoint="file", methods=["GET", "PUT"]),
        Rule("/graphql", endpoint="graphql", methods=["POST"]),
        Rule(
            "/app/installations/<int:installation>/access_tokens",
            endpoint="access_token",
            methods=["POST"],
        ),
    ]
)


def _is_undescribed(path: str) -> bool:
    return re.search("/(rules/branches/[^/]+|branches/[^/]+|environments)$", path) is not None


def _by_name(path: str, full_name: str) -> str:
    """Turn `/repositories/{id}/...` into the same path by name; another id leads nowhere."""
    return re.sub(rf"^/repositories/{REPOSITORY_ID}(?=/|$)", f"/repos/{full_name}", path)


def _received(request: Request) -> Received:
    text = request.get_data()
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    return Received(request.method, request.path, request.args.to_dict(), body)


def _content(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.get_data())
    except ValueError:
        raise _Refused(400, "Problems parsing JSON") from None
    if not isinstance(content, dict):
        raise _Refused(400, "Body should be a JSON object")
    return content


def _complain_about(content: dict[str, Any], *, creating: bool) -> None:
    title, body = content.get("title"), content.get("body")
    errors = []
    if (creating or "title" in content) and not (isinstance(title, str) and title.strip()):
        errors.append({"resource": "Issue", "field": "title", "code": "missing_field"})
    if isinstance(title, str) and len(title) > 256:
        message = "title is too long (maximum is 256 characters)"
        errors.append({"resource": "Issue", "field": "title", "code": "custom", "message": message})
    if isinstance(body, str) and len(body) > 65_536:
        message = "body is too long (maximum is 65536 characters)"
        errors.append({"resource": "Issue", "field": "body", "code": "custom", "message": message})
    if errors:
        raise _Refused(422, "Validation Failed", errors)


def _since(request: Request) -> int:
    text = request.args.get("since")
    return int(datetime.fromisoformat(text).timestamp()) if text else 0


def _graphql_error(kind: str, message: str) -> dict[str, Any]:
    error = {"type": kind, "path": ["deleteIssue"], "message": message}
    return {"data": {"deleteIssue": None}, "errors": [error]}


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _user(login: str, number: int) -> dict[str, Any]:
    base = f"{_API}/users/{login}"
    links = "events followers following gists organizations received_events repos starred"
    return {f"{name}_url": f"{base}/{name}" for name in links.split()} | {
        "login": login,
        "id": number,
        "node_id": f"MDQ6VXNlcj{number}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"https://github.com/{login}",
        "subscriptions_url": f"{base}/subscriptions",
        "type": "User",
        "site_admin": False,
    }


def _issue_json(full_name: str, issue: StoredIssue) -> dict[str, Any]:
    url = f"{_API}/repos/{full_name}/issues/{issue.number}"
    links = {f"{name}_url": f"{url}/{name}" for name in ("comments", "events", "timeline")}
    # GitHub sends a null `state_reason` with open issues, which the `enum` in its own description
    # forbids: left out then, as the description allows.
    reason = {"state_reason": "completed"} if issue.state == "closed" else {}
    return (
        links
        | reason
        | {
            "id": 3_000_000_000 + issue.number,
            "node_id": f"I_kwDOABCD{issue.number:06d}",
            "url": url,
            "repository_url": f"{_API}/repos/{full_name}",
            "labels_url": f"{url}/labels{{/name}}",
            "html_url": f"https://github.com/{full_name}/issues/{issue.number}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": _user("pencatat", 77),
            "labels": [_label_json(full_name, name) for name in issue.labels],
            "state": issue.state,
            "locked": False,
            "active_lock_reason": None,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": 0,  # nothing of ours reads it
            "created_at": _iso(issue.created_at),
            "updated_at": _iso(issue.updated_at),
            "closed_at": _iso(issue.updated_at) if issue.state == "closed" else None,
            "author_association": "COLLABORATOR",
        }
    )


def _comment_json(full_name: str, comment: StoredComment) -> dict[str, Any]:
    page = f"https://github.com/{full_name}/issues/{comment.number}"
    return {
        "id": comment.id,
        "node_id": f"IC_kwDOABCD{comment.id:06d}",
        "url": f"{_API}/repos/{full_name}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{_API}/repos/{full_name}/issues/{comment.number}",
        "body": comment.body,
        "user": _user("pencatat", 77),
        "created_at": _iso(comment.created_at),
        "updated_at": _iso(comment.updated_at),
        "author_association": "COLLABORATOR",
    }


def _blob(text: str) -> str:
    """A file's name in Git."""
    content = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _file_json(full_name: str, path: str, text: str) -> dict[str, Any]:
    name = _blob(text)
    url = f"{_API}/repos/{full_name}/contents/{path}"
    git = f"{_API}/repos/{full_name}/git/blobs/{name}"
    html = f"https://github.com/{full_name}/blob/main/{path}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(text.encode()),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(text.encode()).decode(),
        "sha": name,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": html.replace("/blob/", "/raw/"),
        "_links": {"self": url, "git": git, "html": html},
    }


@cache
def _label_json(full_name: str, name: str) -> dict[str, Any]:
    return {
        "id": abs(hash(name)) % 10**9,
        "node_id": "LA_kwDOABCD",
        "url": f"{_API}/repos/{full_name}/labels/{urlencode({'': name})[1:]}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


_REPOSITORY_LINKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors "
    "deployments downloads events forks git_commits git_refs git_tags hooks issue_comment "
    "issue_events issues keys labels languages merges milestones notifications pulls releases "
    "stargazers statuses subscribers subscription tags teams trees"
)


_REPOSITORY_COUNTS = (
    "forks forks_count open_issues open_issues_count size stargazers_count watchers "
    "watchers_count network_count subscribers_count"
)
_REPOSITORY_SWITCHES = "fork has_projects has_wiki has_pages has_discussions disabled"


def _repository_json(owner: str, name: str) -> dict[str, Any]:
    full_name = f"{owner}/{name}"
    url, page = f"{_API}/repos/{full_name}", f"https://github.com/{full_name}"
    return (
        {f"{link}_url": f"{url}/{link}" for link in _REPOSITORY_LINKS.split()}
        | dict.fromkeys(_REPOSITORY_COUNTS.split(), 0)
        | dict.fromkeys(_REPOSITORY_SWITCHES.split(), False)
        | dict.fromkeys(["description", "homepage", "language", "license", "mirror_url"])
        | dict.fromkeys(["pushed_at", "created_at", "updated_at"], "2026-11-01T00:00:00Z")
        | {
            "id": REPOSITORY_ID,
            "node_id": "R_kgDOABCD",
            "name": name,
            "full_name": full_name,
            "owner": _user(owner, 42),
            "url": url,
            "html_url": page,
            "clone_url": f"{page}.git",
            "svn_url": page,
            "git_url": f"git://github.com/{full_name}.git",
            "ssh_url": f"git@github.com:{full_name}.git",
            "default_branch": "main",
        }
    )


@cache
def _description() -> OpenAPI | None:
    path = os.environ.get("GITHUB_OPENAPI")
    if not path:
        return None
    spec = json.loads(Path(path).read_text(encoding="utf-8"))
    # Checking the description itself takes minutes, and it is GitHub's to keep right.
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))


# Shapes of exchanges that agreed with the description. Checking takes longer than answering, and
# two of one shape differ in free text, numbers and times alone.
_AGREED: set[Any] = set()


def _shape_of(request: Request, response: Response) -> Any:
    path = re.sub(r"[0-9]+", "0", request.path)
    asked = _shape(request.get_json(silent=True)), _shape(request.args.to_dict())
    told = response.status_code, response.mimetype, _shape(response.get_json(silent=True))
    return request.method, path, asked, told


def _shape(value: Any) -> Any:
    """Members and types, and every word that a description could list as one of a few.

    Digits aside: node ids are words as well, and each issue has its own.
    """
    if isinstance(value, dict):
        return frozenset((name, _shape(held)) for name, held in value.items())
    if isinstance(value, list):
        return "list", frozenset(map(_shape, value))
    return _sort(value) if isinstance(value, str) else type(value).__name__


@lru_cache(4_096)
def _sort(text: str) -> str:
    if not text.replace("-", "_").isidentifier():
        return "text"
    return "word " + re.sub("[0-9]+", "0", text)


def _reason(error: OpenAPIError) -> str:
    causes = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
    return "; ".join(sorted({str(getattr(cause, "message", cause))[:200] for cause in causes}))


def pytest_report_header() -> str:
    """Say at the top of the test report whether GitHub's description is checked."""
    path = os.environ.get("GITHUB_OPENAPI")
    if path:
        return f"GitHub's description: every exchange is checked against {path}"
    return "GitHub's description: NOT CHECKED, set GITHUB_OPENAPI to its file (see CONTRIBUTING.md)"


@pytest.fixture
def stand_in() -> Iterator[GitHubStandIn]:
    """A fresh stand-in; at the end every exchange must have been as GitHub describes it."""
    stand_in = GitHubStandIn()
    try:
        yield stand_in
    finally:
        stand_in.close()
    assert not stand_in.failures, "\n".join(stand_in.failures)
