"""Teams, next steps and deadlines: what they say, and that what they name is there."""

from __future__ import annotations

import re
import shutil
from itertools import product
from pathlib import Path

import pytest
import yaml

from intake.form import Facts, Form
from intake.plan import DATA, PERIODS, PlanProblem, read_plan, shipped_plan
from workplace import LOST_CONTACT

DOCS = DATA.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data, to be spoiled."""
    kept = tmp_path / "data"
    kept.mkdir()
    for name in ("teams", "steps", "deadlines", "countries", "regions", "form"):
        shutil.copy(DATA / f"{name}.yml", kept)
    return kept


# --- teams ---


@pytest.mark.parametrize(
    ("changes", "team"),
    [
        ({}, "kontak"),
        ({"problem": ["papers"]}, "dokumen"),
        ({"problem": ["papers", "contact-lost"]}, "kontak"),
        ({"problem": ["question"]}, "umum"),
        ({"regency": "35"}, "umum"),
        ({"regency": "00"}, "umum"),
    ],
)
def test_new_case_goes_to_the_first_team_that_takes_it(changes: Facts, team: str) -> None:
    """Region and problem decide, in the order of the file."""
    found = shipped_plan().team_for(LOST_CONTACT | changes)
    assert found is not None
    assert found.id == team


def test_every_case_has_a_team(form: Form) -> None:
    """Whatever region and problem: the last team takes what is left."""
    regions = [choice.id for choice in form.field("regency").choices]
    for region, group in product(regions, form.groups):
        facts = LOST_CONTACT | {"regency": region, "problem": [group]}
        assert shipped_plan().team_for(facts) is not None


def test_no_team_is_an_answer_too(folder: Path) -> None:
    """An organization whose teams leave something out files those cases without a team."""
    (folder / "teams.yml").write_text("[]", encoding="utf-8")
    assert read_plan(folder).team_for(LOST_CONTACT) is None


# --- what is named is there ---


def linked() -> list[str]:
    """Every path that an issue can lead to, of each problem, country and region."""
    plan = shipped_plan()
    links = [step.link for step in (*plan.steps.steps, *plan.steps.offices)]
    paths = {plan.path(link, LOST_CONTACT) for link in links if "{" not in link}
    paths |= {
        f"paralegal/masalah/{name}/" for names in plan.steps.playbooks.values() for name in names
    }
    return sorted(paths | {"negara/", "paralegal/buka/", "paralegal/perintah/"})


@pytest.mark.parametrize("path", linked())
def test_every_page_an_issue_leads_to_is_there(path: str) -> None:
    """In both languages, since it is opened on a volunteer's own phone."""
    for language in ("id", "en"):
        assert (DOCS / path / f"index.{language}.md").is_file()


def test_every_country_has_a_page() -> None:
    """Its own where one was written, else that of its numbers, which is made for each country."""
    pages = shipped_plan().countries
    assert pages["MY"] == "negara/malaysia/"
    assert pages["OM"] == "darurat/oman/"
    assert shipped_plan().path("{country}", LOST_CONTACT | {"country": "ZZ"}) == "negara/"


def test_every_problem_has_steps(form: Form) -> None:
    """Each group has at least one step of its own, and all but questions and calls a playbook."""
    plan = shipped_plan()
    named = {group for step in plan.steps.steps for group in step.when.get("problem", ())}
    assert named == set(form.groups)
    assert set(plan.steps.playbooks) == set(form.groups) - {"question", "call"}


def test_every_value_a_step_waits_for_can_be(form: Form) -> None:
    """A step for an answer that nobody can give would never be shown."""
    known: dict[str, set[str]] = {
        "urgency": set(form.levels),
        "problem": set(form.groups),
        "contact": {choice.id for choice in form.field("contact").choices},
        "sharing": set(form.sharing),
    }
    for step in shipped_plan().steps.steps:
        for fact, values in step.when.items():
            assert set(values) <= known[fact]


def test_each_period_of_every_case_has_steps(form: Form) -> None:
    """First hour, first day, first week, whoever asks and whatever was allowed."""
    plan = shipped_plan()
    for group, contact in product(form.groups, ("may-contact", "i-come-back")):
        facts = LOST_CONTACT | {"problem": [group], "contact": contact}
        assert all(plan.steps_of(facts, period, "K7Q2-9MPA") for period in PERIODS)


def sources() -> set[str]:
    """The ids of every text that may be cited."""
    files = (DATA / "sources").glob("*.yml")
    return {row["id"] for file in files for row in yaml.safe_load(file.read_text("utf-8"))}


def test_claims_of_law_name_their_sources() -> None:
    """A step with an article has sources, a deadline with a source an article or a doubt."""
    plan, known = shipped_plan(), sources()
    for step in plan.steps.steps:
        assert bool(step.sources) == ("Pasal" in step.do)
        assert set(step.sources) <= known
    for deadline in plan.deadlines:
        assert deadline.source is None or deadline.source in known
        assert deadline.article or deadline.doubt


def test_what_a_deadline_says_is_short_enough_for_a_reminder() -> None:
    """Title, span and doubt are read on a phone; each sentence has at most fifteen words."""
    for deadline in shipped_plan().deadlines:
        for text in (deadline.title, deadline.span, deadline.doubt):
            for sentence in re.split(r"[.:] ", text.id if text else ""):
                assert len(sentence.split()) <= 15


# --- bad input ---


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("teams", "33.04", "99.99", "teams.yml: kontak: region 99.99 stands not in regions.yml"),
        (
            "teams",
            "[papers,",
            "[paper,",
            "teams.yml: dokumen: problem paper is no group of form.yml",
        ),
        ("teams", "id: umum", "id: kontak", "team kontak stands there twice"),
        ("steps", "  law:", "  lawyer:", "steps.yml: lawyer is no group of form.yml"),
        ("steps", "{urgency: [red]}", "{story: [red]}", "steps.yml: story is no clear fact"),
        ("deadlines", "id: lpsk", "id: janji", "deadline janji stands there twice"),
    ],
)
def test_wrong_reference_is_named(
    folder: Path, name: str, old: str, new: str, problem: str
) -> None:
    """A code that stands nowhere else would match no case, so it is refused."""
    path = folder / f"{name}.yml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlanProblem, match=re.escape(problem)):
        read_plan(folder)


def test_unknown_field_is_refused(folder: Path) -> None:
    """The message names file, entry and field."""
    (folder / "teams.yml").write_text("- {id: a, name: {id: A, en: A}, boss: x}", encoding="utf-8")
    with pytest.raises(PlanProblem, match=r"teams\.yml: 0\.boss: Extra inputs"):
        read_plan(folder)


def test_missing_file_and_broken_file_are_told(folder: Path) -> None:
    """Both name the file and the cure."""
    (folder / "steps.yml").write_text("steps: [", encoding="utf-8")
    with pytest.raises(PlanProblem, match=r"steps\.yml is not YAML"):
        read_plan(folder)
    (folder / "teams.yml").unlink()
    with pytest.raises(PlanProblem, match=r"teams\.yml is missing: restore it"):
        read_plan(folder)
