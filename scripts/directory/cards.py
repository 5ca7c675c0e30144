"""Identity cards of paralegals: their numbers, how long they hold, and what is printed.

The data holds no name, telephone number or address of a person. A card that is not valid, whose
host organization is not listed, or whose number was mistyped, raises `NotPrintable`; a file with
faults raises DataProblems, all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from directory.age import is_named
from directory.posters import page_address, site_content
from directory.print_words import Saying
from directory.printing import NotPrintable, Sheet
from directory.reading import CONFLICTS, read_records, read_yaml
from directory.records import Contact, Day, Entry, Slug

FOLDER = "kontak/kartu"
SHAPE = re.compile(r"\d{4}-\d{4}")

# A totally anti-symmetric quasigroup (H. M. Damm, 2004): every single wrong digit and every pair
# of neighbours that changed places is noticed.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """Return the digit that makes a number out of the seven before it."""
    row = "0"
    for digit in digits:
        row = _DAMM[int(row)][int(digit)]
    return row


def _number(value: str) -> str:
    if not SHAPE.fullmatch(value):
        advice = "must be eight digits such as 4271-0385; found '{value}'"
        raise PydanticCustomError("shape", advice, {"value": value})
    first = value.replace("-", "")[:-1]
    if value[-1] != check_digit(first):
        whole = f"{value[:-1]}{check_digit(first)}"
        advice = "has a wrong last digit; write {whole}, or correct the digits before it"
        raise PydanticCustomError("shape", advice, {"whole": whole})
    return value


CardNumber = Annotated[
    str, AfterValidator(_number), Field(json_schema_extra={"pattern": f"^{SHAPE.pattern}$"})
]


class Card(Entry):
    """One identity card; the name stands on the paper only."""

    number: CardNumber = Field(
        description="Seven digits of your choice and a check digit", examples=["4271-0385"]
    )
    organization: Slug = Field(
        description="Id in contacts.yml of the organization that answers for the paralegal",
        examples=["seruni-banyumas"],
    )
    valid_from: Day = Field(description="First day of the card", examples=["2026-12-01"])
    valid_until: Day = Field(description="Last day of the card", examples=["2027-11-30"])
    consent: Day = Field(
        description="Day on which the paralegal agreed in writing that the number is published; "
        "the paper stays with the organization",
        examples=["2026-11-20"],
    )
    withdrawn: Day | None = Field(
        default=None,
        description="Day on which the card was lost or taken back; null while it holds",
        examples=["2027-03-01"],
    )

    def holds(self, on: date) -> bool:
        """Whether the card is valid on that day."""
        day = on.isoformat()
        ended = self.withdrawn is not None and self.withdrawn <= day
        return self.valid_from <= day <= self.valid_until and not ended

    @property
    def page(self) -> str:
        """Path of the page that its QR code opens."""
        return f"{FOLDER}/{self.number}/"

    @model_validator(mode="after")
    def _days_agree(self) -> Self:
        problems = []
        if self.valid_until < self.valid_from:
            problems.append(("valid_until", "lies before valid_from; correct one of them"))
        if self.consent > self.valid_from:
            problems.append(("consent", "lies after valid_from; nobody gets a card before"))
        if problems:
            raise PydanticCustomError(CONFLICTS, "fields do not agree", {"problems": problems})
        return self


def load_cards(path: Path) -> tuple[Card, ...]:
    """Return the cards of `cards.yml` in the file's order; raises DataProblems."""
    return read_records(path, read_yaml(path), Card, "number")


def card_sheet(
    number: str,
    cards: Sequence[Card],
    contacts: Iterable[Contact],
    site: str,
    on: date,
    say: Saying,
) -> Sheet:
    """Return the card to print; `on` is the day of printing, which does not stand on it."""
    card = _valid(number, cards, on)
    host = _host(card, contacts, on)
    span = {"since": say.date(card.valid_from), "until": say.date(card.valid_until)}
    content: dict[str, object] = {
        "number": card.number,
        "host": host.name[say.language],
        "span": say.words["card_span"].format(**span),
        **site_content(page_address(site, say.language, card.page), say),
    }
    title = say.words["card_title"].format(number=card.number)
    return Sheet("card", say.language, title, date.fromisoformat(card.valid_from), content)


def _valid(number: str, cards: Sequence[Card], on: date) -> Card:
    found = next((card for card in cards if card.number == number), None)
    if found is None:
        raise NotPrintable(f"{number} stands not in cards.yml; write the card there first")
    if on.isoformat() > found.valid_until or not found.holds(max(on, _first_day(found))):
        raise NotPrintable(f"{number} is not valid on {on}; make a card with a new number")
    return found


def _first_day(card: Card) -> date:
    # A card is printed before its first day comes.
    return date.fromisoformat(card.valid_from)


def _host(card: Card, contacts: Iterable[Contact], on: date) -> Contact:
    for contact in contacts:
        if contact.id == card.organization and is_named(contact, on):
            return contact
    raise NotPrintable(
        f"{card.number}: {card.organization} is no organization that contacts.yml shows; "
        "correct it, or publish the organization first"
    )
