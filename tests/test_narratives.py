"""Invented narratives go through the real commands and come out as they were told.

`intake serve` takes them, half sealed beforehand and half as a plain form; `intake deliver`
files them in the folder tracker; `intake open` gives them back.
"""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from html_form import encoded, read_form
from intake import codes, commands
from intake.labels import TEAM
from intake.plan import shipped_plan
from intake.suspicion import NETWORK_SUSPECT
from workplace import (
    ORGANIZATION,
    Workplace,
    fetch,
    run_intake,
    sealed_report,
    serving,
    set_up,
    the_form,
)

NARRATIVES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "narratives.yml").read_text(encoding="utf-8")
)
TEAMS = shipped_plan().teams
EACH = pytest.mark.parametrize("narrative", NARRATIVES, ids=[each["id"] for each in NARRATIVES])


@dataclass(frozen=True)
class Sent:
    """What a person was told, and what was sealed as far as it is known beforehand."""

    case_number: str
    token: str
    plaintext: bytes | None
    pin: str | None


@dataclass(frozen=True)
class Journey:
    """All narratives after they were filed."""

    place: Workplace
    sent: dict[str, Sent]
    began: int
    ended: int
    log: str

    def issue(self, narrative: dict[str, Any]) -> Path:
        """The file that the folder tracker holds for a narrative."""
        return self.place.tracker / f"{self.sent[narrative['id']].case_number}.md"


def told(narrative: dict[str, Any]) -> dict[str, str | list[str]]:
    """The answers of a narrative, as they are typed and ticked."""
    answers: dict[str, str | list[str]] = dict(narrative["answers"])
    for name, times in narrative.get("times", {}).items():
        answers[name] *= times
    return answers


def send(receiver: str, narrative: dict[str, Any]) -> Sent:
    """Send one narrative through its door."""
    if narrative["door"] == "form":
        return _send_form(receiver, narrative)
    posted, plaintext = sealed_report(told(narrative), narrative["language"])
    status, text, _ = fetch(
        f"{receiver}/intake/submissions",
        json.dumps(posted).encode(),
        {"Content-Type": "application/json"},
    )
    assert status == 201
    return Sent(json.loads(text)["case_number"], posted["token"], plaintext, None)


def _send_form(receiver: str, narrative: dict[str, Any]) -> Sent:
    _, page, _ = fetch(f"{receiver}/intake/form?language={narrative['language']}")
    form = read_form(page)
    fields = form.filled_in(told(narrative))
    status, page, receipt = fetch(f"{receiver}{form.action}", encoded(fields))
    assert status == 303, read_form(page).fields
    _, page, _ = fetch(f"{receiver}{receipt}")
    case_number, pin = (
        page.split(f'id="{name}">')[1].split("<")[0] for name in ("case-number", "pin")
    )
    return Sent(case_number, fields["token"][0], None, pin.replace(" ", ""))


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Every narrative sent to one running receiver and filed by one `intake deliver`."""
    place = set_up(tmp_path_factory.mktemp("narratives"))
    began = int(time.time())
    with serving(place) as receiver:
        address = receiver.address.rstrip("/")
        sent = {narrative["id"]: send(address, narrative) for narrative in NARRATIVES}
        status, log = receiver.stop(signal.SIGTERM)
    assert status == 0, log
    delivered = run_intake(place, "deliver")
    assert (delivered.returncode, delivered.stdout) == (0, f"{len(NARRATIVES)} filed\n")
    return Journey(place, sent, began, int(time.time()), log + delivered.stderr)


def opened(journey: Journey, narrative: dict[str, Any], printed: Any) -> bytes:
    """What `intake open --json` prints for the filed narrative."""
    place = journey.place
    key = ["--key", str(place.key_file), "--passphrase-file", str(place.passphrase_file)]
    assert commands.main(["open", str(journey.issue(narrative)), *key, "--json"]) == 0
    text: bytes = printed.readouterr().out
    return text


@EACH
def test_a_narrative_comes_out_byte_for_byte(
    journey: Journey, narrative: dict[str, Any], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is opened is what was sealed; of a form, every answer is what was typed."""
    content = opened(journey, narrative, capsysbinary)
    assert json.loads(content)["facts"] == _facts(narrative)
    sent = journey.sent[narrative["id"]]
    if sent.plaintext is not None:
        assert content == sent.plaintext + b"\n"
    else:
        written_at = json.loads(content)["written_at"]
        assert journey.began <= written_at <= journey.ended
        assert content == _written_by_receiver(narrative, sent, written_at) + b"\n"


def _written_by_receiver(narrative: dict[str, Any], sent: Sent, written_at: int) -> bytes:
    """The plaintext of DESIGN for a narrative that came as a form."""
    assert sent.pin is not None
    answers = told(narrative)
    keys = codes.pin_keys(sent.pin, codes.decode(ORGANIZATION["code_salt"], 16))
    content = {
        "version": 1,
        "token": sent.token,
        "language": narrative["language"],
        "facts": _facts(narrative),
        "answers": {each.id: answers[each.id] for each in the_form().fields if each.id in answers},
        "consents": {
            "version": the_form().version,
            "at": written_at,
            "keep": True,
            **{each.id: answers.get(each.id, []) for each in the_form().fields if each.consent},
        },
        "return_verifier": keys.verifier,
        "answer_key": keys.answer_key,
        "written_at": written_at,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _facts(narrative: dict[str, Any]) -> dict[str, Any]:
    """The clear facts, from the labels and the urgency that were worked out by hand."""
    tags = [label.split(": ")[1] for label in narrative["labels"] if label.startswith("masalah")]
    groups = {tagged.tag: group for group, tagged in the_form().groups.items()}
    answers = narrative["answers"]
    return {
        "urgency": narrative["urgency"],
        "country": answers["country"],
        "problem": [groups[tag] for tag in tags],
        "regency": answers["regency"],
        "contact": answers["contact"],
        "sharing": "may-share" if "boleh: teruskan" in narrative["labels"] else "ask-first",
        "language": narrative["language"],
    }


@EACH
def test_a_narrative_is_filed_as_an_index_card(journey: Journey, narrative: dict[str, Any]) -> None:
    """Title, labels and marker are the expected ones, and nothing that was typed stands there."""
    text = journey.issue(narrative).read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    case_number = journey.sent[narrative["id"]].case_number
    card = yaml.safe_load(front)
    assert card["title"] == f"{narrative['title']} · {case_number}"
    teams = [label for label in card["labels"] if label.startswith(TEAM)]
    assert [label.removeprefix(TEAM) for label in teams] in [[team.id] for team in TEAMS]
    assert [label for label in card["labels"] if label not in teams] == narrative["labels"]
    assert card["state"] == "open"
    assert body.startswith(f"<!-- intake {case_number} -->\n")
    for each in the_form().fields:
        if each.is_text and each.id in narrative["answers"]:
            for line in str(narrative["answers"][each.id]).splitlines():
                assert len(line) < 12 or line not in text


@EACH
def test_a_narrative_has_its_urgency_in_the_clear_facts(
    journey: Journey, narrative: dict[str, Any]
) -> None:
    """The facts of the card are those worked out by hand."""
    body = journey.issue(narrative).read_text(encoding="utf-8")
    clear = next(line for line in body.splitlines() if line.startswith('{"facts"'))
    assert json.loads(clear) == {"facts": _facts(narrative)}


def test_each_case_has_one_issue_in_the_order_of_sending(journey: Journey) -> None:
    """None lost, none twice; what is suspect comes last.

    Here these are forms sent back in less than ten seconds, and the eleventh sending and on.
    """
    numbers = {}
    for path in journey.place.tracker.glob("*.md"):
        numbers[path.stem] = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])[
            "number"
        ]
    in_order = sorted(numbers, key=lambda case_number: int(numbers[case_number]))
    first = NARRATIVES[:NETWORK_SUSPECT]
    trusted = [each["id"] for each in first if each["door"] == "browser"]
    suspect = [name for name in journey.sent if name not in trusted]
    assert in_order == [journey.sent[name].case_number for name in trusted + suspect]
    assert sorted(numbers.values()) == list(range(1, len(NARRATIVES) + 1))


def test_no_narrative_reaches_the_log(journey: Journey) -> None:
    """The commands log case numbers and their own acts only."""
    assert journey.log != ""
    for narrative in NARRATIVES:
        for value in told(narrative).values():
            for line in str(value).splitlines():
                assert len(line) < 12 or line not in journey.log


def test_the_narratives_are_marked_as_invented_and_try_what_is_hard() -> None:
    """Twelve, two of them English, through both doors, of every urgency, with hard characters."""
    assert len(NARRATIVES) == len({narrative["id"] for narrative in NARRATIVES}) == 12
    assert all(narrative["invented"] is True for narrative in NARRATIVES)
    assert [narrative["language"] for narrative in NARRATIVES].count("en") == 2
    assert {narrative["door"] for narrative in NARRATIVES} == {"form", "browser"}
    assert {narrative["urgency"] for narrative in NARRATIVES} == {"red", "yellow", "green"}
    text = "".join(str(value) for narrative in NARRATIVES for value in told(narrative).values())
    for hard in (
        "🙏🏽",
        "ꦱꦸꦒꦼꦁ",
        "الرياض",
        "\u202e",
        "“",
        "```",
        "<script>",
        "\r\n",
        "\t",
        "{{",
        "\u2028",
    ):
        assert hard in text
    longest = max(len(str(told(narrative).get("story", ""))) for narrative in NARRATIVES)
    limit = the_form().field("story").max
    assert limit is not None
    assert limit - 50 < longest <= limit
