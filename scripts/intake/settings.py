"""Read the program's settings from the environment: places, addresses and secrets.

`SETTINGS` is the one list of them; the README's table and a test follow it. A wrong value
raises `SettingProblem`, which names the setting and the cure.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from intake.form import Form, load_form
from intake.organization import AlertAddress, Organization, WebAddress, load_organization
from intake.sealing import PublicKey, read_public_keys
from intake.tracker import GITHUB_API, GitHubLogin, Notes, Tracker, open_tracker

SECRET_BYTES = 32
ROOT = Path(__file__).resolve().parents[2]
FORM_FILE = ROOT / "docs/data/form.yml"

SETTINGS: dict[str, tuple[str | None, str]] = {
    "INTAKE_DATABASE": ("sqlite:///var/spool.db", "SQLAlchemy URL of the spool"),
    "INTAKE_TRACKER": ("folder:var/tracker", "folder:PATH, or github:OWNER/REPO or github:ID"),
    "INTAKE_GITHUB_TOKEN": (None, "GitHub login: a token for one repository, issues only"),
    "INTAKE_GITHUB_APP_ID": (None, "GitHub login, instead of a token: the App's number"),
    "INTAKE_GITHUB_INSTALLATION_ID": (None, "the App's installation"),
    "INTAKE_GITHUB_KEY_FILE": (None, "the App's private key file (PEM)"),
    "INTAKE_GITHUB_OWNER_TOKEN": (
        None,
        "an owner's token, for intake purge and intake setup; never where the receiver runs",
    ),
    "INTAKE_GITHUB_API": (GITHUB_API, "API base URL (Enterprise Server)"),
    "INTAKE_KEYS": ("docs/data/keys", "folder of public keys *.jwk"),
    "INTAKE_ORGANIZATION": ("docs/data/organization.yml", "the organization file"),
    "INTAKE_SITE": (None, "overrides the site address of the organization file"),
    "INTAKE_SECRET_FILE": ("var/secret", "the receiver's secret; part of every backup"),
    "INTAKE_ERASED_FILE": (
        "var/erased",
        "proofs of what intake purge erased, for intake restore; keep it where backups are",
    ),
    "INTAKE_PROXIES": ("0", "number of trusted proxies in front of the receiver"),
    "INTAKE_ALERT_WEBHOOK": (None, "replaces alerts.webhook where its address holds a secret"),
    "INTAKE_ALERT_TELEGRAM_TOKEN": (None, "token of the bot that alerts by Telegram"),
    "INTAKE_ALERT_SMTP_PASSWORD": (None, "password of the account that alerts by e-mail"),
}


class SettingProblem(Exception):
    """A setting is missing or wrong; the message names it and says how to mend it."""


@dataclass(frozen=True)
class AlertSecrets:
    """What the channels of alerts need that no file may hold. Nothing of it shows in `repr`."""

    webhook: str | None = field(default=None, repr=False)
    telegram_token: str | None = field(default=None, repr=False)
    smtp_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """The environment, read once. Secrets do not show in `repr`."""

    database: str = field(repr=False)  # may hold a password
    tracker: str
    keys: Path
    organization: Path
    site: str | None
    secret_file: Path
    proxies: int
    github: GitHubLogin | None = field(repr=False)
    owner: GitHubLogin | None = field(default=None, repr=False)
    erased_file: Path = Path("var/erased")
    alerts: AlertSecrets = field(default=AlertSecrets(), repr=False)

    @property
    def uses_github(self) -> bool:
        """Whether reports go to GitHub, which makes this a production receiver."""
        return self.tracker.startswith("github:")

    @property
    def github_api(self) -> str:
        """The address of GitHub's API that the logins are for."""
        login = self.owner or self.github
        return login.api if login else GITHUB_API

    def load_organization(self) -> Organization:
        """The organization file, with `INTAKE_SITE` in the place of its site address."""
        organization = load_organization(self.organization)
        return organization.model_copy(update={"site": self.site}) if self.site else organization

    def load_form(self, organization: Organization) -> Form:
        """The form definition for that organization's home region."""
        return load_form(FORM_FILE, organization.home_region)

    def load_keys(self) -> tuple[PublicKey, ...]:
        """The public keys that are held: the active ones, and retired ones for old reports."""
        return read_public_keys(self.keys)

    def open_tracker(self, notes: Notes | None = None) -> Tracker:
        """The tracker that `INTAKE_TRACKER` names; whoever files brings the spool for its notes."""
        return open_tracker(self.tracker, self.github, notes)

    def open_owned_tracker(self) -> Tracker:
        """The same tracker for deleting, which on GitHub takes an owner's login."""
        if self.uses_github and self.owner is None:
            raise SettingProblem(
                "INTAKE_GITHUB_OWNER_TOKEN is not set: set it where no receiver runs, and run "
                "intake purge --tracker there; beside the receiver run intake purge --spool."
            )
        return open_tracker(self.tracker, self.owner)

    def refuse_owner(self) -> None:
        """Raise `SettingProblem` where an owner's login has no business: beside the receiver."""
        if self.owner is not None:
            raise SettingProblem(
                "INTAKE_GITHUB_OWNER_TOKEN is set here: unset it. Whoever breaks into the receiver "
                "must not be able to delete issues; run intake purge --tracker elsewhere."
            )

    def load_secret(self) -> bytes:
        """The receiver's secret. It is made on first start, but only beside SQLite.

        Receivers that share a database must share the secret too, so with any other
        database a missing file is an error and not a new secret.
        """
        try:
            if not self.secret_file.exists() and self.database.startswith("sqlite"):
                _write_secret(self.secret_file, secrets.token_bytes(SECRET_BYTES))
        except OSError as error:
            raise SettingProblem(_UNWRITABLE.format(self.secret_file, error.strerror)) from error
        try:
            secret = bytes.fromhex(self.secret_file.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise SettingProblem(_UNREADABLE.format(self.secret_file)) from error
        if len(secret) != SECRET_BYTES:
            raise SettingProblem(_UNREADABLE.format(self.secret_file))
        return secret

    def put_secret(self, secret: bytes) -> None:
        """Write the secret of a backup; raises `SettingProblem` where another one stands."""
        if not self.secret_file.exists():
            _write_secret(self.secret_file, secret)
        elif self.load_secret() != secret:
            raise SettingProblem(
                f"INTAKE_SECRET_FILE: {self.secret_file} is not the backup's secret, so no report "
                "PIN would work: move it away, then restore again."
            )

    def for_site(self) -> dict[str, str]:
        """The settings that the site is built with, as environment variables."""
        named = {"INTAKE_ORGANIZATION": str(self.organization), "INTAKE_KEYS": str(self.keys)}
        return named | ({"INTAKE_SITE": self.site} if self.site else {})

    def in_demonstration(self, organization: Path, keys: Path) -> Settings:
        """The same settings with the demonstration's organization and keys."""
        return replace(self, organization=organization, keys=keys)


_UNWRITABLE = "INTAKE_SECRET_FILE: {} cannot be written ({}); name a place that can."
_UNREADABLE = (
    "INTAKE_SECRET_FILE: {} does not hold 64 hexadecimal digits. Restore it from the backup; "
    "without it no report PIN works any more."
)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """All settings, defaults filled in; raises `SettingProblem`."""
    unknown = sorted(n for n in environment if n.startswith("INTAKE_") and n not in SETTINGS)
    if unknown:
        raise SettingProblem(f"{', '.join(unknown)}: no such setting; intake --help lists them.")
    value = {name: environment.get(name) or default for name, (default, _) in SETTINGS.items()}
    return Settings(
        database=_text(value, "INTAKE_DATABASE"),
        tracker=_text(value, "INTAKE_TRACKER"),
        keys=Path(_text(value, "INTAKE_KEYS")),
        organization=Path(_text(value, "INTAKE_ORGANIZATION")),
        site=_site(value["INTAKE_SITE"]),
        secret_file=Path(_text(value, "INTAKE_SECRET_FILE")),
        proxies=_number(value, "INTAKE_PROXIES") or 0,
        github=_github_login(value),
        owner=_owner_login(value),
        erased_file=Path(_text(value, "INTAKE_ERASED_FILE")),
        alerts=_alert_secrets(value),
    )


def _text(value: Mapping[str, str | None], name: str) -> str:
    text = value[name]
    if text is None:
        raise SettingProblem(f"{name} is not set: it has no default.")
    return text


def _site(text: str | None) -> str | None:
    try:
        return TypeAdapter(WebAddress | None).validate_python(text)
    except ValidationError as error:
        raise SettingProblem(
            "INTAKE_SITE must be a whole address that ends with a slash, such as "
            "https://contoh.example/."
        ) from error


def _number(value: Mapping[str, str | None], name: str) -> int | None:
    text = value[name]
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise SettingProblem(f"{name} must be a whole number.")
    return int(text)


def _github_login(value: Mapping[str, str | None]) -> GitHubLogin | None:
    names = ("INTAKE_GITHUB_TOKEN", "INTAKE_GITHUB_APP_ID", "INTAKE_GITHUB_INSTALLATION_ID")
    key_file = value["INTAKE_GITHUB_KEY_FILE"]
    if not any(value[name] for name in names) and key_file is None:
        return None
    return GitHubLogin(
        token=value["INTAKE_GITHUB_TOKEN"],
        app_id=_number(value, "INTAKE_GITHUB_APP_ID"),
        installation_id=_number(value, "INTAKE_GITHUB_INSTALLATION_ID"),
        key_file=Path(key_file) if key_file else None,
        api=_text(value, "INTAKE_GITHUB_API"),
    )


def _owner_login(value: Mapping[str, str | None]) -> GitHubLogin | None:
    token = value["INTAKE_GITHUB_OWNER_TOKEN"]
    return GitHubLogin(token=token, api=_text(value, "INTAKE_GITHUB_API")) if token else None


def _alert_secrets(value: Mapping[str, str | None]) -> AlertSecrets:
    token = value["INTAKE_ALERT_TELEGRAM_TOKEN"]
    if token is not None and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        raise SettingProblem(
            "INTAKE_ALERT_TELEGRAM_TOKEN is no bot's token: copy the whole line from BotFather."
        )
    try:
        webhook = TypeAdapter(AlertAddress | None).validate_python(value["INTAKE_ALERT_WEBHOOK"])
    except ValidationError:
        # Raised without its cause, which repeats the address and so its secret.
        raise SettingProblem(
            "INTAKE_ALERT_WEBHOOK must be a whole address that begins with https://."
        ) from None
    return AlertSecrets(webhook, token, value["INTAKE_ALERT_SMTP_PASSWORD"])


def _write_secret(path: Path, secret: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    # The name too must outlive a power cut, or kept reports lose their PINs.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
