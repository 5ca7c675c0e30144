"""Invented cases, sealed and filed in any tracker as the program files them."""

from __future__ import annotations

import json

from intake import issue, sealing
from intake.tracker import Tracker, letter_line
from workplace import coordinator, sealed_report, the_form

SMALLEST: dict[str, str | list[str]] = {
    "who": "me",
    "safe": "yes",
    "problem": ["failed-departure"],
    "stage": "not-yet-left",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"


def case(place: int) -> str:
    """An invented case number."""
    return f"K7Q2-9MP{LETTERS[place]}"


def file(tracker: Tracker, place: int, *keys: sealing.PublicKey, **typed: str) -> int:
    """File an invented report with these answers; returns its issue's number."""
    answers = SMALLEST | typed
    posted, _ = sealed_report(answers, "id", *keys)
    facts = posted["facts"]
    form, number = the_form(), case(place)
    body = issue.body(form, facts, posted["sealed"], number, "https://contoh.example/")
    title, labels = issue.title(form, facts, number), issue.labels(form, facts)
    return tracker.create(title, labels, body)


def add_text(tracker: Tracker, number: int, place: int, text: str) -> None:
    """Write a sealed addition below an issue."""
    content = {"version": 1, "kind": "addition", "text": text}
    sealed = sealing.seal(json.dumps(content).encode(), [coordinator().public])
    line = letter_line("addition", case(place), "1a2b3c4d")
    tracker.comment(number, f"{line}\n\n```json\n{json.dumps(sealed)}\n```\n")
