"""Print one table of measurements."""

from __future__ import annotations

from collections.abc import Iterable


def show(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print one table, names to the left and values to the right."""
    kept = list(rows)
    names, values = max(len(name) for name, _ in kept), max(len(value) for _, value in kept)
    print(f"\n{title}")
    for name, value in kept:
        print(f"  {name:<{names}}  {value:>{values}}", flush=True)
