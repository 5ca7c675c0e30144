"""The settings: defaults, what is refused, and the receiver's secret."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from intake.organization import Organization
from intake.sealing import PrivateKey, PublicKey
from intake.settings import ROOT, SETTINGS, SettingProblem, Settings, read_settings
from intake.tracker import GITHUB_API, GitHubLogin
from intake.tracker.folder import FolderTracker


def problem_of(environment: dict[str, str]) -> str:
    """The message that an environment gets."""
    with pytest.raises(SettingProblem) as error:
        read_settings(environment)
    return str(error.value)


def test_defaults_are_those_of_the_design() -> None:
    """With an empty environment everything stands under docs/data and var."""
    assert read_settings({}) == Settings(
        database="sqlite:///var/spool.db",
        tracker="folder:var/tracker",
        keys=Path("docs/data/keys"),
        organization=Path("docs/data/organization.yml"),
        site=None,
        secret_file=Path("var/secret"),
        proxies=0,
        github=None,
    )


def test_empty_settings_are_no_settings() -> None:
    """A variable that is set to nothing, as in a compose file, counts as not set."""
    assert read_settings(dict.fromkeys(SETTINGS, "")) == read_settings({})


def test_every_setting_is_read() -> None:
    """Each name of the list arrives where it belongs; a stranger's variables do not matter."""
    settings = read_settings(
        {
            "INTAKE_DATABASE": "postgresql://basis",
            "INTAKE_TRACKER": "github:aman/laporan",
            "INTAKE_GITHUB_APP_ID": "12",
            "INTAKE_GITHUB_INSTALLATION_ID": "34",
            "INTAKE_GITHUB_KEY_FILE": "/kunci/app.pem",
            "INTAKE_GITHUB_API": "https://git.example/api/v3",
            "INTAKE_KEYS": "/kunci",
            "INTAKE_ORGANIZATION": "/tim.yml",
            "INTAKE_SITE": "https://contoh.example/",
            "INTAKE_SECRET_FILE": "/rahasia",
            "INTAKE_PROXIES": "2",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        database="postgresql://basis",
        tracker="github:aman/laporan",
        keys=Path("/kunci"),
        organization=Path("/tim.yml"),
        site="https://contoh.example/",
        secret_file=Path("/rahasia"),
        proxies=2,
        github=GitHubLogin(
            app_id=12,
            installation_id=34,
            key_file=Path("/kunci/app.pem"),
            api="https://git.example/api/v3",
        ),
    )
    assert settings.uses_github is True
    assert read_settings({}).uses_github is False


def test_a_token_alone_is_a_login() -> None:
    """The login speaks to GitHub itself unless another address is set."""
    login = read_settings({"INTAKE_GITHUB_TOKEN": "rahasia"}).github
    assert login == GitHubLogin(token="rahasia", api=GITHUB_API)


def test_an_address_alone_is_no_login() -> None:
    """INTAKE_GITHUB_API without token or App logs nobody in."""
    assert read_settings({"INTAKE_GITHUB_API": "https://git.example/api/v3"}).github is None


def test_misspelt_setting_is_named() -> None:
    """A name that is no setting would silently do nothing."""
    assert problem_of({"INTAKE_TRACKR": "x", "INTAKE_DB": "y"}) == (
        "INTAKE_DB, INTAKE_TRACKR: no such setting; intake --help lists them."
    )


@pytest.mark.parametrize(
    "name", ["INTAKE_PROXIES", "INTAKE_GITHUB_APP_ID", "INTAKE_GITHUB_INSTALLATION_ID"]
)
@pytest.mark.parametrize("text", ["satu", "-1", "1.5", " 1", "²", "٣"])
def test_numbers_are_whole(name: str, text: str) -> None:
    """Words, signs, fractions and digits of other scripts are refused and not repeated."""
    assert problem_of({name: text}) == f"{name} must be a whole number."


@pytest.mark.parametrize(
    "text", ["contoh.example", "https://contoh.example", "ftp://contoh.example/", "https:///"]
)
def test_site_is_a_whole_address_with_a_slash(text: str) -> None:
    """Links are made by joining paths to it, so a half address would break each of them."""
    assert problem_of({"INTAKE_SITE": text}) == (
        "INTAKE_SITE must be a whole address that ends with a slash, such as "
        "https://contoh.example/."
    )


def test_settings_do_not_show_secrets() -> None:
    """Neither the database's password nor the token stands in `repr`."""
    settings = read_settings(
        {
            "INTAKE_DATABASE": "postgresql://aman:kenari-7f3a@basis",
            "INTAKE_GITHUB_TOKEN": "kenari-7f3a",
        }
    )
    assert "kenari" not in repr(settings)


def test_environment_s_site_takes_the_place_of_the_organization_s(
    settings: Settings, organization: Organization
) -> None:
    """INTAKE_SITE changes the site address and nothing else."""
    assert settings.load_organization() == organization
    moved = replace(settings, site="http://127.0.0.1:8000/").load_organization()
    assert moved == organization.model_copy(update={"site": "http://127.0.0.1:8000/"})


def test_site_is_built_with_the_same_places(settings: Settings) -> None:
    """The builder gets organization, keys and, where it is set, the site's address."""
    places = {
        "INTAKE_ORGANIZATION": str(settings.organization),
        "INTAKE_KEYS": str(settings.keys),
    }
    assert settings.for_site() == places
    moved = replace(settings, site="https://contoh.example/")
    assert moved.for_site() == {**places, "INTAKE_SITE": "https://contoh.example/"}
    assert set(moved.for_site()) <= set(SETTINGS)


def test_keys_form_and_tracker_are_those_of_the_settings(
    settings: Settings,
    organization: Organization,
    recipients: tuple[tuple[PublicKey, PrivateKey], ...],
    tmp_path: Path,
) -> None:
    """Keys come from the folder, the form from the home region, the tracker from its place."""
    assert settings.load_keys() == tuple(public for public, _ in recipients)
    assert "33.02" in settings.load_form(organization).field("regency").codes
    elsewhere = organization.model_copy(update={"home_region": "35"})
    assert "35.01" in settings.load_form(elsewhere).field("regency").codes
    tracker = settings.open_tracker()
    assert isinstance(tracker, FolderTracker)
    assert repr(tracker) == repr(FolderTracker(tmp_path / "tracker"))


# --- the receiver's secret ---


def unreadable(path: Path) -> str:
    """What is said of a secret file that holds no secret."""
    return (
        f"INTAKE_SECRET_FILE: {path} does not hold 64 hexadecimal digits. Restore it from the "
        "backup; without it no report PIN works any more."
    )


def test_secret_is_made_once_for_the_owner_alone(settings: Settings) -> None:
    """The first start writes 32 random bytes; every later one reads the same."""
    secret = settings.load_secret()
    assert len(secret) == 32
    assert settings.load_secret() == secret
    assert settings.secret_file.read_text(encoding="ascii") == secret.hex() + "\n"
    assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600


def test_two_receivers_have_two_secrets(settings: Settings, tmp_path: Path) -> None:
    """A secret is random, and its folder is made where it is missing."""
    other = replace(settings, secret_file=tmp_path / "baru" / "secret")
    assert other.load_secret() != settings.load_secret()


def test_secret_is_not_invented_beside_a_shared_database(settings: Settings) -> None:
    """Receivers that share a database would each make their own, and PINs would fail."""
    shared = replace(settings, database="postgresql://basis/aman")
    with pytest.raises(SettingProblem) as error:
        shared.load_secret()
    assert str(error.value) == unreadable(settings.secret_file)
    assert not settings.secret_file.exists()


@pytest.mark.parametrize("text", ["", "rahasia", "ab" * 31, "ab" * 33, "ä" * 32, "0x" + "ab" * 31])
def test_spoiled_secret_is_not_replaced(settings: Settings, text: str) -> None:
    """A damaged file is an error that names the backup, and stays as it was."""
    settings.secret_file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingProblem) as error:
        settings.load_secret()
    assert str(error.value) == unreadable(settings.secret_file)
    assert settings.secret_file.read_text(encoding="utf-8") == text


def test_place_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    """A secret whose folder is a file cannot be kept."""
    (tmp_path / "berkas").touch()
    path = tmp_path / "berkas" / "secret"
    with pytest.raises(SettingProblem) as error:
        replace(settings, secret_file=path).load_secret()
    assert str(error.value) == (
        f"INTAKE_SECRET_FILE: {path} cannot be written (File exists); name a place that can."
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_stands_in_the_readme(name: str) -> None:
    """Whoever runs a receiver finds each setting and its default in the README's table."""
    default = SETTINGS[name][0]
    rows = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    found = [row for row in rows if row.startswith(f"| `{name}` |")]
    assert len(found) == 1
    assert found[0].endswith(f"| `{default}` |" if default else "| none |")
