"""A tracker in a folder: one Markdown file for each case, `K7Q2-9MPA.md`, to be read as it is.

Comments stand beside it, byte for byte, as `K7Q2-9MPA/0001.md`; a person may put one there by hand
under any name that ends in `.md`. When a file was changed is what its disk says. A comment that is
hidden gives way to a fixed sentence; the original stands beside it under a name that begins with a
dot, which no list shows. `LABELS.yml` holds what `intake setup` wrote.

A file is YAML front matter (`number`, `title`, `labels`, `state`) and the body, byte for byte as it
was given. People may change labels and state by hand; a file they broke is Misconfigured and named.
A file is there whole or not at all, also after a power cut: written beside, synced, renamed, and
the folder synced. One writer at a time: the file `.number` is the lock and holds the last number
given, so that the number of a deleted issue is not given again.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import yaml

from intake.tracker import (
    Comment,
    InDoubt,
    Issue,
    IssueGone,
    Label,
    Misconfigured,
    TrackerUnavailable,
    case_number_in,
    has_marker,
    letter_line_in,
)

_FENCE = "---\n"
_HIDDEN = "Komentar ini disembunyikan: di dalamnya ada nomor yang tidak tersegel.\n"


class FolderTracker:
    """Issues in `folder`, which is made with mode 0700 where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"FolderTracker({str(self._folder)!r})"

    def check(self) -> None:
        """Raise Misconfigured unless files can be written in the folder."""
        with self._writing():
            pass

    def time(self) -> int | None:
        """None: a folder has no clock of its own."""
        return None

    def create(self, title: str, labels: Sequence[str], body: str) -> int:
        """Write a new file and return its number; one that is there already is Misconfigured."""
        path = self._path(case_number_in(body))
        with self._writing() as lock:
            if path.exists():
                raise Misconfigured(f"{path} is there already: look with find before creating.")
            number = self._next_number(lock)
            self._write(path, Issue(number, title, tuple(labels), "open", body))
        return number

    def fill(self, number: int, body: str) -> None:
        """Replace the body and keep what people changed in the front matter."""
        case_number = case_number_in(body)
        with self._writing():
            path = self._path_of(number)
            if path.stem != case_number:
                raise ValueError(f"Issue {number} belongs to another case.")
            try:
                self._write(path, replace(_read(path), body=body))
            except InDoubt as error:
                # Filling twice does no harm, so there is nothing to look up first.
                raise TrackerUnavailable(str(error)) from error

    def read(self, number: int) -> Issue:
        """Return the issue, or raise IssueGone when no file has this number."""
        return _dated(self._path_of(number))

    def find(self, marker: str, since: int = 0) -> int | None:  # noqa: ARG002 - none is left out
        """Return the number of the file that the marker names, or None."""
        path = self._path(case_number_in(marker))
        if not path.exists():
            return None
        issue = _read(path)
        if not has_marker(issue.body, marker):
            raise Misconfigured(f"{path} has lost its first line: put {marker} back.")
        return issue.number

    def updated_since(self, time: int) -> list[Issue]:
        """Return every issue whose file, or one of whose comments, was changed then or later."""
        self._look()
        changed = []
        for name in self._numbers:
            path = self._folder / name
            if _newest(path) >= time:  # asked before the file is read: most are old
                changed.append(_dated(path))
        return sorted(changed, key=lambda issue: (issue.updated_at, issue.number))

    def comments_since(self, time: int) -> list[Comment]:
        """Return every comment changed then or later, the oldest change first."""
        self._look()
        found = [
            comment
            for name, number in self._numbers.items()
            for comment in _comments(self._folder / name, number, time)
        ]
        return sorted(found, key=lambda comment: (comment.updated_at, comment.number, comment.id))

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of one issue, oldest first."""
        return _comments(self._path_of(number), number)

    def comment(self, number: int, body: str) -> int:
        """Write a comment beside the issue's file and return its number there."""
        letter_line_in(body)
        with self._writing():
            path = self._path_of(number)
            last = max((_comment_number(kept) for kept in _comment_files(path)), default=0)
            place = path.with_suffix("") / f"{last + 1:04}.md"
            try:
                place.parent.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise _refusal(self._folder, error) from error
            self._put(place, body)
        return last + 1

    def amend(self, number: int, comment: int, body: str) -> None:
        """Replace a comment's file, which has a number as its name."""
        letter_line_in(body)
        with self._writing():
            kept = {_comment_number(path): path for path in _comment_files(self._path_of(number))}
            if comment < 1 or comment not in kept:
                raise IssueGone(f"Issue {number} has no comment {comment}: someone took it away.")
            try:
                self._put(kept[comment], body)
            except InDoubt as error:
                raise TrackerUnavailable(str(error)) from error

    def set_label(self, number: int, label: str) -> None:
        """Add the label to the front matter unless it is there."""
        self._relabel(number, label, (label,))

    def remove_label(self, number: int, label: str) -> None:
        """Take the label out of the front matter."""
        self._relabel(number, label, ())

    def set_title(self, number: int, title: str) -> None:
        """Write another title into the front matter."""
        self._change(number, lambda issue: replace(issue, title=title))

    def set_state(self, number: int, state: str) -> None:
        """Write the state into the front matter."""
        self._change(number, lambda issue: replace(issue, state=state))

    def hide(self, number: int, comment: int) -> None:
        """Put a fixed sentence in the place of a comment, and the original out of sight."""
        with self._writing():
            for kept in _comment_files(self._path_of(number)):
                text = _decoded(kept)
                if _comment_id(kept) == comment and text != _HIDDEN:
                    self._put(kept.with_name(f".{kept.name}"), text)
                    self._put(kept, _HIDDEN)

    def known_labels(self) -> list[Label]:
        """Return what `LABELS.yml` holds."""
        path = self._folder / "LABELS.yml"
        try:
            rows = yaml.load(path.read_bytes(), yaml.CSafeLoader) if path.exists() else []
            return [Label(**row) for row in rows]
        except (yaml.YAMLError, TypeError):
            raise Misconfigured(f"{path} is no list of labels: take it away.") from None

    def save_label(self, label: Label, known: bool) -> None:
        """Write one label into `LABELS.yml`."""
        with self._writing():
            others = [kept for kept in self.known_labels() if not (known and _same(kept, label))]
            rows = [vars(kept) for kept in [*others, label]]
            # Written anew for each label; libyaml does that ten times as fast.
            text = yaml.dump(
                rows, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=1000
            )
            self._put(self._folder / "LABELS.yml", text)

    def login_expires_at(self) -> None:
        """A folder knows no login."""

    def delete(self, number: int) -> None:
        """Delete the comments, hidden ones too, then the file that leads to them."""
        with self._writing():
            path = self._path_of(number)
            try:
                if path.with_suffix("").is_dir():
                    for kept in path.with_suffix("").iterdir():
                        kept.unlink()
                    path.with_suffix("").rmdir()
                path.unlink()
                _sync_folder(self._folder)
            except OSError as error:
                raise _refusal(self._folder, error) from error

    def _relabel(self, number: int, label: str, wanted: tuple[str, ...]) -> None:
        def change(issue: Issue) -> Issue:
            others = tuple(n for n in issue.labels if n.casefold() != label.casefold())
            return replace(issue, labels=others + wanted)

        self._change(number, change)

    def _change(self, number: int, change: Callable[[Issue], Issue]) -> None:
        """Change the front matter; what stands there already is not written again."""
        with self._writing():
            path = self._path_of(number)
            issue = _read(path)
            changed = change(issue)
            if changed == issue:
                return
            try:
                self._write(path, changed)
            except InDoubt as error:
                raise TrackerUnavailable(str(error)) from error

    def _path(self, case_number: str) -> Path:
        return self._folder / f"{case_number}.md"

    def _path_of(self, number: int) -> Path:
        self._look()
        for name, known in self._numbers.items():
            if known == number:
                return self._folder / name
        raise IssueGone(
            f"Issue {number} is no longer in {self._folder}: someone deleted or renamed its file."
        )

    def _look(self) -> None:
        """Learn the numbers of files that are new, and forget files that went."""
        try:
            found = os.listdir(self._folder)  # noqa: PTH208 - a tenth of the time of making paths
        except FileNotFoundError:
            found = []
        except OSError as error:
            raise _refusal(self._folder, error) from error
        self._numbers = {
            name: self._numbers.get(name) or _read(self._folder / name).number
            for name in found
            if name.endswith(".md") and not name.startswith(".")
        }

    def _next_number(self, lock: int) -> int:
        """Give a number and put it on disk before any file bears it."""
        self._look()
        digits = os.pread(lock, 20, 0)
        last = int(digits) if digits.strip().isdigit() else 0
        number = max([last, *self._numbers.values()]) + 1
        try:
            os.pwrite(lock, f"{number}\n".encode(), 0)
            os.fsync(lock)
        except OSError as error:
            raise _refusal(self._folder, error) from error
        return number

    @contextmanager
    def _writing(self) -> Iterator[int]:
        """Hold the folder alone; the lock goes with the process, so a killed one leaves none."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._folder / ".number", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _refusal(self._folder, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def _write(self, path: Path, issue: Issue) -> None:
        self._put(path, _text(issue))

    def _put(self, path: Path, text: str) -> None:
        # One name for all unfinished files: only the holder of the lock writes, and what a killed
        # writer left is overwritten by the next.
        unfinished = self._folder / ".writing"
        try:
            _write_synced(unfinished, text)
            unfinished.replace(path)
        except OSError as error:
            raise _refusal(self._folder, error) from error
        try:
            _sync_folder(path.parent)
            if path.parent != self._folder:
                _sync_folder(self._folder)
        except OSError as error:
            raise InDoubt(
                f"{path} may not outlive a power cut ({error.strerror}): look before filing again."
            ) from error


def _text(issue: Issue) -> str:
    front = {
        "number": issue.number,
        "title": issue.title,
        "labels": list(issue.labels),
        "state": issue.state,
    }
    return (
        _FENCE
        + yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1000)
        + _FENCE
        + issue.body
    )


def _comment_files(path: Path) -> list[Path]:
    """The comments of the issue in `path`, by name."""
    return sorted(path.with_suffix("").glob("[!.]*.md"))


def _comment_number(path: Path) -> int:
    return int(path.stem) if path.stem.isascii() and path.stem.isdigit() else 0


def _comment_id(path: Path) -> int:
    """A number of its own also for what a person put there under another name."""
    return _comment_number(path) or -zlib.crc32(path.stem.encode())


def _same(label: Label, other: Label) -> bool:
    return label.name.casefold() == other.name.casefold()


def _comments(path: Path, number: int, since: int = 0) -> list[Comment]:
    found = []
    for kept in _comment_files(path):
        if (at := _changed(kept)) >= since:
            found.append(Comment(_comment_id(kept), number, _decoded(kept), at, at))
    return found


def _changed(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except FileNotFoundError as error:
        raise IssueGone(f"{path} is gone: someone deleted or renamed it.") from error
    except OSError as error:
        raise TrackerUnavailable(f"{path} cannot be read: {error.strerror}.") from error


def _decoded(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise TrackerUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is no text in UTF-8: mend it or take it away.") from None


def _newest(path: Path) -> int:
    """When an issue or one of its comments was changed last."""
    return max([_changed(path), *(_changed(kept) for kept in _comment_files(path))])


def _dated(path: Path) -> Issue:
    """The issue with its times; closed when its file says so, and then at its last change."""
    issue = _read(path)
    closed_at = _changed(path) if issue.state == "closed" else None
    return replace(issue, updated_at=_newest(path), closed_at=closed_at)


def _read(path: Path) -> Issue:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError as error:
        raise IssueGone(f"{path} is gone: someone deleted or renamed it.") from error
    except OSError as error:
        raise TrackerUnavailable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise _broken(path) from None
    head, fence, body = text.removeprefix(_FENCE).partition("\n" + _FENCE)
    if not (text.startswith(_FENCE) and fence):
        raise _broken(path) from None
    return _issue(path, head, body)


def _issue(path: Path, head: str, body: str) -> Issue:
    try:
        front = yaml.load(head, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        raise _broken(path) from None
    match front:
        case {
            "number": int(number),
            "title": str(title),
            "labels": list(labels),
            "state": "open" | "closed" as state,
        } if all(isinstance(label, str) for label in labels):
            return Issue(number, title, tuple(labels), state, body)
        case _:
            raise _broken(path)


def _broken(path: Path) -> Misconfigured:
    # Always raised without its cause: a parser's complaint quotes the text.
    return Misconfigured(
        f"{path} does not start with number, title, labels and state between two lines of ---: "
        "mend it by hand or take it out of the folder."
    )


def _write_synced(path: Path, text: str) -> None:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refusal(folder: Path, error: OSError) -> TrackerUnavailable | Misconfigured:
    if isinstance(error, (PermissionError, NotADirectoryError, FileExistsError)):
        return Misconfigured(
            f"{folder} cannot be used ({error.strerror}): give the program a folder of its own "
            "with INTAKE_TRACKER."
        )
    return TrackerUnavailable(
        f"{folder} cannot be used just now ({error.strerror}): make room or mend the disk."
    )
