"""The face of the trackers: settings, markers and what they show of themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from intake.tracker import (
    GitHubLogin,
    Issue,
    Misconfigured,
    case_number_in,
    has_marker,
    marker_line,
    open_tracker,
)

MARKER = "<!-- intake K7Q2-9MPA -->"


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "folder",
        "folder:",
        "github",
        "github:",
        "github:laporan",
        "github:aman/laporan/lain",
        "github:aman/laporan?x",
        "github:https://github.com/aman/laporan",
        "github:0123",
        "gitlab:aman/laporan",
        "var/tracker",
    ],
)
def test_a_bad_setting_gets_one_sentence(setting: str) -> None:
    """INTAKE_TRACKER that names no tracker says what it may be."""
    with pytest.raises(Misconfigured) as error:
        open_tracker(setting, GitHubLogin(token="t"))
    assert str(error.value) == (
        "Set INTAKE_TRACKER to folder:PATH, github:OWNER/REPO or github: and the repository's "
        "numeric id."
    )


@pytest.mark.parametrize("place", ["aman/laporan", "Aman-Org/laporan.2_x", "123456789"])
def test_a_repository_may_be_named_or_numbered(place: str) -> None:
    """`github:` takes a name or a numeric id, and asks nothing yet."""
    tracker = open_tracker(f"github:{place}", GitHubLogin(token="rahasia"))
    assert repr(tracker) == f"GitHubTracker({place!r})"


def test_github_needs_a_login() -> None:
    """A github: tracker without a login is refused."""
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:aman/laporan", None)
    assert str(error.value) == (
        "A github: tracker needs a login: set INTAKE_GITHUB_TOKEN or the three settings of a "
        "GitHub App."
    )


@pytest.mark.parametrize(
    "login",
    [GitHubLogin(), GitHubLogin(token=""), GitHubLogin(token="t", app_id=1)],
)
def test_a_login_is_one_of_two(login: GitHubLogin) -> None:
    """Neither token nor App, or both, is refused."""
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:aman/laporan", login)
    assert str(error.value) == (
        "Set INTAKE_GITHUB_TOKEN or the three settings of a GitHub App, one and not both."
    )


@pytest.mark.parametrize(
    "login",
    [
        GitHubLogin(app_id=1),
        GitHubLogin(app_id=1, installation_id=2),
        GitHubLogin(installation_id=2, key_file=Path("app.pem")),
    ],
)
def test_an_app_needs_all_three(login: GitHubLogin) -> None:
    """An App with a setting missing is refused."""
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:aman/laporan", login)
    assert str(error.value) == (
        "Set INTAKE_GITHUB_APP_ID, INTAKE_GITHUB_INSTALLATION_ID and INTAKE_GITHUB_KEY_FILE: "
        "one of them is missing."
    )


@pytest.mark.parametrize("content", [None, "", "rahasia", "-----BEGIN PRIVATE KEY-----\nAA\n"])
def test_an_app_needs_a_private_key(tmp_path: Path, content: str | None) -> None:
    """A key file that is missing or no key is named, and not quoted."""
    path = tmp_path / "app.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:1", GitHubLogin(app_id=1, installation_id=2, key_file=path))
    assert str(error.value) == (
        f"{path} is not a private key that can be read: set INTAKE_GITHUB_KEY_FILE to the .pem "
        "file that GitHub gave for the App."
    )


@pytest.mark.parametrize("token", ["rahasia\n", "raha sia", "rahasiä"])
def test_a_token_with_stray_characters_is_refused(token: str) -> None:
    """A token that cannot stand in a header is refused, and not quoted."""
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:1", GitHubLogin(token=token))
    assert str(error.value) == ("INTAKE_GITHUB_TOKEN holds a space or a line end: set it anew.")


@pytest.mark.parametrize(
    "api", ["", "github.com", "http://github.example/api/v3", "ftp://127.0.0.1", "https://"]
)
def test_the_token_travels_over_https_alone(api: str) -> None:
    """An API address in the clear is refused, but for this machine itself."""
    with pytest.raises(Misconfigured) as error:
        open_tracker("github:1", GitHubLogin(token="t", api=api))
    assert str(error.value) == ("Set INTAKE_GITHUB_API to an address that starts with https://.")


def test_a_login_does_not_show_its_token() -> None:
    """The representation of a login leaves the token out."""
    assert repr(GitHubLogin(token="rahasia")) == (
        "GitHubLogin(app_id=None, installation_id=None, key_file=None, "
        "api='https://api.github.com')"
    )


def test_an_issue_does_not_show_its_body() -> None:
    """The representation of an issue leaves the body out."""
    assert repr(Issue(1, "t", (), "open", "rahasia")) == (
        "Issue(number=1, title='t', labels=(), state='open')"
    )


def test_a_marker_line_holds_the_case_number() -> None:
    """The marker is the comment line of the contract, and is read back from a body."""
    assert marker_line("K7Q2-9MPA") == MARKER
    assert case_number_in(f"{MARKER}\r\nisi") == "K7Q2-9MPA"
    assert case_number_in(f"sebelum\n{MARKER}\n<!-- intake 0000-0000 -->") == "K7Q2-9MPA"


@pytest.mark.parametrize("text", ["k7q2-9mpa", "K7Q29MPA", "K7Q2-9MPI", "K7Q2-9MPA -->", ""])
def test_a_marker_takes_nothing_but_a_case_number(text: str) -> None:
    """What is no case number makes no marker, and is not quoted."""
    with pytest.raises(ValueError, match=r"^A case number looks like K7Q2-9MPA\.$"):
        marker_line(text)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (MARKER, True),
        (f"{MARKER}\r\nisi", True),
        (f"  {MARKER}  \nisi", True),
        (f"catatan\n\n{MARKER}", True),
        (f"sama dengan {MARKER}", False),
        (f"> {MARKER}", False),
        ("<!-- intake K7Q2-9MPB -->", False),
        ("", False),
    ],
)
def test_a_marker_counts_as_a_line_of_its_own(body: str, found: bool) -> None:
    """A marker that someone quotes in a sentence is not the marker of that issue."""
    assert has_marker(body, MARKER) is found


def test_a_folder_tracker_does_not_load_pygithub() -> None:
    """Where no GitHub is asked for, its library stays unloaded."""
    program = (
        "import sys; from intake.tracker import open_tracker; "
        "open_tracker('folder:x', None); sys.exit('github' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=False
    )
    assert run.returncode == 0


def test_one_module_alone_imports_pygithub() -> None:
    """Only tracker/github.py knows GitHub's library."""
    scripts = Path(__file__).parents[3] / "scripts"
    importers = [
        path.relative_to(scripts).as_posix()
        for path in scripts.rglob("*.py")
        if any(
            line.startswith(("import github", "from github"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert importers == ["intake/tracker/github.py"]
