"""Answers that somebody sends through a web server."""

from __future__ import annotations

import pytest


@pytest.fixture
def answers() -> dict[str, str | list[str]]:
    """The smallest answers that the form takes: ordinary, and nobody may call."""
    return {
        "who": "me",
        "safe": "yes",
        "problem": ["question"],
        "stage": "not-yet-left",
        "country": "MY",
        "regency": "33.02",
        "contact": "i-come-back",
    }
