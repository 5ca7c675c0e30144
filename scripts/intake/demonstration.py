"""Run the whole path on one machine with an invented, marked organization and its own keys.

`make run` uses this. Where a real organization (one with an operator) or real keys stand in
`docs/data/`, those are used and nothing is invented.
"""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from werkzeug.security import safe_join
from werkzeug.utils import redirect, send_file
from werkzeug.wrappers import Request, Response

from intake.keys import make_key
from intake.organization import load_organization
from intake.settings import ROOT, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FOLDER = Path("var/demo")
NAME = "demonstration-coordinator"
RECOVERY = "demonstration-recovery"


class BuildFailed(Exception):
    """MkDocs did not build the site; its own output, above, says why."""


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration runs with, and what a person needs to know to try it."""

    settings: Settings
    site: Path
    key_file: Path | None
    passphrase_file: Path | None


def prepare(settings: Settings, port: int) -> Demonstration:
    """Make what is missing under `var/demo/`, build the site there and return its settings."""
    address = f"http://127.0.0.1:{port}/"
    settings = replace(settings, site=address, organization=_organization(settings, address))
    invented = not list(settings.keys.glob("*.jwk"))
    if invented:
        settings = replace(settings, keys=_keys())
    site = FOLDER / "site"
    build(settings, site)
    return Demonstration(
        settings,
        site,
        FOLDER / f"{NAME}.key" if invented else None,
        FOLDER / f"{NAME}.passphrase" if invented else None,
    )


def with_site(receiver: WSGIApplication, folder: Path) -> WSGIApplication:
    """The receiver under `/intake/`, and the built site everywhere else."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/intake/"):
            return receiver(environ, start_response)
        return _page(Request(environ), folder.resolve())(environ, start_response)

    return application


def _page(request: Request, folder: Path) -> Any:
    path = request.path + ("index.html" if request.path.endswith("/") else "")
    file = safe_join(str(folder), path.lstrip("/"))
    if file is not None and Path(file).is_file():
        return send_file(file, request.environ)
    if file is not None and Path(file, "index.html").is_file():
        return redirect(request.path + "/", 308)
    missing = (folder / "404.html").read_text(encoding="utf-8")
    return Response(missing, 404, mimetype="text/html")


def _organization(settings: Settings, address: str) -> Path:
    """A real organization's file as it is; else the demonstration's, made once.

    The code salt is kept from one start to the next, or report PINs would stop working.
    """
    shipped = load_organization(settings.organization)
    if shipped.operator is not None:
        return settings.organization
    path = FOLDER / "organization.yml"
    salt = load_organization(path).code_salt if path.exists() else _new_salt()
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    decided = invented(shipped.model_dump(mode="json"), address, salt)
    path.write_text(yaml.safe_dump(decided, allow_unicode=True), encoding="utf-8")
    return path


def invented(shipped: dict[str, Any], address: str, salt: str) -> dict[str, Any]:
    """An organization that does not exist, marked as such, at a loopback address."""
    return shipped | {
        "id": "demonstration",
        "operator": "Organisasi Contoh (tidak nyata)",
        "responsible_role": {"id": "Koordinator contoh", "en": "Invented coordinator"},
        # Ofcom keeps this number for drama: it belongs to nobody.
        "phone": {"number": "+447700900000", "whatsapp": False, "tested": None},
        "duty_hours": [{"days": ["mon"], "opens": "08:00", "closes": "16:00"}],
        "site": address,
        "receiver": f"{address}intake/",
        "code_salt": salt,
        "demonstration": True,
    }


def _keys() -> Path:
    folder = FOLDER / "keys"
    if not list(folder.glob("*.jwk")):
        for name in (NAME, RECOVERY):
            made = make_key(
                name,
                folder,
                FOLDER,
                made=date.today(),
                recovery=name == RECOVERY,
                demonstration=True,
            )
            path = FOLDER / f"{name}.passphrase"
            path.touch(mode=0o600)
            path.write_text(made.passphrase + "\n", encoding="ascii")
    return folder


def _new_salt() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()


def build(settings: Settings, site: Path, as_of: int | None = None) -> None:
    """Build the site into that folder, as of that time in UTC seconds; raises `BuildFailed`."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--site-dir",
        str(site.resolve()),
    ]
    environment = _environment(settings)
    if as_of is not None:
        environment["SOURCE_DATE_EPOCH"] = str(as_of)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)  # noqa: S603 - our own interpreter and arguments
    if done.returncode:
        raise BuildFailed("The site was not built; MkDocs says why above.")


def _environment(settings: Settings) -> dict[str, str]:
    absolute = {"INTAKE_ORGANIZATION": settings.organization, "INTAKE_KEYS": settings.keys}
    named = {name: str(path.resolve()) for name, path in absolute.items()}
    # The theme's maker prints an advertisement at each build unless this is set.
    quiet = {"NO_MKDOCS_2_WARNING": "1"}
    # The build needs no secret, and whoever may look at processes sees a child's environment.
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
    return {**inherited, **quiet, **named, "INTAKE_SITE": settings.site or ""}


def passphrase(demonstration: Demonstration) -> str:
    """The invented key's passphrase, to be shown on the terminal."""
    if demonstration.passphrase_file is None:
        return "the one you were given"
    return demonstration.passphrase_file.read_text(encoding="ascii").strip()


def summary(demonstration: Demonstration) -> str:
    """What `make run` prints: address, place of the issues, place of the key and passphrase."""
    settings = demonstration.settings
    return "\n".join(
        [
            f"Site         {settings.site}",
            f"Form         {settings.site}bantuan/",
            f"Reader       {settings.site}paralegal/buka/",
            f"Issues       {settings.tracker.removeprefix('folder:')}",
            f"Key          {demonstration.key_file or 'your own'}",
            f"Passphrase   {passphrase(demonstration)}",
            "Stop with Ctrl-C.",
        ]
    )
