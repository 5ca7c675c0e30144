"""Nobody who reads the published counts narrows a hidden one to a single value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.disclosure import LEAST, OTHER, fold, hide_line, hide_overlapping, hide_table

Table = list[list[int]]
SMALL = st.integers(0, 9)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables of two to four rows and columns whose totals may be shown."""
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    # Many zeros and small counts: there the danger is.
    count = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 7, 12, 30])
    cells = draw(st.lists(st.lists(count, min_size=columns, max_size=columns),
                          min_size=rows, max_size=rows))  # fmt: skip
    assume(all(sum(line) >= LEAST for line in chain(cells, zip(*cells, strict=True))))
    return cells


def values(shown: Sequence[Sequence[int | None]], cells: Table, row: int, column: int) -> list[int]:
    """Every value that a hidden cell has in some table of whole numbers with these totals.

    By Gale's theorem (1957) a table with given totals and free cells exists exactly if no set of
    rows has more left than the columns it may put it into.
    """
    rows = [_left(*lines) for lines in zip(cells, shown, strict=True)]
    turned = zip(zip(*cells, strict=True), zip(*shown, strict=True), strict=True)
    columns = [_left(*lines) for lines in turned]
    free = {(r, c) for r, line in enumerate(shown) for c, n in enumerate(line) if n is None}
    free.remove((row, column))
    found = []
    for value in range(min(rows[row], columns[column]) + 1):
        left = [n - value * (r == row) for r, n in enumerate(rows)]
        room = [n - value * (c == column) for c, n in enumerate(columns)]
        if all(
            sum(left[r] for r in some)
            <= sum(n for c, n in enumerate(room) if any((r, c) in free for r in some))
            for some in subsets(range(len(rows)))
        ):
            found.append(value)
    return found


def _left(line: Sequence[int], shown: Sequence[int | None]) -> int:
    return sum(line) - sum(count for count in shown if count is not None)


def subsets(of: range) -> Iterator[tuple[int, ...]]:
    """Every set of these but the empty one."""
    return chain.from_iterable(combinations(of, size) for size in range(1, len(of) + 1))


@given(tables())
@settings(max_examples=600, deadline=None)
def test_no_hidden_cell_of_a_table_is_worked_out(cells: Table) -> None:
    """Whoever knows all totals and all shown counts finds two values or more for each."""
    shown = hide_table(cells)
    for r, c in product(range(len(cells)), range(len(cells[0]))):
        if shown[r][c] is None:
            found = values(shown, cells, r, c)
            assert cells[r][c] in found  # the attacker of this test makes no mistake
            assert len(found) > 1
        else:
            assert shown[r][c] == cells[r][c] >= LEAST


def test_attacker_of_these_tests_finds_what_is_not_protected() -> None:
    """One hidden cell alone is worked out from its row: such a table would fail."""
    cells = [[3, 9], [8, 7]]
    assert values([[None, 9], [8, 7]], cells, 0, 0) == [3]
    assert hide_table(cells) == [[None, None], [None, None]]


@given(st.lists(SMALL, min_size=3, max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_hidden_count_of_a_line_is_worked_out(counts: list[int]) -> None:
    """The same for counts that add up to a shown total; tried by writing out every line."""
    assume(sum(counts) >= LEAST)
    shown = hide_line(counts)
    hidden = [place for place, count in enumerate(shown) if count is None]
    left = sum(counts[place] for place in hidden)
    lines = [line for line in product(range(left + 1), repeat=len(hidden)) if sum(line) == left]
    assert all(len(set(found)) > 1 for found in zip(*lines, strict=True))
    assert all(count is None or count >= LEAST for count in shown)


@given(st.integers(LEAST, 30), st.lists(st.integers(0, 30), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_hidden_count_of_overlapping_kinds_is_worked_out(total: int, counts: list[int]) -> None:
    """Each case names one kind or more, so the kinds together are no fewer than the cases."""
    counts = [min(count, total) for count in counts]
    assume(sum(counts) >= total)
    shown = hide_overlapping(counts, total)
    hidden = [place for place, count in enumerate(shown) if count is None]
    elsewhere = sum(count for count in shown if count is not None)
    small = [count < LEAST for count in counts]
    # Whoever guesses which were hidden for being small knows these to be below LEAST.
    most = [LEAST - 1 if small[place] else total for place in hidden]
    for at, place in enumerate(hidden):
        others = sum(most) - most[at]
        low = max(0, total - elsewhere - others)
        assert low <= counts[place]
        assert low < most[at]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 20), min_size=1))
def test_rest_is_never_small_and_never_one(counts: dict[str, int]) -> None:
    """Each category with a name has enough cases; the rest has too, and is two kinds or more."""
    assume(sum(counts.values()) >= LEAST)
    folded = fold(counts, categories=8)
    assert sum(folded.values()) == sum(counts.values())
    assert all(count >= LEAST for count in folded.values())
    assert 8 - (len(folded) - 1) >= 2
    assert list(folded)[-1] == OTHER


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([[6, 5], [7, 8]], [[6, 5], [7, 8]]),
        ([[0, 9, 9], [9, 9, 9], [9, 9, 9]], [[None, None, 9], [None, None, 9], [9, 9, 9]]),
    ],
)
def test_no_more_is_hidden_than_it_takes(cells: Table, shown: list[list[int | None]]) -> None:
    """Nothing without need, and four cells around one that is small."""
    assert hide_table(cells) == shown
