"""Lay out an opened report for reading, by the form's own labels. Pure functions."""

from __future__ import annotations

import json
from typing import Any

from intake.answers import derive_facts
from intake.form import Form, FormField, Language


class NotAReport(Exception):
    """What was opened is no report of this form; print it whole with --json."""


def lay_out(form: Form, content: bytes, language: Language) -> str:
    """Question and answer, one pair after another, urgency first; raises `NotAReport`."""
    try:
        report: dict[str, Any] = json.loads(content)
        answers, facts = report["answers"], report["facts"]
        derived = derive_facts(form, answers, facts["language"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotAReport("This is no report of this form; print it whole with --json.") from error
    lines = [form.levels[derived["urgency"]].tag]  # type: ignore[index]
    lines += [_differs(name) for name in derived if derived[name] != facts.get(name)]
    lines += [
        _line(field, answers[field.id], language) for field in form.fields if field.id in answers
    ]
    return "\n\n".join(lines) + "\n"


def _differs(name: str) -> str:
    return f"PERHATIAN / NOTE: {name} tidak cocok dengan jawaban / does not match the answers"


def _line(field: FormField, value: str | list[str], language: Language) -> str:
    if field.is_text:
        shown = str(value)
    else:
        codes = value if isinstance(value, list) else [value]
        shown = ", ".join(field.choice(code).label[language] for code in codes)
    question = field.question[language]
    return f"{question}\n  " + shown.replace("\n", "\n  ")
