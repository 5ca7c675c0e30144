"""Cases that name the same get one neutral label, and no name leaves the key holder's memory."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from filed_cases import add_text, case, file
from github_stand_in import TOKEN, GitHubStandIn
from intake import commands, issue, patterns
from intake.labels import NOT_GROUPED, UNCHECKED
from intake.naming import Traces
from intake.patterns import look, name_groups, write
from intake.tracker import GitHubLogin, Tracker
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from test_canary import spellings
from workplace import (
    Workplace,
    coordinator,
    recovery,
    run_intake,
    set_up,
    the_form,
)

CANARY = "Kanarirekaburung"
PHONE = "+447700900166"


def run(tracker: Tracker) -> patterns.Found:
    """One run that writes."""
    found = look(tracker, coordinator().key, the_form(), ())
    write(tracker, found.changes)
    return found


def pola(tracker: Tracker, number: int) -> set[str]:
    """The labels of an issue that this command gave."""
    return {label for label in tracker.read(number).labels if label.startswith("pola:")}


@pytest.fixture
def tracker(tmp_path: Path) -> FolderTracker:
    """An empty folder tracker."""
    return FolderTracker(tmp_path / "tracker")


def test_same_agency_or_number_is_one_group(tracker: FolderTracker) -> None:
    """Misspelt in a field, told in a story, a number in an addition: three groups; one is none."""
    file(tracker, 0, agency="PT Contoh Rekaan")
    file(tracker, 1, **{"sent-by": "sponsor, katanya dari p.t. tjontoh rekaan"})
    file(tracker, 2, story="Saya dulu lewat pt conto rekaan juga.")
    file(tracker, 3, agency="PT Contoh Rekaan Bahari")
    phoned = file(tracker, 4, story=f"Hubungi {PHONE} kata mereka.")
    add_text(tracker, phoned, 4, "Nama PT itu Khayalanindo.")
    file(tracker, 5, **{"last-number": PHONE, "agency": "PT Kayalanindo"})
    found = run(tracker)
    assert found.groups == {
        "pola: A1": (case(0), case(1), case(2)),
        "pola: A2": (case(4), case(5)),
    }
    assert pola(tracker, 1) == {"pola: A1", UNCHECKED}
    assert pola(tracker, 4) == set()
    assert found.opened == 6


def test_office_numbers_make_no_group(tracker: FolderTracker) -> None:
    """A number that our own pages print is named by many, and is no pattern."""
    for place in (0, 1):
        file(tracker, place, story="Sudah telepon +6281290070027, tidak diangkat.")
    known = patterns.public_numbers(Path("docs/data/hotlines.yml"))
    assert look(tracker, coordinator().key, the_form(), known).groups == {}


def test_people_of_one_name_far_apart_are_two(tracker: FolderTracker) -> None:
    """A sponsor's name joins cases of one country or regency, and no others."""
    file(tracker, 0, agency="Sponsor Rekanti Contohwati")
    file(tracker, 1, agency="Bu Rekanti Tjontohwati", country="SA", regency="33.01")
    assert run(tracker).groups == {}
    file(tracker, 2, agency="Rekanti Contohwati", country="HK")
    assert list(run(tracker).groups.values()) == [(case(0), case(2))]


def test_labels_stay_and_what_was_checked_stays_checked(tracker: FolderTracker) -> None:
    """A later run changes nothing; a new case joins; only it is still to be checked."""
    for place in (0, 1):
        file(tracker, place, agency="PT Contoh Rekaan")
    run(tracker)
    tracker.remove_label(1, UNCHECKED)
    assert run(tracker).changes == ()
    file(tracker, 2, agency="pt contoh rekaan")
    file(tracker, 3, agency="PT Khayalanindo")
    file(tracker, 4, agency="PT Khayalanindo")
    assert list(run(tracker).groups) == ["pola: A1", "pola: A2"]
    assert pola(tracker, 1) == {"pola: A1"}
    assert pola(tracker, 3) == {"pola: A1", UNCHECKED}


def test_two_groups_that_turn_out_one_keep_one_label(tracker: FolderTracker) -> None:
    """A new case that names both joins them under the label of the larger; no label comes back."""
    for place, phone in enumerate(["PT Contoh Rekaan"] * 3 + [PHONE] * 2):
        file(tracker, place, agency=phone)
    run(tracker)
    assert pola(tracker, 4) == {"pola: A2", UNCHECKED}
    joined = name_groups(
        [frozenset(map(case, range(5)))],
        [_bare(place, "pola: A1" if place < 3 else "pola: A2") for place in range(5)],
        {"pola: A1", "pola: A2"},
    )
    assert list(joined) == ["pola: A1"]
    fresh = name_groups([frozenset({case(0), case(1)})], [_bare(0), _bare(1)], {"pola: A9"})
    assert list(fresh) == ["pola: B1"]


def test_joined_group_loses_its_second_label(tracker: FolderTracker) -> None:
    """On the tracker too: the label that went is taken from every case of the group."""
    numbers = [file(tracker, place, agency="PT Contoh Rekaan") for place in range(4)]
    run(tracker)
    for number in numbers[2:]:
        tracker.remove_label(number, "pola: A1")
        tracker.set_label(number, "pola: A7")
    tracker.set_label(numbers[1], "pola: A7")
    found = run(tracker)
    kept = next(iter(found.groups))
    assert all(pola(tracker, number) == {kept, UNCHECKED} for number in numbers)


def test_closed_withdrawn_and_left_out_cases_stay_shut(tracker: FolderTracker) -> None:
    """Only open cases are opened; what this key does not open is told by its number."""
    for place in range(3):
        file(tracker, place, agency="PT Contoh Rekaan")
    tracker.set_label(2, issue.WITHDRAWN)
    tracker.set_label(3, NOT_GROUPED)
    file(tracker, 3, recovery().public, agency="PT Contoh Rekaan")
    found = run(tracker)
    assert (found.groups, found.opened, found.shut) == ({}, 1, (case(3),))


def test_test_request_is_in_no_group(tracker: FolderTracker) -> None:
    """Nobody is behind it; a label set by mistake leaves no case out."""
    for place in range(3):
        file(tracker, place, agency="PT Contoh Rekaan")
        if place:
            tracker.set_label(place + 1, issue.TRIAL)
    body = tracker.read(2).body
    tracker.fill(2, body.replace("\n\n", f"\n\n{issue.TRIAL_LINE}\n\n", 1))
    found = run(tracker)
    assert found.groups == {"pola: A1": (case(0), case(2))}
    assert (found.opened, found.shut) == (2, ())


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """An organization with three cases that name the canary."""
    made = set_up(tmp_path)
    tracker = FolderTracker(made.tracker)
    file(tracker, 0, agency=f"PT {CANARY} Jaya", story=f"Majikan {CANARY} {PHONE}")
    file(tracker, 1, **{"sent-by": f"pt {CANARY.lower()} jaya"})
    number = file(tracker, 2, story="Tidak ada nama.")
    add_text(tracker, number, 2, f"PT {CANARY} Jaya, {PHONE}")
    return made


def clean(content: bytes) -> bool:
    """Whether neither name nor number is in the content, in any spelling."""
    looked = content.lower()
    known = (word for text in (CANARY, CANARY.lower(), PHONE[1:]) for word in spellings(text))
    return not any(spelling.lower() in looked for spelling in known)


def test_no_name_leaves_the_computer(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Tracker, output, every log at DEBUG, temporary files, environment: only case numbers."""
    scratch = place.folder / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    before = set(place.folder.rglob("*"))
    assert commands.main(_arguments(place)) == 0
    told = capfd.readouterr()
    assert told.out == f"A1: {case(0)}, {case(1)}, {case(2)}\n3 opened, 1 groups, 3 changed\n"
    assert clean((told.out + told.err + caplog.text).encode())
    assert set(place.folder.rglob("*")) == before
    assert all(clean(path.read_bytes()) for path in before if path.is_file())
    assert clean(repr(os.environ).encode())
    assert not list(scratch.iterdir())


def test_failure_tells_no_name(place: Workplace) -> None:
    """A tracker that breaks off while labels are written: one line, and no name in it."""
    broken = place.tracker / f"{case(1)}.md"
    broken.chmod(0o400)
    (place.tracker / ".number").unlink()
    (place.tracker / ".number").mkdir()
    done = run_intake(place, *_arguments(place))
    assert done.returncode == 1
    assert clean((done.stdout + done.stderr).encode())


def test_dry_run_writes_nothing(place: Workplace) -> None:
    """The groups are said and no label is set; a wrong passphrase is refused."""
    done = run_intake(place, *_arguments(place), "--dry-run")
    assert done.stdout.endswith("3 opened, 1 groups, 3 would change\n")
    assert all(not pola(FolderTracker(place.tracker), number) for number in (1, 2, 3))
    place.passphrase_file.write_text("0000-0000-0000-0000\n", encoding="ascii")
    assert run_intake(place, *_arguments(place)).returncode == 1


def test_github_is_told_neutral_labels_only(stand_in: GitHubStandIn) -> None:
    """Of all that goes over the network nothing names anybody; each request is looked through."""
    tracker = GitHubTracker("aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url))
    for place in (0, 1):
        file(tracker, place, agency=f"PT {CANARY} Jaya {PHONE}")
    stand_in.requests.clear()
    run(tracker)
    asked = [(sent.method, sent.path, sent.query, sent.body) for sent in stand_in.requests]
    assert clean(repr(asked).encode())
    written = [sent.body for sent in stand_in.requests if sent.method not in ("GET", "HEAD")]
    assert {label for body in written for label in body["labels"]} == {"pola: A1", UNCHECKED}


def test_public_repository_is_refused(
    stand_in: GitHubStandIn, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No label goes into a repository that everybody can read."""
    stand_in.visibility = "public"
    github = place.with_settings(
        INTAKE_TRACKER="github:aman/laporan",
        INTAKE_GITHUB_TOKEN=TOKEN,
        INTAKE_GITHUB_API=stand_in.url,
    )
    for name, value in github.environment.items():
        monkeypatch.setenv(name, value)
    assert commands.main(_arguments(place)) == 1
    assert {sent.method for sent in stand_in.requests} == {"GET"}


def _bare(place: int, *labels: str) -> patterns.Opened:
    nothing = Traces(frozenset(), (), frozenset())
    return patterns.Opened(case(place), place, frozenset(labels), nothing)


def _arguments(place: Workplace) -> Sequence[str]:
    key, passphrase = str(place.key_file), str(place.passphrase_file)
    return ["patterns", "--key", key, "--passphrase-file", passphrase]
