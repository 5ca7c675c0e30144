"""A backup brings every report back, to either database, and nothing that was deleted since."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import pytest

import databases
from intake import backup, commands, proofs
from intake.backup import KEPT_SECONDS, BackupProblem
from intake.database import SCHEMA_VERSION, metadata
from intake.delivery import Courier
from intake.issue import WITHDRAWN
from intake.proofs import ProofsUnreadable
from intake.purge import Deadlines, newest_acts, purge_spool
from intake.restoring import NotRestored, Seen, apply, pour, refuse_full
from intake.settings import SettingProblem
from intake.spool import Kind, NewAddition, NewReport, Spool, State
from intake.tracker import case_number_of
from intake.tracker.folder import FolderTracker
from workplace import LOST_CONTACT, Clock, Workplace, full_disk, sealed_report, set_up, the_form

NOW = 1_795_000_000
DAY = 86_400
SETTLE = 120
SECRET = bytes(range(32))
SCHEMA_1 = Path(__file__).with_name("spool-schema-1.sql")
ANSWERS: dict[str, str | list[str]] = {
    "who": "me", "safe": "yes", "problem": ["question"], "stage": "not-yet-left",
    "country": "MY", "regency": "33.02", "contact": "i-come-back",
}  # fmt: skip


@pytest.fixture(scope="module")
def sealed() -> dict[str, object]:
    """A sealed report."""
    return dict(sealed_report(ANSWERS)[0]["sealed"])


@dataclass
class Office:
    """A spool, a tracker, a worker between them, and one backup."""

    spool: Spool
    tracker: FolderTracker
    sealed: dict[str, object]
    clock: Clock
    file: Path

    def accept(self, token: int) -> str:
        """Keep a report; returns its case number."""
        raw = token.to_bytes(16, "big")
        new = NewReport(raw, bytes(32), LOST_CONTACT, self.sealed, raw * 2)
        return self.spool.accept(new, self.clock())[0]

    def add(self, case: str, token: int) -> None:
        """Keep an addition."""
        new = NewAddition(token.to_bytes(16, "big"), bytes(32), self.sealed)
        self.spool.add(case, new, self.clock())

    def deliver(self) -> int:
        """One run of the worker."""
        site = "https://contoh.example/"
        return Courier(
            self.spool, self.tracker, the_form(), site, SETTLE, "worker", self.clock
        ).deliver()

    def back_up(self) -> None:
        """Make the backup, some time before anything else happens."""
        backup.make(self.spool, SECRET, self.file, self.clock())
        self.clock.seconds += 3_600

    def restored(
        self, url: str, known: frozenset[bytes] = frozenset(), *, tracker: bool = True
    ) -> tuple[Office, list[str]]:
        """The office with the restored spool, and what was said."""
        seen = Seen.at(self.tracker) if tracker else None
        self.spool.close()
        spool = Spool(url)
        with backup.unpacked(self.file, self.clock()) as unpacked:
            lines = list(apply(unpacked, known, seen, SETTLE, self.clock(), UTC))
            pour(unpacked, spool)
        return replace(self, spool=spool), lines

    def issues(self) -> list[str]:
        """The case of each issue that stands at the tracker."""
        return sorted(case_number_of(issue) or "" for issue in self.tracker.updated_since(0))


@pytest.fixture
def office(database_url: str, tmp_path: Path, sealed: dict[str, object]) -> Iterator[Office]:
    """An office with nothing in it yet."""
    with closing(Spool(database_url)) as spool:
        tracker = FolderTracker(tmp_path / "tracker")
        yield Office(spool, tracker, sealed, Clock(NOW), tmp_path / "cadangan.db")


@pytest.fixture
def target(new_database: Callable[[], str]) -> str:
    """Another empty database of the same kind."""
    return new_database()


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Each row of each table."""
    return {
        table.name: sorted(databases.rows(url, f"SELECT * FROM {table.name}"), key=repr)
        for table in metadata.sorted_tables
    }


# --- the file ---


@pytest.mark.parametrize("kind", databases.KINDS)
def test_all_rows_come_back_in_either_database(
    office: Office, database_url: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """From SQLite and PostgreSQL to SQLite and PostgreSQL; new rows are numbered after them."""
    case = office.accept(1)
    office.deliver()
    office.add(case, 2)
    office.deliver()
    office.spool.keep_answer(case, "sealed", NOW)
    office.spool.note("follow seen", NOW)
    office.spool.end_turn("worker")
    office.back_up()
    before = everything(database_url)
    url = f"sqlite:///{tmp_path}/restored.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    again, lines = office.restored(url)
    after = everything(url)
    before["meta"] = [row for row in before["meta"] if row[0] != "turn"]
    assert lines == []
    assert after == before
    assert again.accept(3) != case
    again.spool.withdraw(case, NOW)
    again.spool.close()


def test_file_is_for_its_owner_and_never_written_over(office: Office) -> None:
    """Mode 0600, nothing unfinished beside it; a file that is there stays as it was."""
    office.back_up()
    assert stat.S_IMODE(office.file.stat().st_mode) == 0o600
    content = office.file.read_bytes()
    with pytest.raises(BackupProblem) as error:
        office.back_up()
    assert str(error.value) == f"{office.file} is there already: name a new file."
    assert office.file.read_bytes() == content
    assert [path.name for path in office.file.parent.glob("*cadangan*")] == ["cadangan.db"]


def test_receiver_goes_on_while_a_backup_is_made(office: Office, database_url: str) -> None:
    """A writer in the middle of a transaction neither waits for it nor is seen by it."""
    office.accept(1)
    with closing(Spool(database_url)) as other, other.transaction() as connection:
        connection.exec_driver_sql("UPDATE reports SET status = 'closed'")
        office.back_up()
    with backup.unpacked(office.file, office.clock()) as unpacked:
        assert unpacked.spool.last_read_at() is None
        assert unpacked.spool.unread() == {"yellow": NOW}


def test_full_disk_leaves_no_file(office: Office) -> None:
    """Half a backup is none."""
    office.accept(1)
    with full_disk(), pytest.raises(BackupProblem) as error:
        office.back_up()
    assert (
        str(error.value) == f"{office.file} could not be written: look whether its disk has room."
    )
    assert not list(office.file.parent.glob("*cadangan*"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-4096],
        lambda content: content[:3000],
        lambda _: b"",
        lambda _: b"no backup at all, but a text" * 99,
        lambda content: content.replace(b"waiting", b"waitinG"),
        lambda content: content.replace(b"contact-lost", b"contact-losT"),
    ],
    ids=["truncated", "cut short", "empty", "text", "state", "facts"],
)
def test_damaged_file_is_refused(office: Office, spoil: Callable[[bytes], bytes]) -> None:
    """Truncated, something else, or a byte changed: nothing of it is believed."""
    office.accept(1)
    office.back_up()
    spoilt = spoil(office.file.read_bytes())
    assert spoilt != office.file.read_bytes()
    office.file.write_bytes(spoilt)
    with pytest.raises(BackupProblem) as error, backup.unpacked(office.file, NOW):
        pass
    assert str(error.value) == f"{office.file} is no whole backup: restore another one."


def test_spool_that_was_copied_is_no_backup(tmp_path: Path) -> None:
    """Copied beside its journal it may lack reports, and it lacks the secret."""
    Spool(f"sqlite:///{tmp_path}/spool.db").close()
    with pytest.raises(BackupProblem), backup.unpacked(tmp_path / "spool.db", NOW):
        pass


@pytest.mark.parametrize(
    ("age", "good"),
    [(KEPT_SECONDS, True), (KEPT_SECONDS + 1, False), (-DAY, True), (-DAY - 1, False)],
)
def test_backup_older_than_thirty_days_is_refused(office: Office, age: int, good: bool) -> None:
    """So is one from the future, since then a clock is wrong."""
    backup.make(office.spool, SECRET, office.file, NOW)
    if good:
        with backup.unpacked(office.file, NOW + age) as unpacked:
            assert (unpacked.made_at, unpacked.secret) == (NOW, SECRET)
            assert SECRET.hex() not in repr(unpacked)
            return
    with pytest.raises(BackupProblem) as error, backup.unpacked(office.file, NOW + age):
        pass
    assert str(error.value).startswith(f"{office.file} was made more than 30 days ago, or ")


def test_backup_of_a_newer_program_is_refused(office: Office) -> None:
    """It may hold what this one would lose."""
    office.back_up()
    with closing(sqlite3.connect(office.file)) as file, file:
        file.execute("UPDATE backup SET value = '99' WHERE name = 'schema'")
    with pytest.raises(BackupProblem) as error, backup.unpacked(office.file, NOW):
        pass
    assert str(error.value) == (
        f"{office.file} was written by a newer program: restore it with that program."
    )


def test_older_backup_takes_the_steps_to_this_schema(tmp_path: Path, target: str) -> None:
    """Every report of it comes back, and its file stays as it was."""
    file = tmp_path / "lama.db"
    databases.run_script(f"sqlite:///{file}", SCHEMA_1.read_text(encoding="utf-8"))
    with closing(sqlite3.connect(file)) as old, old:
        about = {"made_at": str(NOW), "schema": "1", "secret": SECRET.hex()}
        about["digest"] = backup._digest(old)
        old.execute(backup._ABOUT)
        old.executemany("INSERT INTO backup VALUES (?, ?)", about.items())
    content = file.read_bytes()
    with closing(Spool(target)) as spool, backup.unpacked(file, NOW) as unpacked:
        list(apply(unpacked, frozenset(), None, SETTLE, NOW, UTC))
        assert pour(unpacked, spool) == 5
        assert len(spool.kept()) == 5
    version = "SELECT value FROM meta WHERE name = 'schema'"
    assert databases.rows(target, version) == [(str(SCHEMA_VERSION),)]
    assert file.read_bytes() == content


# --- deletions first ---


def erase(office: Office, case: str, *, shown: bool = True) -> None:
    """The person withdraws; two days later purge erases the case here."""
    office.spool.withdraw(case, office.clock())
    if shown:
        office.deliver()
    office.clock.seconds += 2 * DAY
    deadlines = Deadlines.at(office.clock(), 90)
    assert list(purge_spool(office.spool, deadlines, UTC, dry_run=False)) == [
        f"{case}: erased from the spool"
    ]


def test_erased_case_stays_erased_by_its_proof(office: Office, target: str, tmp_path: Path) -> None:
    """The file of proofs is enough; the count has it once, and it is not taken in again."""
    case, other = office.accept(1), office.accept(2)
    office.deliver()
    office.back_up()
    erase(office, case)
    proofs.keep(tmp_path / "erased", office.spool.proofs())
    tallies = office.spool.tallies()
    again, lines = office.restored(target, proofs.read(tmp_path / "erased"))
    assert lines == [f"{case}: was erased since, and stays so"]
    assert list(again.spool.kept()) == [other]
    assert again.spool.tallies() == tallies
    for table in ("events", "additions", "notices"):
        found = databases.rows(target, f"SELECT * FROM {table} WHERE case_number = '{case}'")
        assert found == []
    with pytest.raises(Exception, match="erased as was promised"):
        again.accept(1)
    again.spool.close()


def test_proofs_name_nobody_and_only_grow(office: Office, tmp_path: Path) -> None:
    """Lines of hexadecimal digits, no case number; written twice it is the same file."""
    path = tmp_path / "var" / "erased"
    case = office.accept(1)
    erase(office, case, shown=False)
    proofs.keep(path, [b"x" * 32])
    proofs.keep(path, office.spool.proofs())
    proofs.keep(path, [])
    text = path.read_text(encoding="ascii")
    assert len(text.splitlines()) == 2
    assert set(text) <= set("0123456789abcdef\n")
    assert proofs.read(path) == {b"x" * 32, *office.spool.proofs()}


def test_old_spool_gives_its_proofs_too(tmp_path: Path) -> None:
    """Where the file of proofs is lost as well, the broken machine's database may have them."""
    url = f"sqlite:///{tmp_path}/spool.db"
    with closing(Spool(url)) as spool:
        spool.erase_proven(frozenset({b"y" * 32}), UTC)
        assert proofs.read(tmp_path / "spool.db") == {b"y" * 32}


@pytest.mark.parametrize("text", ["00ff\n", "no proof", "K7Q2-9MPA\n"])
def test_file_without_proofs_stops_the_restore(tmp_path: Path, text: str) -> None:
    """Passing it over would bring back what was deleted."""
    (tmp_path / "erased").write_text(text, encoding="utf-8")
    with pytest.raises(ProofsUnreadable):
        proofs.read(tmp_path / "erased")


def test_withdrawal_at_the_tracker_is_kept(office: Office, target: str) -> None:
    """Since when, too, so that it is erased in time; nobody is told twice."""
    case, other = office.accept(1), office.accept(2)
    office.deliver()
    office.back_up()
    at = office.clock()
    office.spool.withdraw(case, at)
    office.deliver()
    again, lines = office.restored(target)
    assert lines == [f"{case}: was withdrawn since, and is so here"]
    assert {case: kept.withdrawn_at for case, kept in again.spool.kept().items()} == {
        case: at, other: None,
    }  # fmt: skip
    assert again.deliver() == 0
    assert again.spool.erasable(at, 0) == [case]
    again.spool.close()


def test_label_alone_counts_as_withdrawn(office: Office, target: str) -> None:
    """The worker may have died between label and comment."""
    case = office.accept(1)
    office.deliver()
    office.back_up()
    office.tracker.set_label(1, WITHDRAWN)
    again, _ = office.restored(target)
    assert again.spool.kept()[case].withdrawn_at == office.clock()
    again.spool.close()


def test_restoring_with_the_pin_is_kept(office: Office, target: str) -> None:
    """Withdrawn in the backup, wanted again since: it is not deleted."""
    case = office.accept(1)
    office.deliver()
    office.spool.withdraw(case, NOW)
    office.deliver()
    office.back_up()
    office.spool.restore(case, office.clock())
    office.deliver()
    again, lines = office.restored(target)
    assert lines == [f"{case}: was restored with its PIN since, and is so here"]
    assert again.spool.kept()[case].withdrawn_at is None
    assert again.deliver() == 0
    again.spool.close()


def test_case_whose_issue_was_deleted_does_not_come_back_as_live(
    office: Office, target: str
) -> None:
    """It is withdrawn: not filed again, erased after two days, and its PIN still restores it."""
    case, other = office.accept(1), office.accept(2)
    office.deliver()
    office.back_up()
    number = office.spool.kept()[case].number
    assert number is not None
    office.tracker.delete(number)
    again, lines = office.restored(target)
    assert lines == [f"{case}: its issue was deleted since; withdrawn here"]
    again.clock.seconds += SETTLE
    again.deliver()
    assert again.issues() == [other]
    assert again.spool.erasable(again.clock(), 0) == [case]
    again.spool.restore(case, again.clock())
    again.deliver()
    again.deliver()
    assert again.issues() == sorted([case, other])
    again.spool.close()


def test_wrong_tracker_stops_the_restore(office: Office, target: str, tmp_path: Path) -> None:
    """A tracker that knows none of the cases would withdraw them all."""
    office.accept(1)
    office.deliver()
    office.back_up()
    office.tracker = FolderTracker(tmp_path / "other")
    with pytest.raises(NotRestored) as error:
        office.restored(target)
    assert "restore with --without-tracker" in str(error.value)
    assert databases.rows(target, "SELECT * FROM reports") == []
    again, lines = office.restored(target, tracker=False)
    assert lines == []
    assert len(again.spool.kept()) == 1
    again.spool.close()


# --- nothing twice ---


def test_report_that_was_waiting_and_is_filed_stays_one_issue(office: Office, target: str) -> None:
    """The list is asked after the settle time, from when the report came; then all is filed."""
    filed, waiting = office.accept(1), office.accept(2)
    office.back_up()
    office.spool.postpone(waiting, NOW + 3_600 + 800, 1)
    office.deliver()
    assert office.issues() == [filed]
    again, _ = office.restored(target)
    states = "SELECT state, state_at, not_before FROM reports"
    assert databases.rows(target, states) == [("in doubt", NOW, NOW + 3_600 + SETTLE)] * 2
    assert again.deliver() == 0
    again.clock.seconds += SETTLE
    assert again.deliver() == 2
    assert again.issues() == sorted([filed, waiting])
    assert again.spool.counts()[State.VERIFIED] == 2
    again.spool.close()


def test_addition_that_was_waiting_and_is_written_stays_one_comment(
    office: Office, target: str
) -> None:
    """So does a notice: the comments decide."""
    case = office.accept(1)
    office.deliver()
    office.add(case, 2)
    office.back_up()
    office.deliver()
    assert len(office.tracker.comments(1)) == 1
    again, _ = office.restored(target)
    again.clock.seconds += SETTLE
    assert again.deliver() == 1
    assert len(again.tracker.comments(1)) == 1
    again.spool.close()


def test_reminder_written_since_the_backup_is_not_written_again(
    office: Office, target: str
) -> None:
    """Nor is one that was still to be written then."""
    case = office.accept(1)
    office.deliver()
    office.spool.remark(case, Kind.REMINDER, "first", "Kalimat.", NOW)
    office.back_up()
    office.spool.remark(case, Kind.REMINDER, "second", "Kalimat.", NOW)
    office.deliver()
    assert len(office.tracker.comments(1)) == 2
    again, _ = office.restored(target)
    assert again.spool.remark(case, Kind.REMINDER, "second", "Kalimat.", NOW) is False
    again.clock.seconds += SETTLE
    again.deliver()
    assert len(again.tracker.comments(1)) == 2
    again.spool.close()


def test_report_that_came_after_the_backup_and_comes_again_stays_one_issue(
    office: Office, target: str
) -> None:
    """Its phone or its file sends it once more: it is found at the tracker."""
    office.back_up()
    case = office.accept(1)
    office.deliver()
    again, _ = office.restored(target)
    assert again.accept(1) == case
    assert again.deliver() == 1
    assert again.issues() == [case]
    again.spool.close()


def test_turn_of_a_dead_worker_does_not_come_back(office: Office, target: str) -> None:
    """The first worker after a restore begins at once."""
    office.spool.take_turn("dead", NOW, 9_999_999)
    office.back_up()
    again, _ = office.restored(target)
    assert again.spool.take_turn("alive", NOW, 120) is True
    again.spool.close()


def test_full_database_is_left_alone(office: Office, database_url: str) -> None:
    """Restoring twice, or over a spool in use, is refused and changes nothing."""
    office.accept(1)
    office.back_up()
    office.accept(2)
    before = everything(database_url)
    with pytest.raises(NotRestored) as error:
        refuse_full(office.spool)
    assert str(error.value).startswith("INTAKE_DATABASE holds a spool already: ")
    with backup.unpacked(office.file, NOW) as unpacked, pytest.raises(NotRestored):
        pour(unpacked, office.spool)
    assert everything(database_url) == before


# --- the commands ---


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """An organization at work, whose settings are this process's."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    made = set_up(tmp_path).with_database(database_url)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_commands_move_a_spool_with_its_secret(
    place: Workplace,
    target: str,
    sealed: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Backup, another machine, restore: reports and secret are there, and said without content."""
    spool = Spool(place.settings.database)
    spool.accept(NewReport(bytes(16), bytes(32), LOST_CONTACT, sealed, bytes(32)), NOW)
    spool.close()
    file = place.folder / "cadangan.db"
    assert commands.main(["backup", str(file)]) == 0
    assert capsys.readouterr().out == f"1 reports written to {file}\n"
    monkeypatch.setenv("INTAKE_DATABASE", target)
    monkeypatch.setenv("INTAKE_SECRET_FILE", str(place.folder / "moved" / "secret"))
    assert commands.main(["restore", str(file)]) == 0
    assert capsys.readouterr().out.startswith("1 reports of ")
    moved = (place.folder / "moved" / "secret").read_text(encoding="ascii")
    assert moved.strip() == "5e" * 32
    with closing(Spool(target)) as restored:
        assert list(restored.kept()) == ["6X3G-HZZQ"]
    assert commands.main(["restore", str(file)]) == 1
    assert capsys.readouterr().err.startswith("intake: INTAKE_DATABASE holds a spool already: ")


def test_another_secret_is_not_written_over(
    place: Workplace, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is right, somebody has to decide; the database stays empty."""
    Spool(place.settings.database).close()
    file = place.folder / "cadangan.db"
    assert commands.main(["backup", str(file)]) == 0
    (place.folder / "secret").write_text("ab" * 32, encoding="ascii")
    monkeypatch.setenv("INTAKE_DATABASE", target)
    assert commands.main(["restore", str(file)]) == 1
    assert (place.folder / "secret").read_text(encoding="ascii") == "ab" * 32
    with pytest.raises(SettingProblem) as error:
        place.settings.put_secret(SECRET)
    assert SECRET.hex() not in str(error.value)


def test_nothing_to_back_up_is_told(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path makes no empty spool and no empty backup."""
    monkeypatch.setenv("INTAKE_DATABASE", f"sqlite:///{place.folder}/nowhere/spool.db")
    assert commands.main(["backup", str(place.folder / "cadangan.db")]) == 1
    assert "no receiver has kept anything there yet" in capsys.readouterr().err
    assert not (place.folder / "nowhere").exists()


def test_purge_writes_its_proofs(place: Workplace, sealed: dict[str, object]) -> None:
    """Each run writes them all, so that a run that could not is made good."""
    spool = Spool(place.settings.database)
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), LOST_CONTACT, sealed, bytes(32)), NOW)
    spool.withdraw(case, NOW)
    assert commands.main(["purge", "--spool"]) == 0
    assert proofs.read(place.folder / "erased") == set(spool.proofs())
    assert len(spool.proofs()) == 1
    spool.close()


def test_newest_act_decides(office: Office) -> None:
    """Withdrawn, restored, withdrawn again: the last one counts."""
    case = office.accept(1)
    office.deliver()
    acts = (office.spool.withdraw, office.spool.restore, office.spool.withdraw)
    for at, act in enumerate(acts, start=1):
        act(case, NOW + at)
        office.deliver()
    assert newest_acts(office.tracker.comments_since(0)) == {case: ("withdrawn", NOW + 3)}
