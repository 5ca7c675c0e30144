"""Write a channel of the directory as a link a thumb can press.

Numbers come checked from `directory.records`; nothing here can fail on a record.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import phonenumbers

from directory.records import ShortCode, Voice, WhatsApp


def dial_link(channel: Voice | ShortCode) -> str:
    """Return the `tel:` address (RFC 3966) of a number that is called."""
    return "tel:" + channel.number.replace("-", "")


def whatsapp_link(channel: WhatsApp) -> str:
    """Return the address that opens a WhatsApp chat."""
    return "https://wa.me/" + channel.number.removeprefix("+")


def shown_number(channel: Voice | ShortCode | WhatsApp) -> str:
    """Return the number in groups, for people to read and to copy by hand."""
    if isinstance(channel, ShortCode):
        return channel.number
    return _in_groups(channel.number)


@cache
def _in_groups(number: str) -> str:
    """A number stands on many pages."""
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(phonenumbers.parse(number), style).replace("-", " ")


def host(address: str) -> str:
    """Return the name by which people know a website."""
    return urlsplit(address).netloc.removeprefix("www.")
