"""Where filed reports live: one issue for each case, in a folder or in a private GitHub repository.

A tracker never says "done" when it is not. What went wrong is one of three things, and the three
ask for different acts, so each has its own exception: `TrackerUnavailable` (nothing was changed,
try later), `InDoubt` (it may have been changed, list before acting) and `Misconfigured` (a person
has to mend something first). No exception carries text of an issue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from intake.tracker.github import GitHubTracker

GITHUB_API = "https://api.github.com"

# Crockford base32 has no I, L, O, U. Eight characters, ten where eight were taken.
_LETTERS = "[0-9A-HJKMNP-TV-Z]"
CASE_NUMBER = rf"{_LETTERS}{{4}}-{_LETTERS}{{4}}(?:-?{_LETTERS}{{2}})?"
MARK = rf"{_LETTERS}{{4}}"  # of a volunteer's key
_CASE_NUMBER = re.compile(CASE_NUMBER)
_MARKER = re.compile(rf"<!-- intake ({_CASE_NUMBER.pattern}) -->")
_WORDS = "addition|note|share|withdrawn|restored|answer|reminder|warning|kept|unknown|command"
_LETTER = re.compile(rf"<!-- intake (?:{_WORDS}) {_CASE_NUMBER.pattern}(?: [0-9A-Za-z-]+)? -->")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+|[1-9][0-9]*")


class TrackerUnavailable(Exception):
    """Surely nothing was changed: try again later.

    `retry_after` is the least time to wait, in seconds, or None when the tracker named none.
    """

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotYet(TrackerUnavailable):
    """Nothing is wrong: our own pace, which keeps the tracker's limits, says to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"The hour's share of writing is used up: {seconds} s to wait.", seconds)


class InDoubt(Exception):
    """The write may have happened: list the issues before acting again."""


class Misconfigured(Exception):
    """Nothing works until a person mends what the message says: stop."""


class IssueGone(Misconfigured):
    """This one issue was deleted or moved away; the tracker itself is well."""


@dataclass(frozen=True)
class Issue:
    """One issue as the tracker holds it. `state` is "open" or "closed"."""

    number: int
    title: str
    labels: tuple[str, ...]
    state: str
    body: str = field(repr=False)
    updated_at: int = field(default=0, repr=False, compare=False)
    closed_at: int | None = field(default=None, repr=False, compare=False)
    created_at: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Comment:
    """One comment below the issue `number`. Times are the tracker's, in UTC seconds."""

    id: int
    number: int
    body: str = field(repr=False)
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Label:
    """A label as a tracker keeps it; the colour is six hexadecimal digits."""

    name: str
    color: str
    description: str


@dataclass(frozen=True)
class GitHubLogin:
    """Who files on GitHub: a token, or a GitHub App's installation (all three of its settings).

    `key_file` is the App's private key in PEM; `api` is the base URL, which ends in /api/v3 on
    GitHub Enterprise Server.
    """

    token: str | None = field(default=None, repr=False)
    app_id: int | None = None
    installation_id: int | None = None
    key_file: Path | None = None
    api: str = GITHUB_API


class Notes(Protocol):
    """Where a tracker keeps numbers across restarts; the spool is one."""

    def noted(self, name: str) -> int:
        """The number of that name; 0 where none was noted."""

    def note(self, name: str, value: int) -> None:
        """Commit a number."""


class Tracker(Protocol):
    """What delivery asks of the place where issues live.

    Any call may raise `TrackerUnavailable` or `Misconfigured`; only `create` and `comment` may
    raise `InDoubt`. Whatever takes an issue's number raises `IssueGone` when it is not there.
    """

    def check(self) -> None:
        """Raise Misconfigured unless reports may be filed here: private, writable, with labels.

        Raises `NotYet` while the tracker's limits leave no room for another report.
        """

    def time(self) -> int | None:
        """UTC seconds by the tracker's own clock at its last answer; None where it has none."""

    def create(self, title: str, labels: Sequence[str], body: str) -> int:
        """File a new issue and return its number; `body` holds the marker line. Call `find` first.

        Only a number that the tracker gave together with our marker is returned. Whatever is raised
        but TrackerUnavailable, an issue may be there: list before creating again.
        """

    def fill(self, number: int, body: str) -> None:
        """Replace the body; `body` holds the issue's marker line. Doing it twice does no harm."""

    def read(self, number: int) -> Issue:
        """Return the issue, or raise IssueGone."""

    def find(self, marker: str, since: int = 0) -> int | None:
        """Return the number of the newest issue, open or closed, with this marker line, or None.

        A title of ours, urgency and case number, counts as well. Issues that were last changed
        before `since`, by the tracker's clock, may be left out.
        """

    def updated_since(self, time: int) -> list[Issue]:
        """Return every issue, open or closed, changed then or later, the oldest change first."""

    def comments_since(self, time: int) -> list[Comment]:
        """Return every comment written or changed then or later, the oldest change first."""

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of one issue, oldest first."""

    def comment(self, number: int, body: str) -> int:
        """Write a comment and return its id; its first line is a letter's marker.

        As with `create`: whatever is raised but TrackerUnavailable and IssueGone, it may be there.
        """

    def amend(self, number: int, comment: int, body: str) -> None:
        """Replace a comment of ours, whose first line stays. Doing it twice does no harm."""

    def set_label(self, number: int, label: str) -> None:
        """Give the issue a label and leave the others. Doing it twice does no harm."""

    def remove_label(self, number: int, label: str) -> None:
        """Take one label away and leave the others. Doing it twice does no harm."""

    def set_title(self, number: int, title: str) -> None:
        """Give the issue another title. Doing it twice does no harm."""

    def set_state(self, number: int, state: str) -> None:
        """Make the issue "open" or "closed". Doing it twice does no harm."""

    def hide(self, number: int, comment: int) -> None:
        """Take a comment out of sight; one that is gone is out of sight. Twice does no harm."""

    def known_labels(self) -> list[Label]:
        """Return every label that the tracker knows."""

    def save_label(self, label: Label, known: bool) -> None:
        """Make a label, or change the colour and description of a known one."""

    def login_expires_at(self) -> int | None:
        """Until when the login is good, as far as the tracker has said so."""

    def delete(self, number: int) -> None:
        """Delete the issue with all its comments; needs an owner's credential."""


class Repository(Protocol):
    """What setting up asks of a tracker that is a repository with files."""

    def place(self) -> str:
        """Return `OWNER/NAME` as it is called now."""

    def file(self, path: str) -> tuple[str, str] | None:
        """Return text and `sha` of a file, or None where there is none."""

    def save_file(self, path: str, text: str, sha: str | None) -> None:
        """Make a file, or replace the one of that `sha`; needs the right to write contents."""


def marker_line(case_number: str) -> str:
    """Return the first line of each body we file, `<!-- intake K7Q2-9MPA -->`. It stays there."""
    if not _CASE_NUMBER.fullmatch(case_number):
        raise ValueError("A case number looks like K7Q2-9MPA.")
    return f"<!-- intake {case_number} -->"


def letter_line(word: str, case_number: str, mark: str = "") -> str:
    """Return the first line of a comment, `<!-- intake addition K7Q2-9MPA 1a2b3c4d -->`."""
    line = f"<!-- intake {word} {case_number}{' ' if mark else ''}{mark} -->"
    if not _LETTER.fullmatch(line):
        raise ValueError("A letter is a known word, a case number and at most one mark.")
    return line


def letter_line_in(body: str) -> str:
    """Return the first line of a comment of ours; ValueError when that is no letter's marker."""
    line = body.partition("\n")[0].strip()
    if not _LETTER.fullmatch(line):
        raise ValueError("The comment does not begin with a letter's marker line.")
    return line


def case_number_in(body: str) -> str:
    """Return the case number of the first marker line, or raise ValueError when there is none."""
    for line in body.splitlines():
        if found := _MARKER.fullmatch(line.strip()):
            return found[1]
    raise ValueError("The body has no marker line such as <!-- intake K7Q2-9MPA -->.")


def case_number_of(issue: Issue) -> str | None:
    """Return the case number of the issue's marker line, None when it has none."""
    try:
        return case_number_in(issue.body)
    except ValueError:
        return None


def has_marker(body: str, marker: str) -> bool:
    """Tell whether the marker is a line of the body, whatever the line ends are."""
    return any(line.strip() == marker for line in body.splitlines())


def open_tracker(setting: str, github: GitHubLogin | None, notes: Notes | None = None) -> Tracker:
    """Return the tracker that INTAKE_TRACKER names; nothing is asked of it yet (see `check`).

    `folder:PATH`, `github:OWNER/REPO` or `github:123456789` (the repository's numeric id, which
    outlives renaming). Anything else is Misconfigured. `notes` keeps GitHub's limits across
    restarts; whoever files brings it.
    """
    kind, _, place = setting.partition(":")
    if kind == "folder" and place:
        from intake.tracker.folder import FolderTracker

        return FolderTracker(Path(place))
    if kind == "github" and _REPOSITORY.fullmatch(place):
        return _open_github(place, github, notes)
    raise Misconfigured(
        "Set INTAKE_TRACKER to folder:PATH, github:OWNER/REPO or github: and the repository's "
        "numeric id."
    )


def open_repository(setting: str, github: GitHubLogin | None) -> Repository | None:
    """Return the repository that INTAKE_TRACKER names, or None where it names a folder."""
    kind, _, place = setting.partition(":")
    return _open_github(place, github, None) if kind == "github" else None


def _open_github(place: str, login: GitHubLogin | None, notes: Notes | None) -> GitHubTracker:
    if login is None:
        raise Misconfigured(
            "A github: tracker needs a login: set INTAKE_GITHUB_TOKEN or the three settings of a "
            "GitHub App."
        )
    # Imported here so that a folder tracker, as in `make run`, never loads PyGithub.
    from intake.tracker.github import GitHubTracker

    return GitHubTracker(place, login, notes=notes)
