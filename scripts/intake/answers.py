"""Check a person's answers against the form, and work out facts and urgency from them.

Pure functions. A wrong answer becomes a `Problem` with a sentence for the person; no
problem ever repeats what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from intake.form import (
    LANGUAGES,
    LEVELS,
    URGENCY,
    Answers,
    Condition,
    Facts,
    Form,
    FormField,
    Language,
    Level,
    Rule,
)

MESSAGES: dict[str, dict[Language, str]] = {
    "missing": {
        "id": "Jawab pertanyaan ini. Kalau tidak tahu, pilih “Tidak tahu”.",
        "en": "Answer this question. If you do not know, choose “I don't know”.",
    },
    "missing-text": {
        "id": "Isi bagian ini, supaya tim bisa menjawab Anda dengan aman.",
        "en": "Fill this in, so that the team can answer you safely.",
    },
    "unknown-choice": {
        "id": "Pilih salah satu jawaban yang ada.",
        "en": "Choose one of the answers shown.",
    },
    "one-only": {"id": "Pilih satu jawaban saja.", "en": "Choose one answer only."},
    "exclusive": {
        "id": "“Tidak tahu” atau “Tidak ada” tidak bisa dipilih bersama jawaban lain.",
        "en": "“I don't know” or “None of these” cannot go with another answer.",
    },
    "too-long": {
        "id": "Terlalu panjang. Paling banyak {max} huruf; sekarang {length}.",
        "en": "Too long. At most {max} characters; now {length}.",
    },
    "unknown-field": {
        "id": "Formulir ini sudah berubah. Muat ulang halaman, lalu kirim lagi.",
        "en": "This form has changed. Reload the page, then send again.",
    },
    "bad-fact": {
        "id": "Bagian ini tidak terbaca. Muat ulang halaman, lalu kirim lagi.",
        "en": "This part could not be read. Reload the page, then send again.",
    },
}


@dataclass(frozen=True)
class Problem:
    """One thing to put right: the field, and a sentence in the person's language."""

    field: str
    message: str


def read_answers(form: Form, sent: Mapping[str, list[str]]) -> dict[str, str | list[str]]:
    """The answers in a sent form: empty ones dropped, choices of a `many` sorted.

    Line ends become one line feed, since browsers send a text area with CR LF. What the chosen
    answers imply is among them.
    """
    answers: dict[str, str | list[str]] = {}
    for field in form.fields:
        values = [value.replace("\r\n", "\n") for value in sent.get(field.id, []) if value.strip()]
        if field.kind == "many" and values:
            answers[field.id] = sorted(set(values))
        elif values:
            answers[field.id] = values[0] if len(values) == 1 else values
    return complete(form, answers)


def check_answers(form: Form, answers: Answers, language: Language) -> list[Problem]:
    """Every problem of the answers, in the order of the form."""
    found = [
        Problem(field.id, message)
        for field in form.fields
        for message in _field_problems(form, field, answers, language)
    ]
    known = {field.id for field in form.fields}
    unknown = (name for name in answers if name not in known)
    return found + [Problem("form", MESSAGES["unknown-field"][language]) for _ in unknown]


def complete(form: Form, answers: Answers) -> dict[str, str | list[str]]:
    """The answers with what the chosen ones imply, wherever the person gave none."""
    implied: dict[str, str | list[str]] = {}
    for field in form.fields:
        for code in set(_chosen(answers, field.id)) & field.codes:
            for name, value in field.choice(code).implies.items():
                implied[name] = value if isinstance(value, str) else list(value)
    return implied | dict(answers)


def is_asked(form: Form, field: FormField, answers: Answers) -> bool:
    """Whether a question is put to somebody who has answered so; `when` and `unless` decide."""
    if field.by_page:
        return False
    known = {**answers, URGENCY: compute_urgency(form.urgency, answers)}
    needed = all(_matches({name: codes}, known) for name, codes in (field.when or {}).items())
    return needed and not (field.unless and _matches(field.unless, known))


def compute_urgency(rules: Iterable[Rule], answers: Answers) -> Level:
    """The highest level of any rule that holds; green with none."""
    reached = {rule.level for rule in rules if _holds(rule, answers)}
    return next((level for level in LEVELS if level in reached), "green")


def derive_facts(form: Form, answers: Answers, language: Language) -> Facts:
    """The clear facts, in the form's order. Lists are sorted and hold no code twice."""
    computed: Facts = {
        "urgency": compute_urgency(form.urgency, answers),
        "sharing": _sharing(_chosen(answers, "share")),
        "language": language,
    }
    facts: Facts = {}
    for fact in form.facts:
        if fact.from_ is None:
            facts[fact.id] = computed[fact.id]
        elif fact.by == "group":
            facts[fact.id] = _groups(form.field(fact.from_), answers)
        else:
            facts[fact.id] = answers[fact.from_]
    return facts


def _sharing(share: list[str]) -> str:
    if "nobody" in share:
        return "tell-nobody"
    return "may-share" if share else "ask-first"


def check_facts(form: Form, facts: object, language: Language) -> list[Problem]:
    """Every problem of clear facts that came from outside: unknown, missing, out of range."""
    message = MESSAGES["bad-fact"][language]
    if not isinstance(facts, dict):
        return [Problem("facts", message)]
    wanted = {fact.id: fact for fact in form.facts}
    wrong = [name for name in wanted if not _allowed(form, name, facts.get(name))]
    # An unknown name is not repeated: it could hold what a person typed.
    unknown = ["facts"] if set(facts) - set(wanted) else []
    return [Problem(name, message) for name in [*wrong, *unknown]]


def allowed_values(form: Form, name: str) -> frozenset[str]:
    """The closed list of codes that the clear fact of that name may take."""
    fixed = {
        "urgency": frozenset(LEVELS),
        "sharing": frozenset(form.sharing),
        "language": frozenset(LANGUAGES),
        "problem": frozenset(form.groups),
    }
    return fixed[name] if name in fixed else form.field(name).codes


def _allowed(form: Form, name: str, value: object) -> bool:
    codes = allowed_values(form, name)
    if name != "problem":
        return isinstance(value, str) and value in codes
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        return False
    return bool(value) and value == sorted(set(value)) and codes.issuperset(value)


def _field_problems(
    form: Form, field: FormField, answers: Answers, language: Language
) -> Iterator[str]:
    value = answers.get(field.id)
    if not value:
        if field.required and is_asked(form, field, answers):
            yield MESSAGES["missing-text" if field.is_text else "missing"][language]
    elif field.is_text:
        yield from _text_problems(field, value, language)
    else:
        yield from _choice_problems(field, value, language)


def _text_problems(field: FormField, value: str | list[str], language: Language) -> Iterator[str]:
    if isinstance(value, list):
        yield MESSAGES["one-only"][language]
    elif field.max is not None and len(value) > field.max:
        yield MESSAGES["too-long"][language].format(max=field.max, length=len(value))


def _choice_problems(field: FormField, value: str | list[str], language: Language) -> Iterator[str]:
    chosen = value if isinstance(value, list) else [value]
    if not field.codes.issuperset(chosen):
        yield MESSAGES["unknown-choice"][language]
    elif field.kind != "many" and len(chosen) > 1:
        yield MESSAGES["one-only"][language]
    elif len(chosen) > 1 and any(field.choice(code).exclusive for code in chosen):
        yield MESSAGES["exclusive"][language]


def _chosen(answers: Answers, name: str) -> list[str]:
    value = answers.get(name, [])
    return value if isinstance(value, list) else [value]


def _matches(condition: Condition, answers: Answers) -> int:
    return sum(len(set(codes) & set(_chosen(answers, name))) for name, codes in condition.items())


def _holds(rule: Rule, answers: Answers) -> bool:
    if rule.any is not None:
        return _matches(rule.any, answers) > 0
    if rule.all is not None:
        return all(_matches(condition, answers) > 0 for condition in rule.all)
    assert rule.count is not None  # noqa: S101 - Rule allows exactly one of the three forms
    assert rule.of is not None  # noqa: S101 - and `of` only together with `count`
    return _matches(rule.of, answers) >= rule.count


def _groups(field: FormField, answers: Answers) -> list[str]:
    chosen = (field.choice(code) for code in _chosen(answers, field.id))
    return sorted({choice.group for choice in chosen if choice.group})
