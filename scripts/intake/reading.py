"""Lay out an opened report for reading, by the form's own labels. Pure functions."""

from __future__ import annotations

import json
import re
from typing import Any

from intake.answers import derive_facts
from intake.form import Form, FormField, Language


class NotAReport(Exception):
    """What was opened is no report of this form; print it whole with --json."""


def lay_out(form: Form, content: bytes, language: Language) -> str:
    """Question and answer, one pair after another, urgency first; raises `NotAReport`."""
    try:
        lines = _lines(form, json.loads(content), language)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Raised without its cause, which may quote what a person wrote.
        raise NotAReport("This is no report of this form; print it whole with --json.") from None
    return "\n\n".join(lines) + "\n"


def _lines(form: Form, report: dict[str, Any], language: Language) -> list[str]:
    answers, facts = report["answers"], report["facts"]
    # Another edition of the form may ask more: better refused than shown with a hole.
    if unknown := answers.keys() - {field.id for field in form.fields}:
        raise KeyError(*unknown)
    derived = derive_facts(form, answers, facts["language"])
    lines = [form.levels[derived["urgency"]].tag]  # type: ignore[index]
    lines += [_differs(name) for name in derived if derived[name] != facts.get(name)]
    answered = (field for field in form.fields if field.id in answers)
    return lines + [_line(field, answers[field.id], language) for field in answered]


def _differs(name: str) -> str:
    return f"PERHATIAN / NOTE: {name} tidak cocok dengan jawaban / does not match the answers"


def _line(field: FormField, value: str | list[str], language: Language) -> str:
    if field.is_text:
        shown = str(value)
    else:
        codes = value if isinstance(value, list) else [value]
        shown = "; ".join(field.choice(code).label[language] for code in codes)
    # A sender's control characters could rewrite what a terminal shows (ECMA-48).
    shown = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", shown)
    question = field.question[language]
    return f"{question}\n  " + shown.replace("\n", "\n  ")
