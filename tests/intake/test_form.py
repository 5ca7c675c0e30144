"""The form as it ships, and what each mistake in a form definition is answered with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from intake.form import (
    CLEAR_FACTS,
    Form,
    FormProblem,
    Language,
    for_browser,
    for_form_page,
    load_form,
)
from intake.organization import Text
from intake.settings import FORM_FILE

Change = Callable[[dict[str, Any]], object]
NEVER_ASKED = [
    "nik", "ktp", "nomor paspor", "passport number", "lahir", "birth", "foto", "photo", "selfie",
]  # fmt: skip

SHIPPED = yaml.safe_load(FORM_FILE.read_text(encoding="utf-8"))
SMALL_REGIONS = """
provinces:
  - {code: "33", name: Jawa Tengah, regencies: [{code: "33.02", name: Banyumas}]}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[Change], str]:
    """Return `broken(change)`: what the shipped form says once `change` has been made to it."""
    (tmp_path / "countries.yml").write_text("[]", encoding="utf-8")
    (tmp_path / "regions.yml").write_text(SMALL_REGIONS, encoding="utf-8")
    path = Path(shutil.copy(FORM_FILE, tmp_path))

    def problem(change: Change) -> str:
        raw = deepcopy(SHIPPED)
        change(raw)
        text = yaml.dump(raw, allow_unicode=True, Dumper=yaml.CSafeDumper)
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FormProblem) as error:
            load_form(path, "33")
        return str(error.value).replace(str(tmp_path), "DATA")

    return problem


WHO = [field["id"] for field in SHIPPED["fields"]].index("who")


def raw_field(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """One question of a form that was not parsed yet."""
    found: dict[str, Any] = next(field for field in raw["fields"] if field["id"] == name)
    return found


def texts(form: Form) -> Iterator[tuple[str, Text]]:
    """Every text of the form that people read, with its place."""
    for name, tagged in [*form.levels.items(), *form.groups.items(), *form.sharing.items()]:
        yield name, tagged.label
    for step in form.steps:
        yield step.id, step.title
    for field in form.fields:
        shown = (field.question, field.question_other, field.hint, field.example)
        yield from ((field.id, text) for text in shown if text is not None)
        for choice in field.choices:
            yield f"{field.id}.{choice.id}", choice.label
            if choice.subject is not None:
                yield f"{field.id}.{choice.id}", choice.subject


# --- the form as it ships ---


def test_clear_facts_are_those_of_the_design(form: Form) -> None:
    """Urgency, country, coarse problem, regency, contact, sharing and language; no other."""
    names = ["urgency", "country", "problem", "regency", "contact", "sharing", "language"]
    assert [fact.id for fact in form.facts] == names
    assert list(CLEAR_FACTS) == names


def test_only_three_answers_leave_the_sealed_part(form: Form) -> None:
    """Country, regency and the permission to contact go as they are; all else is sealed."""
    clear = [field.id for field in form.fields if field.goes == "clear"]
    assert clear == ["country", "regency", "contact"]
    assert {field.kind for field in form.fields if field.goes == "clear"} == {"select", "one"}


def test_of_the_problem_only_its_group_is_clear(form: Form) -> None:
    """The fact `problem` is read by group; every problem has one; the field is sealed."""
    fact = next(fact for fact in form.facts if fact.id == "problem")
    field = form.field("problem")
    assert (fact.from_, fact.by, field.goes) == ("problem", "group", "sealed")
    assert {choice.group for choice in field.choices} == set(form.groups)


def test_urgent_signs_are_sealed(form: Form) -> None:
    """What could identify a person in danger is in no clear fact."""
    assert form.field("signs").goes == "sealed"
    assert form.field("safe").goes == "sealed"
    assert not {"signs", "safe"} & {fact.from_ for fact in form.facts}


def test_required_questions(form: Form) -> None:
    """Who, safe, what, where, from where, whether and how to reach: nothing else is required.

    A question has to be asked, and a volunteer says how it came and who agreed.
    """
    required = [field.id for field in form.fields if field.required]
    assert required == [
        "came-by", "agreed", "who", "safe", "problem", "ask", "stage", "country", "regency",
        "contact", "reach",
    ]  # fmt: skip


def test_a_call_is_asked_for_with_three_answers(form: Form) -> None:
    """Country, number and safe hours, with the clock they are meant by: no other question."""
    asked = [field for step in form.steps for field in form.asked_in(step.id, ["call"])]
    assert [field.id for field in asked] == ["country", "reach", "safe-hours", "clock"]
    assert [field.id for field in asked if field.required] == ["country", "reach"]


@pytest.mark.parametrize(
    ("door", "missing", "there"),
    [
        (None, {"ask", "came-by", "agreed"}, {"who", "safe", "problem", "story", "village"}),
        ("write", {"who", "ask", "came-by", "agreed"}, {"safe", "problem", "story"}),
        ("question", {"who", "safe", "problem", "story", "village"}, {"ask", "contact", "share"}),
        ("other", {"ask", "came-by", "agreed"}, {"who", "safe", "problem", "story"}),
        ("volunteer", {"ask"}, {"came-by", "agreed", "who", "safe", "problem", "story"}),
    ],
)
def test_each_door_has_its_questions(
    form: Form, door: str | None, missing: set[str], there: set[str]
) -> None:
    """What is not needed on one way in is not asked there; a form without a door is whole."""
    asked = {field.id for step in form.steps for field in form.asked_in(step.id, [door])}
    assert there <= asked
    assert not missing & asked
    assert "door" not in asked


def test_who_shares_a_phone_or_is_unsafe_sees_not_to_be_called_first(form: Form) -> None:
    """Not to be called is a usual answer there, so it is the first."""
    choice = form.field("contact").choice("i-come-back")
    assert choice.first == {"safe": ("no",), "shared-phone": ("shared", "watched")}


def test_how_to_reach_is_asked_only_of_those_who_may_be_contacted(form: Form) -> None:
    """Who wants no contact need not leave a way to be contacted."""
    assert form.field("reach").when == {"contact": ("may-contact",)}


def test_identity_numbers_and_pictures_are_never_asked(form: Form) -> None:
    """No question, hint or answer speaks of NIK, passport number, birth date or photo."""
    for place, text in texts(form):
        for language in (text.id, text.en):
            words = f" {language.lower()} "
            found = [word for word in NEVER_ASKED if f" {word}" in words]
            assert not found, f"{place}: {language}"


def test_every_text_stands_in_both_languages(form: Form) -> None:
    """No Indonesian sentence is without its English one, and questions are not left untranslated.

    Names of places and of the mission are the same in both.
    """
    all_texts = list(texts(form))
    assert len(all_texts) > 150
    for place, text in all_texts:
        assert text.id.strip(), place
        assert text.en.strip(), place
        assert ("{subject}" in text.id) == ("{subject}" in text.en), place
    questions = [field.question for field in form.fields]
    assert all(question.id != question.en for question in questions)


@pytest.mark.parametrize("language", ["id", "en"])
def test_question_names_the_person_it_is_about(form: Form, language: Language) -> None:
    """Each wording for another person formats for each answer to `who`, as in the issue."""
    asked = [field.question_other for field in form.fields if field.question_other]
    subjects = {choice.id: choice.subject for choice in form.field("who").choices}
    assert len(asked) == 3
    for question in asked:
        for subject in subjects.values():
            assert subject is not None
            shown = question[language].format(subject=subject[language])
            assert subject[language] in shown
            assert "{" not in shown


def test_mother_is_asked_whether_her_child_is_safe(form: Form) -> None:
    """The words follow who needs help."""
    safe, child = form.field("safe").question_other, form.field("who").choice("child").subject
    assert safe is not None
    assert child is not None
    assert safe.id.format(subject=child.id) == "Apakah anak Anda aman sekarang?"
    assert safe.en.format(subject=child.en) == "Is your child safe now?"
    assert form.field("safe").question.id == "Apakah Anda aman sekarang?"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("safe", "unknown"),
        ("problem", "unknown"),
        ("signs", "unknown"),
        ("last-heard", "unknown"),
        ("shared-phone", "unknown"),
        ("channel", "unknown"),
        ("safe-hours", "unknown"),
        ("clock", "unknown"),
        ("leave-message", "unknown"),
        ("if-other-answers", "unknown"),
        ("woman", "unknown"),
        ("spoken", "unknown"),
        ("life-danger", "unknown"),
        ("guardian", "unknown"),
        ("stage", "unknown"),
        ("country", "ZZ"),
        ("regency", "00"),
    ],
)
def test_not_knowing_is_an_answer(form: Form, name: str, code: str) -> None:
    """Each question about facts that a family may not know offers "Tidak tahu"."""
    label = form.field(name).choice(code).label
    assert (label.id, label.en) == ("Tidak tahu", "I don't know")


def test_problems_of_the_issue_are_offered(form: Form) -> None:
    """The closed list holds at least the kinds that KP2MI and the ILO name."""
    assert form.field("problem").codes >= {
        "unpaid-wages", "papers-withheld", "lost-contact", "violence", "sexual-harassment",
        "locked-in", "overwork", "illegal-charges", "different-job", "failed-departure",
        "wants-to-withdraw", "detained", "ran-away", "ill-or-injured", "death", "scam-compound",
        "insurance-claim", "wants-to-go-home", "question", "talk",
    }  # fmt: skip


def test_every_problem_has_a_picture(form: Form) -> None:
    """Who reads little finds it by its picture; "I don't know" needs none."""
    choices = form.field("problem").choices
    assert [choice.id for choice in choices if choice.icon is None] == ["unknown"]


def test_lost_contact_is_asked_more(form: Form) -> None:
    """Last heard, last number and who sent them are asked after `lost-contact` alone."""
    asked = [field.id for field in form.fields if field.when == {"problem": ("lost-contact",)}]
    assert asked == ["last-heard", "last-number", "sent-by"]
    heard = [choice.id for choice in form.field("last-heard").choices]
    assert heard == ["week", "month", "lebaran", "year", "unknown"]


def test_consents_are_optional_and_separate(form: Form) -> None:
    """Passing on, danger to life, a child's guardian and statistics: each its own, none required.

    The two that are asked of some only are asked exactly when they matter.
    """
    consents = {field.id: field for field in form.fields if field.consent}
    assert list(consents) == ["share", "life-danger", "guardian", "statistics"]
    assert {(field.required, field.goes) for field in consents.values()} == {(False, "sealed")}
    assert consents["life-danger"].when == {"urgency": ("red",)}
    assert consents["guardian"].when == {"signs": ("under-18",)}
    assert consents["share"].choice("nobody").exclusive


def test_home_regencies_one_by_one_and_other_provinces_whole(form: Form) -> None:
    """Banyumas can be chosen in Jawa Tengah, but of Jawa Timur only the whole province."""
    regency = form.field("regency")
    assert regency.choice("33.02").label.id == "Banyumas"
    assert {"33", "35.01"} & regency.codes == set()
    assert regency.choice("35").label.en == "Jawa Timur province"
    assert regency.choice("35").tag == "Jawa Timur"
    assert len([code for code in regency.codes if code.startswith("33.")]) == 35


def test_other_home_region_offers_its_own_regencies() -> None:
    """The same definition serves a team in Jawa Timur."""
    codes = load_form(FORM_FILE, "35").field("regency").codes
    assert {"35.01", "33"} <= codes
    assert "33.02" not in codes


def test_country_may_be_another_or_unknown(form: Form) -> None:
    """The listed countries are followed by "another" and "I don't know"."""
    choices = [choice.id for choice in form.field("country").choices]
    assert {"MY", "SG", "HK", "TW", "SA"} <= set(choices)
    assert choices[-2:] == ["XX", "ZZ"]
    assert "ID" not in choices


@pytest.mark.parametrize("language", ["id", "en"])
def test_scripts_get_one_language_and_every_rule(form: Form, language: Language) -> None:
    """What the pages embed is plain JSON: the questions in one language, all facts and rules."""
    shown = json.loads(json.dumps(for_browser(form, language)))
    assert shown["language"] == language
    assert shown["version"] == form.version
    assert [field["id"] for field in shown["fields"]] == [field.id for field in form.fields]
    assert [fact["id"] for fact in shown["facts"]] == list(CLEAR_FACTS)
    assert len(shown["urgency"]) == len(form.urgency)
    assert shown["consents"] == ["share", "life-danger", "guardian", "statistics"]
    assert shown["levels"] == {"red": "MERAH", "yellow": "KUNING", "green": "HIJAU"}
    by_id = {field["id"]: field for field in shown["fields"]}
    label = {"id": "Siapa yang butuh bantuan?", "en": "Who needs help?"}[language]
    assert by_id["who"]["label"] == label
    assert by_id["door"]["byPage"] is True
    assert by_id["door"]["choices"]["write"]["implies"] == {"who": "me"}
    assert by_id["life-danger"]["when"] == {"urgency": ["red"]}
    assert by_id["who"]["unless"] == {"door": ["call", "write", "question"]}
    assert by_id["contact"]["choices"]["i-come-back"]["first"]["safe"] == ["no"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_form_itself_gets_no_words_that_its_fields_show(form: Form, language: Language) -> None:
    """Neither a choice's words nor plain choices; rules, and both of two questions, stay."""
    whole, shown = for_browser(form, language), for_form_page(form, language)
    for name in ("urgency", "facts", "consents", "version", "language"):
        assert shown[name] == whole[name]
    by_id = {field["id"]: field for field in shown["fields"]}
    assert by_id["country"]["choices"] == {}
    assert by_id["signs"]["choices"] == {
        "none": {"exclusive": True},
        "unknown": {"exclusive": True},
    }
    assert by_id["contact"]["choices"].keys() == {"i-come-back"}
    assert {name for name, field in by_id.items() if "label" in field} == {
        field.id for field in form.fields if field.question_other
    }


# --- mistakes in a definition ---


CLEAR = "the clear facts are exactly " + ", ".join(CLEAR_FACTS) + ", in this order"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda raw: raw["facts"].pop(), CLEAR),
        (lambda raw: raw["facts"].reverse(), CLEAR),
        (
            lambda raw: raw_field(raw, "village").update(goes="clear"),
            "field village goes clear only if a fact is read from it",
        ),
        (
            lambda raw: raw_field(raw, "country").update(goes="sealed"),
            "field country goes clear only if a fact is read from it",
        ),
        (
            lambda raw: raw["facts"][0].update({"from": "safe"}),
            "fact urgency is worked out, not read from safe",
        ),
        (
            lambda raw: raw["facts"][2].update({"from": "masalah"}),
            "fact problem is read from the unknown field masalah",
        ),
        (
            lambda raw: raw_field(raw, "problem")["choices"][0].pop("group"),
            "choice unpaid-wages of problem has no group",
        ),
        (
            lambda raw: raw_field(raw, "problem")["choices"][0].update(group="gaji"),
            "choice unpaid-wages of problem names the unknown group gaji",
        ),
        (
            lambda raw: raw_field(raw, "who").update(step="siapa"),
            "field who stands in the unknown step siapa",
        ),
        (
            lambda raw: raw["fields"].append(raw_field(raw, "story")),
            "field story stands there twice",
        ),
        (
            lambda raw: raw_field(raw, "safe")["choices"].append(
                raw_field(raw, "safe")["choices"][0]
            ),
            "choice yes of safe stands there twice",
        ),
        (
            lambda raw: raw_field(raw, "story").pop("max"),
            "field story: a text has max, any other kind has choices",
        ),
        (
            lambda raw: raw_field(raw, "last-heard").pop("choices"),
            "field last-heard: a text has max, any other kind has choices",
        ),
        (
            lambda raw: raw_field(raw, "safe").update(max=3),
            "field safe: a text has max, any other kind has choices",
        ),
        (
            lambda raw: raw["urgency"][0]["any"].update(problem=["dikurung"]),
            "a rule names problem: dikurung, which is no answer of the form",
        ),
        (
            lambda raw: raw_field(raw, "reach").update(when={"hubungi": ["ya"]}),
            "a rule names hubungi: ya, which is no answer of the form",
        ),
        (lambda raw: raw["levels"].pop("green"), "the levels are exactly red, yellow, green"),
        (
            lambda raw: raw["sharing"].pop("ask-first"),
            "the values of sharing are exactly tell-nobody, may-share, ask-first",
        ),
        (
            lambda raw: raw_field(raw, "door")["choices"][0]["implies"].update(safe="aman"),
            "a rule names safe: aman, which is no answer of the form",
        ),
        (
            lambda raw: raw_field(raw, "life-danger").update(when={"urgency": ["ungu"]}),
            "a rule names urgency: ungu, which is no answer of the form",
        ),
    ],
)
def test_contradiction_is_named(
    broken: Callable[[Change], str], change: Change, problem: str
) -> None:
    """Each contradiction inside the definition gives one sentence that names its place."""
    assert broken(change) == f"DATA/form.yml: the whole file: {problem}"


def test_contradictions_are_told_at_once(broken: Callable[[Change], str]) -> None:
    """Two mistakes in one file give both sentences."""

    def change(raw: dict[str, Any]) -> None:
        raw_field(raw, "who")["step"] = "siapa"
        raw_field(raw, "village")["goes"] = "clear"

    assert broken(change) == (
        "DATA/form.yml: the whole file: "
        "field village goes clear only if a fact is read from it; "
        "field who stands in the unknown step siapa"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda raw: raw_field(raw, "who")["question"].pop("en"),
            f"fields.{WHO}.question.en: Field required",
        ),
        (
            lambda raw: raw_field(raw, "who")["question"].update(id=""),
            f"fields.{WHO}.question.id: String should have at least 1 character",
        ),
        (
            lambda raw: raw_field(raw, "who").update(warna="teal"),
            f"fields.{WHO}.warna: Extra inputs are not permitted",
        ),
        (
            lambda raw: raw_field(raw, "who").update(goes="public"),
            f"fields.{WHO}.goes: Input should be 'clear' or 'sealed'",
        ),
        (
            lambda raw: raw_field(raw, "who")["choices"][0].pop("label"),
            f"fields.{WHO}.choices.0.label: Field required",
        ),
        (
            lambda raw: raw["urgency"][0].update(level="purple"),
            "urgency.0.level: Input should be 'red', 'yellow' or 'green'",
        ),
        (
            lambda raw: raw["urgency"][0].pop("any"),
            "urgency.0: a rule has either any, or all, or count together with of",
        ),
        (
            lambda raw: raw["urgency"][0].update(count=3),
            "urgency.0: a rule has either any, or all, or count together with of",
        ),
        (
            lambda raw: raw["urgency"][3].pop("of"),
            "urgency.3: a rule has either any, or all, or count together with of",
        ),
        (lambda raw: raw.update(version=0), "version: Input should be greater than 0"),
    ],
)
def test_wrong_place_is_named(
    broken: Callable[[Change], str], change: Change, problem: str
) -> None:
    """A missing translation, an unknown word or a half rule is named by its place."""
    assert broken(change) == f"DATA/form.yml: {problem}"


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw_field(raw, "country").update(list="cities"),
        lambda raw: raw.pop("fields"),
        lambda raw: raw.update(fields=None),
    ],
)
def test_unknown_list_or_no_fields_is_told(broken: Callable[[Change], str], change: Change) -> None:
    """A select takes its choices from a list that exists, and there are fields at all."""
    assert broken(change).startswith("DATA/form.yml: no list of that name or no list of fields: ")


def test_unknown_home_region_is_named() -> None:
    """A home region outside the list of provinces cannot offer regencies."""
    with pytest.raises(FormProblem) as error:
        load_form(FORM_FILE, "99")
    assert str(error.value) == "home_region 99 is not a province of regions.yml"


@pytest.mark.parametrize("name", ["form.yml", "countries.yml", "regions.yml"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """The definition and both of its lists must be there."""
    for present in {"form.yml", "countries.yml", "regions.yml"} - {name}:
        shutil.copy(FORM_FILE.with_name(present), tmp_path)
    with pytest.raises(FormProblem) as error:
        load_form(tmp_path / "form.yml", "33")
    assert str(error.value) == f"{tmp_path / name} is missing: restore it from the repository"


def test_text_that_is_not_yaml_is_told(tmp_path: Path) -> None:
    """A file that cannot be parsed is named, with the line that broke it."""
    path = tmp_path / "form.yml"
    path.write_text("fields: [", encoding="utf-8")
    with pytest.raises(FormProblem, match="line 2, column 1") as error:
        load_form(path, "33")
    assert str(error.value).startswith(f"{path} is not YAML: ")
