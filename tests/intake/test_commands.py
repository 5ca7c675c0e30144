"""The command `intake`: what it prints, what it leaves behind, and with which status it ends."""

from __future__ import annotations

import argparse
import http.client
import io
import json
import logging
import re
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest

from html_form import encoded, read_form
from intake import commands, sealing
from intake.settings import ROOT, SETTINGS
from intake.spool import Spool
from intake.tracker.folder import FolderTracker
from workplace import (
    Workplace,
    coordinator,
    fetch,
    open_receiver,
    recovery,
    run_intake,
    sealed_report,
    serving,
    set_up,
    the_form,
)

Filled = dict[str, str | list[str]]


def _names(parser: argparse.ArgumentParser) -> list[str]:
    """Each command of a command line, and each act of a command that has several."""
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found += [name, *(f"{name} {act}" for act in _names(below))]
    return found


COMMANDS = _names(commands.parser())
STORY = "Kami belum dapat kabar.\n\n“Tolong” 🙏 ꦱꦸꦒꦼꦁ مرحبا </textarea>"


@pytest.fixture(autouse=True)
def _signals_are_given_back() -> Iterator[None]:
    """A command that runs inside the test process leaves no handler behind."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A workplace whose settings are in the environment."""
    place = set_up(tmp_path)
    use(place, monkeypatch)
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    return place


def use(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)


def submit(place: Workplace, answers: Filled) -> tuple[str, bytes]:
    """Send a sealed report to the receiver; its case number and its plaintext."""
    sent, plaintext = sealed_report(answers)
    answer = open_receiver(place).test_client().post("/intake/submissions", json=sent)
    assert answer.json is not None
    return str(answer.json["case_number"]), plaintext


# Help and usage


def test_the_help_names_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """`intake --help` lists the commands, and each setting with its default."""
    with pytest.raises(SystemExit) as caught:
        commands.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for command in (name for name in COMMANDS if " " not in name):
        assert re.search(rf"^    {command}  ", text, re.MULTILINE)
    for name, (default, meaning) in SETTINGS.items():
        line = next(line for line in text.splitlines() if line.split()[:1] == [name])
        assert meaning in line
        assert default is None or line.endswith(f"(default {default})")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` says what the command does and ends with 0."""
    with pytest.raises(SystemExit) as caught:
        commands.main([*command.split(), "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: intake {command} ")
    assert re.search(r"\n\n[A-Z].+?\.\n\n", text, re.DOTALL)


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """No option stands in a help without a word about it."""
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            commands.main([*command.split(), "--help"])
        for entry in re.findall(r"^  (-\S.*(?:\n {6,}.*)*)", capsys.readouterr().out, re.MULTILINE):
            assert re.search(r"\s{2,}\w", entry), entry


@pytest.mark.parametrize(
    "arguments",
    [[], ["lapor"], ["keys"], ["keys", "new"], ["open"], ["open", "x"], ["serve", "--port", "x"]],
)
def test_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The usage is printed to the error output."""
    with pytest.raises(SystemExit) as caught:
        commands.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: intake")


@pytest.mark.parametrize("command", ["serve", "deliver", "doctor", "keys list"])
def test_a_setting_that_does_not_exist_is_named(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """A misspelt setting would be ignored silently, so it ends with 1 and its name."""
    use(place.with_settings(INTAKE_PROXY="1"), monkeypatch)
    assert commands.main(command.split()) == 1
    assert capsys.readouterr().err == (
        "intake: INTAKE_PROXY: no such setting; intake --help lists them.\n"
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readme_has_every_setting(name: str) -> None:
    """Its table holds the name and the default of each setting."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    default = SETTINGS[name][0]
    assert default is None or f"`{default}`" in rows[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_has_every_command(command: str) -> None:
    """Each command stands there as one types it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`intake {command}" in text, command


def test_no_setting_is_read_that_is_not_listed() -> None:
    """Every `INTAKE_` name that the program mentions is one of its settings."""
    names = set()
    for path in (ROOT / "scripts").rglob("*.py"):
        names |= set(re.findall(r"INTAKE_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")))
    assert names == set(SETTINGS)


@pytest.mark.usefixtures("place")
def test_libraries_that_log_requests_are_kept_quiet() -> None:
    """PyGithub would log whole requests, waitress the path of a receipt that was broken off."""
    for name in ("github", "waitress"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    assert commands.main(["keys", "list"]) == 0
    for name in ("github.Requester", "waitress"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)


# Keys


@pytest.fixture
def new_key(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> tuple[Workplace, dict[str, str]]:
    """A key made by the command, and what was printed about it."""
    arguments = ["keys", "new", "relawan-2026", "--private", str(place.folder / "paper")]
    assert commands.main(arguments) == 0
    printed = capsys.readouterr().out
    told = dict(re.findall(r"^(Public key|Locked key|On paper|Passphrase) +(\S+)", printed, re.M))
    assert printed.count(told["Passphrase"]) == 1
    assert "it is not shown again" in printed
    return place, told


def test_a_new_key_is_two_halves_and_a_paper(
    new_key: tuple[Workplace, dict[str, str]],
) -> None:
    """The public half can be published, the locked half opens with the passphrase alone."""
    place, told = new_key
    assert told["Public key"] == f"{place.folder}/keys/relawan-2026.jwk"
    assert told["Locked key"] == f"{place.folder}/paper/relawan-2026.key"
    assert told["On paper"] == f"{place.folder}/paper/relawan-2026.svg"
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", told["Passphrase"])
    public = sealing.read_public_key(Path(told["Public key"]))
    assert (public.name, public.recovery, public.demonstration) == ("relawan-2026", False, False)
    assert '"d"' not in Path(told["Public key"]).read_text(encoding="utf-8")
    locked = Path(told["Locked key"]).read_text(encoding="ascii")
    assert sealing.unlock(locked, told["Passphrase"]).kid == public.kid
    assert Path(told["On paper"]).read_text(encoding="utf-8").startswith("<?xml")


def test_the_private_half_is_for_its_owner_alone(
    new_key: tuple[Workplace, dict[str, str]],
) -> None:
    """Mode 0600 in a folder of mode 0700, and the passphrase stands in no file."""
    place, told = new_key
    assert stat.S_IMODE(Path(told["Locked key"]).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(told["Locked key"]).parent.stat().st_mode) == 0o700
    files = [path.read_bytes() for path in place.folder.rglob("*") if path.is_file()]
    assert told["Passphrase"].encode() not in b"".join(files)


def test_a_key_is_never_overwritten(
    new_key: tuple[Workplace, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """An old key still opens old reports; any of its three files is enough to stop."""
    place, told = new_key
    arguments = ["keys", "new", "relawan-2026", "--private", str(place.folder / "paper")]
    for left in ("Public key", "Locked key", "On paper"):
        kept = {name: Path(told[name]).read_bytes() for name in told if name != "Passphrase"}
        for name in kept:
            if name != left:
                Path(told[name]).unlink()
        assert commands.main(arguments) == 1
        assert capsys.readouterr().err == (
            f"intake: {told[left]} is there already: choose another name.\n"
        )
        for name, content in kept.items():
            Path(told[name]).write_bytes(content)


@pytest.mark.parametrize("name", ["Nama", "dua kata", "../luar", "a_b", "-a", "a--b", ""])
def test_a_key_is_named_by_its_role(
    place: Workplace, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A name is small letters, digits and hyphens, since it becomes a file's name."""
    assert commands.main(["keys", "new", "--private", str(place.folder / "paper"), "--", name]) == 1
    assert capsys.readouterr().err == (
        "intake: Name a key by its role, in small letters, such as koordinator-2026.\n"
    )
    assert not (place.folder / "paper").exists()


@pytest.mark.usefixtures("place")
def test_keys_are_listed_with_their_marks(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each: thumbprint, name, what it is for, and for how long."""
    assert commands.main(["keys", "list"]) == 0
    assert capsys.readouterr().out == (
        f"{coordinator().public.kid} koordinator active, its age unknown\n"
        f"{recovery().public.kid} pemulihan recovery active, its age unknown\n"
    )


def test_a_key_is_retired_and_its_file_stays(
    new_key: tuple[Workplace, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The list shows it as retired, and the command says what has to follow."""
    place, _ = new_key
    assert commands.main(["keys", "retire", "koordinator", "--on", "2026-01-31"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"Retired      {place.folder}/keys/koordinator.jwk (commit this file)"
    assert "intake reseal" in told[-1]
    assert commands.main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"{coordinator().public.kid} koordinator retired 2026-01-31\n" in listed
    assert re.search(r" relawan-2026 active until 20[0-9]{2}-[0-9]{2}-[0-9]{2}\n", listed)


# Open


@pytest.fixture
def filed(place: Workplace, answers: Filled) -> tuple[Workplace, Path, bytes]:
    """A report that was filed in the folder tracker: the issue's file and the plaintext."""
    case_number, plaintext = submit(place, answers | {"story": STORY})
    with redirect_stdout(io.StringIO()) as printed:
        assert commands.main(["deliver"]) == 0
    assert printed.getvalue() == "1 filed\n"
    return place, place.tracker / f"{case_number}.md", plaintext


def open_with(place: Workplace, *arguments: str) -> int:
    key = ["--key", str(place.key_file), "--passphrase-file", str(place.passphrase_file)]
    return commands.main(["open", *key, *arguments])


def test_an_issue_is_opened_byte_for_byte(
    filed: tuple[Workplace, Path, bytes], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`--json` prints what was sealed and a line feed, from the whole issue file."""
    place, issue, plaintext = filed
    assert open_with(place, str(issue), "--json") == 0
    assert capsysbinary.readouterr().out == plaintext + b"\n"


@pytest.mark.parametrize("source", ["block", "link"])
def test_standard_input_is_read_from_block_or_link(
    filed: tuple[Workplace, Path, bytes],
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    """A dash reads what was pasted."""
    place, issue, plaintext = filed
    block = json.dumps(sealing.find_sealed(issue.read_text(encoding="utf-8")), indent=1)
    link = f"https://contoh.example/paralegal/buka/#{quote(block, safe='')}\n"
    pasted = io.BytesIO({"block": block, "link": link}[source].encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pasted))
    assert open_with(place, "-", "--json") == 0
    assert capsysbinary.readouterr().out == plaintext + b"\n"


def test_the_issues_own_link_opens(
    filed: tuple[Workplace, Path, bytes], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What stands behind the one-tap link of the issue is the whole report."""
    place, issue, plaintext = filed
    link = re.search(r"\((https://contoh\.example/paralegal/buka/#\S+)\)", issue.read_text())
    assert link is not None
    (place.folder / "link.txt").write_text(link[1], encoding="utf-8")
    assert open_with(place, str(place.folder / "link.txt"), "--json") == 0
    assert capsysbinary.readouterr().out == plaintext + b"\n"


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("id", "Ceritakan dengan kata-kata Anda sendiri"),
        ("en", "Tell it in your own words"),
    ],
)
def test_a_report_is_laid_out_for_reading(
    filed: tuple[Workplace, Path, bytes],
    capsys: pytest.CaptureFixture[str],
    language: str,
    question: str,
) -> None:
    """Urgency first, then question and answer in the language asked for."""
    place, issue, _ = filed
    assert open_with(place, str(issue), "--language", language) == 0
    text = capsys.readouterr().out
    assert text.startswith("HIJAU\n\n")
    assert f"{question}\n  " + STORY.replace("\n", "\n  ") in text


def test_a_wrong_passphrase_says_so(
    filed: tuple[Workplace, Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, one sentence, and nothing of the passphrase."""
    place, issue, _ = filed
    place.passphrase_file.write_text("0000-0000-0000-0000", encoding="ascii")
    assert open_with(place, str(issue)) == 1
    assert capsys.readouterr() == (
        "",
        "intake: The passphrase does not open this key; check each letter and digit.\n",
    )


def test_a_wrong_key_says_so(
    filed: tuple[Workplace, Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """The key opens with its passphrase, but the report was sealed to others."""
    place, issue, _ = filed
    stranger = sealing.new_private_key()
    locked = sealing.lock(stranger, coordinator().passphrase)
    place.key_file.write_text(locked, encoding="ascii")
    assert open_with(place, str(issue)) == 1
    assert capsys.readouterr() == (
        "",
        "intake: This report is not sealed to this key; use another person's key.\n",
    )


def test_a_damaged_report_says_so(
    filed: tuple[Workplace, Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """One changed character of the ciphertext is noticed, and nothing of it is printed."""
    place, issue, _ = filed
    sealed = sealing.find_sealed(issue.read_text(encoding="utf-8"))
    first = "B" if sealed["ciphertext"][0] == "A" else "A"
    sealed["ciphertext"] = first + sealed["ciphertext"][1:]
    issue.write_text(json.dumps(sealed), encoding="utf-8")
    assert open_with(place, str(issue)) == 1
    assert capsys.readouterr() == (
        "",
        "intake: The sealed report was changed or cut; ask for the original.\n",
    )


@pytest.mark.parametrize("content", [b"", b"halo", b"\x89PNG\r\n\x1a\n\xff{", b'{"recipients": 1'])
def test_what_holds_no_report_says_so(
    place: Workplace, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """Any file at all, also one that is no text."""
    path = place.folder / "berkas"
    path.write_bytes(content)
    assert open_with(place, str(path)) == 1
    assert capsys.readouterr().err == (
        "intake: No sealed report was found; paste the whole issue, link or file.\n"
    )


@pytest.mark.parametrize("content", [b"", b"halo", b"\x89PNG\xff", b"a.b.c.d.e"])
def test_what_is_no_locked_key_says_so(
    filed: tuple[Workplace, Path, bytes], capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """Any file at all in the place of the key."""
    place, issue, _ = filed
    place.key_file.write_bytes(content)
    assert open_with(place, str(issue)) == 1
    assert capsys.readouterr().err == (
        "intake: This is not a locked key; use the file that intake keys made.\n"
    )


def test_a_file_that_is_not_there_is_named(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 with the system's own words."""
    missing = str(place.folder / "tidak-ada.md")
    assert open_with(place, missing) == 1
    assert capsys.readouterr().err == f"intake: [Errno 2] No such file or directory: '{missing}'\n"


def test_the_passphrase_is_asked_for_without_showing_it(
    filed: tuple[Workplace, Path, bytes],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Typed in small letters, with spaces and lookalikes, it still opens."""
    place, issue, _ = filed
    typed = coordinator().passphrase.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed if prompt == "Passphrase: " else "")
    assert commands.main(["open", str(issue), "--key", str(place.key_file)]) == 0
    assert capsys.readouterr().out.startswith("HIJAU\n")


# Deliver


def test_deliver_files_what_waits_and_nothing_twice(
    filed: tuple[Workplace, Path, bytes], answers: Filled
) -> None:
    """A second worker need not wait for the first one's turn to run out."""
    place, issue, _ = filed
    assert run_intake(place, "deliver").stdout == "0 filed\n"
    again, _ = submit(place, answers)
    run = run_intake(place, "deliver")
    assert (run.returncode, run.stdout) == (0, "1 filed\n")
    assert sorted(path.name for path in place.tracker.glob("*.md")) == sorted(
        [issue.name, f"{again}.md"]
    )


def test_deliver_fails_in_one_line_where_it_may_not_write(
    place: Workplace, answers: Filled, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1; the report stays in the spool and is filed once the folder can be written."""
    submit(place, answers)
    place.tracker.write_text("a file where the folder should be", encoding="utf-8")
    assert commands.main(["deliver"]) == 1
    assert capsys.readouterr().err == (
        f"intake: {place.tracker} cannot be used (File exists): "
        "give the program a folder of its own with INTAKE_TRACKER.\n"
    )
    place.tracker.unlink()
    assert commands.main(["deliver"]) == 0
    assert capsys.readouterr().out == "1 filed\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_deliver_stops_in_one_line(
    place: Workplace,
    answers: Filled,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    """Stopped in the middle of a report it ends with 1; the next run files that report once."""
    submit(place, answers)
    with monkeypatch.context() as patch:
        patch.setattr(FolderTracker, "fill", lambda *_: signal.raise_signal(number))
        assert commands.main(["deliver"]) == 1
    assert capsys.readouterr() == (
        "",
        "intake: stopped before the end; start it again, nothing is lost.\n",
    )
    assert commands.main(["deliver"]) == 0
    assert capsys.readouterr().out == "1 filed\n"
    assert len(list(place.tracker.glob("*.md"))) == 1


# As processes


def test_the_module_runs_as_a_command(place: Workplace) -> None:
    """`python -m intake.commands` is `intake`."""
    run = run_intake(place, "keys", "list")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(f"{coordinator().public.kid} koordinator ")


def test_a_receiver_serves_stops_cleanly_and_remembers(tmp_path: Path, answers: Filled) -> None:
    """SIGTERM and SIGINT end it with 0; after a restart it still knows the token and the limit."""
    place = set_up(tmp_path)
    sent, _ = sealed_report(answers)
    body, kind = json.dumps(sent).encode(), {"Content-Type": "application/json"}
    with serving(place) as receiver:
        first = fetch(f"{receiver.address}intake/submissions", body, kind)
        assert first[0] == 201
        status, log = receiver.stop(signal.SIGTERM)
    assert (status, "Traceback" in log) == (0, False)
    with serving(place) as receiver:
        again = fetch(f"{receiver.address}intake/submissions", body, kind)
        assert (again[0], again[1]) == (200, first[1])
        status, log = receiver.stop(signal.SIGINT)
    assert (status, "Traceback" in log) == (0, False)
    assert Spool(f"sqlite:///{place.database}").counts()["waiting"] == 1  # type: ignore[index]


def test_a_form_is_sent_through_a_real_server(tmp_path: Path, answers: Filled) -> None:
    """The receipt follows; behind a proxy the limit is per forwarded address; size is limited."""
    place = set_up(tmp_path).with_settings(INTAKE_PROXIES="1")
    with serving(place) as receiver:
        address = receiver.address
        status, page, _ = fetch(f"{address}intake/form")
        form = read_form(page)
        body = encoded(form.filled_in(answers | {"story": STORY}))
        status, _, receipt = fetch(f"{address.rstrip('/')}{form.action}", body)
        assert status == 303
        assert fetch(f"{address.rstrip('/')}{receipt}")[0] == 200
        where, kind = f"{address}intake/submissions", {"Content-Type": "application/json"}
        statuses = [
            fetch(where, b"{}", kind | {"X-Forwarded-For": f"203.0.113.{number % 2}"})[0]
            for number in range(121)
        ]
        assert statuses == [422] * 120 + [429]
        assert fetch(where, b" " * 100_000, kind)[0] == 413
        assert _announce(address, 524_289) == 413
        _, log = receiver.stop(signal.SIGTERM)
    assert "203.0.113" not in log
    assert "Kami belum" not in log
    assert receipt.rpartition("/")[2] not in log


def _announce(address: str, size: int) -> int:
    """What a server says to a body of that size before it has come: it is never written down."""
    connection = http.client.HTTPConnection(address.split("/")[2], timeout=10)
    connection.putrequest("POST", "/intake/submissions")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    with closing(connection):
        return connection.getresponse().status


def test_a_port_that_is_taken_is_one_line(place: Workplace) -> None:
    """Exit 1 without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = run_intake(place, "serve", "--port", str(server.getsockname()[1]))
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == "intake: [Errno 98] Address already in use"
    assert "Traceback" not in run.stderr
