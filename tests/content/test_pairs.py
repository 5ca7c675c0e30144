"""Two texts of one page are compared by their bones, never by their sentences."""

from __future__ import annotations

import pytest

from content.pairs import differences, headings, list_items, numbers
from content.problem import ContentProblem

INDONESIAN = """---
title: Paspor saya ditahan
checked: 2026-11-21
---
Minta paspor Anda hari ini (UU 18/2017 Pasal 71).

## Lakukan hari ini { #today }

1. Buka [nomor darurat](../darurat/index.md).
2. Simpan Rp1.500.

{{ hotline("id-kp2mi-callcentre") }}

!!! warning "Hati-hati"
    Jangan tanda tangan kertas kosong.
"""
ENGLISH = """---
title: My passport is withheld
checked: 2026-11-21
---
Ask for your passport today (Law 18/2017 Article 71).

## Do this today { #today }

1. Open the [emergency numbers](../darurat/index.md).
2. Keep Rp1,500.

{{ hotline("id-kp2mi-callcentre") }}

!!! warning "Take care"
    Do not sign blank paper.
"""


def told(changed: str) -> list[str]:
    return [str(difference) for difference in differences(INDONESIAN, changed)]


def test_two_languages_of_one_page_agree() -> None:
    """Sentences, titles and the way figures are written may differ."""
    assert told(ENGLISH) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        ("2026-11-21", "2026-11-20", "front matter checked: Indonesian has datetime.date(2026, 11, 21), English has datetime.date(2026, 11, 20)"),  # noqa: E501
        ("## Do", "### Do", "headings: Indonesian has ## today, English has ### today"),
        ("#today", "#now", "headings: Indonesian has ## today, English has ## now"),
        ("{ #today }", "", "headings: Indonesian has ## today, English has ## (no anchor)"),
        ("../darurat/", "../kontak/", "internal links: Indonesian has ../darurat/index.md, English has ../kontak/index.md"),  # noqa: E501
        ("2. Keep", "Keep", "list items: Indonesian has step, English has none of these"),
        ("1,500", "1,600", "numbers: Indonesian has 1.500, English has 1.600"),
        ("warning", "danger", "admonitions: Indonesian has warning, English has danger"),
        ('{{ hotline("id-kp2mi-callcentre") }}', "", 'calls: Indonesian has hotline("id-kp2mi-callcentre"), English has none of these'),  # noqa: E501
    ],
)  # fmt: skip
def test_a_difference_is_told_with_both_sides(ours: str, theirs: str, difference: str) -> None:
    """Each kind of bone that breaks is named once."""
    assert told(ENGLISH.replace(ours, theirs)) == [difference]


def test_the_same_links_in_another_order_are_a_difference() -> None:
    """The order of a page is part of what it tells."""
    first, second = "[a](a.md) [b](b.md)", "[b](b.md) [a](a.md)"
    found = differences(f"---\nx: 1\n---\n{first}\n", f"---\nx: 1\n---\n{second}\n")
    assert [str(d) for d in found] == [
        "order of internal links: Indonesian has a.md b.md, English has b.md a.md"
    ]


def test_a_call_may_name_its_own_language() -> None:
    """`organization.name.id` and `organization.name.en` are the same call."""
    front = "---\nx: 1\n---\n"
    assert differences(f"{front}{{{{ o.name.id }}}}\n", f"{front}{{{{ o.name.en }}}}\n") == []


def test_a_page_without_front_matter_is_refused() -> None:
    """The message says how a page begins."""
    with pytest.raises(ContentProblem) as problem:
        differences("# Judul\n", ENGLISH)
    assert str(problem.value) == ("the page has no front matter: begin it with a block between ---")


def test_bones_are_read_as_markdown_means_them() -> None:
    """Anchors, list markers and link targets are no figures of the prose."""
    body = "## Pasal { #pasal-71 }\n\n1. Satu [2](x-3.md)\n- Pukul 08.00, 1.500 orang\n"
    assert headings(body) == ["## pasal-71"]
    assert list_items(body) == ["step", "point"]
    assert numbers(body) == ["08.00", "1.500", "2"]
