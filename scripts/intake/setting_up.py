"""Make a tracker ready for a team: labels, forms for issues by hand, searches, and a checklist.

What is to be changed is found out first and told, and nothing else is changed; a second run finds
nothing to do. Labels are made with the login for issues. Files need the right to write contents,
which that login lacks on purpose: they are written with an owner's login where one is given, and
printed to be added by hand where none is. Nothing is done in a repository that is not private.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

from intake.labels import (
    LATE,
    NEW,
    SHARE_AGAIN,
    STATUS,
    TEAM,
    URGENCY_LABEL,
)
from intake.plan import DATA, Team
from intake.spool import Status
from intake.tracker import Label, Repository, Tracker

FORMS = DATA / "tracker"
_PLACE = ".github/ISSUE_TEMPLATE"

BY_HAND = (
    "Repository, Settings, General: allow no forking, switch off Wikis, Projects and Discussions.",
    "Repository, Settings, Actions: choose 'Disable actions'.",
    "Repository, Settings, Collaborators: nobody but the team. Coordinator and deputy get Triage "
    "(to hide and delete comments: Write), the program's login gets Write.",
    "Organization, Settings, Authentication security: require two-factor authentication.",
    "Organization, Settings, Member privileges: base permission 'No permission', no forking of "
    "private repositories, no change of visibility by members.",
    "Each person, at the repository, Watch: choose 'Participating and @mentions'.",
    "Each person, Settings, Notifications: switch off e-mail, or send it to an address that only "
    "this person reads. Switch off 'Automatically watch repositories'.",
    "Each person, GitHub app on the phone: no previews of notifications on the lock screen.",
    "Pin nothing and write nobody's name into a milestone, a project or an assignee's note.",
)


@dataclass(frozen=True)
class Change:
    """One thing to be made or mended, and a line that says so."""

    line: str
    label: Label | None = None
    known: bool = False
    path: str = ""
    text: str = ""
    sha: str | None = None


def label_changes(wanted: Sequence[Label], there: Sequence[Label]) -> Iterator[Change]:
    """What has to be done so that each wanted label is there as it should look.

    Labels that the team made for itself are left alone.
    """
    known = {label.name.casefold(): label for label in there}
    for label in wanted:
        kept = known.get(label.name.casefold())
        if kept is None:
            yield Change(f"make label “{label.name}”", label)
        elif kept != label:
            yield Change(f"mend label “{label.name}”", label, known=True)


def file_changes(wanted: Mapping[str, str], repository: Repository) -> Iterator[Change]:
    """What has to be done so that each file stands in the repository as it should."""
    for path, text in wanted.items():
        kept = repository.file(path)
        if kept is None:
            yield Change(f"make file {path}", path=path, text=text)
        elif kept[0] != text:
            yield Change(f"mend file {path}", path=path, text=text, sha=kept[1])


def carry_out(change: Change, tracker: Tracker, repository: Repository | None) -> None:
    """Do one change. Doing it twice does no harm."""
    if change.label is not None:
        tracker.save_label(change.label, change.known)
    elif repository is not None:
        repository.save_file(change.path, change.text, change.sha)


def issue_forms(site: str, folder: Path = FORMS) -> dict[str, str]:
    """The forms for issues that a person opens by hand, by path; `site` ends with a slash."""
    return {
        f"{_PLACE}/{file.name}": file.read_text(encoding="utf-8").replace("SITE/", site)
        for file in sorted(folder.glob("*.yml"))
    }


def searches(teams: Sequence[Team]) -> dict[str, str]:
    """The searches of a team's day: name and what to type."""
    unread, late = f'is:open label:"{NEW}"', f'is:open label:"{LATE}"'
    by_status = {status: f'is:open label:"{label}"' for label, status in STATUS.items()}
    return {
        "MERAH belum dibaca": f'{unread} label:"{URGENCY_LABEL["red"]}"',
        "Belum dibaca": f"{unread} sort:created-asc",
        "Terlambat": late,
        "Sedang ditangani": by_status[Status.WORKING],
        "Menunggu jawaban": f"{by_status[Status.WAITING]} sort:updated-asc",
        "Perlu relawan baru": f'is:open label:"{SHARE_AGAIN}"',
        **{team.name.id: f'is:open label:"{TEAM}{team.id}"' for team in teams},
    }


def search_link(query: str, api: str, place: str) -> str:
    """The address of a search in `OWNER/NAME`, which a browser keeps as a bookmark."""
    parts = urlsplit(api)
    host = "https://github.com" if parts.hostname == "api.github.com" else f"https://{parts.netloc}"
    return f"{host}/{place}/issues?q={quote_plus(f'is:issue {query}')}"
