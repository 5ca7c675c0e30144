"""Who follows the setup page from nothing ends with a first test request that a key opens.

Each command that the page and the README's way to a server name is there, with its options. Those
of the page are run in its order, by an invented organization in a folder of its own: against the
folder tracker, and against GitHub's stand-in.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
import yaml

from github_stand_in import OWNER_TOKEN, TOKEN, GitHubStandIn
from html_form import encoded, read_form
from intake import commands
from intake.settings import ROOT, Settings
from workplace import NOW, ORGANIZATION, Clock, Workplace, open_receiver, the_form

PAGE = ROOT / "docs/paralegal/mulai"
STEPS = ("index", "github/index", "kunci/index")
SECTIONS = ("## Running it for real", "## On a server of your own")
OWN_COMMANDS = ("intake", "make")
SENTENCE = "UJI. Orang ini aman."
ANSWERS: dict[str, str | list[str]] = {
    "who": "me",
    "safe": "yes",
    "problem": ["question"],
    "stage": "not-yet-left",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
    "story": SENTENCE,
}


def named_in(text: str) -> list[str]:
    """Our commands that stand as code in a page, in its order."""
    # A block is indented by four spaces or more; a piece stands between backticks.
    found = re.findall(r"^ {4,}(\S.*)$|`([^`\n]+)`", text, re.MULTILINE)
    pieces = (re.sub(r"^\S*/bin/(?=intake )", "", block or piece) for block, piece in found)
    return [piece for piece in pieces if piece.split()[0] in OWN_COMMANDS and " " in piece]


def of_page(language: str) -> list[str]:
    """The commands of the setup page and the two below it."""
    texts = (PAGE / f"{step}.{language}.md" for step in STEPS)
    return [command for path in texts for command in named_in(path.read_text(encoding="utf-8"))]


def of_readme() -> list[str]:
    """The commands of the README's way to running it for real."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return [c for part in parts if part.startswith(SECTIONS) for c in named_in(part)]


def targets() -> set[str]:
    """What `make` makes."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z./]+):(?!=)", text, re.MULTILINE))


def missing(command: str) -> list[str]:
    """Words of a command that the program does not know."""
    words = shlex.split(command)
    if words[0] == "make":
        goals = [word for word in words[1:] if not re.match(r"[A-Z]+=|-|/", word)]
        return [word for word in goals if word not in targets()]
    parser: argparse.ArgumentParser | None = commands.parser()
    for place, word in enumerate(words[1:]):
        assert parser is not None
        if word.startswith("--"):
            known = {option for action in parser._actions for option in action.option_strings}
            if word not in known:
                return [word]
        elif chosen := _below(parser):
            if word not in chosen:
                return [word]
            parser = chosen[word]
        elif place == 0:
            return [word]
    return []


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    acts = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return next((dict(action.choices) for action in acts), {})


@pytest.mark.parametrize("where", ["id", "en", "README"])
def test_each_command_is_there(where: str) -> None:
    """Its name, and each option with which it is shown."""
    named = of_readme() if where == "README" else of_page(where)
    assert len(named) >= 5
    assert [(command, gone) for command in named if (gone := missing(command))] == []


def test_search_would_notice_what_is_not_there() -> None:
    """A command, an act, an option, a target."""
    for wrong in ("intake wash", "intake keys wash", "intake setup --wash", "make wash"):
        assert missing(wrong)


def test_both_languages_name_the_same_commands() -> None:
    """In the same order."""
    assert of_page("id") == of_page("en")


def test_each_file_for_the_server_is_there() -> None:
    """What the README tells to copy lies in `scripts/operation/`."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split(SECTIONS[1])[1].split("\n## ")[0]
    named = set(re.findall(r"`([\w.-]+\.(?:env|conf|sh|service|timer|d)|Caddyfile)`", section))
    there = {path.name for path in (ROOT / "scripts/operation").iterdir()}
    assert named >= {"receiver.env", "deliver.env", "nginx.conf", "Caddyfile", "daily.sh"}
    assert named <= there


@dataclass
class Afternoon:
    """An organization that begins: a folder, an environment, what the screen shows."""

    place: Workplace
    clock: Clock
    screen: Callable[[], str]
    stand_in: GitHubStandIn | None

    def type(self, command: str, *, owner: bool = False) -> str:
        """Type a command as the page shows it; returns what it printed."""
        usb = str(self.place.folder / "usb")
        arguments = [word.replace("/media/usb", usb) for word in shlex.split(command)][1:]
        login = {"INTAKE_GITHUB_OWNER_TOKEN": OWNER_TOKEN} if owner and self.stand_in else {}
        with (
            mock.patch.dict("os.environ", self.place.environment | login),
            mock.patch.object(Settings, "load_form", return_value=the_form()),
            mock.patch("time.time", return_value=float(self.clock())),
            mock.patch("intake.tracker.pace.APART_SECONDS", 0.0),
            mock.patch("intake.tracker.pace.EVERY_SECONDS", 0),
        ):
            assert commands.main(arguments) == 0, self.screen()
        return self.screen()

    def card(self) -> tuple[str, str]:
        """Title and body of the one card in the repository."""
        if self.stand_in:
            (kept,) = self.stand_in.issues.values()
            return kept.title, kept.body or ""
        (path,) = (p for p in self.place.tracker.glob("*.md"))
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        return yaml.safe_load(head)["title"], body

    def send(self) -> tuple[str, str]:
        """Send an invented request from a phone; returns case number and PIN."""
        phone = open_receiver(self.place, self.clock).test_client()
        fields = read_form(phone.get("/intake/form?language=id").text).filled_in(ANSWERS)
        self.clock.seconds += 60
        kind = "application/x-www-form-urlencoded"
        sent = phone.post("/intake/submissions", data=encoded(fields), content_type=kind)
        assert sent.status_code == 303
        receipt = phone.get(sent.location).text
        numbers = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", receipt)
        pins = re.search(r"\b\d{4} \d{4} \d{4} \d{4}\b", receipt)
        assert numbers is not None
        assert pins is not None
        return numbers[0], pins[0]

    def withdraw(self, pin: str) -> None:
        """Withdraw it with its PIN."""
        phone = open_receiver(self.place, self.clock).test_client()
        sent = phone.post("/intake/withdrawals", data={"pin": pin, "act": "withdraw"})
        assert sent.status_code == 200


@pytest.fixture(params=["folder", "github"])
def afternoon(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Afternoon]:
    """The organization's data filled in, and nothing else."""
    clock = Clock(NOW)
    text = yaml.safe_dump(ORGANIZATION, allow_unicode=True)
    (tmp_path / "organization.yml").write_text(text, encoding="utf-8")
    place = Workplace(
        tmp_path,
        {
            "INTAKE_DATABASE": f"sqlite:///{tmp_path}/spool.db",
            "INTAKE_TRACKER": f"folder:{tmp_path}/tracker",
            "INTAKE_KEYS": f"{tmp_path}/keys",
            "INTAKE_ORGANIZATION": f"{tmp_path}/organization.yml",
            "INTAKE_SECRET_FILE": f"{tmp_path}/secret",
        },
    )

    def screen() -> str:
        shown = capsys.readouterr()
        return shown.out + shown.err

    if request.param == "folder":
        yield Afternoon(place, clock, screen, None)
        return
    stand_in = GitHubStandIn(clock)
    login = {
        "INTAKE_TRACKER": "github:aman/laporan",
        "INTAKE_GITHUB_TOKEN": TOKEN,
        "INTAKE_GITHUB_API": stand_in.url,
    }
    try:
        yield Afternoon(place.with_settings(**login), clock, screen, stand_in)
    finally:
        stand_in.close()
    assert stand_in.failures == []


def test_page_leads_to_a_first_test_request_that_a_key_opens(afternoon: Afternoon) -> None:
    """Keys, labels, a request, its card, two readers; then withdrawn, and gone in three days."""
    new_key, *rest = [c for c in of_page("en") if c.startswith(("intake keys", "intake setup"))]
    passphrases = {
        name: _passphrase(afternoon.type(new_key.replace("koordinator-2026", name) + options))
        for name, options in (
            ("koordinator-2026", ""),
            ("wakil-2026", ""),
            ("pemulihan-2026", " --recovery"),
        )
    }
    assert "FAIL" not in afternoon.type("intake doctor --publish")
    assert rest == ["intake setup --dry-run"]
    assert "To change:" in afternoon.type(rest[0])
    assert "made or mended" in afternoon.type("intake setup")
    assert "Nothing to change" in afternoon.type("intake setup")

    case_number, pin = afternoon.send()
    assert "1 filed" in afternoon.type("intake deliver")
    title, body = afternoon.card()
    assert title == f"HIJAU · {case_number}"
    assert SENTENCE not in body
    card = afternoon.place.folder / "card.md"
    card.write_text(body, encoding="utf-8")
    for name in ("koordinator-2026", "wakil-2026"):
        assert SENTENCE in afternoon.type(_opening(afternoon, card, name, passphrases[name]))

    afternoon.withdraw(pin)
    afternoon.type("intake deliver")
    afternoon.clock.seconds += 2 * 86_400 + 60
    shown = afternoon.type("intake purge --tracker", owner=True)
    assert "deleted (withdrawn)" in shown
    assert "erased from the spool" in afternoon.type("intake purge --spool")


def _passphrase(shown: str) -> str:
    found = re.search(r"^Passphrase +(\S+)$", shown, re.MULTILINE)
    assert found is not None
    return found[1]


def _opening(afternoon: Afternoon, card: Path, name: str, passphrase: str) -> str:
    """What a reader types; in real life she types the passphrase too."""
    written = afternoon.place.folder / "passphrase"
    written.write_text(passphrase, encoding="ascii")
    key = afternoon.place.folder / "usb" / f"{name}.key"
    return f"intake open {card} --key {key} --passphrase-file {written}"
