"""`intake import`: handed-over reports from files, folders, mailboxes and standard input."""

from __future__ import annotations

import io
import json
import logging
import mailbox
import sqlite3
import textwrap
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import codes, commands, sealing
from intake.handed_over import HandedOver, find_handed_over
from intake.spool import Spool
from workplace import (
    Workplace,
    coordinator,
    open_receiver,
    sealed_report,
    set_up,
    the_form,
    write_keys,
)

Filled = dict[str, str | list[str]]
EXPLAINED = "Permintaan bantuan tersegel. Kirim ke tim. / A sealed request for help, for the team."
CANARY = "kanari-5tq8-burung"
SITE = "https://contoh.example/"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A workplace whose settings are in the environment."""
    folder = tmp_path / "place"
    folder.mkdir()
    place = set_up(folder)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())
    return place


@pytest.fixture
def body(answers: Filled) -> bytes:
    """What a phone would have posted, byte for byte."""
    return posted(answers)


def posted(answers: Filled, *keys: sealing.PublicKey) -> bytes:
    """The compact JSON that the form makes of these answers."""
    sent, _ = sealed_report(answers | {"story": CANARY}, "id", *keys)
    return json.dumps(sent, separators=(",", ":")).encode()


def number_of(body: bytes) -> str:
    """The case number of that report."""
    return codes.case_number(codes.decode(json.loads(body)["token"], codes.TOKEN_BYTES))


def shared_file(body: bytes) -> str:
    """The file that the form shares."""
    return f"{EXPLAINED}\n\n{body.decode()}\n"


def link(body: bytes) -> str:
    """The link that the form shares."""
    return f"{SITE}paralegal/buka/#{quote(body.decode(), safe='')}"


def kept(place: Workplace) -> list[str]:
    """The case numbers in the spool."""
    with closing(sqlite3.connect(place.database)) as connection:
        found = connection.execute("SELECT case_number FROM reports ORDER BY id").fetchall()
    return [number for (number,) in found]


def run(*arguments: object) -> int:
    return commands.main(["import", *map(str, arguments)])


# Finding the report in what chats and mails made of it


def test_the_shared_file_and_the_link_give_the_very_bytes(body: bytes) -> None:
    """Whatever stands around it, the body is what the phone would have posted."""
    for text in (shared_file(body), link(body), f"Halo, ini {link(body)} terima kasih }}"):
        assert find_handed_over(text) == [HandedOver(body)]


def test_the_same_report_is_found_once_and_others_beside_it(body: bytes, answers: Filled) -> None:
    """A mail that holds a report as text and as link holds one; two reports are two."""
    other = posted(answers)
    text = f"{shared_file(body)}\n{link(body)}\n{link(other)}"
    assert [one.body for one in find_handed_over(text)] == [body, other]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Halo, saya butuh bantuan {segera}",
        '{"facts":{"urgency":"red"}}\n\n{"protected":"eyJ","recipients":[]}',
        '{"version":1,"keys":[]}',
    ],
)
def test_other_text_holds_none(text: str) -> None:
    """Chats, issues and key lists are no handed-over reports."""
    assert find_handed_over(text) == []


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_what_was_cut_is_known_to_be_cut(body: bytes, part: float) -> None:
    """Neither a file nor a link that lost its end is passed over."""
    whole = len(body)
    for text in (body[: int(whole * part)].decode(), link(body)[: int(len(link(body)) * part)]):
        assert [one.body for one in find_handed_over(text)] == [None]


MAIL = ["\n", "\r\n", " ", "\t", "\n> ", "\n>> ", "=\n"]
INSERTED = st.sampled_from([*MAIL, "\u200b", "\u200e", "\u00a0", "\u2028", "\ufeff"])
BODY = json.dumps(
    sealed_report(
        {
            "who": "me",
            "safe": "yes",
            "problem": ["question"],
            "stage": "abroad",
            "country": "MY",
            "regency": "33.02",
            "contact": "i-come-back",
        }
    )[0],
    separators=(",", ":"),
)


@settings(deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, len(BODY)), INSERTED), max_size=40),
    around=st.tuples(st.text(max_size=80), st.text(max_size=80)),
)
def test_what_is_put_between_the_bytes_is_taken_out(
    places: list[tuple[int, str]], around: tuple[str, str]
) -> None:
    """Line breaks, quoting, invisible characters at any place; any words before and after."""
    mangled = BODY
    for place, inserted in sorted(places, reverse=True):
        mangled = mangled[:place] + inserted + mangled[place:]
    before, after = around
    found = [one.body for one in find_handed_over(f"{before}\n{mangled}\n{after}")]
    assert BODY.encode() in found


@settings(deadline=None)
@given(width=st.integers(20, 200), wrapped=st.integers(0, 2))
def test_a_link_wrapped_in_links_and_lines_is_undone(width: int, wrapped: int) -> None:
    """Mail programs break lines, and put a link of their own around a link."""
    text = f"{SITE}paralegal/buka/#{quote(BODY, safe='')}"
    for _ in range(wrapped):
        text = f"https://aman.example/?url={quote(text, safe='')}"
    lines = "\n".join(textwrap.wrap(text, width, break_on_hyphens=False))
    assert [one.body for one in find_handed_over(lines)] == [BODY.encode()]


@pytest.mark.parametrize("quotes", ["\u201c\u201d", "\u201e\u201f", "\u00ab\u00bb"])
def test_curly_quotes_are_straightened(quotes: str) -> None:
    """A phone that turns quotes while somebody types or pastes does not spoil a report."""
    key, value = quotes[0], quotes[1]
    turned = BODY.replace('{"', "{" + key).replace('":', value + ":").replace('"', value)
    assert find_handed_over(turned) == [HandedOver(BODY.encode())]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_stops_the_search(text: str) -> None:
    """Whatever stands in a chat, looking through it raises nothing."""
    find_handed_over(text + '{"version":1,"token":"' + text)


def test_a_handed_over_report_does_not_show_in_repr(body: bytes) -> None:
    """Neither the token nor the sealed bytes reach a traceback."""
    assert repr(HandedOver(body)) == "HandedOver()"


# Files, folders, mailboxes


def test_a_file_becomes_a_case_once(
    place: Workplace, body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time says that it is there already, and no second case appears."""
    file = tmp_path / "minta-bantuan.txt"
    file.write_text(shared_file(body), encoding="utf-8")
    number = number_of(body)
    assert run(file) == 0
    assert capsys.readouterr().out == (
        f"{number}  new  {file}\n1 new, 0 already there, 0 not taken\n"
    )
    assert run(file) == 0
    assert capsys.readouterr().out == (
        f"{number}  already there  {file}\n0 new, 1 already there, 0 not taken\n"
    )
    assert kept(place) == [number]


def test_what_the_form_has_sent_already_stays_one_case(
    place: Workplace, body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person who got no answer hands over what had arrived all the same."""
    client = open_receiver(place).test_client()
    answer = client.post("/intake/submissions", data=body, content_type="application/json")
    assert answer.status_code == 201
    file = tmp_path / "link.txt"
    file.write_text("\n".join(textwrap.wrap(link(body), 76)), encoding="utf-16")
    assert run(file) == 0
    assert "already there" in capsys.readouterr().out
    assert kept(place) == [number_of(body)]


def test_a_folder_is_read_whole(place: Workplace, answers: Filled, tmp_path: Path) -> None:
    """Pictures and other files beside the reports are passed over."""
    inbox = tmp_path / "inbox"
    (inbox / "lagi").mkdir(parents=True)
    one, two = posted(answers), posted(answers)
    (inbox / "satu.txt").write_text(shared_file(one), encoding="utf-8")
    (inbox / "lagi" / "dua.txt").write_text(link(two), encoding="utf-8")
    (inbox / "gambar.jpg").write_bytes(b"\xff\xd8\0\0" + bytes(range(256)))
    (inbox / "catatan.txt").write_text("tidak ada apa-apa", encoding="utf-8")
    assert run(inbox) == 0
    assert sorted(kept(place)) == sorted([number_of(one), number_of(two)])


def test_standard_input_is_read(
    place: Workplace, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` takes what is piped in."""
    piped = SimpleNamespace(buffer=io.BytesIO(shared_file(body).encode()))
    monkeypatch.setattr("sys.stdin", piped)
    assert run("-") == 0
    assert kept(place) == [number_of(body)]


def mails(body: bytes) -> Iterator[tuple[str, EmailMessage]]:
    """The report in each way that mail carries it."""
    text = shared_file(body)
    for encoding in ("quoted-printable", "base64", "7bit"):
        message = EmailMessage()
        message.set_content(text, cte=encoding)
        yield encoding, message
    page = EmailMessage()
    page.set_content(f"<p>Halo<br><a href='{link(body)}'>buka</a></p>", subtype="html")
    yield "html link", page
    broken = body.decode().replace('"', "&quot;").replace("-", "-<wbr>")
    written = EmailMessage()
    written.set_content(f"<div>Halo</div><div>{broken}</div>", subtype="html")
    yield "html text", written
    attached = EmailMessage()
    attached.set_content("Lihat lampiran. / See the attached file.")
    attached.add_attachment(text.encode(), "text", "plain", filename="minta-bantuan.txt")
    yield "attachment", attached
    binary = EmailMessage()
    binary.set_content("Lihat lampiran.")
    binary.add_attachment(text.encode(), "application", "octet-stream", filename="berkas")
    yield "attachment without a type", binary
    forwarded = EmailMessage()
    forwarded.set_content("Diteruskan.")
    forwarded.add_attachment(attached)
    yield "forwarded", forwarded


def test_every_way_of_mail_carries_it(
    place: Workplace, answers: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bodies in each encoding, HTML, attachments and forwarded mail, each as .eml."""
    told = {}
    for way, message in mails(posted(answers)):
        message["From"] = "orang-rekaan@contoh.example"
        message["Subject"] = f"Tolong {CANARY}"
        file = tmp_path / f"{way}.eml"
        file.write_bytes(message.as_bytes())
        told[way] = run(file)
    assert told == dict.fromkeys(told, 0)
    assert len(kept(place)) == 1
    assert capsys.readouterr().err == ""


def test_a_mailbox_is_read_message_by_message(
    place: Workplace, answers: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Messages without a report are passed over; the box is left as it was."""
    path = tmp_path / "kotak.mbox"
    box = mailbox.mbox(path)
    bodies = [posted(answers), posted(answers)]
    for text in ("Rapat hari Senin.", shared_file(bodies[0]), link(bodies[1])):
        message = EmailMessage()
        message["From"], message["Subject"] = "orang-rekaan@contoh.example", CANARY
        message.set_content(text)
        box.add(message)
    box.close()
    before = path.read_bytes()
    assert run(path) == 0
    out = capsys.readouterr().out
    assert f"{number_of(bodies[1])}  new  {path}, message 3\n" in out
    assert CANARY not in out
    assert path.read_bytes() == before
    assert sorted(kept(place)) == sorted(map(number_of, bodies))


def test_a_mail_with_broken_headers_is_read_all_the_same(
    place: Workplace, body: bytes, tmp_path: Path
) -> None:
    """What the library cannot take apart is searched as it came."""
    file = tmp_path / "rusak.eml"
    head = b"From: x\nContent-Type: text/plain; charset=tidak-ada\nSubject: =?utf-8?q?=ZZ\n\n"
    file.write_bytes(head + body)
    assert run(file) == 0
    assert kept(place) == [number_of(body)]


# What cannot be taken


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda body: body[:-40], "cut short on its way"),
        (lambda body: body.replace(b'"tag":"', b'"tag":"A'), "damaged on its way"),
        (lambda body: body.replace(b'"MY"', b'"Johor"'), "damaged on its way"),
        (lambda _: b"Halo", "no handed-over report in it"),
        (
            lambda _: b'{"version":1,"token":"x","report_token":"y","sealed":{}}',
            "a note on a case, not a report",
        ),
    ],
)
def test_what_is_wrong_is_told_by_file_and_the_good_ones_are_taken(
    place: Workplace,
    answers: Filled,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Any,
    told: str,
) -> None:
    """One line with the file and the cure on the error output, and exit status 1."""
    good, bad = tmp_path / "baik.txt", tmp_path / "rusak.txt"
    taken = posted(answers)
    good.write_bytes(taken)
    bad.write_bytes(spoil(posted(answers)))
    assert run(bad, good) == 1
    told_out, told_err = capsys.readouterr()
    assert told_err.startswith(f"{bad}: {told}")
    assert told_err.count("\n") == 1
    assert "1 new, 0 already there, 1 not taken" in told_out
    assert kept(place) == [number_of(taken)]


def test_other_bytes_under_the_same_token_are_not_taken(
    place: Workplace, body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is in the spool stays; the case to compare with is named."""
    file, changed = tmp_path / "satu.txt", tmp_path / "lain.txt"
    file.write_bytes(body)
    changed.write_bytes(body.replace(b'"ask-first"', b'"may-share"'))
    assert run(file) == 0
    assert run(changed) == 1
    assert f"{changed}: {number_of(body)} is there already" in capsys.readouterr().err
    assert kept(place) == [number_of(body)]


def test_erased_case_does_not_come_back_with_the_next_import(
    place: Workplace, body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mailbox that is imported each day holds what was withdrawn long ago."""
    file = tmp_path / "surat.txt"
    file.write_bytes(body)
    assert run(file) == 0
    number = number_of(body)
    spool = Spool(place.settings.database)
    spool.withdraw(number, 1)
    assert spool.erase(number, 1, 0, UTC) is True
    spool.close()
    assert run(file) == 1
    assert f"{file}: {number} was withdrawn, or long closed" in capsys.readouterr().err
    assert kept(place) == []


def test_older_keys_count_when_their_folder_is_named(
    place: Workplace, answers: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report sealed before the keys were changed waits in a chat and is still taken."""
    old = sealing.new_private_key().public("koordinator-lama")
    file = tmp_path / "lama.txt"
    file.write_bytes(posted(answers, old))
    assert run(file) == 1
    assert "--old-keys FOLDER" in capsys.readouterr().err
    write_keys(tmp_path / "lama", old)
    assert run(file, "--old-keys", tmp_path / "lama") == 0
    assert len(kept(place)) == 1


@pytest.mark.usefixtures("place")
def test_a_file_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt name ends with 1 and names the file."""
    assert run(tmp_path / "tidak-ada.txt") == 1
    assert "tidak-ada.txt" in capsys.readouterr().err


@pytest.mark.usefixtures("place")
def test_a_file_too_large_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not read into memory."""
    file = tmp_path / "panjang.txt"
    with file.open("wb") as writing:
        writing.write(b"a" * 10_000)
        writing.truncate(20_000_001)
    assert run(file) == 1
    assert "larger than 20 MB" in capsys.readouterr().err


@pytest.mark.usefixtures("place")
def test_a_files_name_cannot_command_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters in a name are shown as a replacement."""
    file = tmp_path / "aneh\x1b[2J.txt"
    file.write_text("tidak ada", encoding="utf-8")
    assert run(file) == 1
    assert "\x1b" not in capsys.readouterr().err


def test_without_a_path_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use ends with 2."""
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == 2
    assert "name at least one file" in capsys.readouterr().err


def test_nothing_of_a_report_or_a_mail_is_told(
    place: Workplace,
    answers: Filled,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither taken nor refused reports leave a word of mail or report in output, log or spool."""
    caplog.set_level(logging.DEBUG)
    text = f"{CANARY}\n\n"
    good, bad = posted(answers), posted(answers).replace(b'"MY"', f'"{CANARY}"'.encode())
    for number, body in enumerate((good, bad, bad[:-9])):
        file = tmp_path / f"{number}.eml"
        head = f"From: {CANARY}@contoh.example\nSubject: {CANARY}\n\n{text}"
        file.write_bytes(head.encode() + body)
        run(file)
    told = "".join(capsys.readouterr()) + caplog.text
    assert CANARY not in told
    assert json.loads(good)["token"] not in told
    for file in place.folder.rglob("*"):
        assert file.is_dir() or CANARY.encode() not in file.read_bytes()
    assert coordinator().passphrase not in told
