"""`intake setup` says what it will change, changes only that, and finds nothing the second time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from github_stand_in import OWNER_TOKEN, TOKEN, GitHubStandIn
from intake import commands
from intake.labels import Label, all_labels
from intake.plan import shipped_plan
from intake.setting_up import issue_forms, label_changes, search_link, searches
from workplace import Workplace, set_up, the_form

SITE = "https://contoh.example/"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def stand_in_place(
    tmp_path: Path, stand_in: GitHubStandIn, monkeypatch: pytest.MonkeyPatch
) -> Workplace:
    """A workplace whose tracker is the stand-in, with the login for issues."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    # The pace is GitHub's wish, and a test's hundred labels are written to loopback.
    monkeypatch.setattr("intake.tracker.github.GitHubTracker.__init__.__kwdefaults__", {
        "pace": 0.0, "timeout": 5, "clock": lambda: 1_795_000_000.0,
    })  # fmt: skip
    return set_up(tmp_path).with_settings(
        INTAKE_TRACKER="github:aman/laporan",
        INTAKE_GITHUB_TOKEN=TOKEN,
        INTAKE_GITHUB_API=stand_in.url,
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `intake setup` in a workplace: status, what it printed, what it complained of."""

    def run(place: Workplace, *arguments: str) -> tuple[int, str, str]:
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
        status = commands.main(["setup", *arguments])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run


def owned(place: Workplace) -> Workplace:
    """The same workplace where an owner sits."""
    return place.with_settings(INTAKE_GITHUB_OWNER_TOKEN=OWNER_TOKEN)


def test_nothing_is_changed_before_it_is_told(
    stand_in_place: Workplace, stand_in: GitHubStandIn, run: Run
) -> None:
    """With --dry-run the list is all there is: no request but questions."""
    status, out, _ = run(owned(stand_in_place), "--dry-run")
    assert status == 0
    assert "  make label “darurat: merah”\n" in out
    assert "  make file .github/ISSUE_TEMPLATE/config.yml\n" in out
    assert {request.method for request in stand_in.requests} == {"GET"}
    assert stand_in.labels == stand_in.files == {}


def test_second_run_finds_nothing_to_do(
    stand_in_place: Workplace, stand_in: GitHubStandIn, run: Run
) -> None:
    """Every label with its look, every file; then not one write more."""
    wanted = all_labels(the_form(), shipped_plan().teams)
    status, out, _ = run(owned(stand_in_place))
    assert status == 0
    assert f"{len(wanted) + 3} made or mended\n" in out
    assert {(label.name, label.color, label.description) for label in wanted} == {
        (stand_in.labels[name], *look) for name, look in stand_in.looks.items()
    }
    assert stand_in.files == issue_forms(SITE)
    writes = len([request for request in stand_in.requests if request.method != "GET"])
    status, out, _ = run(owned(stand_in_place))
    assert status == 0
    assert out.startswith("Nothing to change: all is as it should be.\n0 made or mended\n")
    assert len([r for r in stand_in.requests if r.method != "GET"]) == writes


def test_what_was_changed_by_hand_is_mended(
    stand_in_place: Workplace, stand_in: GitHubStandIn, run: Run
) -> None:
    """Another colour, a file that was edited; the team's own labels stay."""
    run(owned(stand_in_place))
    stand_in.looks["darurat: merah"] = ("ffffff", None)
    stand_in.labels["kopi"] = "kopi"
    path = ".github/ISSUE_TEMPLATE/config.yml"
    stand_in.files[path] = "blank_issues_enabled: true\n"
    _, out, _ = run(owned(stand_in_place))
    assert out.startswith(
        f"To change:\n  mend label “darurat: merah”\n  mend file {path}\n2 made or mended\n"
    )
    assert stand_in.looks["darurat: merah"][0] == "b60205"
    assert stand_in.files == issue_forms(SITE)
    assert "kopi" in stand_in.labels


def test_without_an_owner_files_are_printed(
    stand_in_place: Workplace, stand_in: GitHubStandIn, run: Run
) -> None:
    """The login for issues makes the labels, and a person adds the files."""
    status, out, _ = run(stand_in_place)
    assert status == 0
    assert stand_in.files == {}
    assert "darurat: merah" in stand_in.labels
    for path, text in issue_forms(SITE).items():
        assert f"--- {path} ---\n{text}" in out


@pytest.mark.parametrize("visibility", ["public", "internal"])
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_only_a_private_repository_is_set_up(
    stand_in_place: Workplace,
    stand_in: GitHubStandIn,
    run: Run,
    visibility: str,
    arguments: tuple[str, ...],
) -> None:
    """Refused with the cure, before a label or a file is asked for."""
    stand_in.visibility = visibility
    status, out, err = run(owned(stand_in_place), *arguments)
    assert (status, out) == (1, "")
    assert err == (
        "intake: aman/laporan is not private: make it private or name another repository in "
        "INTAKE_TRACKER.\n"
    )
    assert {request.path for request in stand_in.requests} == {"/repos/aman/laporan"}


def test_links_and_checklist_are_printed(stand_in_place: Workplace, run: Run) -> None:
    """Each search as an address that a browser opens, each switch as a box to tick."""
    _, out, _ = run(stand_in_place, "--dry-run")
    for name in searches(shipped_plan().teams):
        assert f"  {name}: http" in out
    for word in ("Watch", "e-mail", "forking", "Wikis", "Projects", "Actions", "two-factor"):
        assert word in out
    assert "[ ] Repository, Settings" in out


def test_no_secret_is_printed(stand_in_place: Workplace, run: Run) -> None:
    """Neither token."""
    for place in (stand_in_place, owned(stand_in_place)):
        _, out, err = run(place)
        assert TOKEN not in out + err
        assert OWNER_TOKEN not in out + err


def test_folder_gets_its_list(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder and LABELS.yml, no forms, no links; the second run finds nothing to do."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    place = set_up(tmp_path)
    status, out, _ = run(place, "--dry-run")
    assert status == 0
    assert not (place.tracker / "LABELS.yml").exists()
    status, out, _ = run(place)
    listed = yaml.safe_load((place.tracker / "LABELS.yml").read_text("utf-8"))
    assert [Label(**row) for row in listed] == all_labels(the_form(), shipped_plan().teams)
    assert "Searches" not in out
    _, out, _ = run(place)
    assert out == "Nothing to change: all is as it should be.\n0 made or mended\n"


# --- its parts ---


def test_label_of_another_spelling_is_mended() -> None:
    """GitHub folds case, so it is the same label."""
    wanted = Label("darurat: merah", "b60205", "Baca")
    kept = Label("Darurat: Merah", "b60205", "Baca")
    (change,) = label_changes([wanted], [kept])
    assert (change.line, change.label, change.known) == (
        "mend label “darurat: merah”", wanted, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("api", "start"),
    [
        ("https://api.github.com", "https://github.com/aman/laporan/issues?q="),
        ("https://git.contoh.example/api/v3", "https://git.contoh.example/aman/laporan/issues?q="),
    ],
)
def test_search_link_leads_to_the_repository(api: str, start: str) -> None:
    """On GitHub and on a server of one's own; what is typed comes through as it is."""
    query = searches(shipped_plan().teams)["MERAH belum dibaca"]
    link = search_link(query, api, "aman/laporan")
    assert link.startswith(start)
    assert parse_qs(urlsplit(link).query)["q"] == [
        'is:issue is:open label:"status: baru" label:"darurat: merah"'
    ]


def test_every_search_names_labels_that_are_made() -> None:
    """A search for a label that nobody makes would stay empty."""
    names = {label.name for label in all_labels(the_form(), shipped_plan().teams)}
    for query in searches(shipped_plan().teams).values():
        assert set(query.split('"')[1::2]) <= names


@pytest.fixture
def forms(tmp_path: Path) -> list[Path]:
    """The files as setup writes them."""
    written = []
    for path, text in issue_forms(SITE).items():
        file = tmp_path / Path(path).name
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written


def test_forms_are_such_as_github_takes(forms: list[Path]) -> None:
    """Each against the schema of its kind."""
    assert len(forms) == 3
    for file in forms:
        kind = "config" if file.name == "config.yml" else "forms"
        schema = f"vendor.github-issue-{kind}"
        checked = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout


def test_forms_lead_to_our_own_pages_and_forbid_names(forms: list[Path]) -> None:
    """No issue without a form, no other site, and each form says what never goes in."""
    for file in forms:
        text = file.read_text("utf-8")
        assert "SITE/" not in text.partition("\n")[2]
        if file.name == "config.yml":
            assert "blank_issues_enabled: false" in text
        else:
            assert "Jangan tulis nama" in text
