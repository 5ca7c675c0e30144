"""Render the receiver's own pages from the site's layout and the shared form template.

Pure apart from reading templates and data at start; what cannot be read raises there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2

from content.dates import spoken_date
from content.icons import THEME
from content.site import Site
from intake import codes
from intake.answers import Problem, read_answers
from intake.form import DOOR, LANGUAGES, Form, FormField, Language
from intake.organization import Organization
from intake.settings import Settings

_ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


class Pages:
    """The form, the receipt and the page that says what went wrong."""

    def __init__(
        self, settings: Settings, root: Path, organization: Organization, form: Form
    ) -> None:
        self._organization = organization
        self._form = form
        site = Site.read(root, settings.for_site())
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([site.overrides, THEME]), autoescape=True
        )
        site.equip(self._environment)
        self._wording = site.wording
        # The same style on each page, read once as the pages read it: one policy fits them all.
        read_style: Any = self._environment.globals["style"]
        style = read_style("site", "form", "receiver", "leave").source
        self.security_policy = (
            f"default-src 'none'; style-src {style}; img-src data:; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )

    def form(
        self,
        language: Language,
        token: str,
        sent: Mapping[str, list[str]] | None = None,
        problems: Sequence[Problem] = (),
        door: str | None = None,
        stamp: str = "",
        *,
        off_duty: bool = False,
        last_read_at: int | None = None,
    ) -> str:
        """The form with a token; filled in again, and with every problem, after a bad sending.

        `door` is the way in that was chosen; any that the form does not know gives it whole.
        `off_duty` puts official numbers first; `last_read_at` is said where it is known.
        """
        answers = read_answers(self._form, sent or {DOOR: [door] if door else []})
        chosen = _one(answers.pop(DOOR, ""))
        if chosen in self._form.field(DOOR).codes:
            answers[DOOR] = chosen
        for field in self._form.fields:
            if field.is_text and field.id in answers:
                answers[field.id] = _one(answers[field.id])
        return self._render(
            "receiver/form.html",
            language,
            title="form_title",
            switch={_other(language): _form_address(_other(language), answers.get(DOOR))},
            form=self._form,
            token=token,
            stamp=stamp,
            door=answers.get(DOOR),
            off_duty=off_duty,
            last_read=last_read_at and self.spoken_time(last_read_at, language),
            answers=answers,
            problems={problem.field: problem.message for problem in problems},
            labels={
                # A problem of a box that the page has not is told without a link to it.
                field.id: self._question(field, language)
                for step in self._form.steps
                for field in self._form.asked_in(step.id, [chosen if DOOR in answers else None])
            },
            secure=_is_locked(self._organization.site),
        )

    def received(self, receipt: Mapping[str, Any]) -> str:
        """The receipt with case number and PIN."""
        hours = self._organization.reading_times.model_dump()[receipt["urgency"]]
        return self._render(
            "receiver/received.html",
            receipt["language"],
            title="received_title",
            receipt=receipt,
            pin=codes.group_pin(receipt["pin"]),
            hours=hours,
        )

    def coming_back(self, language: Language, shown: Mapping[str, Any]) -> str:
        """The page for the report PIN; `shown` is what came of it, so far as there is any."""
        nothing = dict.fromkeys(("case", "pin", "problem", "done"))
        return self._render(
            "receiver/status.html",
            language,
            title="return_title",
            # Only the empty page has an address of its own in the other language.
            switch=None if "case" in shown or "problem" in shown else _return_address(language),
            secure=_is_locked(self._organization.site),
            **(nothing | {"text": "", "typed": ""} | dict(shown)),
        )

    def spoken_time(self, seconds: int, language: Language) -> str:
        """A time by the organization's clock, as people say it."""
        zone = self._organization.time_zone
        at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
        day = spoken_date(at.date(), self._wording[language]["months"])
        return f"{day}, {at:%H.%M} {_ZONES.get(zone, zone)}"

    def problem(self, language: Language, code: str) -> str:
        """One sentence about what went wrong, with other ways to reach a person."""
        # An expired receipt is no failure: that report has arrived.
        title = "received_title" if code == "expired" else "problem_title"
        return self._render("receiver/problem.html", language, title=title, code=code)

    def sentences(self, code: str) -> dict[str, str]:
        """What went wrong, in each language, with two other ways to reach a person."""
        phone = self._organization.phone
        reach = f"{phone.number}, " if phone else ""
        return {
            language: f"{words['problem_' + code]} {words['form_other_way']} "
            f"{reach}{self._root(language)}darurat/"
            for language in LANGUAGES
            for words in [self._wording[language]]
        }

    def _question(self, field: FormField, language: Language) -> str:
        if field.question_other is None:
            return field.question[language]
        return field.question_other[language].format(
            subject=self._wording[language]["form_subject"]
        )

    def _root(self, language: str) -> str:
        return self._organization.site + ("" if language == "id" else "en/")

    def _render(self, name: str, language: Language, title: str, **values: Any) -> str:
        values.setdefault("switch", None)
        return self._environment.get_template(name).render(
            language=language,
            title=self._wording[language][title],
            description=None,
            root=self._root(language),
            here=None,
            path="bantuan/",
            sheets=["form", "receiver"],
            **values,
        )


def _one(value: str | list[str]) -> str:
    """One text to show again, of a box that was sent twice too."""
    return value if isinstance(value, str) else "\n".join(value)


def _is_locked(address: str) -> bool:
    """Whether nobody between the phone and this machine can read what is sent."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")


def _return_address(language: Language) -> dict[str, str]:
    return {_other(language): f"/intake/status?language={_other(language)}"}


def _form_address(language: Language, door: object) -> str:
    return f"/intake/form?language={language}" + (f"&door={door}" if door else "")


def _other(language: Language) -> Language:
    return "en" if language == "id" else "id"
