"""The form definition: questions, choices, clear facts and urgency rules, read from one file.

Bad input raises `FormProblem`, which lists every wrong place of the file at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from intake.organization import Clock, Text, explain

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
Level = Literal["red", "yellow", "green"]
LEVELS: tuple[Level, ...] = ("red", "yellow", "green")
Answers = Mapping[str, "str | list[str]"]
Facts = dict[str, "str | list[str]"]
Condition = dict[str, tuple[str, ...]]

# DESIGN: only these leave the sealed part; anything else in form.yml is a mistake.
CLEAR_FACTS = ("urgency", "country", "problem", "regency", "contact", "sharing", "language")
COMPUTED_FACTS = ("urgency", "sharing", "language")
SHARING = ("tell-nobody", "may-share", "ask-first")
# A condition may name the urgency too, which no question asks for.
URGENCY = "urgency"
# The field that says how help was asked for: it decides which questions a page holds.
DOOR = "door"

# ISO 3166-1 leaves XA to XZ and ZZ to users; CLDR reads ZZ as "unknown region".
OTHER_COUNTRY = "XX"
UNKNOWN_COUNTRY = "ZZ"
UNKNOWN_REGION = "00"


class FormProblem(Exception):
    """The form definition cannot be used; the message names each wrong place."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tagged(_Record):
    """A label for people and the short Indonesian tag that stands on tracker labels."""

    tag: str = Field(description="Tag on tracker labels and titles", examples=["MERAH"])
    label: Text = Field(description="What people read", examples=[{"id": "Segera", "en": "Soon"}])


class Choice(_Record):
    """One answer that can be picked."""

    id: str = Field(description="Code that is stored", examples=["unpaid-wages"])
    label: Text = Field(description="What people read", examples=[{"id": "Ya", "en": "Yes"}])
    group: str | None = Field(
        default=None,
        description="Coarse kind of problem, the only part in clear",
        examples=["money"],
    )
    tag: str | None = Field(default=None, description="Tag on labels", examples=["dihubungi"])
    subject: Text | None = Field(
        default=None,
        description="How later questions name the person",
        examples=[{"id": "anak Anda", "en": "your child"}],
    )
    exclusive: bool = Field(
        default=False, description="Cannot stand beside another choice", examples=[True]
    )
    icon: str | None = Field(
        default=None, description="Picture beside it, an icon of Material", examples=["passport"]
    )
    implies: dict[str, str | tuple[str, ...]] = Field(
        default={},
        description="Answers it gives by itself where the person gave none",
        examples=[{"who": "me"}],
    )
    hours: tuple[Clock, Clock] | None = Field(
        default=None,
        description="Stretch of the day that it means, for readers in another zone",
        examples=[["09:00", "15:00"]],
    )
    first: Condition | None = Field(
        default=None,
        description="Stands first after one of these answers",
        examples=[{"safe": ["no"]}],
    )


class FormField(_Record):
    """One question."""

    id: str = Field(description="Code of the question", examples=["safe"])
    step: str = Field(description="Step that shows it", examples=["person"])
    kind: Literal["one", "many", "select", "text", "long"] = Field(
        description="How it is answered", examples=["one"]
    )
    goes: Literal["clear", "sealed"] = Field(
        description="Whether the answer itself leaves the sealed part", examples=["sealed"]
    )
    required: bool = Field(description="Whether it must be answered", examples=[True])
    question: Text = Field(
        description="The question, to the person", examples=[{"id": "Di mana?", "en": "Where?"}]
    )
    question_other: Text | None = Field(
        default=None,
        description="The question about someone else; {subject} names them",
        examples=[{"id": "Di mana {subject}?", "en": "Where is {subject}?"}],
    )
    hint: Text | None = Field(
        default=None,
        description="One helping sentence",
        examples=[{"id": "Boleh kosong.", "en": "May stay empty."}],
    )
    choices: tuple[Choice, ...] = Field(
        default=(),
        description="The answers of `one`, `many` and `select`",
        examples=[[{"id": "yes", "label": {"id": "Ya", "en": "Yes"}}]],
    )
    list: Literal["countries", "regions"] | None = Field(
        default=None,
        description="List that fills the choices of a `select`",
        examples=["countries"],
    )
    example: Text | None = Field(
        default=None,
        description="What somebody might write, shown beside the question",
        examples=[{"id": "Gaji belum dibayar.", "en": "Wages are unpaid."}],
    )
    max: int | None = Field(default=None, description="Most characters of a text", examples=[200])
    when: Condition | None = Field(
        default=None,
        description="Asked only if each question named has one of these answers",
        examples=[{"problem": ["lost-contact"]}],
    )
    unless: Condition | None = Field(
        default=None,
        description="Not asked if any question named has one of these answers",
        examples=[{"door": ["call"]}],
    )
    by_page: bool = Field(
        default=False,
        description="Never asked: the page that opens the form answers it",
        examples=[True],
    )
    consent: bool = Field(
        default=False, description="A consent under UU 27/2022, never ticked", examples=[True]
    )

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all choices."""
        return frozenset(choice.id for choice in self.choices)

    @property
    def is_text(self) -> bool:
        """Whether a person types the answer."""
        return self.kind in ("text", "long")

    def opens_with(self, door: str | None) -> bool:
        """Whether somebody who comes through that door is asked at all; None is a whole form."""
        shut = (self.unless or {}).get(DOOR, ())
        wanted = (self.when or {}).get(DOOR)
        return not self.by_page and door not in shut and (wanted is None or door in wanted)

    def choice(self, code: str) -> Choice:
        """The choice of that code; `KeyError` when there is none."""
        return {choice.id: choice for choice in self.choices}[code]


class Fact(_Record):
    """One clear fact."""

    id: str = Field(description="Name of the fact", examples=["country"])
    prefix: str | None = Field(
        default=None, description="Prefix of its tracker label", examples=["negara"]
    )
    from_: str | None = Field(
        default=None, alias="from", description="Field it is read from", examples=["country"]
    )
    by: Literal["group"] | None = Field(
        default=None, description="Read the group of each choice", examples=["group"]
    )


class Rule(_Record):
    """One urgency rule: `any`, `all`, or `count` together with `of`."""

    level: Level = Field(description="Level it gives", examples=["red"])
    any: Condition | None = Field(
        default=None, description="One of these answers", examples=[{"safe": ["no"]}]
    )
    all: tuple[Condition, ...] | None = Field(
        default=None, description="One answer of each", examples=[[{"safe": ["no"]}]]
    )
    count: int | None = Field(default=None, description="At least so many ...", examples=[3])
    of: Condition | None = Field(
        default=None, description="... of these answers", examples=[{"signs": ["isolated"]}]
    )

    @model_validator(mode="after")
    def _one_form(self) -> Rule:
        forms = [self.any is not None, self.all is not None, self.count is not None]
        if forms.count(True) != 1 or (self.count is None) != (self.of is None):
            raise ValueError("a rule has either any, or all, or count together with of")
        return self

    def conditions(self) -> Iterator[Condition]:
        """Every condition that the rule names."""
        yield from (condition for condition in (self.any, self.of) if condition is not None)
        yield from self.all or ()


class Step(_Record):
    """One group of questions."""

    id: str = Field(description="Code of the step", examples=["person"])
    title: Text = Field(description="Its title", examples=[{"id": "Di mana", "en": "Where"}])


class Form(_Record):
    """The whole definition."""

    version: int = Field(
        gt=0, description="Version of the questions, recorded with each consent", examples=[2]
    )
    levels: dict[Level, Tagged] = Field(
        description="The urgency levels",
        examples=[{"red": {"tag": "MERAH", "label": {"id": "Mendesak", "en": "Urgent"}}}],
    )
    groups: dict[str, Tagged] = Field(
        description="Coarse kinds of problem",
        examples=[{"papers": {"tag": "dokumen", "label": {"id": "Dokumen", "en": "Papers"}}}],
    )
    steps: tuple[Step, ...] = Field(
        description="Steps in order",
        examples=[[{"id": "place", "title": {"id": "Di mana", "en": "Where"}}]],
    )
    fields: tuple[FormField, ...] = Field(
        description="Questions in order",
        examples=[
            [
                {
                    "id": "village",
                    "step": "place",
                    "kind": "text",
                    "goes": "sealed",
                    "required": False,
                    "max": 120,
                    "question": {"id": "Desa", "en": "Village"},
                }
            ]
        ],
    )
    facts: tuple[Fact, ...] = Field(
        description="Clear facts in order",
        examples=[[{"id": "country", "prefix": "negara", "from": "country"}]],
    )
    sharing: dict[str, Tagged] = Field(
        description="Values of the fact sharing",
        examples=[
            {"ask-first": {"tag": "tanya dulu", "label": {"id": "Tanya dulu", "en": "Ask first"}}}
        ],
    )
    urgency: tuple[Rule, ...] = Field(
        description="Urgency rules", examples=[[{"level": "red", "any": {"safe": ["no"]}}]]
    )

    def field(self, name: str) -> FormField:
        """The field of that id; `KeyError` when there is none."""
        return {field.id: field for field in self.fields}[name]

    def asked_in(self, step: str, doors: Sequence[str | None]) -> list[FormField]:
        """The questions of a step that a page with these doors holds."""
        return [
            field
            for field in self.fields
            if field.step == step and any(field.opens_with(door) for door in doors)
        ]

    @model_validator(mode="after")
    def _consistent(self) -> Form:
        problems = [*_wrong_facts(self), *_wrong_fields(self), *_wrong_rules(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def load_form(path: Path, home_region: str) -> Form:
    """Read `form.yml` with the lists `countries.yml` and `regions.yml` that stand beside it.

    `home_region` is the official code of the province whose regencies are offered one by
    one; other provinces are offered whole, which tells less about a person.
    """
    raw = _read(path)
    lists = {
        "countries": _country_choices(_read(path.with_name("countries.yml"))),
        "regions": _region_choices(_read(path.with_name("regions.yml")), home_region),
    }
    try:
        for field in raw["fields"]:
            if "list" in field:
                field["choices"] = lists[field["list"]]
        return Form.model_validate(raw)
    except ValidationError as error:
        raise FormProblem("\n".join(f"{path}: {line}" for line in explain(error))) from error
    except (KeyError, TypeError) as error:
        raise FormProblem(f"{path}: no list of that name or no list of fields: {error}") from error


def for_browser(form: Form, language: Language) -> dict[str, Any]:
    """The definition in one language, as the scripts of form and reader take it (JSON)."""
    return {
        "language": language,
        "version": form.version,
        "fields": [_field_for_browser(field, language) for field in form.fields],
        "facts": [fact.model_dump(by_alias=True, exclude_none=True) for fact in form.facts],
        "urgency": [rule.model_dump(mode="json", exclude_none=True) for rule in form.urgency],
        "levels": {level: tagged.tag for level, tagged in form.levels.items()},
        "groups": {code: tagged.label[language] for code, tagged in form.groups.items()},
        "sharing": {code: tagged.label[language] for code, tagged in form.sharing.items()},
        "consents": [field.id for field in form.fields if field.consent],
    }


def for_form_page(form: Form, language: Language) -> dict[str, Any]:
    """The same for the form itself, without the words that its fields show already."""
    whole = for_browser(form, language)
    kept = ("language", "version", "facts", "urgency", "consents")
    fields = [_without_words(field) for field in whole["fields"]]
    return {name: whole[name] for name in kept} | {"fields": fields}


def _without_words(field: dict[str, Any]) -> dict[str, Any]:
    choices = {
        code: {name: value for name, value in choice.items() if name != "label"}
        for code, choice in field["choices"].items()
    }
    # The page shows one of two questions; where it shows always the same, it stands there.
    spare = ("choices",) if "other" in field else ("choices", "label")
    plain = {name: value for name, value in field.items() if name not in spare}
    return plain | {"choices": {code: choice for code, choice in choices.items() if choice}}


def _field_for_browser(field: FormField, language: Language) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": field.id,
        "step": field.step,
        "kind": field.kind,
        "label": field.question[language],
        "choices": {c.id: _choice_for_browser(c, language) for c in field.choices},
    }
    if field.question_other is not None:
        shown["other"] = field.question_other[language]
    optional = {
        "required": field.required,
        "max": field.max,
        "when": field.when,
        "unless": field.unless,
        "byPage": field.by_page,
    }
    return shown | {key: value for key, value in optional.items() if value}


def _choice_for_browser(choice: Choice, language: Language) -> dict[str, Any]:
    shown: dict[str, Any] = {"label": choice.label[language]}
    if choice.exclusive:
        shown["exclusive"] = True
    if choice.group:
        shown["group"] = choice.group
    if choice.subject:
        shown["subject"] = choice.subject[language]
    if choice.implies:
        shown["implies"] = choice.implies
    if choice.first:
        shown["first"] = choice.first
    if choice.hours:
        shown["hours"] = choice.hours
    return shown


def _read(path: Path) -> Any:
    try:
        # The lists are long; libyaml reads them ten times as fast.
        return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise FormProblem(f"{path} is missing: restore it from the repository") from error
    except yaml.YAMLError as error:
        raise FormProblem(f"{path} is not YAML: {error}") from error


def _country_choices(countries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A name may stand in more languages than the form speaks.
    listed = [
        {"id": country["code"], "label": {code: country["name"][code] for code in LANGUAGES}}
        for country in countries
    ]
    return [
        *listed,
        {"id": OTHER_COUNTRY, "label": {"id": "Negara lain", "en": "Another country"}},
        {"id": UNKNOWN_COUNTRY, "label": {"id": "Tidak tahu", "en": "I don't know"}},
    ]


def _region_choices(regions: dict[str, Any], home_region: str) -> list[dict[str, Any]]:
    provinces = regions["provinces"]
    home = [province for province in provinces if province["code"] == home_region]
    if not home:
        raise FormProblem(f"home_region {home_region} is not a province of regions.yml")
    near = [_same(regency["code"], regency["name"]) for regency in home[0]["regencies"]]
    far = [_province(province) for province in provinces if province["code"] != home_region]
    unknown = {"id": UNKNOWN_REGION, "label": {"id": "Tidak tahu", "en": "I don't know"}}
    return [*near, *far, unknown]


def _province(province: dict[str, Any]) -> dict[str, Any]:
    name = province["name"]
    return {
        "id": province["code"],
        "label": {"id": f"Provinsi {name}", "en": f"{name} province"},
        "tag": name,
    }


def _same(code: str, name: str) -> dict[str, Any]:
    return {"id": code, "label": {"id": name, "en": name}}


def _wrong_facts(form: Form) -> Iterator[str]:
    if tuple(fact.id for fact in form.facts) != CLEAR_FACTS:
        yield f"the clear facts are exactly {', '.join(CLEAR_FACTS)}, in this order"
    if set(form.levels) != set(LEVELS):
        yield f"the levels are exactly {', '.join(LEVELS)}"
    if set(form.sharing) != set(SHARING):
        yield f"the values of sharing are exactly {', '.join(SHARING)}"
    fields = {field.id: field for field in form.fields}
    copied = set()
    for fact in form.facts:
        if fact.from_ and fact.id in COMPUTED_FACTS:
            yield f"fact {fact.id} is worked out, not read from {fact.from_}"
        elif fact.from_ and fact.from_ not in fields:
            yield f"fact {fact.id} is read from the unknown field {fact.from_}"
        elif fact.from_ and fact.by == "group":
            yield from _ungrouped(fields[fact.from_])
        elif fact.from_:
            copied.add(fact.from_)
    for name in sorted(copied ^ {field.id for field in form.fields if field.goes == "clear"}):
        yield f"field {name} goes clear only if a fact is read from it"


def _ungrouped(field: FormField) -> Iterator[str]:
    # A report with such a choice alone would have an empty fact, which the receiver refuses.
    for choice in field.choices:
        if choice.group is None:
            yield f"choice {choice.id} of {field.id} has no group"


def _wrong_fields(form: Form) -> Iterator[str]:
    steps = {step.id for step in form.steps}
    for name in _repeated(field.id for field in form.fields):
        yield f"field {name} stands there twice"
    for field in form.fields:
        if field.step not in steps:
            yield f"field {field.id} stands in the unknown step {field.step}"
        if field.is_text == bool(field.choices) or field.is_text == (field.max is None):
            yield f"field {field.id}: a text has max, any other kind has choices"
        for code in _repeated(choice.id for choice in field.choices):
            yield f"choice {code} of {field.id} stands there twice"
        for choice in field.choices:
            if choice.group is not None and choice.group not in form.groups:
                yield f"choice {choice.id} of {field.id} names the unknown group {choice.group}"


def _wrong_rules(form: Form) -> Iterator[str]:
    codes = {field.id: field.codes for field in form.fields}
    choices = [choice for field in form.fields for choice in field.choices]
    conditions = [condition for rule in form.urgency for condition in rule.conditions()]
    conditions += [choice.first for choice in choices if choice.first]
    conditions += [_implied(choice) for choice in choices]
    yield from _wrong_conditions(conditions, codes)
    shown = [each for field in form.fields for each in (field.when, field.unless) if each]
    yield from _wrong_conditions(shown, codes | {URGENCY: frozenset(LEVELS)})


def _implied(choice: Choice) -> Condition:
    return {
        name: (value,) if isinstance(value, str) else value
        for name, value in choice.implies.items()
    }


def _wrong_conditions(
    conditions: Iterable[Condition], codes: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    for condition in conditions:
        for name, wanted in condition.items():
            for code in sorted(set(wanted) - codes.get(name, frozenset())):
                yield f"a rule names {name}: {code}, which is no answer of the form"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
