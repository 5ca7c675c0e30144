"""Send a test request each day over the whole real path, find it at the tracker and close it.

It is sealed with the keys of the published site, as a browser does, and posted to the receiver's
public address. Its token is written down in the spool before it is sent: by that the receiver
knows a trial, and since nobody outside can write there, nobody can make a request look like one.
A trial is filed with a label and a line of its own and counts nowhere; `intake purge` deletes it.
What cannot be sent raises `CanaryFailed`; one that is not found in time shows in `is_overdue`.
Time is passed in.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from intake import codes, issue, sealing
from intake.answers import derive_facts
from intake.asking import NoAnswer, ask
from intake.database import canaries as _canaries
from intake.database import reports as _reports
from intake.form import UNKNOWN_COUNTRY, UNKNOWN_REGION, Form
from intake.organization import Organization
from intake.sealing import PublicKey
from intake.spool import Spool, State, Status
from intake.submission import PLAIN_VERSION, PlainForm, plaintext
from intake.tracker import Tracker, has_marker, marker_line

EVERY_SECONDS = 86_400
AGAIN_SECONDS = 300  # after one that nobody took
FOUND_WITHIN_SECONDS = 1_800
KEPT_SECONDS = 7 * 86_400
TIMEOUT_SECONDS = 30

# The lowest urgency, and nothing that reads like a person.
ANSWERS: dict[str, str | list[str]] = {
    "who": "me",
    "safe": "yes",
    "problem": ["question"],
    "stage": "not-yet-left",
    "country": UNKNOWN_COUNTRY,
    "regency": UNKNOWN_REGION,
    "contact": "i-come-back",
    "story": "Uji otomatis. Tidak ada orang di balik permintaan ini.",
}

_log = logging.getLogger("intake.canary")


class CanaryFailed(Exception):
    """The test request was not taken; the message names the step and the kind of trouble."""


@dataclass(frozen=True)
class Canary:
    """Everything that the test request needs. `now` gives integer UTC seconds."""

    spool: Spool
    tracker: Tracker
    form: Form
    organization: Organization
    now: Callable[[], int]

    def step(self) -> None:
        """Look for what was sent, then send the day's request if its time has come."""
        self.look()
        if self._is_due():
            self.send()

    def send(self) -> str:
        """Send one request; returns its case number."""
        token, now = codes.new_token(), self.now()
        hashed = codes.hashed_token(codes.decode(token, codes.TOKEN_BYTES)).hex()
        with self.spool.transaction() as connection:
            connection.execute(_canaries.delete().where(_canaries.c.made_at < now - KEPT_SECONDS))
            connection.execute(_canaries.insert().values(token_hash=hashed, made_at=now))
        case_number = self._post(self._sealed(token, now))
        with self.spool.transaction() as connection:
            connection.execute(
                _canaries.update()
                .where(_canaries.c.token_hash == hashed)
                .values(case_number=case_number)
            )
        _log.info("%s: test request sent", case_number)
        return case_number

    def look(self) -> list[str]:
        """Close those that stand at the tracker; returns their case numbers."""
        found = []
        for token_hash, case_number in self._filed():
            number = self.tracker.find(marker_line(case_number))
            if number is None or not self._is_whole(number, case_number):
                _log.error("%s: the test request is not at the tracker as it was sent", case_number)
                continue
            self.tracker.set_state(number, "closed")
            # Said here too: deleted at the tracker before following saw it, it would stay for good.
            self.spool.reach(case_number, Status.CLOSED, self.now())
            with self.spool.transaction() as connection:
                connection.execute(
                    _canaries.update()
                    .where(_canaries.c.token_hash == token_hash)
                    .values(case_number=case_number, found_at=self.now())
                )
            _log.info("%s: test request found and closed", case_number)
            found.append(case_number)
        return found

    def was_found(self, case_number: str) -> bool:
        """Whether that request stood at the tracker, whichever process looked."""
        query = sa.select(_canaries.c.found_at).where(_canaries.c.case_number == case_number)
        with self.spool.transaction() as connection:
            return connection.execute(query).scalar_one() is not None

    def _is_due(self) -> bool:
        """Not while one of this day was taken, nor right after one that was not."""
        now = self.now()
        taken = _canaries.c.case_number.is_not(None) & (_canaries.c.made_at > now - EVERY_SECONDS)
        tried = _canaries.c.made_at > now - AGAIN_SECONDS
        with self.spool.transaction() as connection:
            query = sa.select(_canaries.c.made_at).where(taken | tried).limit(1)
            return connection.execute(query).first() is None

    def _filed(self) -> list[tuple[str, str]]:
        """Token and case of each one that was filed and not found yet, whatever it answered."""
        waiting = sa.select(_canaries.c.token_hash).where(_canaries.c.found_at.is_(None))
        filed = []
        with self.spool.transaction() as connection:
            for token_hash in connection.execute(waiting).scalars().all():
                case_number = connection.execute(
                    sa.select(_reports.c.case_number)
                    .where(_reports.c.token_hash == bytes.fromhex(token_hash))
                    .where(_reports.c.state == State.VERIFIED)
                ).scalar_one_or_none()
                if case_number is not None:
                    filed.append((token_hash, str(case_number)))
        return filed

    def _is_whole(self, number: int, case_number: str) -> bool:
        kept = self.tracker.read(number)
        marked = has_marker(kept.body, marker_line(case_number))
        return marked and issue.is_trial(kept.labels, kept.body)

    def _sealed(self, token: str, now: int) -> dict[str, Any]:
        facts = derive_facts(self.form, ANSWERS, "id")
        verifier, answer_key = (codes.encode(secrets.token_bytes(32)) for _ in range(2))
        pin_keys = codes.PinKeys(verifier, answer_key)
        written = plaintext(self.form, PlainForm(token, "id", ANSWERS), facts, pin_keys, now)
        try:
            sealed = sealing.seal(written, self._published_keys())
        except (sealing.KeyProblem, ValueError) as error:
            raise CanaryFailed(f"the site's keys cannot be used ({type(error).__name__})") from None
        return {
            "version": PLAIN_VERSION,
            "token": token,
            "language": "id",
            "facts": facts,
            "sealed": sealed,
            "return_verifier": verifier,
        }

    def _published_keys(self) -> list[PublicKey]:
        answer = _ask(f"{self.organization.site}unduh/keys.json", "the site's keys")
        try:
            return [
                PublicKey(str(key["kid"]), str(key["x"]), str(key["y"]), "")
                for key in json.loads(answer)["keys"]
                if "retired" not in key
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise CanaryFailed(f"the site's keys cannot be read ({type(error).__name__})") from None

    def _post(self, sent: dict[str, Any]) -> str:
        answer = _ask(f"{self.organization.receiver}submissions", "the receiver", sent)
        try:
            return str(json.loads(answer)["case_number"])
        except (ValueError, KeyError, TypeError):
            raise CanaryFailed("the receiver did not answer with a case number") from None


def is_overdue(spool: Spool, now: int) -> bool:
    """Whether a test request should have been found by now, and no later one was."""
    made, found = _canaries.c.made_at, _canaries.c.found_at
    with spool.transaction() as connection:
        last = sa.select(sa.func.max(made)).where(found.is_not(None))
        since = connection.execute(last).scalar_one() or 0
        lost = sa.select(sa.func.min(made)).where(found.is_(None), made > since)
        oldest = connection.execute(lost).scalar_one()
    return oldest is not None and now >= oldest + FOUND_WITHIN_SECONDS


def last_found_at(spool: Spool) -> int | None:
    """When a test request was last found at the tracker."""
    with spool.transaction() as connection:
        found = connection.execute(sa.select(sa.func.max(_canaries.c.found_at))).scalar_one()
    return None if found is None else int(found)


def _ask(address: str, what: str, content: dict[str, Any] | None = None) -> bytes:
    try:
        answer = ask(address, content, seconds=TIMEOUT_SECONDS)
    except NoAnswer as error:
        raise CanaryFailed(f"the test request failed at {what}: {error}") from None
    if not answer.is_good:
        raise CanaryFailed(f"the test request failed at {what}, which answers {answer.status}")
    return answer.body
