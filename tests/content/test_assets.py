"""A page's style and script are joined, made small, and named by what they hold."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from content import assets
from content.problem import ContentProblem


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_a_style_is_allowed_by_the_digest_of_its_text(tmp_path: Path) -> None:
    """The policy's source is the SHA-256 of exactly what stands between the tags."""
    (tmp_path / "a.css").write_text("p { color : red ; }\n")
    (tmp_path / "b.css").write_text("/* why */ a { color: blue; }\n")
    style = assets.style(tmp_path, ["a", "b"])
    assert style.text == "p{color:red}a{color:blue}"
    assert style.source == f"'{digest(style.text)}'"


def test_a_script_is_one_strict_function(tmp_path: Path) -> None:
    """Parts share their names with each other, and with nobody else."""
    (tmp_path / "one.js").write_text("const one = 1; // first\n")
    (tmp_path / "two.js").write_text("const two = one + 1;\n")
    script = assets.script(tmp_path, "sum", ["one.js", "two.js"])
    assert script.text == ('(function(){"use strict";const one=1;const two=one+1;})();')
    assert script.integrity == digest(script.text)
    assert script.url == f"assets/sum-{hashlib.sha256(script.text.encode()).hexdigest()[:12]}.js"


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    """Nothing is left out in silence."""
    with pytest.raises(ContentProblem) as problem:
        assets.script(tmp_path, "form", ["codes.js"])
    assert str(problem.value) == (
        f"{tmp_path}/codes.js is missing: write it or take it out of its list"
    )
