"""How long a page takes to read, and the link that passes it on."""

from __future__ import annotations

import pytest

from content.leave import leaves
from content.problem import ContentProblem
from content.sharing import reading_minutes, share_link


def test_reading_takes_a_minute_for_each_150_words() -> None:
    """Tags and number cards are not read; a minute is the least."""
    cards = '<ul class="cards"><li>' + "kata " * 900 + "</li></ul>"
    assert reading_minutes("<p>Satu.</p>") == 1
    assert reading_minutes("<p>" + "kata " * 150 + "</p>") == 1
    assert reading_minutes("<p class='a b c'>" + "kata " * 151 + "</p>" + cards) == 2


def test_the_share_link_holds_title_and_address() -> None:
    """WhatsApp gets both as one text, with nothing of it read as part of the address."""
    link = share_link("Paspor & ijazah", "https://contoh.example/a/?b#c")
    assert link == (
        "https://wa.me/?text=Paspor%20%26%20ijazah%0Ahttps%3A%2F%2Fcontoh.example%2Fa%2F%3Fb%23c"
    )


@pytest.mark.parametrize(
    ("path", "meta", "has_it"),
    [
        ("panduan/dokumen-ditahan/", {"audience": ["worker", "family"]}, True),
        ("panduan/cek-p3mi/", {"audience": ["prospective"]}, False),
        ("panduan/cek-p3mi/", {"audience": ["prospective"], "leave": True}, True),
        ("darurat/malaysia/", {}, True),
        ("darurat/malaysia/", {"leave": False}, False),
        ("bantuan/", {}, True),
        ("paralegal/buka/", {}, True),
        ("paralegal/titip/", {}, True),
        ("paralegal/", {"audience": ["paralegal"]}, False),
        ("aturan/uu-18-2017/", {"audience": ["worker"]}, False),
    ],
)
def test_which_pages_have_the_way_out(path: str, meta: dict[str, object], has_it: bool) -> None:
    """Help, numbers, reader, and guides for people already in trouble; front matter decides."""
    assert leaves(path, meta) is has_it


def test_leave_is_true_or_false() -> None:
    """Another word in the front matter is named."""
    with pytest.raises(ContentProblem) as problem:
        leaves("panduan/a/", {"leave": "ya"})
    assert str(problem.value) == "panduan/a/: leave is 'ya': write true or false"
