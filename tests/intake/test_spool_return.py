"""Who comes back finds the case, and what is suspect or withdrawn waits without being lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from databases import rows, run_script
from intake import database
from intake import spool as spool_module
from intake.database import SCHEMA_VERSION
from intake.form import Facts
from intake.spool import (
    Event,
    Kind,
    NewAddition,
    NewReport,
    Spool,
    SpoolFull,
    SpoolUnavailable,
    State,
    Status,
    TokenReused,
    Withdrawn,
)

NOW = 1_795_000_000
HOUR = 3_600
CANARY = "kenari-7f3a"
SCHEMA_1 = Path(__file__).with_name("spool-schema-1.sql")
FACTS: Facts = {"urgency": "red", "country": "MY", "problem": ["money"], "language": "id"}


def report(token: int, urgency: str = "red") -> NewReport:
    """A report that is ready to be kept, with a verifier of its own."""
    return NewReport(
        token=token.to_bytes(16, "big"),
        digest=b"d" * 32,
        facts=FACTS | {"urgency": urgency},
        sealed={"protected": CANARY, "n": token},
        verifier=token.to_bytes(32, "big"),
    )


def addition(token: int, digest: bytes = b"d" * 32) -> NewAddition:
    """An addition that is ready to be kept."""
    return NewAddition(token.to_bytes(16, "big"), digest, {"protected": CANARY, "n": token})


@pytest.fixture
def spool(database_url: str) -> Iterator[Spool]:
    """A new spool."""
    opened = Spool(database_url)
    yield opened
    opened.close()


def filed(spool: Spool, token: int, number: int) -> str:
    """The case number of a report that stands as an issue."""
    case, _ = spool.accept(report(token), NOW)
    spool.move(case, State.VERIFIED, NOW, number)
    return case


# --- schema 1 ---


@pytest.fixture
def old(new_bare_database: Callable[[], str]) -> str:
    """A database as schema 1 wrote it, with a report in each state."""
    url = new_bare_database()
    run_script(url, SCHEMA_1.read_text(encoding="utf-8"))
    return url


KEPT = (
    "SELECT case_number, token_hash, digest, facts, sealed, verifier, received_at, state, "
    "state_at, not_before, attempts, number FROM reports ORDER BY id"
)


def test_database_of_schema_1_keeps_every_row(old: str) -> None:
    """Each column of each report is the same after the step, and the turn is still held."""
    before, turn = rows(old, KEPT), rows(old, "SELECT value FROM meta WHERE name = 'turn'")
    opened = Spool(old)
    assert opened.take_turn("lain", NOW + 60, 120) is False
    opened.close()
    assert len(before) == 5
    assert rows(old, KEPT) == before
    assert rows(old, "SELECT value FROM meta WHERE name = 'turn'") == turn
    assert rows(old, "SELECT value FROM meta WHERE name = 'schema'") == [(str(SCHEMA_VERSION),)]


def test_reports_of_schema_1_gain_what_the_new_columns_say(old: str) -> None:
    """They are received, not suspect, not withdrawn, and know their size and urgency."""
    Spool(old).close()
    gained = (
        "SELECT DISTINCT status, suspect, begun_at, withdrawn_at, closed_at, answer, answer_at "
        "FROM reports"
    )
    assert rows(old, gained) == [("received", 0, None, None, None, None, None)]
    assert rows(old, "SELECT count(*) FROM reports WHERE size = length(sealed)") == [(5,)]
    assert [urgency for (urgency,) in rows(old, "SELECT urgency FROM reports ORDER BY id")] == [
        "red", "yellow", "green", "red", "yellow",
    ]  # fmt: skip


def test_senders_of_schema_1_may_come_back(old: str) -> None:
    """The verifier of an old report leads to its case, with the hour in which it came."""
    opened = Spool(old)
    found = opened.by_verifier(bytes([101]) * 32)
    assert found is not None
    assert (found.case_number, found.events) == (
        "FGYC-T45V", (Event(Status.RECEIVED, NOW + 1),),
    )  # fmt: skip
    opened.close()


def test_new_and_migrated_databases_have_the_same_shape(
    old: str, new_bare_database: Callable[[], str]
) -> None:
    """Tables, columns in their order, types, keys and indexes are equal."""
    fresh = new_bare_database()
    for place in (old, fresh):
        Spool(place).close()
    assert shape(old) == shape(fresh)


def shape(url: str) -> dict[str, Any]:
    """What every table is made of, apart from how a default is written."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    found = sa.inspect(engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], i["column_names"], i["unique"]) for i in found.get_indexes(table)),
            sorted(u["column_names"] for u in found.get_unique_constraints(table)),
        )
        for table in sorted(found.get_table_names())
    }


def test_numbers_go_on_after_the_step(old: str) -> None:
    """A new report, event, addition and notice find keys of their own."""
    opened = Spool(old)
    case, fresh = opened.accept(report(50), NOW)
    opened.add(case, addition(51), NOW)
    opened.withdraw(case, NOW)
    opened.close()
    assert fresh is True
    assert rows(old, "SELECT id FROM reports ORDER BY id DESC LIMIT 1") == [(6,)]


def test_step_that_fails_leaves_schema_1_whole(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns and version come together or not at all; the next start tries again."""
    before = rows(old, "SELECT * FROM reports ORDER BY id")
    with monkeypatch.context() as broken:
        broken.setattr(database, "_INDEXES_OF_2", ("no index",))
        with pytest.raises(SpoolUnavailable):
            Spool(old)
    assert rows(old, "SELECT * FROM reports ORDER BY id") == before
    assert rows(old, "SELECT value FROM meta WHERE name = 'schema'") == [("1",)]
    Spool(old).close()
    assert rows(old, KEPT) == [row[1:] for row in before]


# --- suspicion ---


def due(spool: Spool, now: int = NOW) -> str | None:
    """The case number of the report that is due."""
    found = spool.due(now)
    return found.case_number if found else None


def test_suspect_reports_are_filed_last_of_all(spool: Spool) -> None:
    """Even one that was begun waits for an ordinary report that came after it."""
    suspect, _ = spool.accept(report(1), NOW, suspect=True)
    assert due(spool) == suspect
    spool.move(suspect, State.STUBBED, NOW, 1)
    ordinary, _ = spool.accept(report(2), NOW + 1)
    assert due(spool, NOW + 1) == ordinary
    spool.move(ordinary, State.VERIFIED, NOW + 1, 2)
    kept = spool.due(NOW + 1)
    assert kept is not None
    assert (kept.case_number, kept.suspect) == (suspect, True)


def test_no_more_than_the_cap_of_suspects_is_begun_in_an_hour(spool: Spool) -> None:
    """The next is begun as the first one's hour is over; none is lost, and others pass."""
    cases = [spool.accept(report(n), NOW, suspect=True)[0] for n in range(22)]
    for case in cases[:20]:
        assert due(spool) == case
        spool.move(case, State.IN_DOUBT, NOW)
        spool.move(case, State.VERIFIED, NOW, 1)
    assert due(spool, NOW + HOUR - 1) is None
    ordinary, _ = spool.accept(report(99), NOW)
    assert due(spool) == ordinary
    spool.move(ordinary, State.VERIFIED, NOW, 2)
    assert due(spool, NOW + HOUR) == cases[20]


def test_begun_suspect_goes_on_whatever_the_cap(spool: Spool) -> None:
    """Trying the same one again counts once, and the cap never stops it half way."""
    cases = [spool.accept(report(n), NOW, suspect=True)[0] for n in range(20)]
    for case in cases:
        spool.move(case, State.IN_DOUBT, NOW)
        spool.move(case, State.WAITING, NOW)
    assert due(spool) == cases[0]


def test_too_many_suspects_are_refused_and_others_are_not(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged stays; an ordinary report is taken as before."""
    monkeypatch.setattr(spool_module, "SUSPECTS_KEPT", 2)
    for number in range(2):
        spool.accept(report(number), NOW, suspect=True)
    with pytest.raises(SpoolFull):
        spool.accept(report(2), NOW, suspect=True)
    assert spool.accept(report(1), NOW, suspect=True)[1] is False
    assert spool.accept(report(2), NOW)[1] is True
    assert spool.counts()[State.WAITING] == 3


def test_bytes_that_wait_are_bounded(
    spool: Spool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report or addition over the bound is refused until something was filed."""
    monkeypatch.setattr(spool_module, "WAITING_BYTES_KEPT", 90)
    first, _ = spool.accept(report(1), NOW)
    spool.accept(report(2), NOW)
    assert rows(database_url, "SELECT sum(size) FROM reports") == [(66,)]
    with pytest.raises(SpoolFull) as error:
        spool.accept(report(3), NOW)
    assert CANARY not in str(error.value)
    with pytest.raises(SpoolFull):
        spool.add(first, addition(9), NOW)
    spool.move(first, State.VERIFIED, NOW, 1)
    assert spool.accept(report(3), NOW)[1] is True


# --- coming back ---


def test_unknown_verifier_finds_nothing(spool: Spool) -> None:
    """A guess is told from a case by nothing else than that it finds none."""
    spool.accept(report(1), NOW)
    assert spool.by_verifier(b"x" * 32) is None


def test_first_report_keeps_its_verifier(spool: Spool) -> None:
    """A later report with the same verifier does not take the way back from the first."""
    first, _ = spool.accept(report(1), NOW)
    copy = NewReport(b"c" * 16, b"d" * 32, FACTS, {}, report(1).verifier)
    spool.accept(copy, NOW)
    found = spool.by_verifier(report(1).verifier)
    assert found is not None
    assert found.case_number == first


def test_events_tell_each_step_once(spool: Spool) -> None:
    """A status that is shown again is no step; one that goes back is."""
    case = filed(spool, 1, 7)
    assert spool.reach(case, Status.READ, NOW + 5) is True
    assert spool.reach(case, Status.READ, NOW + 6) is False
    assert spool.reach(case, Status.CLOSED, NOW + 7) is True
    assert spool.reach(case, Status.WORKING, NOW + 8) is True
    found = spool.by_verifier(report(1).verifier)
    assert found is not None
    assert found.status is Status.WORKING
    assert [(step.status, step.at) for step in found.events] == [
        ("received", NOW), ("read", NOW + 5), ("closed", NOW + 7), ("working", NOW + 8),
    ]  # fmt: skip


def test_closing_and_opening_again_set_when_it_was_closed(spool: Spool, database_url: str) -> None:
    """An opened case has no day of closing, so nothing counts the days of its retention."""
    case = filed(spool, 1, 7)
    spool.reach(case, Status.CLOSED, NOW + 5)
    assert rows(database_url, "SELECT closed_at FROM reports") == [(NOW + 5,)]
    spool.reach(case, Status.WORKING, NOW + 6)
    assert rows(database_url, "SELECT closed_at FROM reports") == [(None,)]


def test_newest_answer_is_kept(spool: Spool) -> None:
    """An older one that is seen later does not take its place."""
    case = filed(spool, 1, 7)
    spool.keep_answer(case, "b", NOW + 5)
    spool.keep_answer(case, "a", NOW + 4)
    found = spool.by_verifier(report(1).verifier)
    assert found is not None
    assert (found.answer, found.answer_at) == ("b", NOW + 5)
    assert "answer=" not in repr(found)


# --- additions ---


def test_addition_is_kept_once(spool: Spool, database_url: str) -> None:
    """The same token and bytes give the first answer; other bytes or another case do not."""
    first, second = filed(spool, 1, 7), filed(spool, 2, 8)
    assert spool.add(first, addition(5), NOW) == (NOW, True)
    assert spool.add(first, addition(5), NOW + 9) == (NOW, False)
    for case, other in ((first, addition(5, b"e" * 32)), (second, addition(5))):
        with pytest.raises(TokenReused):
            spool.add(case, other, NOW)
    assert rows(database_url, "SELECT count(*) FROM additions") == [(1,)]


def test_addition_waits_for_its_issue(spool: Spool) -> None:
    """Nothing can be written below an issue that is not there."""
    case, _ = spool.accept(report(1), NOW)
    spool.add(case, addition(5), NOW)
    assert spool.due_addition(NOW) is None
    spool.move(case, State.VERIFIED, NOW, 7)
    letter = spool.due_addition(NOW)
    assert letter is not None
    assert (letter.kind, letter.number, letter.mark) == (Kind.ADDITION, 7, "cb9a02f5")
    assert letter.sealed == addition(5).sealed
    assert CANARY not in repr(letter)


def test_letter_moves_like_a_report(spool: Spool) -> None:
    """Postponed it blocks no other; once verified it is due no more."""
    case = filed(spool, 1, 7)
    for number in (5, 6):
        spool.add(case, addition(number), NOW)
    first = spool.due_addition(NOW)
    assert first is not None
    spool.postpone_letter(first, NOW + 60, 1)
    second = spool.due_addition(NOW)
    assert second is not None
    assert second.id != first.id
    spool.move_letter(second, State.IN_DOUBT, NOW)
    doubted = spool.due_addition(NOW)
    assert doubted is not None
    assert (doubted.id, doubted.state) == (second.id, State.IN_DOUBT)
    spool.move_letter(second, State.VERIFIED, NOW, 11)
    assert spool.due_addition(NOW + 59) is None
    later = spool.due_addition(NOW + 60)
    assert later is not None
    assert later.id == first.id


def test_many_additions_to_one_case_are_refused(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other cases are taken as before."""
    monkeypatch.setattr(spool_module, "ADDITIONS_WAITING", 1)
    first, second = filed(spool, 1, 7), filed(spool, 2, 8)
    spool.add(first, addition(5), NOW)
    with pytest.raises(SpoolFull):
        spool.add(first, addition(6), NOW)
    assert spool.add(second, addition(6), NOW) == (NOW, True)


# --- withdrawing ---


def notices(database_url: str) -> list[tuple[Any, ...]]:
    """What the tracker was or will be told."""
    return rows(database_url, "SELECT act, at, state FROM notices ORDER BY id")


def test_withdrawing_twice_is_withdrawing_once(spool: Spool, database_url: str) -> None:
    """The first time counts, and the tracker is told once."""
    case = filed(spool, 1, 7)
    assert spool.withdraw(case, NOW) == NOW
    assert spool.withdraw(case, NOW + 9) == NOW
    found = spool.by_verifier(report(1).verifier)
    assert found is not None
    assert (found.withdrawn_at, found.deleted_by) == (NOW, NOW + 72 * HOUR)
    assert notices(database_url) == [("withdrawn", NOW, "waiting")]


def test_case_withdrawn_before_it_was_begun_is_not_filed(spool: Spool) -> None:
    """Restored, it is filed as any other."""
    case, _ = spool.accept(report(1), NOW)
    spool.withdraw(case, NOW)
    assert due(spool) is None
    spool.restore(case, NOW + 1)
    assert due(spool, NOW + 1) == case
    assert spool.due_notice(NOW + 1) is None


def test_begun_case_is_finished_although_it_was_withdrawn(spool: Spool) -> None:
    """What may be at the tracker already must be found there to be marked."""
    case, _ = spool.accept(report(1), NOW)
    spool.move(case, State.IN_DOUBT, NOW)
    spool.withdraw(case, NOW)
    assert due(spool) == case


def test_what_was_not_told_yet_falls_away(spool: Spool, database_url: str) -> None:
    """Withdrawn and restored within a moment: the tracker hears nothing of it."""
    case = filed(spool, 1, 7)
    spool.withdraw(case, NOW)
    spool.restore(case, NOW + 1)
    spool.restore(case, NOW + 2)
    assert notices(database_url) == []


def test_second_withdrawal_is_told_with_its_own_time(spool: Spool, database_url: str) -> None:
    """The time in the newest notice says when the content is deleted."""
    case = filed(spool, 1, 7)
    spool.withdraw(case, NOW)
    shown = spool.due_notice(NOW)
    assert shown is not None
    spool.move_letter(shown, State.VERIFIED, NOW, 1)
    spool.restore(case, NOW + 1)
    spool.withdraw(case, NOW + 2)
    assert notices(database_url) == [
        ("withdrawn", NOW, "verified"), ("withdrawn", NOW + 2, "waiting"),
    ]  # fmt: skip


def test_notices_of_a_case_go_out_in_their_order(spool: Spool) -> None:
    """A restoring does not overtake a withdrawal that is still in doubt."""
    case = filed(spool, 1, 7)
    spool.withdraw(case, NOW)
    first = spool.due_notice(NOW)
    assert first is not None
    assert (first.kind, first.mark) == (Kind.WITHDRAWN, str(NOW))
    spool.move_letter(first, State.IN_DOUBT, NOW)
    spool.postpone_letter(first, NOW + 60, 1)
    spool.restore(case, NOW + 1)
    assert spool.due_notice(NOW + 59) is None
    spool.move_letter(first, State.VERIFIED, NOW + 60, 3)
    second = spool.due_notice(NOW + 60)
    assert second is not None
    assert second.kind is Kind.RESTORED


def test_withdrawn_case_takes_no_addition(spool: Spool) -> None:
    """One that waits is held back; both go on after restoring."""
    case = filed(spool, 1, 7)
    spool.add(case, addition(5), NOW)
    spool.withdraw(case, NOW)
    with pytest.raises(Withdrawn):
        spool.add(case, addition(6), NOW)
    notice = spool.due_notice(NOW)
    assert notice is not None
    spool.move_letter(notice, State.VERIFIED, NOW, 1)
    assert spool.due_addition(NOW) is None
    spool.restore(case, NOW)
    restored = spool.due_notice(NOW)
    assert restored is not None
    spool.move_letter(restored, State.VERIFIED, NOW, 2)
    held = spool.due_addition(NOW)
    assert held is not None
    assert held.kind is Kind.ADDITION


def test_case_filed_again_starts_from_nothing(spool: Spool, database_url: str) -> None:
    """Its issue is gone: report and additions are filed anew, and no notice is left over."""
    case = filed(spool, 1, 7)
    spool.add(case, addition(5), NOW)
    letter = spool.due_addition(NOW)
    assert letter is not None
    spool.move_letter(letter, State.VERIFIED, NOW, 3)
    spool.withdraw(case, NOW)
    spool.restore(case, NOW)
    spool.file_again(case, NOW + 1)
    kept = spool.due(NOW + 1)
    assert kept is not None
    assert (kept.state, kept.number) == (State.WAITING, None)
    assert rows(database_url, "SELECT state FROM additions") == [("waiting",)]
    assert notices(database_url) == []


# --- what duty and doctor ask ---


def test_unread_names_the_oldest_of_each_urgency(spool: Spool) -> None:
    """Read, suspect and withdrawn reports do not count."""
    cases = [spool.accept(report(n, "yellow"), NOW + n)[0] for n in range(4)]
    spool.accept(report(9, "red"), NOW + 9)
    spool.accept(report(10, "green"), NOW, suspect=True)
    assert spool.unread() == {"red": NOW + 9, "yellow": NOW}
    spool.reach(cases[0], Status.READ, NOW + 20)
    spool.withdraw(cases[1], NOW + 20)
    assert spool.unread() == {"red": NOW + 9, "yellow": NOW + 2}


def test_last_read_is_the_newest_step_of_the_team(spool: Spool) -> None:
    """Receiving is the program's step and does not count."""
    case, _ = spool.accept(report(1), NOW + 50)
    assert spool.last_read_at() is None
    spool.reach(case, Status.READ, NOW + 60)
    assert spool.last_read_at() == NOW + 60


def test_notes_outlive_a_restart(spool: Spool, database_url: str) -> None:
    """A worker goes on where it stopped."""
    assert spool.noted("followed") == 0
    for value in (NOW, NOW + 1):
        spool.note("followed", value)
    again = Spool(database_url)
    assert again.noted("followed") == NOW + 1
    again.close()
