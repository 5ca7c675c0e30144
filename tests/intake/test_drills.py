"""Drills: a lost passphrase, a stolen key, a volunteer who leaves, the paper key, a year gone by.

Each is done as SECURITY.md tells it, with the real commands on a real folder, receiver and tracker.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from html_form import encoded, read_form
from intake import codes, commands
from intake.commands import deliver
from intake.issue import OLD_KEY
from intake.keys import NewKey, make_key
from intake.sealing import (
    NotForThisKey,
    PrivateKey,
    PublicKey,
    WrongPassphrase,
    active,
    find_sealed,
    new_private_key,
    open_sealed,
    read_public_keys,
    recipient_ids,
    unlock,
)
from intake.settings import Settings
from workplace import Workplace, open_receiver, sealed_report, set_up, the_form

TODAY = date.today()
LAST_YEAR = date(TODAY.year - 1, TODAY.month, 1)


@dataclass
class Team:
    """An organization with three people's keys, a receiver and a folder tracker."""

    place: Workplace
    answers: dict[str, str | list[str]]
    made: dict[str, NewKey] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """What the keys folder holds now."""
        return read_public_keys(self.place.folder / "keys")

    def make(self, name: str, *, recovery: bool = False, made: date = TODAY) -> None:
        """A new key for one person, locked in a folder of its own."""
        folders = (self.place.folder / "keys", self.place.folder / name)
        self.made[name] = make_key(name, *folders, made=made, recovery=recovery)

    def key(self, name: str) -> PrivateKey:
        """That person's key, unlocked with her file and her passphrase."""
        made = self.made[name]
        return unlock(made.locked_file.read_text(encoding="ascii"), made.passphrase)

    def intake(self, *arguments: str) -> int:
        """Run a command in this workplace."""
        with mock.patch.dict("os.environ", self.place.environment):
            return commands.main(arguments)

    def retire(self, name: str) -> None:
        assert self.intake("keys", "retire", name, "--on", TODAY.isoformat()) == 0

    def reseal(self, name: str) -> int:
        """That person runs `intake reseal` on her computer."""
        passphrase = self.place.folder / name / "passphrase"
        passphrase.write_text(self.made[name].passphrase, encoding="ascii")
        key = str(self.made[name].locked_file)
        return self.intake("reseal", "--key", key, "--passphrase-file", str(passphrase))

    def send(self, *keys: PublicKey) -> str:
        """A phone sends a report that its page sealed to these keys, or to today's."""
        page = keys or active(self.keys)
        posted, _ = sealed_report(self.answers, "id", *page)
        answer = open_receiver(self.place).test_client().post("/intake/submissions", json=posted)
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        with mock.patch.object(Settings, "load_form", return_value=the_form()):
            worker = deliver.courier(self.place.settings)
        assert worker.deliver() == 1
        worker.spool.close()
        return str(answer.json["case_number"])

    def issue(self, case_number: str) -> str:
        """The issue as it stands at the tracker."""
        return (self.place.tracker / f"{case_number}.md").read_text(encoding="utf-8")

    def opens(self, name: str, case_number: str) -> bool:
        """Whether that person reads this case, from the issue alone."""
        try:
            content = open_sealed(find_sealed(self.issue(case_number)), self.key(name))
        except NotForThisKey:
            return False
        return bool(json.loads(content)["answers"] == self.answers)

    def who_opens(self, case_number: str) -> set[str]:
        return {name for name in self.made if self.opens(name, case_number)}


@pytest.fixture
def team(tmp_path: Path, answers: dict[str, str | list[str]]) -> Team:
    """Two coordinators and who keeps the recovery key, all since last year."""
    place = set_up(tmp_path)
    for path in (tmp_path / "keys").iterdir():
        path.unlink()
    team = Team(place, answers)
    team.make("ani", made=LAST_YEAR)
    team.make("budi", made=LAST_YEAR)
    team.make("pemulihan", made=LAST_YEAR, recovery=True)
    return team


def test_drill_a_passphrase_is_lost(team: Team) -> None:
    """Ani forgot hers: a new key for her, a colleague reseals, and she reads the old case again."""
    old = team.send()
    with pytest.raises(WrongPassphrase):
        unlock(team.made["ani"].locked_file.read_text(encoding="ascii"), "0000-0000-0000-0000")
    team.make("ani-2")
    team.retire("ani")
    new = team.send()
    assert team.who_opens(new) == {"ani-2", "budi", "pemulihan"}
    assert team.who_opens(old) == {"ani", "budi", "pemulihan"}
    assert team.reseal("budi") == 0
    assert team.who_opens(old) == {"ani-2", "budi", "pemulihan"}


def test_drill_a_phone_with_the_key_is_stolen(team: Team) -> None:
    """Nothing new is sealed to it, in either form; a page from yesterday still gets through."""
    page = team.keys
    team.make("ani-2")
    team.retire("ani")
    stolen = team.key("ani").kid
    assert stolen not in recipient_ids(find_sealed(team.issue(team.send())))
    yesterday = team.send(*page)
    assert OLD_KEY not in team.issue(yesterday)  # budi reads it
    assert team.reseal("budi") == 0
    assert team.who_opens(yesterday) == {"ani-2", "budi", "pemulihan"}


def test_the_form_without_javascript_seals_to_active_keys_alone(team: Team) -> None:
    """The receiver seals there, and holds retired keys too."""
    team.retire("ani")
    app = open_receiver(team.place)
    client = app.test_client()
    filled = read_form(client.get("/intake/form").text).filled_in(team.answers)
    with mock.patch.object(codes, "PIN_ITERATIONS", 1_000):
        answer = client.post(
            "/intake/submissions",
            data=encoded(filled),
            content_type="application/x-www-form-urlencoded",
        )
    assert answer.status_code == 303
    kept = app.extensions["intake"].spool.due(2**33)
    assert set(recipient_ids(kept.sealed)) == {team.key(n).kid for n in ("budi", "pemulihan")}


def test_drill_everybody_is_replaced(team: Team) -> None:
    """All three keys change; last year's page still gets through, and its case says so."""
    page = active(team.keys)
    old = team.send()
    team.make("citra")
    team.make("pemulihan-2", recovery=True)
    for name in ("ani", "budi", "pemulihan"):
        team.retire(name)
    late = team.send(*page)
    assert OLD_KEY in team.issue(late)
    assert team.who_opens(late) == {"ani", "budi", "pemulihan"}
    assert team.reseal("pemulihan") == 0
    assert team.who_opens(old) == team.who_opens(late) == {"citra", "pemulihan-2"}
    fresh = team.send()
    assert OLD_KEY not in team.issue(fresh)


def test_a_key_that_is_not_held_is_still_refused(team: Team) -> None:
    """Retired is not forgotten; a stranger's key is neither."""
    posted, _ = sealed_report(team.answers, "id", new_private_key().public("orang-lain"))
    answer = open_receiver(team.place).test_client().post("/intake/submissions", json=posted)
    assert answer.status_code == 409


def test_drill_a_volunteer_leaves(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    """Her key gets nothing new; closed cases stay as they are until they are deleted."""
    team.make("relawan")
    theirs = team.send()
    closed = team.send()
    path = team.place.tracker / f"{closed}.md"
    path.write_text(team.issue(closed).replace("state: open", "state: closed"), encoding="utf-8")
    team.retire("relawan")
    assert team.reseal("ani") == 0
    assert capsys.readouterr().out.endswith("1 sealed anew, 0 already right, 0 left\n")
    assert not team.opens("relawan", theirs)
    assert not team.opens("relawan", team.send())
    assert team.opens("relawan", closed)


def test_drill_a_year_has_gone_by(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    """`intake doctor` asks for new keys; afterwards it asks for nothing more about keys."""
    assert team.intake("doctor") == 1
    assert _about_keys(capsys) == [
        f"FAIL keys: {name} should have been replaced by "
        f"{next(key.ends for key in team.keys if key.name == name)}: make another with "
        "intake keys new, then retire this one with intake keys retire."
        for name in ("ani", "budi", "pemulihan")
    ]
    team.send()
    team.make("ani-2")
    team.make("pemulihan-2", recovery=True)
    for name in ("ani", "budi", "pemulihan"):
        team.retire(name)
    capsys.readouterr()
    assert team.intake("doctor") == 1
    assert _about_keys(capsys) == [
        "FAIL keys: 1 open cases are sealed to other keys: a key holder runs intake reseal"
    ]
    assert team.reseal("budi") == 0
    capsys.readouterr()
    team.intake("doctor")
    assert _about_keys(capsys) == []


def _about_keys(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if line.startswith("FAIL keys")]


def test_the_team_cannot_lock_itself_out(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    """The recovery key stays until another is made, and so does the last but one."""
    assert team.intake("keys", "retire", "pemulihan", "--on", TODAY.isoformat()) == 1
    assert capsys.readouterr().err == (
        "intake: pemulihan cannot be retired yet. Without it: No recovery key: make one with "
        "intake keys new NAME --recovery and keep it offline.\n"
    )
    team.retire("ani")
    assert team.intake("keys", "retire", "budi", "--on", TODAY.isoformat()) == 1
    assert len(active(team.keys)) == 2


# Paper


@pytest.fixture
def photograph(browser: Browser) -> Callable[[Path], Image.Image]:
    """Return `photograph(paper)`: the paper as a browser prints it, held askew before a camera."""

    def take(paper: Path) -> Image.Image:
        page = browser.new_page(viewport={"width": 900, "height": 900})
        try:
            page.goto(paper.as_uri())
            shot = Image.open(io.BytesIO(page.screenshot()))
        finally:
            page.close()
        return shot.convert("L").rotate(4, expand=True, fillcolor=255)

    return take


def test_drill_the_recovery_key_from_its_paper(
    team: Team, photograph: Callable[[Path], Image.Image]
) -> None:
    """All files are lost: the QR code on paper, read by a camera, is the locked key, and opens."""
    case = team.send()
    made = team.made["pemulihan"]
    (code,) = zxingcpp.read_barcodes(photograph(made.paper_file))
    assert code.text == made.locked_file.read_text(encoding="ascii").strip()
    made.locked_file.unlink()
    key = unlock(code.text, made.passphrase)
    sealed: dict[str, Any] = find_sealed(team.issue(case))
    assert json.loads(open_sealed(sealed, key))["answers"] == team.answers
