"""Link from a page to where its readers can say that something on it is wrong.

What the organization's file names decides: a telephone with WhatsApp, a public repository, or
else the page that explains corrections. Pure functions; nothing here can fail.
"""

from __future__ import annotations

from typing import Literal, NamedTuple
from urllib.parse import quote

from intake.organization import Organization

EXPLAINED = "tentang/koreksi/"
# The form in .github/ISSUE_TEMPLATE/, whose first question has the id `page`.
_FORM = "/issues/new?template=correction.yml&page="


class Way(NamedTuple):
    """One way to correct a page; `kind` says how it is called."""

    kind: Literal["whatsapp", "issue", "page"]
    url: str


def corrections(organization: Organization, title: str, address: str, root: str) -> list[Way]:
    """Return the ways to correct the page at `address`; `root` leads to the home page.

    The title and address of the page go along, so that nobody has to copy them.
    """
    ways = []
    phone = organization.phone
    if phone and phone.whatsapp:
        text = quote(f"{title}\n{address}\n", safe="")
        ways.append(Way("whatsapp", f"https://wa.me/{phone.number.removeprefix('+')}?text={text}"))
    if organization.repository:
        form = organization.repository.rstrip("/") + _FORM
        ways.append(Way("issue", form + quote(address, safe="")))
    return ways or [Way("page", root + EXPLAINED)]
