"""Each log record is one line of pairs in UTC, and holds nothing that an error says."""

from __future__ import annotations

import json
import logging
import re
import sys

from intake.log import Line

CANARY = "kenari-2k8"
LINE = re.compile(
    r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ level=(debug|info|warning|error|critical) "
    r'from=[\w.]+ text=("(?:[^"\\]|\\.)*")( error="[^"]*")?'
)


def record(text: str, *values: object, error: bool = False) -> logging.LogRecord:
    made = logging.LogRecord(
        "intake.contoh",
        logging.WARNING,
        "x.py",
        1,
        text,
        values,
        sys.exc_info() if error else None,
    )
    made.created = 1_795_255_200.9
    return made


def test_a_record_is_one_line_of_pairs() -> None:
    """Time in UTC, level, logger, and the text as a JSON string."""
    assert Line().format(record("%s: filed as issue %d", "K7Q2-9MPA", 7)) == (
        "time=2026-11-21T10:00:00Z level=warning from=intake.contoh "
        'text="K7Q2-9MPA: filed as issue 7"'
    )


def test_nothing_in_a_text_begins_another_line() -> None:
    """Line ends and quotes are escaped, and read back as they were."""
    text = 'satu\ndua" level=info text="tiga\r\\\u2028'
    line = Line().format(record("%s", text))
    assert "\n" not in line
    assert "\r" not in line
    found = LINE.fullmatch(line)
    assert found is not None
    assert json.loads(found[2]) == text


def test_an_exception_shows_its_kind_and_place_alone() -> None:
    """What an error says may be what a person sent."""
    story = CANARY
    try:
        raise ValueError(story)
    except ValueError:
        line = Line().format(record("salah", error=True))
    assert LINE.fullmatch(line)
    assert 'error="ValueError in test_an_exception_shows' in line
    assert CANARY not in line
