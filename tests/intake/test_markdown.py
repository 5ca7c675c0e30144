"""Words that we did not write have no effect in an issue; words of every day look as they are."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from intake import issue
from intake.form import Form
from intake.markdown import plain
from intake.organization import Organization
from intake.plan import Link, shipped_plan
from intake.settings import ROOT
from intake.tracker import case_number_in, has_marker, marker_line
from workplace import LOST_CONTACT, the_form

CASE = "K7Q2-9MPA"
OTHER = "K7Q2-9MPB"
HOSTILE = [
    "@seseorang",
    "halo @tim/semua",
    "orang@contoh.example",
    "#123",
    "aman/laporan#5",
    "GH-12",
    "https://jahat.example/",
    "www.jahat.example",
    "[klik](https://jahat.example/)",
    "![x](https://jahat.example/x.png)",
    "<img src=x>",
    "<!-- awal komentar",
    marker_line(OTHER),
    f"nama\n{marker_line(OTHER)}\nlagi",
    f"nama\r{marker_line(OTHER)}",
    f"nama\u2028{marker_line(OTHER)}",
    "```\nkode",
    "``` `` `",
    "~~~",
    "a | b | c",
    "**tebal** _miring_ ~~coret~~",
    "# judul",
    "> kutipan",
    "- daftar",
    "1. daftar",
    "$\\sqrt{x}$",
    "&#64;seseorang",
    "\\`",
    ":tada:*",
]


def rendered(text: str) -> str:
    """As CommonMark with tables and bare links shows it."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def alive(text: str) -> list[str]:
    """What would act in that Markdown: elements, and what GitHub would link outside of code."""
    html = rendered(text)
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    words = re.sub(r"</?(?:p|br ?/?)>", "", outside)
    return re.findall(r"<[^>]+>|<!--|@\w|#\d|GH-\d|://|www\.", words)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_do_nothing(text: str) -> None:
    """No element, mention, reference or link comes of them, at the start of a line or within."""
    assert alive(plain(text)) == []
    assert alive(f"Tim: {plain(text)}, dan seterusnya") == []
    assert "\n" not in plain(text)
    with pytest.raises(ValueError, match="no marker line"):
        case_number_in(plain(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_search_for_effects_finds_them(text: str) -> None:
    """Most of the same words have one when they are written as they are."""
    harmless = {"orang@contoh.example", "\\`", "``` `` `", "a | b | c", ":tada:*", "$\\sqrt{x}$"}
    assert text in harmless or alive(text) or has_marker(text, marker_line(OTHER)) or "\n" in text


@pytest.mark.parametrize(
    "text",
    [
        "Kab. Banyumas",
        "Uni Emirat Arab",
        "Tim dokumen dan penempatan (umum)",
        "Boleh diteruskan, setelah ditanya",
        "KBRI/KJRI/KDEI: jam 08.00–16.00",
        "Côte d’Ivoire",
        "",
    ],
)
def test_words_of_every_day_stay_as_they_are(text: str) -> None:
    """Nobody sees that they were looked at."""
    assert plain(text) == text


def test_every_word_that_ships_stays_as_it_is() -> None:
    """No name, step or choice of ours needs a code span."""
    form, plan = the_form(), shipped_plan()
    words = [each.label.id for each in form.sharing.values()]
    words += [
        choice.label.id for name in ("country", "regency") for choice in form.field(name).choices
    ]
    words += [team.name.id for team in plan.teams]
    for level in ("red", "yellow", "green"):
        facts = {**LOST_CONTACT, "urgency": level}
        words += [
            step.do for at in ("hour", "day", "week") for step in plan.steps_of(facts, at, CASE)
        ]
    assert [word for word in words if plain(word) != word] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_data_does_nothing_in_an_issue(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Names of places and teams, and steps, as somebody might write them into the data files."""
    plan = shipped_plan()
    team = plan.teams[0].model_copy(
        update={"name": plan.teams[0].name.model_copy(update={"id": text})}
    )
    monkeypatch.setattr(type(plan), "team_for", lambda *_: team)
    monkeypatch.setattr(type(plan), "offices_of", lambda *_: [Link(do=text, link="kontak/")])
    monkeypatch.setattr(issue, "_tag", lambda *_: text)
    sealed: dict[str, Any] = {"recipients": []}
    body = issue.body(the_form(), LOST_CONTACT, sealed, CASE, "https://contoh.example/")
    assert case_number_in(body) == CASE
    assert not has_marker(body, marker_line(OTHER))
    quiet = body.replace("https://contoh.example/", "")
    assert not re.search(r"@\w|#\d|jahat", re.sub(r"`[^`\n]*`|```.*?```", "", quiet, flags=re.S))
    html = rendered(body)
    assert html.count("<table>") == 1
    assert html.count("<td>") == 2 * (html.count("<tr>") - 1)
    assert "<img" not in html


@pytest.mark.parametrize(
    "site",
    [
        "https://contoh.example/](https://jahat.example/",
        "https://contoh.example/ @seseorang/",
        "https://contoh.example/<!--/",
        "https://contoh.example/\n#1/",
        "https://orang@contoh.example/",
        "https://contoh.example/`/",
        "https://contoh.example/#1/",
        "https://contoh.example/?a=/",
    ],
)
def test_an_address_of_the_site_has_nothing_but_an_address(
    organization: Organization, site: str
) -> None:
    """It stands in each issue as a link, so signs of Markdown are refused where it is read."""
    with pytest.raises(ValueError, match="letters, digits"):
        Organization.model_validate(organization.model_dump() | {"site": site})


def test_the_shipped_teams_are_those_on_disk() -> None:
    """The names checked above are the file's."""
    known: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs/data/teams.yml").read_text("utf-8"))
    assert [team["name"]["id"] for team in known] == [t.name.id for t in shipped_plan().teams]


def test_form_is_the_one_that_ships(form: Form) -> None:
    """The fixture and the workplace agree on the facts that have labels."""
    assert [fact.id for fact in form.facts] == [fact.id for fact in the_form().facts]
