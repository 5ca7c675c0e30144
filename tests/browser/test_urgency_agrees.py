"""Whatever is answered, Chromium and Python work out the same: urgency, facts, what is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from intake.answers import complete, compute_urgency, derive_facts, is_asked
from intake.form import LANGUAGES, Form, Language, for_browser, for_form_page, load_form
from intake.settings import FORM_FILE
from invented_answers import Given, some_answers

Run = Callable[..., Any]
FORM = load_form(FORM_FILE, "33")
# Facts are worked out only of a form whose required questions are answered.
REQUIRED: Given = {
    "problem": ["question"],
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}


@pytest.fixture(scope="module")
def cases() -> list[Given]:
    """Some hundreds of answer sets, Hypothesis's odd corners among them."""
    drawn: list[Given] = []

    @settings(max_examples=400, database=None, deadline=None)
    @given(some_answers(FORM))
    def draw(answers: Given) -> None:
        drawn.append(answers)

    draw()
    return drawn


def test_urgency_of_whatever_was_answered(run: Run, cases: list[Given]) -> None:
    """Also of a form that is only half filled in: the page shows numbers before it is sent."""
    given_ = {"rules": for_browser(FORM, "id")["urgency"], "cases": cases}
    computed = run("return input.cases.map((one) => computeUrgency(input.rules, one))", given_)
    assert len(computed) >= 300
    assert computed == [compute_urgency(FORM.urgency, answers) for answers in cases]
    assert set(computed) == {"red", "yellow", "green"}


@pytest.mark.parametrize("definition", [for_browser, for_form_page])
@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_of_a_form_that_can_be_sent(
    run: Run,
    cases: list[Given],
    language: Language,
    definition: Callable[[Form, Language], dict[str, Any]],
) -> None:
    """All seven facts agree, in their order, in the reader and in the form itself."""
    whole = [{**REQUIRED, **answers} for answers in cases]
    given_ = {"definition": definition(FORM, language), "cases": whole}
    body = """return input.cases.map(
      (one) => Object.entries(deriveFacts(input.definition, one, input.definition.language)))"""
    expected = [derive_facts(FORM, answers, language) for answers in whole]
    assert run(body, given_) == [[list(pair) for pair in facts.items()] for facts in expected]


def test_what_the_answers_imply(run: Run, cases: list[Given]) -> None:
    """A door answers for the person what nobody is asked there; what was given stands."""
    given_ = {"definition": for_form_page(FORM, "id"), "cases": cases}
    completed = run("return input.cases.map((one) => complete(input.definition, one))", given_)
    assert completed == [complete(FORM, answers) for answers in cases]
    assert [one for one, other in zip(completed, cases, strict=True) if one != other]


def test_which_questions_are_asked(run: Run, cases: list[Given]) -> None:
    """By `when` and `unless`, also where they depend on the urgency."""
    given_ = {"definition": for_form_page(FORM, "id"), "cases": cases}
    body = """return input.cases.map((one) => input.definition.fields
      .filter((field) => isAsked(input.definition, field, one)).map(({ id }) => id))"""
    asked = run(body, given_)
    assert asked == [
        [field.id for field in FORM.fields if is_asked(FORM, field, answers)] for answers in cases
    ]
    never = {field.id for field in FORM.fields} - {name for one in asked for name in one}
    assert never == {"door"}
