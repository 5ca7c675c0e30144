"""The labels: each that the form gives an issue is made beforehand, and a tracker keeps it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from intake import issue, labels
from intake.form import LEVELS, Form
from intake.plan import shipped_plan
from intake.spool import Status
from workplace import LOST_CONTACT


@pytest.fixture
def made(form: Form) -> list[labels.Label]:
    """Every label of the form and the teams as they ship."""
    return labels.all_labels(form, shipped_plan().teams)


def test_every_label_of_an_issue_is_made(form: Form, made: list[labels.Label]) -> None:
    """Nothing is left for GitHub to make by itself, without colour or description."""
    values: dict[str, list[Any]] = {
        "urgency": list(form.levels),
        "country": [choice.id for choice in form.field("country").choices],
        "problem": [[group] for group in form.groups],
        "regency": [choice.id for choice in form.field("regency").choices],
        "contact": [choice.id for choice in form.field("contact").choices],
        "sharing": list(form.sharing),
    }
    names = {label.name for label in made}
    for fact, codes in values.items():
        for code in codes:
            assert set(issue.labels(form, LOST_CONTACT | {fact: code})) <= names


def test_labels_are_such_as_a_tracker_keeps(made: list[labels.Label]) -> None:
    """GitHub folds case, takes 50 and 100 characters, and a colour of six digits without #."""
    names = [label.name.casefold() for label in made]
    assert len(set(names)) == len(names)
    for label in made:
        assert len(label.name) <= labels.LONGEST_NAME
        assert 0 < len(label.description) <= labels.LONGEST_DESCRIPTION
        assert re.fullmatch("[0-9a-f]{6}", label.color)


def test_every_status_and_urgency_has_one_label(form: Form) -> None:
    """The labels of the code are those of the form, and none is missing."""
    assert set(labels.LABEL_OF) == set(Status)
    assert set(labels.URGENCY_LABEL) == set(LEVELS)
    for level, label in labels.URGENCY_LABEL.items():
        assert label == f"darurat: {form.levels[level].tag.lower()}"
        assert labels.level_title(level, "K7Q2-9MPA") == issue.title(
            form, LOST_CONTACT | {"urgency": level}, "K7Q2-9MPA"
        )


def test_no_volunteer_has_a_label_from_the_start(made: list[labels.Label]) -> None:
    """A volunteer's mark becomes a label when she gets her first case."""
    assert not [label for label in made if label.name.startswith(labels.VOLUNTEER)]
