"""Start the receiver under Passenger, as cPanel's "Setup Python App" does: `application` is WSGI.

Name this file as the startup file of an application whose folder is the checkout, and set the
settings as its environment variables. It refuses to start where `intake serve` would.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

# cPanel makes a virtual environment of its own, with the packages but without the project.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from intake import log
from intake.commands.serve import ready_app
from intake.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

log.set_up()
_receiver = ready_app(read_settings())


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The receiver, also where the host cuts its path in two because it lies below another."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return _receiver.wsgi_app({**environ, "SCRIPT_NAME": "", "PATH_INFO": path}, start_response)
