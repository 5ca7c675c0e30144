"""Look at everything the program depends on and say, in one line each, what is wrong.

Nothing is changed. A line is either fine or names the cure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from intake import canary, channels, keys, production, purge, resealing, reviewers
from intake.form import FormProblem
from intake.organization import OrganizationProblem
from intake.sealing import KeyProblem, active
from intake.settings import SettingProblem, Settings
from intake.spool import DELETED_AFTER_SECONDS, Spool, SpoolUnavailable, State
from intake.tracker import Misconfigured, TrackerUnavailable

KNOWN_PROBLEMS = (
    FormProblem,
    KeyProblem,
    Misconfigured,
    OrganizationProblem,
    SettingProblem,
    SpoolUnavailable,
    TrackerUnavailable,
    production.SiteUnreadable,
    OSError,
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it is well, and one line about it."""

    subject: str
    well: bool
    line: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.well else 'FAIL'} {self.subject}: {self.line}"


def examine(settings: Settings, now: int, *, publish: bool = False) -> list[Finding]:
    """Every finding. With `publish`, also what must hold before the site goes out."""
    looks: dict[str, Callable[[Settings], list[Finding]]] = {
        "organization": _organization,
        "form": _form,
        "keys": lambda those: _keys(those, now),
    }
    if publish:
        looks["publishing"] = _publishing
    else:
        looks |= {
            "secret": _secret,
            "database": lambda those: _database(those, now),
            "tracker": lambda those: _tracker(those, now),
        }
        if settings.uses_github:
            looks |= {
                "production": _production,
                "site": _site,
                "alerts": _alerts,
                "test request": lambda those: _canary(those, now),
                "reviewers": _reviewers,
            }
    return [
        finding for subject, look in looks.items() for finding in _looked(subject, look, settings)
    ]


def _looked(
    subject: str, look: Callable[[Settings], list[Finding]], settings: Settings
) -> list[Finding]:
    try:
        return look(settings)
    except KNOWN_PROBLEMS as error:
        return [Finding(subject, False, line) for line in str(error).splitlines()]


def _organization(settings: Settings) -> list[Finding]:
    organization = settings.load_organization()
    operator = organization.operator or "no operator, so no form is published"
    return [Finding("organization", True, f"{settings.organization}, {operator}")]


def _form(settings: Settings) -> list[Finding]:
    form = settings.load_form(settings.load_organization())
    return [Finding("form", True, f"{len(form.fields)} questions")]


def _keys(settings: Settings, now: int) -> list[Finding]:
    held = active(settings.load_keys())
    if not held and settings.load_organization().form_is_open:
        cure = f"{settings.keys} holds none: make one with intake keys new NAME"
        return [Finding("keys", False, cure)]
    names = ", ".join(key.name + (" (recovery)" if key.recovery else "") for key in held)
    well = Finding("keys", True, names or "none, and none needed while the form is closed")
    today = datetime.fromtimestamp(now, UTC).date()
    return [well, *(Finding("keys", False, line) for line in keys.ending(held, today))]


def _secret(settings: Settings) -> list[Finding]:
    settings.load_secret()
    return [Finding("secret", True, f"{settings.secret_file}, keep it in every backup")]


def _database(settings: Settings, now: int) -> list[Finding]:
    spool = Spool(settings.database)
    counts, held_back = spool.counts(), spool.held_back()
    withdrawn_at = spool.oldest_withdrawn()
    spool.close()
    waiting = sum(count for state, count in counts.items() if state is not State.VERIFIED)
    of_these = f" ({held_back} held back as suspect)" if held_back else ""
    line = f"{waiting} waiting to be filed{of_these}, {counts[State.VERIFIED]} filed"
    return [Finding("database", True, line), *_late("spool", withdrawn_at, now)]


def _tracker(settings: Settings, now: int) -> list[Finding]:
    tracker = settings.open_tracker()
    tracker.check()
    well = Finding("tracker", True, f"{settings.tracker} can be written to and is not public")
    stale = resealing.count_stale(tracker.updated_since(0), settings.load_keys())
    line = f"{stale} open cases are sealed to other keys: a key holder runs intake reseal"
    old = [Finding("keys", False, line)] if stale else []
    return [well, *old, *_late("tracker", purge.withdrawn_since(tracker), now)]


def _late(side: str, withdrawn_at: int | None, now: int) -> list[Finding]:
    """What that side keeps for longer than a person who withdrew was promised."""
    if withdrawn_at is None or now - withdrawn_at <= DELETED_AFTER_SECONDS:
        return []
    line = (
        f"something withdrawn {(now - withdrawn_at) // 3_600} hours ago is still there, and "
        f"{DELETED_AFTER_SECONDS // 3_600} were promised: run intake purge --{side} each day"
    )
    return [Finding("withdrawn", False, line)]


def _production(settings: Settings) -> list[Finding]:
    found = production.problems(settings.load_organization(), settings.load_keys())
    if not found:
        return [Finding("production", True, "operator, tested phone, https and own keys")]
    return [Finding("production", False, problem) for problem in found]


def _site(settings: Settings) -> list[Finding]:
    published = production.site_key_ids(settings.load_organization().site)
    differing = production.compare_keys(settings.load_keys(), published)
    well = Finding("site", True, "seals to the same keys as the receiver holds")
    return [Finding("site", False, line) for line in differing] or [well]


def _alerts(settings: Settings) -> list[Finding]:
    named = settings.load_organization().alerts
    found = channels.problems(named, settings.alerts)
    names = ", ".join(one.name for one in channels.open_channels(named, settings.alerts))
    return [Finding("alerts", False, line) for line in found] or [
        Finding("alerts", True, f"{names}; try them with intake alert --test")
    ]


def _canary(settings: Settings, now: int) -> list[Finding]:
    spool = Spool(settings.database)
    overdue, found_at = canary.is_overdue(spool, now), canary.last_found_at(spool)
    spool.close()
    if overdue:
        cure = "it did not arrive in time: read the log of intake deliver, then try intake canary"
        return [Finding("test request", False, cure)]
    if found_at is None:
        return [Finding("test request", True, "none yet; intake deliver --watch sends one a day")]
    when = datetime.fromtimestamp(found_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [Finding("test request", True, f"last went the whole way at {when}")]


def _reviewers(settings: Settings) -> list[Finding]:
    repository = settings.load_organization().repository
    if repository is None or settings.github is None:
        line = "no public repository is named, so who approves a change is not visible here"
        return [Finding("reviewers", True, line)]
    seen = reviewers.look(repository, settings.github.api)
    return [Finding("reviewers", one.well is not False, one.line) for one in seen]


def _publishing(settings: Settings) -> list[Finding]:
    organization = settings.load_organization()
    if organization.demonstration or organization.form_is_open:
        return _production(settings)
    line = "no operator: the help page shows guides and numbers only"
    return [Finding("publishing", True, line)]
