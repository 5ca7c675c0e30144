"""The site keeps itself honest: old pages say so, readers can correct, one issue lists the work."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from playwright.sync_api import Browser

from accessibility import faults
from built_site import ROOT, later, served
from html_page import read_page
from workplace import PHONE, REPOSITORY

GITHUB = ROOT / ".github"
WORKFLOW = yaml.safe_load((GITHUB / "workflows/freshness.yml").read_text(encoding="utf-8"))
SHORT = ("negara/", "darurat/", "kontak/")  # places whose limit is 90 days; all others have 180
CHECKED = re.compile(r'<p class="checked">.*?<time datetime="([\d-]+)">')
NOTICE = {"id": "Lama tidak dicek", "en": "Not checked for a long time"}


def page_language(path: str) -> str:
    return "en" if path.startswith("en/") else "id"


def test_a_page_past_twice_its_limit_says_so(other_site: Path) -> None:
    """Without a script and on no other page, in both languages, once it is built again."""
    told = {True: 0, False: 0}
    for file in other_site.rglob("index.html"):
        path = file.parent.relative_to(other_site).as_posix() + "/"
        html = file.read_text(encoding="utf-8")
        if checked := CHECKED.search(html):
            limit = 90 if path.removeprefix("en/").startswith(SHORT) else 180
            old = (later() - dt.date.fromisoformat(checked[1])).days > 2 * limit
            assert (NOTICE[page_language(path)] in html) is old, path
            told[old] += 1
    assert min(told.values()) > 40


def test_today_no_page_is_that_old(site: Path) -> None:
    """The notice is for readers of a site that nobody keeps."""
    pages = [file.read_text(encoding="utf-8") for file in site.rglob("index.html")]
    assert [page for page in pages if NOTICE["id"] in page or NOTICE["en"] in page] == []


@pytest.mark.parametrize(
    ("path", "first"), [("negara/malaysia/", True), ("en/darurat/malaysia/", False)]
)
def test_everyone_can_read_the_notice(
    browser: Browser, other_site: Path, path: str, first: bool
) -> None:
    """It stands above the text but below emergency numbers, and leads to somebody to ask."""
    with (
        served(other_site) as address,
        browser.new_context(viewport={"width": 320, "height": 640}) as context,
    ):
        page = context.new_page()
        page.goto(address + path)
        notice = page.locator("main > .warning", has_text=NOTICE[page_language(path)])
        assert notice.locator("a").evaluate("link => link.pathname").endswith("/kontak/")
        before = notice.evaluate("one => one.previousElementSibling.className")
        assert (before == "checked") is first
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert faults(page) == []


@pytest.mark.parametrize("path", ["panduan/hilang-kontak/", "en/negara/malaysia/", "darurat/"])
def test_a_reader_can_correct_a_page_where_it_is_wrong(other_site: Path, path: str) -> None:
    """The page's address goes along to WhatsApp and into the first question of the form."""
    links = [urlsplit(link) for link in read_page(other_site / path / "index.html").links]
    [chat] = [link for link in links if link.path == f"/{PHONE.removeprefix('+')}"]
    [form] = [link for link in links if link.netloc == "github.com"]
    assert chat.netloc == "wa.me"
    assert unquote(chat.query).rstrip().endswith(f".example/{path}")
    assert f"https://github.com{form.path}" == f"{REPOSITORY}/issues/new"
    asked = parse_qs(form.query)
    assert asked["template"] == ["correction.yml"]
    assert asked["page"][0].endswith(f".example/{path}")


@pytest.mark.parametrize("path", ["", "en/", "panduan/hilang-kontak/", "en/aturan/uu-18-2017/"])
def test_without_either_the_page_says_how(site: Path, path: str) -> None:
    """Where no organization takes corrections, the foot leads to the page about them."""
    links = read_page(site / path / "index.html").links
    assert sum(link.endswith("tentang/koreksi/") for link in links) >= 1
    assert [link for link in links if "github.com" in link and "/issues/" in link] == []


def test_the_page_about_corrections_names_each_way(other_site: Path, site: Path) -> None:
    """It tells of WhatsApp and of the form where the organization has them, and only there."""
    page, plain = (
        read_page(folder / "tentang/koreksi/index.html") for folder in (other_site, site)
    )
    assert f"{REPOSITORY}/issues/new?template=correction.yml" in page.links
    assert "Lewat WhatsApp" in page.text
    assert "Lewat WhatsApp" not in plain.text
    assert "Titipkan" in plain.text


def test_the_form_asks_three_things_in_both_languages() -> None:
    """Which page, what is wrong, how do you know; its first words keep cases out."""
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE/correction.yml").read_text(encoding="utf-8"))
    warning, *fields = form["body"]
    assert [field["id"] for field in fields] == ["page", "wrong", "known"]
    assert all(field["validations"]["required"] for field in fields)
    assert all(" / " in field["attributes"]["label"] for field in fields)
    assert "Jangan tulis kasus Anda di sini" in warning["attributes"]["value"]
    assert "Do not write about your case here" in warning["attributes"]["value"]


def test_nobody_asks_for_help_in_an_issue() -> None:
    """There is no empty form, and whoever is in need is told the directory's numbers."""
    config = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE/config.yml").read_text(encoding="utf-8"))
    assert config["blank_issues_enabled"] is False
    [link] = config["contact_links"]
    hotlines = yaml.safe_load((ROOT / "docs/data/hotlines.yml").read_text(encoding="utf-8"))
    channels = [channel for hotline in hotlines for channel in hotline["channels"]]
    numbers = set(re.findall(r"\+\d{9,}|\b0800-\d+", link["about"]))
    assert len(numbers) == 2
    assert numbers <= {channel.get("number") for channel in channels}
    assert link["url"] in {channel.get("url") for channel in channels}


def test_freshness_is_looked_at_every_week() -> None:
    """By a schedule of its own; and the site is built again, so that old pages say so."""
    publish = yaml.safe_load((GITHUB / "workflows/publish.yml").read_text(encoding="utf-8"))
    for workflow in (WORKFLOW, publish):
        # YAML 1.1 reads the key `on` as true.
        [entry] = workflow[True]["schedule"]
        assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", entry["cron"])
    assert WORKFLOW["jobs"]["look"]["permissions"] == {"contents": "read", "issues": "write"}


@pytest.mark.parametrize(
    ("old", "open_issue", "asked"),
    [
        ("docs/x: old\n", "", "issue create --title"),
        ("docs/x: old\n", "7", "issue edit 7 --body-file"),
        ("", "7", "issue close 7 --comment"),
        ("", "", None),
    ],
)
def test_one_issue_lists_what_is_old(
    tmp_path: Path, old: str, open_issue: str, asked: str | None
) -> None:
    """A first list opens it, the next ones rewrite it, and none at all closes it."""
    steps = WORKFLOW["jobs"]["look"]["steps"]
    program = tmp_path / "gh"
    program.write_text(
        f'#!/bin/sh\nif [ "$2" = list ]; then printf "%s" "{open_issue}"; '
        'else echo "$*" >> asked.txt; fi\n'
    )
    program.chmod(0o755)
    (tmp_path / "old.txt").write_text(old)
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[-1]["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    written = tmp_path / "asked.txt"
    calls = written.read_text().splitlines() if written.exists() else []
    assert [call.startswith(asked) for call in calls if asked] == [True] * (asked is not None)
    if old:
        assert "\n- [ ] docs/x: old\n" in (tmp_path / "issue.md").read_text()


@pytest.mark.parametrize(("code", "passes"), [(0, True), (1, True), (2, False)])
def test_a_list_that_cannot_be_made_is_no_empty_list(
    tmp_path: Path, code: int, passes: bool
) -> None:
    """Exit code 1 means that something is old; a fault stops the workflow."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\nexit {code}\n")
    python.chmod(0o755)
    step = WORKFLOW["jobs"]["look"]["steps"][-2]
    run = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, check=False)
    assert (run.returncode == 0) is passes
