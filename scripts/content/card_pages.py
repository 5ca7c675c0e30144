"""Make the page that a paralegal's card leads to: whether the card is valid, and nothing more.

Nothing here can fail on cards that `directory.cards` has read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from content.generated import GeneratedPage, generated_page
from directory.cards import Card


def card_pages(
    texts: Path, language: str, cards: Iterable[Card], on: date, say_date: Callable[[str], str]
) -> Iterator[GeneratedPage]:
    """Yield the page of each card, as it stands on the day of the build; no search finds it."""
    for card in cards:
        words: dict[str, object] = {
            "number": card.number,
            "holds": card.holds(on),
            "until": say_date(card.valid_until),
            "checked": on.isoformat(),
        }
        path = card.page.removesuffix("/")
        yield generated_page(texts, "card", path, language, words).unlisted()
