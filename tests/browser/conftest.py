"""A loopback page that holds the scripts, and keys made for one run.

WebCrypto needs a secure context; http://127.0.0.1 is one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, Page

from browser.served import Loopback

SCRIPTS = Path(__file__).parents[2] / "overrides" / "scripts"


@pytest.fixture(scope="session")
def loopback() -> Iterator[Loopback]:
    """A server on a free port of 127.0.0.1."""
    served = Loopback()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture(scope="module")
def bench(browser: Browser, loopback: Loopback) -> Iterator[Page]:
    """An empty page that holds the scripts of the form, without any element to act on."""
    page = browser.new_page()
    page.goto(loopback.address + "/")
    for name in ("codes.js", "sealing.js", "opening.js", "answer.js", "urgency.js"):
        page.add_script_tag(content=(SCRIPTS / name).read_text(encoding="utf-8"))
    yield page
    page.close()


@pytest.fixture(scope="module")
def run(bench: Page) -> Callable[..., Any]:
    """Run the body of an async function of `input` in the page; an error gives its code."""
    return partial(run_in, bench)


def run_in(page: Page, body: str, given: object = None) -> Any:
    """Return what the body returns, or `error: <code>` when it throws one of our errors."""
    return page.evaluate(
        f"async (input) => {{ try {{ return await (async () => {{ {body} }})(); }} catch (error) {{"
        " if (!error.code || error instanceof DOMException) throw error;"
        " return 'error: ' + error.code; } }",
        given,
    )


@pytest.fixture(scope="session")
def keys() -> list[ECKey]:
    """Three private P-256 keys, made for this run only."""
    return [ECKey.generate_key("P-256") for _ in range(3)]
