"""Tables are stacked or scroll by themselves, and a wide one has a name."""

from __future__ import annotations

import pytest

from content.problem import ContentProblem
from content.tables import with_regions

HEADING = '<h2 id="hours">Jam kerja</h2>\n'


def table(*cells: str) -> str:
    """A table of one heading row, as Markdown writes it."""
    return "<table>\n<thead>\n<tr>\n" + "\n".join(cells) + "\n</tr>\n</thead>\n</table>"


def test_two_columns_are_marked_for_stacking() -> None:
    """They need no region, and no heading."""
    pairs = table("<th>Kata mereka</th>", "<th>Mengapa</th>")
    assert with_regions("x.id.md", pairs) == pairs.replace("<table>", '<table class="pairs">')


def test_three_columns_scroll_in_a_region_named_by_the_heading() -> None:
    """A keyboard reaches it, and a screen reader says which table it is."""
    wide = table("<th>Masa</th>", "<th>Kontrak</th>", "<th>Iuran</th>")
    region = '<div class="table" role="region" tabindex="0" aria-labelledby="hours">'
    assert with_regions("x.id.md", HEADING + wide) == f"{HEADING}{region}{wide}</div>"


def test_an_empty_heading_cell_is_no_heading() -> None:
    """The corner of a table of hours stays empty without being announced."""
    wide = table("<th></th>", "<th>24 jam</th>", "<th>7 hari</th>")
    assert "<td></td>\n<th>24 jam</th>" in with_regions("x.id.md", HEADING + wide)


@pytest.mark.parametrize("before", ["", HEADING + table("<th>a</th>" * 3)])
def test_a_wide_table_without_its_own_heading_is_refused(before: str) -> None:
    """Nothing could name its region apart from the others."""
    with pytest.raises(ContentProblem) as problem:
        with_regions("x.id.md", before + table("<th>a</th>" * 3))
    wanted = "x.id.md: give each table of three columns or more its own heading"
    assert str(problem.value) == wanted
