"""Write each log record as one line of `name=value` pairs (logfmt), in UTC, without content.

    time=2026-11-22T08:00:00Z level=info from=intake.delivery text="K7Q2-9MPA: filed ..."

A text is a JSON string, so nothing in it can begin a line. Of an exception only its kind and its
place are written: what it says, and what its frames hold, may be what a person sent.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime


class Line(logging.Formatter):
    """The one format of all logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, without its end."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = [
            f"time={time}",
            f"level={record.levelname.lower()}",
            f"from={record.name}",
            f"text={json.dumps(record.getMessage(), ensure_ascii=False)}",
        ]
        if record.exc_info and record.exc_info[1] is not None:
            told.append(f"error={json.dumps(where(record.exc_info[1]))}")
        return " ".join(told)


def where(error: BaseException) -> str:
    """The kind of an unexpected error and its place, and nothing that it says."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def set_up() -> None:
    """Send everything from INFO on to standard error; libraries that log requests stay quiet."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # PyGithub logs whole requests at DEBUG; nothing may turn that on.
    logging.getLogger("github").setLevel(logging.WARNING)
    # Waitress tells the path of a request that was broken off: a receipt's path opens the receipt.
    logging.getLogger("waitress").setLevel(logging.WARNING)
    # It says of each request in a rush that it waits for a thread: thousands of lines, in the hour
    # when the machine has the least time to write them.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
