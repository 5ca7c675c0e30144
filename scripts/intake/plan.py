"""How the team works, from its own files: teams, next steps, official deadlines.

`read_plan` reads `teams.yml`, `steps.yml` and `deadlines.yml` and holds them against the form, the
regions and the countries beside them. Bad input raises `PlanProblem`, which lists every wrong
place. Nothing about a person is ever in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from intake.form import CLEAR_FACTS, UNKNOWN_REGION, Facts
from intake.organization import Text, explain

DATA = Path(__file__).resolve().parents[2] / "docs/data"
ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Period = Literal["hour", "day", "week"]
PERIODS: tuple[Period, ...] = ("hour", "day", "week")


class PlanProblem(Exception):
    """Teams, steps or deadlines cannot be used; the message names each wrong place."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Team(_Record):
    """A team: a label of the tracker, and which new cases get it."""

    id: str = Field(pattern=ID, max_length=40, description="Code on the label", examples=["umum"])
    name: Text = Field(
        description="Its name, no person's",
        examples=[{"id": "Tim umum", "en": "General team"}],
    )
    regions: tuple[str, ...] = Field(
        default=(), description="Codes of regions.yml; none: every region", examples=[["33.02"]]
    )
    problems: tuple[str, ...] = Field(
        default=(), description="Groups of form.yml; none: every problem", examples=[["papers"]]
    )

    def takes(self, facts: Facts) -> bool:
        """Whether a new case with these facts is one for this team."""
        near = not self.regions or facts["regency"] in self.regions
        return near and (not self.problems or bool(set(self.problems) & set(facts["problem"])))


class Link(_Record):
    """A line with a page of the site."""

    do: str = Field(min_length=1, max_length=120, description="The line", examples=["Baca dulu."])
    link: str = Field(description="Path of the site", examples=["paralegal/triase/"])


class Step(Link):
    """One step of the list to tick."""

    at: Period = Field(description="When it is due", examples=["hour"])
    when: dict[str, tuple[str, ...]] = Field(
        default={},
        description="Shown if each clear fact named has one of these values",
        examples=[{"urgency": ["red"]}],
    )
    sources: tuple[str, ...] = Field(
        default=(), description="Sources of a claim of law", examples=[["jkk-p43-45"]]
    )

    def applies(self, facts: Facts) -> bool:
        """Whether the case has one of the values wanted for every fact."""
        return all(set(wanted) & _values(facts[name]) for name, wanted in self.when.items())


class Steps(_Record):
    """The whole of `steps.yml`."""

    playbooks: dict[str, tuple[str, ...]] = Field(
        description="The handbook's pages for each group of form.yml",
        examples=[{"papers": ["dokumen-ditahan"]}],
    )
    steps: tuple[Step, ...] = Field(
        description="The steps in order",
        examples=[[{"at": "hour", "do": "Baca dulu.", "link": "paralegal/triase/"}]],
    )
    offices: tuple[Link, ...] = Field(
        description="Where offices and rules stand",
        examples=[[{"do": "Kantor", "link": "{area}"}]],
    )


class Deadline(_Record):
    """A clock that an official complaint has, and how sure that is."""

    id: str = Field(pattern=ID, max_length=20, description="Its NAME", examples=["komitmen"])
    title: Text = Field(
        description="What is due", examples=[{"id": "Keputusan LPSK", "en": "LPSK's decision"}]
    )
    span: Text = Field(
        description="How its last day is counted",
        examples=[{"id": "21 hari kerja", "en": "21 working days"}],
    )
    source: str | None = Field(description="Id of sources/; null: no rule", examples=["psk-p51"])
    article: str | None = Field(
        description="Law and article for reading", examples=["UU 3/2026 Pasal 51"]
    )
    doubt: Text | None = Field(
        description="What is not sure about it",
        examples=[{"id": "Tanya BP3MI.", "en": "Ask BP3MI."}],
    )
    remind_days: int = Field(
        ge=0, description="Days before the last one on which a reminder is due", examples=[2]
    )


@dataclass(frozen=True)
class Plan:
    """Teams, steps and deadlines, and the pages of countries by code."""

    teams: tuple[Team, ...]
    steps: Steps
    deadlines: tuple[Deadline, ...]
    countries: Mapping[str, str]

    def team_for(self, facts: Facts) -> Team | None:
        """The first team that takes a case with these facts; None when no team does."""
        return next((team for team in self.teams if team.takes(facts)), None)

    def deadline(self, name: str) -> Deadline | None:
        """The deadline of that name, if there is one."""
        return next((deadline for deadline in self.deadlines if deadline.id == name), None)

    def steps_of(self, facts: Facts, period: Period, case_number: str) -> list[Link]:
        """The lines of one period, each with the path that its link has for this case."""
        return [
            Link(do=step.do.replace("{case}", case_number), link=self.path(step.link, facts))
            for step in self.steps.steps
            if step.at == period and step.applies(facts)
        ]

    def offices_of(self, facts: Facts) -> list[Link]:
        """The lines about offices, with the paths they have for this case."""
        return [Link(do=o.do, link=self.path(o.link, facts)) for o in self.steps.offices]

    def playbooks_of(self, facts: Facts) -> list[str]:
        """The handbook's pages for the case's problems, each once."""
        found = [name for group in facts["problem"] for name in self.steps.playbooks.get(group, ())]
        return [f"paralegal/masalah/{name}/" for name in dict.fromkeys(found)]

    def path(self, link: str, facts: Facts) -> str:
        """The path of a link for this case."""
        country, region = str(facts["country"]), str(facts["regency"])
        area = "" if region == UNKNOWN_REGION else f"wilayah/{region}/"
        return link.format(
            numbers=f"darurat/#{country}",
            country=self.countries.get(country, "negara/"),
            area=f"kontak/{area}",
        )


def read_plan(folder: Path = DATA) -> Plan:
    """Read the three files in `folder`; raises `PlanProblem`."""
    teams = _read(folder / "teams.yml", tuple[Team, ...])
    steps = _read(folder / "steps.yml", Steps)
    deadlines = _read(folder / "deadlines.yml", tuple[Deadline, ...])
    countries = {
        country["code"]: _country_page(folder, country["slug"])
        for country in _yaml(folder / "countries.yml")
    }
    problems = [*_wrong_teams(folder, teams), *_wrong_steps(folder, steps)]
    problems += _repeated("team", [team.id for team in teams])
    problems += _repeated("deadline", [deadline.id for deadline in deadlines])
    if problems:
        raise PlanProblem("\n".join(problems))
    return Plan(teams, steps, deadlines, countries)


@cache
def shipped_plan() -> Plan:
    """The plan in `docs/data`, read once."""
    return read_plan()


def _country_page(folder: Path, slug: str) -> str:
    """A country's own page where there is one, else its numbers, which every country has."""
    return f"negara/{slug}/" if (folder.parent / "negara" / slug).is_dir() else f"darurat/{slug}/"


def _values(value: str | list[str]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def _wrong_teams(folder: Path, teams: Iterable[Team]) -> Iterator[str]:
    provinces = _yaml(folder / "regions.yml")["provinces"]
    regions = {province["code"] for province in provinces}
    regions |= {regency["code"] for province in provinces for regency in province["regencies"]}
    groups = set(_yaml(folder / "form.yml")["groups"])
    for team in teams:
        for code in sorted(set(team.regions) - regions):
            yield f"teams.yml: {team.id}: region {code} stands not in regions.yml"
        for code in sorted(set(team.problems) - groups):
            yield f"teams.yml: {team.id}: problem {code} is no group of form.yml"


def _wrong_steps(folder: Path, steps: Steps) -> Iterator[str]:
    groups = set(_yaml(folder / "form.yml")["groups"])
    named = {code for step in steps.steps for code in step.when.get("problem", ())}
    for code in sorted((named | set(steps.playbooks)) - groups):
        yield f"steps.yml: {code} is no group of form.yml"
    for name in sorted({name for step in steps.steps for name in step.when} - set(CLEAR_FACTS)):
        yield f"steps.yml: {name} is no clear fact"


def _repeated(what: str, names: list[str]) -> list[str]:
    return [f"{what} {name} stands there twice" for name in names if names.count(name) > 1]


def _read(path: Path, shape: Any) -> Any:
    try:
        return TypeAdapter(shape).validate_python(_yaml(path))
    except ValidationError as error:
        raise PlanProblem("\n".join(f"{path}: {line}" for line in explain(error))) from error


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise PlanProblem(f"{path} is missing: restore it from the repository") from error
    except yaml.YAMLError as error:
        raise PlanProblem(f"{path} is not YAML: {error}") from error
