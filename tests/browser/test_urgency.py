"""The browser and the receiver work out the same facts and urgency from the same answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from intake.form import Form, for_browser, load_form

Run = Callable[..., Any]
DATA = Path(__file__).parents[2] / "docs" / "data"
FACTS = """return input.answers.map(
  (answers) => deriveFacts(input.definition, answers, input.definition.language))"""


@pytest.fixture(scope="module")
def form() -> Form:
    """The form as it is published."""
    return load_form(DATA / "form.yml", "33")


RULES = [
    {"level": "yellow", "any": {"safe": ["unknown"], "problem": ["death"]}},
    {"level": "red", "any": {"safe": ["no"]}},
    {
        "level": "yellow",
        "all": [{"signs": ["soon"]}, {"problem": ["papers"], "signs": ["threats"]}],
    },
    {"level": "yellow", "count": 3, "of": {"problem": ["papers", "pay"], "signs": ["threats"]}},
]


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({}, "green"),
        ({"safe": "yes", "problem": ["pay"]}, "green"),
        ({"safe": "unknown"}, "yellow"),
        ({"safe": "no", "problem": ["death"]}, "red"),
        ({"problem": ["death", "pay"]}, "yellow"),
        ({"signs": ["soon"]}, "green"),
        ({"signs": ["soon", "threats"]}, "yellow"),
        ({"signs": ["soon"], "problem": ["papers"]}, "yellow"),
        ({"signs": ["threats"], "problem": ["pay"]}, "green"),
        ({"signs": ["threats"], "problem": ["papers", "pay"]}, "yellow"),
        ({"signs": ["threats", "threats", "threats"]}, "green"),
    ],
)
def test_highest_rule_that_holds_decides(run: Run, answers: dict[str, Any], level: str) -> None:
    """Any, all and count rules hold as form.yml describes them; with none it is green."""
    body = "return computeUrgency(input.rules, input.answers)"
    assert run(body, {"rules": RULES, "answers": answers}) == level


def test_problem_groups_are_sorted_and_stand_once(run: Run, form: Form) -> None:
    """Two problems of one group give that group once."""
    answers = {"problem": ["violence", "locked-in", "unpaid-wages"]}
    given = {"definition": for_browser(form, "id"), "answers": [answers]}
    assert run(FACTS, given)[0]["problem"] == ["money", "safety"]


def test_choice_of_another_edition_stands_for_itself(run: Run, form: Form) -> None:
    """An unknown problem is not lost: it shows as a difference in the reader."""
    given = {"definition": for_browser(form, "id"), "answers": [{"problem": ["newer"]}]}
    assert run(FACTS, given)[0]["problem"] == ["newer"]


@pytest.mark.parametrize(
    ("share", "sharing"), [(None, "ask-first"), ([], "ask-first"), (["police"], "may-share")]
)
def test_sharing_needs_at_least_one_ticked_body(
    run: Run, form: Form, share: list[str] | None, sharing: str
) -> None:
    """Nothing ticked means: ask first."""
    answers = {} if share is None else {"share": share}
    given = {"definition": for_browser(form, "id"), "answers": [answers]}
    assert run(FACTS, given)[0]["sharing"] == sharing
