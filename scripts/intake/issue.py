"""Write a kept report as a tracker issue: an index card with closed choices and ciphertext.

Pure functions. Nothing a person typed can reach this module except sealed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from intake.form import Facts, Form
from intake.labels import NEW as NEW
from intake.labels import OLD_KEY as OLD_KEY
from intake.labels import TEAM
from intake.labels import TRIAL as TRIAL
from intake.labels import WITHDRAWN as WITHDRAWN
from intake.markdown import plain
from intake.plan import PERIODS, Link, Plan, shipped_plan
from intake.sealing import find_sealed, recipient_ids
from intake.tracker import marker_line

LARGEST_BODY = 65_536  # characters, GitHub's limit for an issue body
LONGEST_LINK = 8_000  # characters; GitHub stopped rendering links of about 11,000
TRIAL_LINE = "**Uji otomatis.** Tidak ada orang di balik permintaan ini. Jangan kerjakan apa-apa."

_PERIODS = {"hour": "Jam pertama", "day": "Hari pertama", "week": "Minggu pertama"}


class BodyTooLong(Exception):
    """The issue body is longer than a tracker takes; this cannot come from the form."""


class BodyChanged(Exception):
    """The sealed block does not stand in the body as it was filed."""


def title(form: Form, facts: Facts, case_number: str) -> str:
    """Urgency and case number only: `MERAH · K7Q2-9MPA`."""
    return f"{form.levels[_code(facts, 'urgency')].tag} · {case_number}"


def labels(form: Form, facts: Facts, plan: Plan | None = None, *, trial: bool = False) -> list[str]:
    """Tracker labels of the clear facts, in the form's order, the team and `status: baru`.

    `plan` is the one in `docs/data` unless another is given. A trial, which nobody sent, has a
    label of its own besides.
    """
    team = (plan or shipped_plan()).team_for(facts)
    found = [
        f"{fact.prefix}: {tag}"
        for fact in form.facts
        if fact.prefix is not None
        for tag in _tags(form, fact.id, facts)
    ]
    return [*found, *([f"{TEAM}{team.id}"] if team else []), NEW, *([TRIAL] if trial else [])]


def body(
    form: Form,
    facts: Facts,
    sealed: dict[str, Any],
    case_number: str,
    site: str,
    plan: Plan | None = None,
    *,
    trial: bool = False,
) -> str:
    """The whole body; `site` is the site's address with its closing slash."""
    plan = plan or shipped_plan()
    block = json.dumps(sealed, separators=(",", ":"))
    parts = [
        marker_line(case_number),
        TRIAL_LINE if trial else "",
        _first_lines(form, facts),
        _table(form, facts, plan),
        *_next_steps(plan, facts, case_number, site),
        _links(plan, facts, site),
        _link(site, block),
        _blocks(facts, block),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    if len(text) > LARGEST_BODY:
        raise BodyTooLong(f"The body of {case_number} has {len(text)} characters.")
    return text


def is_trial(issue_labels: Sequence[str], issue_body: str) -> bool:
    """Whether an issue is a trial. A label alone, which may be set by mistake, does not say so."""
    marked = TRIAL in {label.casefold() for label in issue_labels}
    return marked and TRIAL_LINE in issue_body.splitlines()


def readdressed(text: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    """A body or comment with the message sealed to other keys, and all else as it is.

    The block is one line as this module wrote it, and may stand in the one-tap link too. Raises
    `BodyChanged` where somebody has written it otherwise, `BodyTooLong` where the new one is.
    """
    before, after = (json.dumps(sealed, separators=(",", ":")) for sealed in (old, new))
    changed = _relinked(text.replace(before, after), before, after)
    left = set(recipient_ids(old)) - set(recipient_ids(new))
    if find_sealed(changed) != new or any(kid in changed for kid in left):
        raise BodyChanged("The sealed block was written otherwise by hand.")
    if len(changed) > LARGEST_BODY:
        raise BodyTooLong(f"The new text has {len(changed)} characters.")
    return changed


def _relinked(text: str, before: str, after: str) -> str:
    link = re.search(
        rf"\[Buka laporan\]\((\S+)/paralegal/buka/#{re.escape(quote(before, safe=''))}\)", text
    )
    return text.replace(link[0], _link(f"{link[1]}/", after)) if link else text


def _first_lines(form: Form, facts: Facts) -> str:
    forbidden = {
        "i-come-back": "**Jangan hubungi.** Orang ini akan menghubungi tim sendiri.",
        "may-contact": "**Boleh dihubungi**, dengan cara dan jam yang ada di laporan tersegel.",
    }
    sharing = plain(form.sharing[_code(facts, "sharing")].label.id)
    return f"{forbidden[_code(facts, 'contact')]}\n**{sharing}.**"


def _table(form: Form, facts: Facts, plan: Plan) -> str:
    names = {
        "urgency": "Darurat saat datang",
        "country": "Negara",
        "problem": "Masalah",
        "regency": "Wilayah asal",
        "language": "Bahasa",
    }
    rows = [f"| {names[n]} | {_words(form, n, facts)} |" for n in facts if n in names]
    team = plan.team_for(facts)
    rows += [f"| Tim saat datang | {plain(team.name.id)} |"] if team else []
    return "\n".join(["| | |", "|---|---|", *rows])


def _next_steps(plan: Plan, facts: Facts, case_number: str, site: str) -> list[str]:
    """One list to tick for each period."""
    found = [(_PERIODS[at], plan.steps_of(facts, at, case_number)) for at in PERIODS]
    return [f"### {title}\n\n{_lines('- [ ] ', steps, site)}" for title, steps in found if steps]


def _links(plan: Plan, facts: Facts, site: str) -> str:
    books = [Link(do="Buku panduan untuk masalah ini", link=p) for p in plan.playbooks_of(facts)]
    return f"### Tempat bertanya\n\n{_lines('- ', [*books, *plan.offices_of(facts)], site)}"


def _lines(start: str, links: list[Link], site: str) -> str:
    return "\n".join(
        f"{start}{plain(line.do.removesuffix('.'))}: {site}{line.link}" for line in links
    )


def _link(site: str, block: str) -> str:
    address = f"{site}paralegal/buka/#{quote(block, safe='')}"
    if len(address) > LONGEST_LINK:
        return f"Buka {site}paralegal/buka/ lalu tempel seluruh isi halaman ini."
    return f"[Buka laporan]({address})"


def _blocks(facts: Facts, block: str) -> str:
    clear = json.dumps({"facts": facts}, separators=(",", ":"))
    return f"```json\n{clear}\n```\n\n```json\n{block}\n```"


def _words(form: Form, name: str, facts: Facts) -> str:
    return ", ".join(plain(tag) for tag in _tags(form, name, facts))


def _tags(form: Form, name: str, facts: Facts) -> list[str]:
    value = facts[name]
    return [_tag(form, name, code) for code in (value if isinstance(value, list) else [value])]


def _tag(form: Form, name: str, code: str) -> str:
    if name == "urgency":
        return form.levels[code].tag.lower()  # type: ignore[index]
    if name == "problem":
        return form.groups[code].tag
    if name == "sharing":
        return form.sharing[code].tag
    if name == "language":
        return code
    choice = form.field(name).choice(code)
    return choice.tag or choice.label.id


def _code(facts: Facts, name: str) -> Any:
    return facts[name]
