"""The one way in which content says that it cannot be published."""

from __future__ import annotations


class ContentProblem(Exception):
    """A page or data file cannot be published; the message names it and the cure."""
