"""Say whether two people must approve what is published, as far as GitHub shows it to everybody.

The public repository is asked without a login, so nothing is risked and everybody can look in the
same way. Rulesets are shown to all; of an older branch protection only that it is there. What is
not shown is said to be not visible, and is neither well nor wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from intake.asking import NoAnswer, ask

NEEDED = 2
TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Seen:
    """What was found, whether it is well (None: not visible), and one line about it."""

    well: bool | None
    line: str


def look(repository: str, api: str) -> list[Seen]:
    """What GitHub shows of `https://github.com/OWNER/NAME`: reviews of its main branch, release."""
    place = urlsplit(repository).path.strip("/").removesuffix(".git")
    if place.count("/") != 1:
        return [Seen(None, f"{repository} is no repository on GitHub: look there yourself")]
    base = f"{api.rstrip('/')}/repos/{quote(place)}"
    found = _get(base)
    branch = found.get("default_branch") if isinstance(found, dict) else None
    if not isinstance(branch, str):
        return [Seen(None, f"reviewers of {place}: not visible without a login, or not there")]
    return [_branch(base, place, branch), _release(base, place)]


def _branch(base: str, place: str, branch: str) -> Seen:
    rules = _get(f"{base}/rules/branches/{quote(branch, safe='')}")
    if not isinstance(rules, list):
        return Seen(None, f"reviewers of {place}: its rules are not visible without a login")
    count = max((_reviews(rule) for rule in rules), default=0)
    if count >= NEEDED:
        return Seen(True, f"{branch} of {place} takes a change after {count} approvals")
    shown = _get(f"{base}/branches/{quote(branch, safe='')}")
    if count == 0 and isinstance(shown, dict) and shown.get("protected") is True:
        return Seen(
            None,
            f"{branch} of {place} is protected, and how many must approve is not visible without "
            "a login: a ruleset shows it",
        )
    return Seen(
        False,
        f"{branch} of {place} takes a change after {count} approvals and {NEEDED} are needed: set "
        "a ruleset for it under Settings, Rules",
    )


def _release(base: str, place: str) -> Seen:
    found = _get(f"{base}/environments")
    listed = found.get("environments") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return Seen(None, f"who may release {place}: not visible without a login")
    count = sum(_approvers(one) for one in listed)
    if count:
        return Seen(True, f"a release of {place} waits for one of {count} people or teams")
    return Seen(None, f"a release of {place} waits for nobody; the approvals of its branch hold it")


def _reviews(rule: Any) -> int:
    match rule:
        case {
            "type": "pull_request",
            "parameters": {"required_approving_review_count": int(count)},
        }:
            return count
    return 0


def _approvers(environment: Any) -> int:
    match environment:
        case {"name": "github-pages", "protection_rules": list(rules)}:
            asked = [rule.get("reviewers") for rule in rules if isinstance(rule, dict)]
            return sum(len(people) for people in asked if isinstance(people, list))
    return 0


def _get(address: str) -> Any:
    """The JSON value there, or None where it is not shown."""
    try:
        answer = ask(address, seconds=TIMEOUT_SECONDS)
        return json.loads(answer.body) if answer.is_good else None
    except (NoAnswer, ValueError):
        return None
