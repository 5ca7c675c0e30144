"""A GitHub that fails, in a process of its own: the stand-in, with a fault or a deed now and then.

What is left to chance comes from the seed, and its clock is the run's.

    python tests/failing_github.py SEED ORIGIN      prints its address, then serves until killed
"""

from __future__ import annotations

import json
import logging
import random
import sys
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request, Response

from github_stand_in import Fault, GitHubStandIn
from running_worker import now_since

_HTML = "<html><h1>Unicorn!</h1></html>"
_LIMIT = '{"message": "You have exceeded a secondary rate limit."}'

# What befalls a request, and how often in ten thousand. Where it says so, for creations alone.
KINDS: dict[str, tuple[int, Fault]] = {
    "5xx before": (60, Fault(500)),
    "502 in HTML": (30, Fault(502, body=_HTML)),
    "503 with Retry-After": (10, Fault(503, headers={"Retry-After": "5"})),
    "5xx after creation": (150, Fault(500, after=True, method="POST")),
    "reset before": (40, Fault(None)),
    "reset after": (60, Fault(None, after=True)),
    "hang": (8, Fault(200, hang=True)),
    "hang after creation": (20, Fault(201, hang=True, after=True, method="POST")),
    "truncated": (50, Fault(201, after=True, body='{"number": 1, "tit')),
    "cut off": (
        50,
        Fault(201, after=True, headers={"Content-Length": "99999", "Connection": "close"}),
    ),
    "HTML": (50, Fault(201, after=True, body=_HTML)),
    "another's answer": (20, Fault(201, after=True, body='{"number": 77}')),
    "late creation": (80, Fault(502, method="POST", late=40)),
    "401": (5, Fault(401)),
    "403": (5, Fault(403, body='{"message": "Resource not accessible"}')),
    "403 secondary": (3, Fault(403, body=_LIMIT)),
    "403 primary": (10, Fault(403, headers={"X-RateLimit-Remaining": "0"})),
    "404": (10, Fault(404, body='{"message": "Not Found"}')),
    "410": (5, Fault(410)),
    "422": (5, Fault(422, body='{"message": "Validation Failed", "errors": []}')),
    "429": (10, Fault(429, headers={"Retry-After": "7"})),
}
# What happens to the repository before a request, and to an issue just after it was written.
DEEDS = {"turned public": 8, "turned internal": 8, "push right lost": 15, "renamed": 8}
EDITS = {"labels dropped": 300, "stub edited": 300, "report edited": 300}
_LASTS = 12  # requests until the repository is as it was


class FailingGitHub(GitHubStandIn):
    """`/run` tells what became of it all."""

    def __init__(self, seed: str, origin: float) -> None:
        self.chance = random.Random(seed)
        self.happened: Counter[str] = Counter()
        # Each once at the least, at a request of chance's choosing.
        self.still = {name: self.chance.randrange(600) for name in (*KINDS, *DEEDS, *EDITS)}
        self.calm_in = 0
        self.names = 0
        super().__init__(lambda: now_since(origin))
        self.lag = 30

    def _answer(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/run":
            with self._lock:
                self._carry_out_late()
                return self._report()(environ, start_response)
        return super()._answer(environ, start_response)

    def _report(self) -> Response:
        found = {
            "issues": [issue.__dict__ for issue in self.issues.values()],
            "happened": self.happened,
            "emails": self.emails,
            "undescribed": self.failures,
            "requests": len(self.requests),
        }
        return Response(json.dumps(found), content_type="application/json")

    def _create(self, request: Request, owner: str, name: str) -> Any:
        answer = super()._create(request, owner, name)
        issue = self.issues[max(self.issues)]
        if self._falls("labels dropped", EDITS["labels dropped"]):
            issue.labels.clear()
            answer = (answer[0], self._issue_json(issue), answer[2])
        if self._falls("stub edited", EDITS["stub edited"]):
            issue.body = "catatan saya"
        return answer

    def _edit(self, request: Request, owner: str, name: str, number: int) -> Any:
        answer = super()._edit(request, owner, name, number)
        if self._falls("report edited", EDITS["report edited"]):
            self.issues[number].body = "sudah dibaca"
        return answer

    def _take_fault(self, method: str, path: str) -> Fault | None:
        self.calm_in -= 1
        if self.calm_in == 0:
            self.visibility, self.push = "private", True
        for name, often in DEEDS.items():
            if self._falls(name, often):
                self._do(name)
        for name, (often, fault) in KINDS.items():
            if (
                fault.method in ("", method)
                and path.endswith(fault.path)
                and self._falls(name, often)
            ):
                return self._timed(fault)
        return None

    def _timed(self, fault: Fault) -> Fault:
        """A reset lies a few seconds ahead."""
        if fault.headers.get("X-RateLimit-Remaining") != "0":
            return fault
        reset = str(int(self.clock()) + 9)
        return replace(fault, headers=fault.headers | {"X-RateLimit-Reset": reset})

    def _falls(self, name: str, often: int) -> bool:
        turn = name in self.still and len(self.requests) >= self.still[name]
        if self.chance.random() * 10_000 >= often and not turn:
            return False
        self.still.pop(name, None)
        self.happened[name] += 1
        return True

    def _do(self, deed: str) -> None:
        if deed.startswith("turned"):
            self.visibility, self.calm_in = deed.split()[1], _LASTS
        elif deed == "push right lost":
            self.push, self.calm_in = False, _LASTS
        else:
            self.names += 1
            self.rename(f"laporan-{self.names}")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    print(FailingGitHub(sys.argv[1], float(sys.argv[2])).url, flush=True)
    threading.Event().wait()
