"""Say what forbids running for real people: invented keys, no tested phone, plain http.

Each problem is one sentence with its cure. `intake serve` refuses to start with any of
them, `intake doctor` lists them.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from urllib.parse import urlsplit

from intake.keys import lacks
from intake.organization import Organization
from intake.sealing import PublicKey, active

SITE_TIMEOUT_SECONDS = 10


class NotForProduction(Exception):
    """The program refuses to start for real people; the message lists what to mend."""


class SiteUnreadable(Exception):
    """The published site's keys could not be read, so they could not be compared."""


def problems(organization: Organization, keys: Sequence[PublicKey]) -> list[str]:
    """Everything that forbids production, found without the network."""
    return [*_organization_problems(organization), *_key_problems(keys)]


def site_key_ids(site: str) -> frozenset[str]:
    """The thumbprints that the published site seals to; raises `SiteUnreadable`."""
    address = f"{site}unduh/keys.json"
    if urlsplit(site).scheme not in ("http", "https"):
        raise SiteUnreadable(f"{address} is not a web address: mend site in the organization file.")
    try:
        with urllib.request.urlopen(address, timeout=SITE_TIMEOUT_SECONDS) as answer:  # noqa: S310 - scheme checked above
            return frozenset(str(key["kid"]) for key in json.load(answer)["keys"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise SiteUnreadable(
            f"{address} could not be read ({type(error).__name__}): publish the site first."
        ) from error


def compare_keys(held: Sequence[PublicKey], published: frozenset[str]) -> list[str]:
    """The problem, if any, of a receiver that would seal to other keys than the site does."""
    ours = {key.kid for key in active(held)}
    if ours == published:
        return []
    retired = published & ({key.kid for key in held} - ours)
    missing, extra = sorted(published - ours - retired), sorted(ours - published)
    told = [f"the receiver lacks {', '.join(missing)}"] if missing else []
    told += [f"the site still seals to retired {', '.join(sorted(retired))}"] if retired else []
    told += [f"the site lacks {', '.join(extra)}"] if extra else []
    return [f"Keys of site and receiver differ ({'; '.join(told)}): publish the same INTAKE_KEYS."]


def _organization_problems(organization: Organization) -> Iterator[str]:
    if organization.demonstration:
        yield "The organization is the invented one: write your own docs/data/organization.yml."
    if organization.operator is None:
        yield "No operator is named: set operator in the organization file."
    if organization.responsible_role is None:
        yield "Nobody answers for the data: set responsible_role in the organization file."
    if organization.phone is None or organization.phone.tested is None:
        yield "No duty phone was tested: call it, then set phone.tested to that day."
    for name in ("site", "receiver"):
        address = getattr(organization, name)
        if address is not None and not address.startswith("https://"):
            yield f"{name} is not https: get a certificate and write the https address."


def _key_problems(keys: Sequence[PublicKey]) -> Iterator[str]:
    if invented := [key.name for key in keys if key.demonstration]:
        yield f"Invented keys ({', '.join(invented)}): make your own with intake keys new."
    yield from lacks(keys)
