"""Checks of answers, the clear facts read from them, and the urgency table line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.answers import (
    MESSAGES,
    Problem,
    allowed_values,
    check_answers,
    check_facts,
    complete,
    compute_urgency,
    derive_facts,
    is_asked,
    read_answers,
)
from intake.form import CLEAR_FACTS, LANGUAGES, LEVELS, Language, load_form
from intake.settings import FORM_FILE
from invented_answers import Given, some_answers

FORM = load_form(FORM_FILE, "33")
CANARY = "kenari-7f3a"
FACTS_NEED: Given = {
    "problem": ["question"],
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
}


# --- urgency: the table of the issue ---


@pytest.mark.parametrize(
    "answers",
    [
        {"safe": "no"},
        {"problem": ["locked-in"]},
        {"problem": ["violence"]},
        {"problem": ["detained"]},
        {"problem": ["scam-compound"]},
        {"signs": ["under-18"]},
        {"signs": ["needs-doctor"]},
        {"signs": ["moved-within-7-days"]},
        {"signs": ["talk-of-dying"]},
    ],
)
def test_red(answers: Given) -> None:
    """Each MERAH line of the table is red by itself, and beside an ordinary problem too."""
    assert compute_urgency(FORM.urgency, answers) == "red"
    problems = [*answers.get("problem", []), "question", "death"]
    assert compute_urgency(FORM.urgency, {**answers, "problem": problems}) == "red"


@pytest.mark.parametrize(
    "answers",
    [
        {"problem": ["death"]},
        {"problem": ["lost-contact"]},
        {"problem": ["papers-withheld"]},
        {"problem": ["ran-away"]},
        {"problem": ["sexual-harassment"]},
        {"signs": ["threats-over-debt"]},
        {"safe": "unknown"},
        {"signs": ["unknown"]},
        # departure within 30 days with a danger sign
        {"signs": ["departs-within-30-days"], "problem": ["illegal-charges"]},
        {"signs": ["departs-within-30-days"], "problem": ["different-job"]},
        {"signs": ["departs-within-30-days"], "problem": ["unpaid-wages"]},
        {"signs": ["departs-within-30-days"], "problem": ["wants-to-withdraw"]},
        {"signs": ["departs-within-30-days", "threatened"]},
        {"signs": ["departs-within-30-days", "isolated"]},
        # three or more forced-labour signs, across both questions
        {"problem": ["unpaid-wages", "overwork", "illegal-charges"]},
        {"problem": ["unpaid-wages", "overwork"], "signs": ["bad-living-conditions"]},
        {"problem": ["different-job"], "signs": ["threatened", "isolated"]},
        {"signs": ["threatened", "isolated", "bad-living-conditions"]},
    ],
)
def test_yellow(answers: Given) -> None:
    """Each KUNING line of the table is yellow, and not red."""
    assert compute_urgency(FORM.urgency, {"safe": "yes", **answers}) == "yellow"


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"problem": ["question"]},
        {"problem": ["unknown"]},
        {"problem": ["unpaid-wages"]},
        {"problem": ["overwork"]},
        {"problem": ["illegal-charges"]},
        {"problem": ["different-job"]},
        {"problem": ["failed-departure"]},
        {"problem": ["wants-to-withdraw"]},
        {"problem": ["ill-or-injured"]},
        {"problem": ["insurance-claim"]},
        {"problem": ["wants-to-go-home"]},
        {"problem": ["talk"]},
        {"signs": ["none"]},
        {"signs": ["threatened"]},
        {"signs": ["isolated"]},
        {"signs": ["bad-living-conditions"]},
        {"signs": ["departs-within-30-days"]},
        {"signs": ["departs-within-30-days"], "problem": ["question"]},
        {"problem": ["unpaid-wages", "overwork"]},
        {"problem": ["unpaid-wages"], "signs": ["threatened"]},
        {"story": "saya tidak aman, dikurung, dipukul"},
    ],
)
def test_green(answers: Given) -> None:
    """The rest is HIJAU: one sign alone, two forced-labour signs, and words nobody computes."""
    assert compute_urgency(FORM.urgency, {"safe": "yes", **answers}) == "green"


def test_every_choice_of_problem_and_signs_has_its_line() -> None:
    """No choice of the form was left out of the three tables above by a slip of the pen."""
    reached: dict[str, set[str]] = {"problem": set(), "signs": set()}
    for test in (test_red, test_yellow, test_green):
        for case in test.pytestmark[0].args[1]:  # type: ignore[attr-defined]
            for name, codes in reached.items():
                codes.update(case.get(name, []))
    assert reached == {name: set(FORM.field(name).codes) for name in reached}


@given(some_answers(FORM), some_answers(FORM))
def test_more_answers_never_lower_the_urgency(first: Given, more: Given) -> None:
    """Ticking more, or answering one more question, keeps or raises the level."""

    def both(name: str) -> str | list[str]:
        if FORM.field(name).kind != "many" or name not in more or name not in first:
            return first[name] if name in first else more[name]
        ticked = {*first[name], *more[name]}
        ordinary = sorted(code for code in ticked if not FORM.field(name).choice(code).exclusive)
        return first[name] if first[name][0] not in ordinary else ordinary

    joined = {name: both(name) for name in {**first, **more}}
    before = LEVELS.index(compute_urgency(FORM.urgency, first))
    after = LEVELS.index(compute_urgency(FORM.urgency, joined))
    assert after <= before


@given(some_answers(FORM))
def test_typed_words_do_not_change_facts(answers: Given) -> None:
    """Facts and urgency come from closed choices alone; what is typed never reaches them."""
    whole: Given = {**FACTS_NEED, **answers}
    texts = {field.id: CANARY for field in FORM.fields if field.is_text}
    facts = derive_facts(FORM, {**whole, **texts}, "id")
    assert facts == derive_facts(FORM, whole, "id")
    assert CANARY not in str(facts)


# --- facts ---


def test_facts_of_a_family_that_lost_contact() -> None:
    """Problems become sorted groups, each once; order and names are those of the form."""
    answers: Given = {
        "who": "child", "safe": "unknown", "stage": "abroad", "country": "MY",
        "problem": ["lost-contact", "unpaid-wages", "illegal-charges"],
        "regency": "33.02", "contact": "may-contact", "share": ["police"],
    }  # fmt: skip
    facts = derive_facts(FORM, answers, "id")
    assert list(facts.items()) == [
        ("urgency", "yellow"),
        ("country", "MY"),
        ("problem", ["contact-lost", "money"]),
        ("regency", "33.02"),
        ("contact", "may-contact"),
        ("sharing", "may-share"),
        ("language", "id"),
    ]
    assert check_facts(FORM, facts, "id") == []


@pytest.mark.parametrize(("share", "sharing"), [([], "ask-first"), (["police"], "may-share")])
def test_nothing_ticked_means_ask_first(answers: Given, share: list[str], sharing: str) -> None:
    """The team may pass a report on only where at least one body was ticked."""
    assert derive_facts(FORM, {**answers, "share": share}, "en")["sharing"] == sharing
    assert derive_facts(FORM, answers, "en")["sharing"] == "ask-first"


def good_facts() -> dict[str, Any]:
    """Clear facts that may come from outside."""
    return {
        "urgency": "red",
        "country": "MY",
        "problem": ["money", "safety"],
        "regency": "33.02",
        "contact": "may-contact",
        "sharing": "ask-first",
        "language": "id",
    }


@given(some_answers(FORM), st.sampled_from(LANGUAGES))
def test_derived_facts_pass_the_receivers_check(answers: Given, language: Language) -> None:
    """Whatever the form can be sent with, the facts worked out of it are let in."""
    whole: Given = {**FACTS_NEED, **answers}
    assert check_facts(FORM, derive_facts(FORM, whole, language), language) == []


@pytest.mark.parametrize("name", CLEAR_FACTS)
def test_missing_fact_is_refused(name: str) -> None:
    """Each of the seven facts must be there."""
    facts = good_facts()
    del facts[name]
    assert check_facts(FORM, facts, "id") == [Problem(name, MESSAGES["bad-fact"]["id"])]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("urgency", "MERAH"),
        ("urgency", "purple"),
        ("urgency", None),
        ("urgency", ["red"]),
        ("country", "ID"),
        ("country", "my"),
        ("country", 60),
        ("regency", "33"),
        ("regency", "35.01"),
        ("regency", 33.02),
        ("contact", "ask-first"),
        ("contact", {"may-contact": True}),
        ("sharing", "may-contact"),
        ("language", "jv"),
        ("problem", "money"),
        ("problem", []),
        ("problem", ["safety", "money"]),
        ("problem", ["money", "money"]),
        ("problem", ["money", "violence"]),
        ("problem", ["money", 5]),
        ("problem", [["money"]]),
        ("problem", {"money": 1}),
    ],
)
def test_fact_out_of_range_is_refused(name: str, value: object) -> None:
    """Unknown codes, other types, unsorted or doubled lists and an empty one are refused."""
    facts = {**good_facts(), name: value}
    assert check_facts(FORM, facts, "en") == [Problem(name, MESSAGES["bad-fact"]["en"])]


def test_unknown_fact_is_refused_and_its_name_not_repeated() -> None:
    """A name of the sender's own choosing could hold what somebody typed."""
    problems = check_facts(FORM, {**good_facts(), CANARY: "x"}, "id")
    assert problems == [Problem("facts", MESSAGES["bad-fact"]["id"])]


@pytest.mark.parametrize("facts", [None, [], "red", 5, [["urgency", "red"]]])
def test_facts_that_are_no_object_are_refused(facts: object) -> None:
    """Anything but an object is one problem."""
    assert check_facts(FORM, facts, "id") == [Problem("facts", MESSAGES["bad-fact"]["id"])]


def test_every_wrong_fact_is_told_at_once() -> None:
    """Nothing sent at all gives one problem for each fact, in the form's order."""
    assert [problem.field for problem in check_facts(FORM, {}, "id")] == list(CLEAR_FACTS)


def test_allowed_values_are_closed_lists() -> None:
    """The four facts that are no plain field have their lists too."""
    assert allowed_values(FORM, "urgency") == {"red", "yellow", "green"}
    assert allowed_values(FORM, "sharing") == {"tell-nobody", "may-share", "ask-first"}
    assert allowed_values(FORM, "language") == {"id", "en"}
    assert allowed_values(FORM, "problem") == set(FORM.groups)
    assert allowed_values(FORM, "contact") == {"may-contact", "i-come-back"}


# --- answers ---


def test_smallest_answers_pass(answers: Given) -> None:
    """The seven required answers suffice of somebody who will come back."""
    assert check_answers(FORM, answers, "id") == []


@pytest.mark.parametrize(
    "name", ["who", "safe", "problem", "stage", "country", "regency", "contact"]
)
@pytest.mark.parametrize("empty", [None, "", []])
def test_required_choice_must_be_made(answers: Given, name: str, empty: Any) -> None:
    """An unanswered or empty required question says so and offers "Tidak tahu"."""
    sent = {key: value for key, value in answers.items() if key != name}
    if empty is not None:
        sent[name] = empty
    assert check_answers(FORM, sent, "id") == [
        Problem(name, "Jawab pertanyaan ini. Kalau tidak tahu, pilih “Tidak tahu”.")
    ]


def test_way_to_reach_is_required_of_those_who_may_be_contacted(answers: Given) -> None:
    """Saying "yes, contact me" without saying how is not enough; with a way it is."""
    sent: Given = {**answers, "contact": "may-contact"}
    assert is_asked(FORM, FORM.field("reach"), sent) is True
    assert is_asked(FORM, FORM.field("reach"), answers) is False
    assert check_answers(FORM, sent, "en") == [
        Problem("reach", "Fill this in, so that the team can answer you safely.")
    ]
    assert check_answers(FORM, {**sent, "reach": "WA adik saya"}, "en") == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("who", CANARY, "Choose one of the answers shown."),
        ("who", ["me", "child"], "Choose one answer only."),
        ("who", ["me", CANARY], "Choose one of the answers shown."),
        ("problem", ["death", CANARY], "Choose one of the answers shown."),
        ("country", "ID", "Choose one of the answers shown."),
        ("story", [CANARY, CANARY], "Choose one answer only."),
        ("village", CANARY * 20, "Too long. At most 120 characters; now 220."),
        (
            "signs",
            ["none", "under-18"],
            "“I don't know” or “None of these” cannot go with another answer.",
        ),
        (
            "problem",
            ["question", "unknown"],
            "“I don't know” or “None of these” cannot go with another answer.",
        ),
    ],
)
def test_wrong_answer_gets_one_sentence(
    answers: Given, name: str, value: str | list[str], message: str
) -> None:
    """Each kind of mistake is told once, in the person's language, without what was typed."""
    problems = check_answers(FORM, {**answers, name: value}, "en")
    assert problems == [Problem(name, message)]
    assert CANARY not in str(asdict(problems[0]))


@pytest.mark.parametrize(("length", "fits"), [(6000, True), (6001, False)])
def test_story_may_have_6000_characters(answers: Given, length: int, fits: bool) -> None:
    """The limit counts characters and not bytes, and itself still fits."""
    problems = check_answers(FORM, {**answers, "story": "🙏" * length}, "id")
    told = [Problem("story", "Terlalu panjang. Paling banyak 6000 huruf; sekarang 6001.")]
    assert problems == ([] if fits else told)


def test_unknown_field_is_told_without_its_name(answers: Given) -> None:
    """An edition of the form that is gone gets one sentence for each field it does not know."""
    problems = check_answers(FORM, {**answers, CANARY: "x"}, "en")
    assert problems == [Problem("form", "This form has changed. Reload the page, then send again.")]


def test_every_problem_is_told_at_once_in_the_forms_order() -> None:
    """Nothing answered gives one problem for each required question; `reach` is not asked yet."""
    assert [problem.field for problem in check_answers(FORM, {}, "id")] == [
        "who", "safe", "problem", "stage", "country", "regency", "contact",
    ]  # fmt: skip


@given(some_answers(FORM), st.sampled_from(LANGUAGES))
def test_no_problem_repeats_what_was_typed(answers: Given, language: Language) -> None:
    """Problems hold a field's id and one of our own sentences, whatever was sent."""
    ours = {field.id for field in FORM.fields} | {"form"}
    spoiled: dict[str, Any] = {name: f"{value}{CANARY}" * 99 for name, value in answers.items()}
    for problem in check_answers(FORM, {**spoiled, CANARY: CANARY}, language):
        assert problem.field in ours
        assert CANARY not in problem.message


def test_every_sentence_stands_in_both_languages() -> None:
    """No message is missing in Indonesian or in English."""
    assert all(set(message) == {"id", "en"} for message in MESSAGES.values())
    assert all(message["id"] != message["en"] for message in MESSAGES.values())


# --- what a form without JavaScript sends ---


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        ({"who": ["me"]}, {"who": "me"}),
        ({"story": [""], "village": ["  \r\n"], "who": []}, {}),
        ({"problem": ["violence", "death", "death"]}, {"problem": ["death", "violence"]}),
        ({"problem": ["death"]}, {"problem": ["death"]}),
        ({"story": ["satu\r\ndua\ntiga"]}, {"story": "satu\ndua\ntiga"}),
        ({"story": ["  tetap  "]}, {"story": "  tetap  "}),
        ({"who": ["me", "child"]}, {"who": ["me", "child"]}),
        ({"token": ["x"], "language": ["id"]}, {}),
    ],
)
def test_sent_form_is_read(sent: Mapping[str, list[str]], answers: Given) -> None:
    """Empty fields fall away, ticks are sorted and stand once, line ends become one line feed."""
    assert read_answers(FORM, dict(sent)) == answers


@given(some_answers(FORM))
def test_reading_loses_nothing_that_was_answered(answers: Given) -> None:
    """What a browser sends of valid answers is read back as those answers."""
    kept = {
        name: value
        for name, value in answers.items()
        if isinstance(value, list) or (value.strip() and "\r\n" not in value)
    }
    sent = {name: value if isinstance(value, list) else [value] for name, value in kept.items()}
    assert read_answers(FORM, sent) == complete(FORM, kept)


# --- doors and what they imply ---


@pytest.mark.parametrize(
    ("given_", "urgency", "problem"),
    [
        ({"door": "call", "country": "SA", "reach": "+447700900111"}, "yellow", ["call"]),
        ({"door": "question", "country": "TW", "ask": "Berapa?", "contact": "i-come-back"},
         "green", ["question"]),
    ],
)  # fmt: skip
def test_a_short_way_in_gives_a_whole_report(given_: Given, urgency: str, problem: str) -> None:
    """What a door implies fills every required answer, and says no more than is known."""
    answers = complete(FORM, given_)
    assert check_answers(FORM, answers, "id") == []
    facts = derive_facts(FORM, answers, "id")
    assert (facts["urgency"], facts["problem"], facts["regency"]) == (urgency, problem, "00")
    assert list(facts) == list(CLEAR_FACTS)


def test_what_a_person_answered_is_never_overwritten() -> None:
    """A door implies answers only where there are none."""
    given_: Given = {"door": "call", "safe": "no", "regency": "33.02"}
    answers = complete(FORM, given_)
    assert (answers["safe"], answers["regency"], answers["stage"]) == ("no", "33.02", "unknown")
    assert given_ == {"door": "call", "safe": "no", "regency": "33.02"}


@pytest.mark.parametrize(
    ("field", "answers", "asked"),
    [
        ("life-danger", {"safe": "no"}, True),
        ("life-danger", {"safe": "yes"}, False),
        ("guardian", {"signs": ["under-18"]}, True),
        ("guardian", {"signs": ["none"]}, False),
        ("channel", {"contact": "may-contact"}, True),
        ("channel", {"contact": "may-contact", "door": "call"}, False),
        ("place-abroad", {"stage": "abroad"}, True),
        ("place-abroad", {"stage": "returned"}, False),
        ("came-by", {"door": "volunteer"}, True),
        ("came-by", {"door": "other"}, False),
        ("door", {}, False),
    ],
)
def test_a_question_is_asked_where_it_matters(field: str, answers: Given, asked: bool) -> None:
    """`when` needs each of its answers, `unless` any; the page's own field is never asked."""
    assert is_asked(FORM, FORM.field(field), answers) is asked


@pytest.mark.parametrize(
    ("share", "sharing"),
    [([], "ask-first"), (["nobody"], "tell-nobody"), (["mission", "police"], "may-share")],
)
def test_telling_nobody_is_an_answer_of_its_own(share: list[str], sharing: str) -> None:
    """It is more than having ticked nothing, and stands in clear."""
    answers: Given = {**FACTS_NEED, "share": share}
    assert derive_facts(FORM, answers, "id")["sharing"] == sharing
