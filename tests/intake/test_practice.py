"""Practice runs the real program on invented cases, begins anew each time, and spares the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from intake import commands, practice, sealing
from intake.codes import case_number, encode
from intake.labels import PRACTICE
from intake.practice import COORDINATOR, VOLUNTEER, NotPractice, cases, token
from intake.register import COMMAND
from intake.sealing import PrivateKey, find_sealed, open_sealed, unlock
from intake.settings import ROOT, read_settings
from intake.tracker import Issue, marker_line
from intake.tracker.folder import FolderTracker
from workplace import set_up

NUMBERS = [case_number(token(case)) for case in cases()]
PAGES = [ROOT / f"docs/paralegal/latihan/index.{language}.md" for language in ("id", "en")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `intake practice FOLDER` made."""
    made = tmp_path_factory.mktemp("practice") / "cases"
    assert commands.main(["practice", str(made)]) == 0
    return made


def key_of(folder: Path, name: str) -> PrivateKey:
    """A practice key, unlocked with the passphrase that lies beside it."""
    locked = (folder / f"{name}.key").read_text(encoding="ascii")
    return unlock(locked, (folder / f"{name}.passphrase").read_text(encoding="ascii"))


def issue_of(folder: Path, number: str) -> Issue:
    """The issue of a practice case."""
    tracker = FolderTracker(folder / "tracker")
    found = tracker.find(marker_line(number))
    assert found is not None
    return tracker.read(found)


def comments_of(folder: Path, place: int) -> list[str]:
    """The comments below a practice case."""
    tracker = FolderTracker(folder / "tracker")
    found = tracker.find(marker_line(NUMBERS[place]))
    assert found is not None
    return [comment.body for comment in tracker.comments(found)]


@pytest.mark.parametrize("place", range(6))
def test_each_case_is_in_the_tracker_and_opens(folder: Path, place: int) -> None:
    """It has its label, says that it is practice, and opens with the practice key."""
    issue = issue_of(folder, NUMBERS[place])
    assert PRACTICE in issue.labels
    content = json.loads(open_sealed(find_sealed(issue.body), key_of(folder, COORDINATOR)))
    assert content["answers"]["story"].startswith("LATIHAN, rekaan.")
    assert "LATIHAN" not in issue.body


def test_night_case_is_red_and_ordinary_one_green(folder: Path) -> None:
    """The urgency is the form's own."""
    titles = [issue_of(folder, number).title.split()[0] for number in NUMBERS]
    assert titles == ["MERAH", "KUNING", "KUNING", "HIJAU", "KUNING", "HIJAU"]


def test_accidents_have_happened(folder: Path) -> None:
    """A name typed below a case, a shared case of a lost key, a photo told in a sealed note."""
    (typed,) = comments_of(folder, 1)
    assert "Contohwati" in typed
    assert not COMMAND.fullmatch(typed.strip())
    shared, noted = comments_of(folder, 2)
    volunteer = key_of(folder, VOLUNTEER)
    mark = practice.mark_of(volunteer.kid)
    assert shared.startswith(f"<!-- intake share {NUMBERS[2]} {mark} -->")
    assert b"LATIHAN" in open_sealed(find_sealed(shared), volunteer)
    assert {f"relawan: {mark}", "status: ditangani"} <= set(issue_of(folder, NUMBERS[2]).labels)
    assert b"sort" in open_sealed(find_sealed(noted), key_of(folder, COORDINATOR))
    photo = open_sealed(find_sealed(comments_of(folder, 3)[0]), key_of(folder, COORDINATOR))
    assert b"foto paspor" in photo
    passphrase = (folder / f"{VOLUNTEER}.passphrase").read_text(encoding="ascii").strip()
    assert passphrase in (folder / "chat.txt").read_text(encoding="utf-8")


def test_volunteers_key_opens_what_was_shared_and_no_more(folder: Path) -> None:
    """The form seals to coordinator and recovery key alone."""
    for place in (0, 1, 2):
        with pytest.raises(sealing.NotForThisKey):
            open_sealed(
                find_sealed(issue_of(folder, NUMBERS[place]).body), key_of(folder, VOLUNTEER)
            )


def test_mark_is_the_beginning_of_the_thumbprint() -> None:
    """The first 20 bits of SHA-256 in Crockford base32, by hand: 00000 00001 00010 00011."""
    assert practice.mark_of(encode(bytes([0x00, 0x44, 0x30]) + bytes(29))) == "0123"


def test_run_anew_begins_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was done to the cases is gone, the numbers are the same, and the keys are new."""
    spoiled = folder / "tracker" / f"{NUMBERS[5]}.md"
    spoiled.unlink()
    (folder / "stray.txt").write_text("stray", encoding="utf-8")
    before = (folder / f"{COORDINATOR}.key").read_text(encoding="ascii")
    assert commands.main(["practice", str(folder)]) == 0
    told = capsys.readouterr().out
    assert spoiled.exists()
    assert not (folder / "stray.txt").exists()
    assert (folder / f"{COORDINATOR}.key").read_text(encoding="ascii") != before
    passphrase = (folder / f"{COORDINATOR}.passphrase").read_text(encoding="ascii").strip()
    assert all(text in told for text in (*NUMBERS, passphrase, f"{folder}/environment"))


def test_other_folders_are_spared(tmp_path: Path) -> None:
    """A folder that practice did not make is refused and stays as it is."""
    kept = tmp_path / "kept.txt"
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(NotPractice, match="holds other files"):
        practice._empty(tmp_path)
    assert kept.read_text(encoding="utf-8") == "mine"


def test_environment_leads_every_command_to_practice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With it, patterns finds the company that two cases name; the real tracker is not touched."""
    text = (folder / "environment").read_text(encoding="utf-8")
    for name, value in re.findall(r'^(INTAKE_\w+)="(.*)"$', text, re.MULTILINE):
        monkeypatch.setenv(name, value)
    key = ("--key", str(folder / f"{COORDINATOR}.key"))
    passphrase = ("--passphrase-file", str(folder / f"{COORDINATOR}.passphrase"))
    assert commands.main(["patterns", *key, *passphrase]) == 0
    assert f"A1: {', '.join(sorted(NUMBERS[:2]))}\n" in capsys.readouterr().out
    assert read_settings().tracker == f"folder:{folder.resolve()}/tracker"


def test_real_settings_are_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever tracker and database are set, practice writes into its own folder only."""
    place = set_up(tmp_path)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert commands.main(["practice", str(tmp_path / "practice")]) == 0
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all((tmp_path / "practice") in path.parents for path in after - before)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_names_the_cases(page: Path) -> None:
    """A task and an answer for each case, by the number that practice gives it."""
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^### \w+ \d: (\S+) ", text, re.MULTILINE) == NUMBERS
    assert re.findall(r"\{ #answer-(\d) \}", text) == [str(place) for place in range(1, 7)]


def test_cases_are_invented() -> None:
    """Each number is of the range kept for drama, and each story says that it is practice."""
    text = (ROOT / "scripts/intake/practice.yml").read_text(encoding="utf-8")
    assert all(number.startswith("+4477009000") for number in re.findall(r"\+\d+", text))
    assert len(cases()) == 6
