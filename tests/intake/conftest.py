"""An invented organization, its form, its keys and settings that touch nothing but `tmp_path`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from intake.form import Form, load_form
from intake.organization import Organization, load_organization
from intake.sealing import PrivateKey, PublicKey, new_private_key
from intake.settings import FORM_FILE, Settings

ORGANIZATION = {
    "id": "tim-contoh",
    "name": {"id": "Tim contoh", "en": "The example team"},
    "operator": "Organisasi Contoh (tidak nyata)",
    "responsible_role": {"id": "Koordinator contoh", "en": "Invented coordinator"},
    "phone": {"number": "+447700900000", "whatsapp": False, "tested": None},
    "duty_hours": [{"days": ["mon", "fri"], "opens": "08:00", "closes": "16:00"}],
    "time_zone": "Asia/Jakarta",
    "home_region": "33",
    "site": "https://contoh.example/",
    "receiver": "https://contoh.example/intake/",
    "reading_times": {"red": 1, "yellow": 24, "green": 72},
    "retention_days": 90,
    "alerts": {"webhook": None},
    "settle_seconds": 120,
    "code_salt": "NjjM1hri6XZ9UxdCIzJPDg",
    "demonstration": True,
}


@pytest.fixture
def organization_file(tmp_path: Path) -> Path:
    """The organization file of an invented, marked organization."""
    path = tmp_path / "organization.yml"
    path.write_text(yaml.safe_dump(ORGANIZATION, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def organization(organization_file: Path) -> Organization:
    """That organization, loaded."""
    return load_organization(organization_file)


@pytest.fixture(scope="session")
def form() -> Form:
    """The form as it ships, with the regencies of Jawa Tengah."""
    return load_form(FORM_FILE, "33")


@pytest.fixture(scope="session")
def recipients() -> tuple[tuple[PublicKey, PrivateKey], ...]:
    """A coordinator's key pair and a recovery key pair, made for this run only."""
    coordinator, recovery = new_private_key(), new_private_key()
    return (
        (coordinator.public("koordinator", demonstration=True), coordinator),
        (recovery.public("pemulihan", recovery=True, demonstration=True), recovery),
    )


@pytest.fixture
def keys_folder(tmp_path: Path, recipients: tuple[tuple[PublicKey, PrivateKey], ...]) -> Path:
    """A folder with the public halves of `recipients`."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for public, _ in recipients:
        text = json.dumps(public.published())
        (folder / f"{public.name}.jwk").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path, organization_file: Path, keys_folder: Path) -> Settings:
    """Settings with a database, folder tracker, secret, keys and organization of their own."""
    return Settings(
        database=f"sqlite:///{tmp_path}/spool.db",
        tracker=f"folder:{tmp_path}/tracker",
        keys=keys_folder,
        organization=organization_file,
        site=None,
        secret_file=tmp_path / "secret",
        proxies=0,
        github=None,
    )


@pytest.fixture
def answers() -> dict[str, str | list[str]]:
    """The smallest answers that the form takes: ordinary, and nobody may call."""
    return {
        "who": "me",
        "safe": "yes",
        "problem": ["question"],
        "stage": "not-yet-left",
        "country": "MY",
        "regency": "33.02",
        "contact": "i-come-back",
    }
