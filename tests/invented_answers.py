"""Answers that somebody could send, drawn by Hypothesis from the form's own definition."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from intake.form import Form

Given = dict[str, "str | list[str]"]


def some_answers(form: Form) -> st.SearchStrategy[Given]:
    """Answers that the form could be sent with, whichever of its questions are answered."""
    strategies: dict[str, st.SearchStrategy[Any]] = {}
    for field in form.fields:
        codes = sorted(field.codes)
        if field.kind == "many":
            ordinary = [code for code in codes if not field.choice(code).exclusive]
            alone = [code for code in codes if field.choice(code).exclusive]
            strategies[field.id] = st.sets(st.sampled_from(ordinary), min_size=1).map(sorted)
            if alone:
                strategies[field.id] |= st.sampled_from(alone).map(lambda code: [code])
        elif field.is_text:
            strategies[field.id] = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
        else:
            strategies[field.id] = st.sampled_from(codes)
    return st.fixed_dictionaries({}, optional=strategies)
