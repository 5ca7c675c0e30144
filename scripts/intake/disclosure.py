"""Hide small counts so that nobody works them out from what is left.

A count below `LEAST` is hidden, zero too, and so are as many larger ones as it takes: whoever knows
every total and every count that is shown still finds at least two values for each hidden one.
`None` stands for a hidden count. What is protected is one publication of counts that do not
overlap; two that differ by a few cases tell those few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

LEAST = 5
OTHER = "other"
Cell = tuple[int, int]


def fold(counts: Mapping[str, int], categories: int) -> dict[str, int]:
    """The categories with enough cases, largest first, and `OTHER` for all the rest together.

    `categories` is how many there could be. The rest holds `LEAST` cases and two categories or
    more; where it would not, the smallest that has a name joins it.
    """
    total = sum(counts.values())
    named = sorted(
        (name for name in counts if counts[name] >= LEAST), key=lambda name: (-counts[name], name)
    )
    rest = total - sum(counts[name] for name in named)
    while named and (rest < LEAST or categories - len(named) < 2):
        rest += counts[named.pop()]
    return {name: counts[name] for name in named} | {OTHER: rest}


def hide_table(cells: Sequence[Sequence[int]]) -> list[list[int | None]]:
    """A table whose row and column totals are shown, each `LEAST` or more; 2 by 2 at least."""
    hidden = {(r, c) for r, row in enumerate(cells) for c, count in enumerate(row) if count < LEAST}
    while (known := _worked_out(cells, hidden)) is not None:
        hidden |= _companions(cells, hidden, known)
    return [
        [None if (r, c) in hidden else count for c, count in enumerate(row)]
        for r, row in enumerate(cells)
    ]


def hide_line(counts: Sequence[int]) -> list[int | None]:
    """Counts that add up to a total which is shown, `LEAST` or more; each case is in one."""
    hidden = {place for place, count in enumerate(counts) if count < LEAST}
    while hidden and (len(hidden) < 2 or not any(counts[place] for place in hidden)):
        hidden.add(_smallest(counts, hidden))
    return _line(counts, hidden)


def hide_overlapping(counts: Sequence[int], total: int) -> list[int | None]:
    """Counts of which each case is in one or more; the number of cases, `total`, is shown."""
    hidden = {place for place, count in enumerate(counts) if count < LEAST}
    # The hidden ones hold at least those cases that no shown one holds; were that all they can
    # hold, each would be known.
    while hidden and _not_shown(counts, hidden, total) >= (LEAST - 1) * len(hidden):
        hidden.add(_smallest(counts, hidden))
    return _line(counts, hidden)


def _not_shown(counts: Sequence[int], hidden: set[int], total: int) -> int:
    return total - sum(count for place, count in enumerate(counts) if place not in hidden)


def _smallest(counts: Sequence[int], hidden: set[int]) -> int:
    return min((count, place) for place, count in enumerate(counts) if place not in hidden)[1]


def _line(counts: Sequence[int], hidden: set[int]) -> list[int | None]:
    return [None if place in hidden else count for place, count in enumerate(counts)]


def _worked_out(cells: Sequence[Sequence[int]], hidden: set[Cell]) -> Cell | None:
    """The first hidden cell that has one value in every table with these totals, or None."""
    return next((cell for cell in sorted(hidden) if not _may_differ(cells, hidden, cell)), None)


def _may_differ(cells: Sequence[Sequence[int]], hidden: set[Cell], cell: Cell) -> bool:
    """Whether one case more, or one less, fits this cell and the totals.

    A case more in a cell is a case less in another of its column, then a case more in the row of
    that one, and so on round to the cell's own row: a closed way through hidden cells, on which
    what is taken from must hold a case. Tables with given totals and whole numbers differ by such
    ways (network flow is totally unimodular), so this is exact.
    """
    row, column = cell
    more = _reaches(cells, hidden - {cell}, ("column", column), ("row", row))
    less = cells[row][column] > 0 and _reaches(
        cells, hidden - {cell}, ("row", row), ("column", column)
    )
    return more or less


def _reaches(
    cells: Sequence[Sequence[int]], hidden: set[Cell], start: tuple[str, int], end: tuple[str, int]
) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for step in _steps(cells, hidden, waiting.pop()):
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return end in seen


def _steps(
    cells: Sequence[Sequence[int]], hidden: set[Cell], place: tuple[str, int]
) -> Iterator[tuple[str, int]]:
    """From a row to the columns where it takes one more, from a column to where it gives one."""
    kind, at = place
    for row, column in hidden:
        if kind == "row" and row == at:
            yield "column", column
        if kind == "column" and column == at and cells[row][column] > 0:
            yield "row", row


def _companions(cells: Sequence[Sequence[int]], hidden: set[Cell], known: Cell) -> set[Cell]:
    """What to hide with a known cell: the cheapest rectangle round which a case can be moved.

    There is one wherever all totals are above zero.
    """
    row, column = known
    found = [
        {(row, c), (r, column), (r, c)} - hidden
        for r in range(len(cells))
        for c in range(len(cells[0]))
        if r != row and c != column and _turns(cells, known, (r, c))
    ]
    return min(found, key=lambda more: (sum(cells[r][c] for r, c in more), sorted(more)))


def _turns(cells: Sequence[Sequence[int]], one: Cell, opposite: Cell) -> bool:
    """Whether a case can be moved round the rectangle with these corners, one way or the other."""
    (row, column), (r, c) = one, opposite
    more = cells[row][c] > 0 and cells[r][column] > 0
    return more or (cells[row][column] > 0 and cells[r][c] > 0)
