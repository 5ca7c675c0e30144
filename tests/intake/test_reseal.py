"""Open cases are sealed to today's keys: nothing is lost, shown, or done twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from github_stand_in import TOKEN, GitHubStandIn
from intake import commands, issue, letters
from intake.resealing import NotReadBack, Outcome, Renewal, count_stale, summary
from intake.sealing import (
    Damaged,
    NotForThisKey,
    PrivateKey,
    PublicKey,
    find_sealed,
    new_private_key,
    open_sealed,
    recipient_ids,
    reseal,
    same_content,
    seal,
    to_active,
)
from intake.spool import Kind, Letter, State
from intake.tracker import GitHubLogin, Tracker, letter_line, marker_line
from intake.tracker.folder import FolderTracker
from intake.tracker.github import GitHubTracker
from workplace import (
    LOST_CONTACT,
    Workplace,
    coordinator,
    recovery,
    run_intake,
    set_up,
    the_form,
    write_keys,
)

SITE = "https://contoh.example/"
CASE, OTHER = "K7Q2-9MPA", "0000-0001"
CANARY = "kanari: majikan menahan paspor saya"
RETIRED = date(2026, 11, 22)


@dataclass(frozen=True)
class Person:
    """A key holder of this test."""

    key: PrivateKey
    public: PublicKey


def person(name: str, *, recovery: bool = False) -> Person:
    key = new_private_key()
    return Person(key, key.public(name, recovery=recovery))


@pytest.fixture(scope="module")
def people() -> dict[str, Person]:
    """Old and new coordinator, a colleague, and who keeps the recovery key."""
    return {
        name: person(name, recovery=name == "pemulihan")
        for name in ("lama", "rekan", "pemulihan", "baru")
    }


@pytest.fixture
def before(people: dict[str, Person]) -> list[PublicKey]:
    """The keys that reports were sealed to last year."""
    return [people[name].public for name in ("lama", "rekan", "pemulihan")]


@pytest.fixture
def today(people: dict[str, Person]) -> list[PublicKey]:
    """The keys folder now: the old key is retired and still held, a new one is there."""
    others = [people[name].public for name in ("rekan", "pemulihan", "baru")]
    return [replace(people["lama"].public, retired=RETIRED), *others]


@pytest.fixture(params=["folder", "github"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path) -> Tracker:
    """An empty folder, or GitHub's stand-in."""
    if request.param == "folder":
        return FolderTracker(tmp_path / "tracker")
    stand_in: GitHubStandIn = request.getfixturevalue("stand_in")
    return GitHubTracker("aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url), pace=0)


def filed(
    tracker: Tracker,
    keys: list[PublicKey],
    case: str = CASE,
    text: str = CANARY,
    site: str = SITE,
) -> tuple[int, dict[str, Any]]:
    """File a report as delivery does; returns its number and what was sealed."""
    sealed = seal(text.encode(), keys)
    number = tracker.create(f"KUNING · {case}", ["status: dibaca"], marker_line(case))
    tracker.fill(number, issue.body(the_form(), LOST_CONTACT, sealed, case, site))
    return number, sealed


def added(tracker: Tracker, number: int, keys: list[PublicKey], text: str) -> dict[str, Any]:
    """Write an addition below the issue as delivery does."""
    sealed = seal(text.encode(), keys)
    letter = Letter(1, Kind.ADDITION, CASE, number, 0, "1a2b3c4d", sealed, State.WAITING, 0, 0)
    tracker.comment(number, letters.body(letter))
    return sealed


def run(
    tracker: Tracker, holder: Person, keys: list[PublicKey], *, dry_run: bool = False
) -> list[Outcome]:
    return list(Renewal(tracker, holder.key, keys, dry_run).run())


def to_whom(text: str) -> set[str]:
    return set(recipient_ids(find_sealed(text)))


def kids(keys: list[PublicKey]) -> set[str]:
    return {key.kid for key in keys if key.retired is None}


# The message


def test_a_resealed_message_is_the_same_for_other_keys(
    people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """Ciphertext and tag stay byte for byte; each of today's keys opens it, with two libraries."""
    old = seal(CANARY.encode(), before)
    new = reseal(old, people["lama"].key, today)
    assert same_content(old, new)
    assert set(recipient_ids(new)) == kids(today)
    for name in ("rekan", "pemulihan", "baru"):
        assert open_sealed(new, people[name].key) == CANARY.encode()
        assert _opened_by_jwcrypto(new, people[name].key) == CANARY.encode()
    with pytest.raises(NotForThisKey):
        open_sealed(new, people["lama"].key)


def _opened_by_jwcrypto(sealed: dict[str, Any], key: PrivateKey) -> bytes:
    message = jwcrypto_jwe.JWE(algs=["ECDH-ES+A256KW", "A256GCM"])
    message.deserialize(json.dumps(sealed))
    message.decrypt(jwcrypto_jwk.JWK(**key._key.as_dict(private=True)))
    content: bytes = message.payload
    return content.rstrip(b" ")


def test_each_sealing_wraps_the_content_key_anew(
    people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """No ephemeral key is used twice, for two people or on two days."""
    old = seal(CANARY.encode(), before)
    twice = [reseal(old, people["rekan"].key, today) for _ in range(2)]
    points = [
        recipient["header"]["epk"]["x"]
        for message in [old, *twice]
        for recipient in message["recipients"]
    ]
    assert len(set(points)) == 9


@pytest.mark.parametrize("member", ["ciphertext", "tag", "iv"])
def test_a_changed_message_is_not_sealed_anew(
    people: dict[str, Person], before: list[PublicKey], today: list[PublicKey], member: str
) -> None:
    """It would look whole afterwards: the tag is proven first."""
    sealed = seal(CANARY.encode(), before)
    sealed[member] = ("B" if sealed[member][0] == "A" else "A") + sealed[member][1:]
    with pytest.raises(Damaged):
        reseal(sealed, people["lama"].key, today)


def test_another_message_is_not_the_same(before: list[PublicKey]) -> None:
    """One bit of the tag is enough; other recipients are not."""
    one, other = (seal(CANARY.encode(), before) for _ in range(2))
    assert not same_content(one, other)
    assert same_content(one, {**one, "recipients": one["recipients"][:1]})
    assert not same_content(one, {**one, "tag": other["tag"]})


def test_who_is_active_opens_it(before: list[PublicKey], today: list[PublicKey]) -> None:
    """A report for the retired key alone is the one that is looked for."""
    assert to_active(seal(b"", before), today)
    assert not to_active(seal(b"", before[:1]), today)


# The tracker


def test_open_cases_are_sealed_to_todays_keys(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """Body, one-tap link and additions; all other words, title, labels and state stay."""
    number, sealed = filed(tracker, before)
    addition = added(tracker, number, before, "tambahan kanari")
    old = tracker.read(number)
    assert run(tracker, people["lama"], today) == [Outcome(CASE, renewed=2)]
    new = tracker.read(number)
    assert same_content(find_sealed(new.body), sealed)
    assert to_whom(new.body) == kids(today)
    assert (new.title, new.labels, new.state) == (old.title, old.labels, old.state)
    assert new.body == issue.body(the_form(), LOST_CONTACT, find_sealed(new.body), CASE, SITE)
    assert people["lama"].public.kid not in new.body
    (comment,) = tracker.comments(number)
    assert same_content(find_sealed(comment.body), addition)
    assert comment.body.startswith(letter_line("addition", CASE, "1a2b3c4d") + "\n")
    for text, content in ((new.body, CANARY), (comment.body, "tambahan kanari")):
        assert open_sealed(find_sealed(text), people["baru"].key) == content.encode()


def test_a_second_run_changes_nothing(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """It may be broken off and started again, by anybody who is among today's keys."""
    number, _ = filed(tracker, before)
    run(tracker, people["lama"], today)
    kept = tracker.read(number).body
    assert run(tracker, people["baru"], today) == [Outcome(CASE)]
    assert tracker.read(number).body == kept


def test_the_label_of_an_old_key_goes_once_todays_keys_open_the_case(
    tracker: Tracker, people: dict[str, Person], today: list[PublicKey]
) -> None:
    """Not before, and not because somebody only looked; a second run takes it off alone."""
    number, _ = filed(tracker, [people["lama"].public])
    tracker.set_label(number, issue.OLD_KEY)
    run(tracker, people["lama"], today, dry_run=True)
    run(tracker, people["rekan"], today)
    assert issue.OLD_KEY in tracker.read(number).labels
    run(tracker, people["lama"], today)
    assert issue.OLD_KEY not in tracker.read(number).labels
    tracker.set_label(number, issue.OLD_KEY)
    run(tracker, people["rekan"], today)
    assert issue.OLD_KEY not in tracker.read(number).labels


def test_a_dry_run_changes_nothing(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """It counts what would be sealed anew."""
    number, _ = filed(tracker, before)
    kept = tracker.read(number).body
    outcomes = run(tracker, people["lama"], today, dry_run=True)
    assert summary(outcomes, dry_run=True) == "1 would be sealed anew, 0 already right, 0 left"
    assert tracker.read(number).body == kept


def test_another_recipient_does_it_when_the_old_holder_is_gone(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """The recovery key opens every case, so it can hand every case on."""
    number, _ = filed(tracker, before)
    assert run(tracker, people["pemulihan"], today) == [Outcome(CASE, renewed=1)]
    assert to_whom(tracker.read(number).body) == kids(today)


def test_a_key_that_opens_nothing_leaves_everything(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """The case is named, and so is the cure."""
    number, _ = filed(tracker, before)
    kept = tracker.read(number).body
    (outcome,) = run(tracker, people["baru"], today)
    assert str(outcome) == (
        f"{CASE}  left: this key does not open it: let the holder of another key run this"
    )
    assert tracker.read(number).body == kept


def test_what_somebody_ticked_and_wrote_stays(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """GitHub's editor ends lines with CR and LF; ticks and notes of the team stay."""
    number, _ = filed(tracker, before)
    edited = tracker.read(number).body.replace("- [ ]", "- [x]").replace("\n", "\r\n")
    tracker.fill(number, edited)
    assert run(tracker, people["rekan"], today) == [Outcome(CASE, renewed=1)]
    body = tracker.read(number).body
    assert _without_block(body) == _without_block(edited)
    assert to_whom(body) == kids(today)


def _without_block(text: str) -> list[str]:
    return [line for line in text.splitlines() if "recipients" not in line]


def test_a_case_that_was_changed_meanwhile_is_left_and_named(
    tracker: Tracker,
    people: dict[str, Person],
    before: list[PublicKey],
    today: list[PublicKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody edits the issue after it was listed: her words stay, the others are sealed anew."""
    busy, _ = filed(tracker, before)
    quiet, _ = filed(tracker, before, OTHER)
    listed = tracker.updated_since(0)
    words = tracker.read(busy).body + "\nDibaca bersama.\n"
    tracker.fill(busy, words)
    monkeypatch.setattr(tracker, "updated_since", lambda _time: listed)
    told = {outcome.case_number: outcome for outcome in run(tracker, people["lama"], today)}
    assert told[CASE].left == "it was changed meanwhile: run this again"
    assert told[OTHER] == Outcome(OTHER, renewed=1)
    assert tracker.read(busy).body == words
    assert to_whom(tracker.read(quiet).body) == kids(today)
    monkeypatch.undo()
    again = {outcome.case_number: outcome for outcome in run(tracker, people["lama"], today)}
    assert again == {CASE: Outcome(CASE, renewed=1), OTHER: Outcome(OTHER)}
    assert tracker.read(busy).body.endswith("\nDibaca bersama.\n")


def test_a_block_that_was_written_otherwise_is_left(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """Somebody broke the block into lines: it still opens, and a person has to mend it."""
    number, sealed = filed(tracker, before)
    body = f"{marker_line(CASE)}\n\n```json\n{json.dumps(sealed, indent=1)}\n```\n"
    tracker.fill(number, body)
    (outcome,) = run(tracker, people["lama"], today)
    assert outcome.left == "its sealed block was written otherwise by hand: mend it"
    assert tracker.read(number).body == body


def test_closed_withdrawn_and_foreign_issues_are_not_touched(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """What is withdrawn is on its way out; a stub holds nothing yet and is named."""
    withdrawn, _ = filed(tracker, before)
    tracker.set_label(withdrawn, issue.WITHDRAWN)
    kept = tracker.read(withdrawn).body
    tracker.create("KUNING · 0000-0001", ["status: baru"], marker_line(OTHER))
    (outcome,) = run(tracker, people["lama"], today)
    assert (outcome.case_number, outcome.left) == (
        OTHER,
        "it holds no sealed report: look at the issue",
    )
    assert tracker.read(withdrawn).body == kept
    assert count_stale(tracker.updated_since(0), today) == 0


def test_a_closed_case_and_an_issue_of_a_person_stay_on_github(
    stand_in: GitHubStandIn,
    people: dict[str, Person],
    before: list[PublicKey],
    today: list[PublicKey],
) -> None:
    """Neither is ours to rewrite."""
    tracker = GitHubTracker("aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url), pace=0)
    number, _ = filed(tracker, before)
    stand_in.issues[number].state = "closed"
    block = json.dumps(seal(b"", before))
    stand_in.add_issue("Catatan", f"```json\n{block}\n```")
    assert run(tracker, people["lama"], today) == []
    assert stand_in.sent("PATCH")[1:] == []


def test_a_note_for_one_volunteer_is_not_ours(
    stand_in: GitHubStandIn,
    people: dict[str, Person],
    before: list[PublicKey],
    today: list[PublicKey],
) -> None:
    """A share is sealed to her key on purpose; a person's comment stays as it is."""
    tracker = GitHubTracker("aman/laporan", GitHubLogin(token=TOKEN, api=stand_in.url), pace=0)
    number, _ = filed(tracker, before)
    block = json.dumps(seal(b"", before), separators=(",", ":"))
    comments = [
        f"<!-- intake share {CASE} 7K2Q -->\n\n```json\n{block}\n```\n",
        f"```json\n{block}\n```\n",
    ]
    for text in comments:
        stand_in.add_comment(number, text)
    assert run(tracker, people["lama"], today) == [Outcome(CASE, renewed=1)]
    assert stand_in.bodies(number) == comments


def test_a_note_to_the_team_is_sealed_anew(
    tracker: Tracker, people: dict[str, Person], before: list[PublicKey], today: list[PublicKey]
) -> None:
    """It is sealed to the organization's keys, as an addition is."""
    number, _ = filed(tracker, before)
    marker = letter_line("note", CASE, "1a2b3c4d")
    block = json.dumps(seal(b"catatan", before), separators=(",", ":"))
    tracker.comment(number, f"{marker}\n\n```json\n{block}\n```\n")
    assert run(tracker, people["lama"], today) == [Outcome(CASE, renewed=2)]
    (comment,) = tracker.comments(number)
    assert comment.body.startswith(f"{marker}\n")
    assert open_sealed(find_sealed(comment.body), people["baru"].key) == b"catatan"


@pytest.mark.parametrize("what", ["fill", "amend"])
def test_a_text_that_does_not_come_back_stops_everything(
    tracker: Tracker,
    people: dict[str, Person],
    before: list[PublicKey],
    today: list[PublicKey],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """A tracker that keeps something else than was written must not be given the next case."""
    number, _ = filed(tracker, before)
    added(tracker, number, before, "tambahan")
    filed(tracker, before, OTHER)
    monkeypatch.setattr(tracker, what, lambda *_arguments: None)
    with pytest.raises(NotReadBack) as caught:
        run(tracker, people["lama"], today)
    assert "does not hold what was just written" in str(caught.value)
    untouched = [one for one in tracker.updated_since(0) if to_whom(one.body) == kids(before)]
    assert len(untouched) == (2 if what == "fill" else 1)


def test_a_link_that_grows_too_long_gives_way_to_words(
    tracker: Tracker, people: dict[str, Person], today: list[PublicKey]
) -> None:
    """GitHub shows no link of more than 8,000 characters: then the whole page is pasted."""
    text, site = "x" * 4_000, f"https://{'contoh.' * 50}example/"
    number, sealed = filed(tracker, [people["lama"].public], text=text, site=site)
    linked = tracker.read(number).body
    assert quote(json.dumps(sealed, separators=(",", ":")), safe="") in linked
    extra = [person(f"orang-{n}").public for n in range(2)]
    assert run(tracker, people["lama"], [*today, *extra]) == [Outcome(CASE, renewed=1)]
    body = tracker.read(number).body
    assert "](https" not in body
    assert f"Buka {site}paralegal/buka/ lalu tempel seluruh isi halaman ini." in body
    assert open_sealed(find_sealed(body), people["baru"].key) == text.encode()


# The command


@pytest.fixture
def rotated(tmp_path: Path) -> tuple[Workplace, Person]:
    """A workplace with one open case, whose coordinator retires while a new one begins."""
    place = set_up(tmp_path)
    filed(place.settings.open_tracker(), [coordinator().public, recovery().public])
    new = person("baru")
    retired = replace(coordinator().public, retired=RETIRED)
    write_keys(tmp_path / "keys", retired, recovery().public, new.public)
    return place, new


def test_the_command_reseals_with_the_retired_key(rotated: tuple[Workplace, Person]) -> None:
    """It names each case and counts; the second run finds nothing to do; no file but the issue."""
    place, new = rotated
    command = ["reseal", "--key", str(place.key_file)]
    command += ["--passphrase-file", str(place.passphrase_file)]
    dry = run_intake(place, *command, "--dry-run")
    assert (dry.returncode, dry.stdout, dry.stderr) == (
        0, "1 would be sealed anew, 0 already right, 0 left\n", "",
    )  # fmt: skip
    files = {path for path in place.folder.rglob("*") if path.is_file()}
    first = run_intake(place, *command)
    assert (first.returncode, first.stdout, first.stderr) == (
        0, f"{CASE}  sealed anew\n1 sealed anew, 0 already right, 0 left\n", "",
    )  # fmt: skip
    body = (place.tracker / f"{CASE}.md").read_text(encoding="utf-8")
    assert open_sealed(find_sealed(body), new.key) == CANARY.encode()
    assert {path for path in place.folder.rglob("*") if path.is_file()} == files
    second = run_intake(place, *command)
    # The retired key opens nothing any more, and nothing is left for it to open.
    assert (second.returncode, second.stdout) == (0, "0 sealed anew, 1 already right, 0 left\n")
    kept = b"".join(path.read_bytes() for path in files)
    for text in (CANARY, coordinator().key._key.as_dict(private=True)["d"]):
        assert str(text).encode() not in kept
        assert str(text) not in first.stdout + first.stderr


def test_the_command_says_what_it_left(
    rotated: tuple[Workplace, Person],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 1 and the case's number, so that somebody looks."""
    place, _ = rotated
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    write_keys(place.folder / "keys", person("x").public, person("y").public)
    path = place.tracker / f"{CASE}.md"
    broken = path.read_text(encoding="utf-8").replace('"tag":"', '"tag":"AAAA')
    path.write_text(broken, encoding="utf-8")
    arguments = ["reseal", "--key", str(place.key_file)]
    arguments += ["--passphrase-file", str(place.passphrase_file)]
    assert commands.main(arguments) == 1
    told = capsys.readouterr()
    assert told.out == "0 sealed anew, 0 already right, 1 left\n"
    assert told.err == f"{CASE}  left: it holds no sealed report: look at the issue\n"
