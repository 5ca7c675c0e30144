"""A volunteer without GitHub: her key, her first case, her notes, and the coordinator's side of it.

On a phone of 360 pixels, with the real receiver and worker; names and numbers are invented.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from accessibility import faults
from browser.conftest import SCRIPTS
from intake import codes, sealing
from intake.delivery import Courier
from intake.spool import Spool
from intake.tracker.folder import FolderTracker
from open_site import OpenSite
from page_weight import first_visit
from workplace import NOW, coordinator, fetch, recovery, run_intake, sealed_report, the_form

PATHS = {"id": "paralegal/buka/", "en": "en/paralegal/buka/"}
PHONE = {"width": 360, "height": 640}
STORY, REACH, NOTE = "kenari-cerita-3f", "+447700900055 kenari-hubung-4g", "kenari-catatan-5h"
ANSWERS: dict[str, Any] = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact"],
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    "reach": REACH,
    "story": STORY,
    "worker-name": "Tokoh Rekaan",
}
HEAVIEST = 33_500  # bytes of page and script after brotli; one visit serves many cases


@dataclass
class Reader:
    """The reader on one phone, everything it asked of the network, and the words it speaks."""

    page: Page
    context: BrowserContext
    site: OpenSite
    language: str
    requests: list[Request] = field(default_factory=list)
    say: dict[str, Any] = field(default_factory=dict)

    def visit(self, fragment: str = "") -> None:
        """Open the page, with what stands behind #."""
        self.page.goto("about:blank")
        self.page.goto(self.site.address + PATHS[self.language] + fragment)
        self.say = json.loads(self.page.locator("#reader-words").text_content() or "")

    def open(self, report: str | None, locked: str | None, passphrase: str | None) -> None:
        """Fill in what is given, press the button, and wait for the report."""
        for name, text in (("report", report), ("key", locked), ("passphrase", passphrase)):
            if text is not None:
                self.page.fill(f"#{name}-text", text)
        self.page.click("#open-report")
        expect(self.page.locator("#opened")).to_be_visible()

    def make_key(self, keep: bool) -> str:
        """Make a key and save it; returns the passphrase that was shown."""
        if not self.page.locator("#own-part").get_attribute("open"):
            self.page.locator("#own-part > summary").click()
        self.page.click("#make-key")
        expect(self.page.locator("#own-passphrase")).not_to_be_empty()
        passphrase = self.page.inner_text("#own-passphrase")
        self.page.fill("#own-last", passphrase[-4:].lower())
        self.page.locator("#own-keep").set_checked(keep)
        return passphrase

    def own_link(self) -> str:
        """The link with the public key, once it is shown."""
        expect(self.page.locator("#own-key")).to_be_visible()
        return self.page.input_value("#own-link")

    def add_volunteer(self, link: str, label: str = "") -> None:
        """Add a key from its link, as after comparing its letters."""
        if self.page.locator("#volunteers-part").get_attribute("open") is None:
            self.page.locator("#volunteers-part > summary").click()
        self.page.fill("#volunteer-text", link)
        self.page.click("#read-volunteer")
        expect(self.page.locator("#candidate")).to_be_visible()
        self.page.fill("#volunteer-label", label)
        self.page.click("#add-volunteer")
        expect(self.page.locator("#candidate")).to_be_hidden()

    def share(self) -> tuple[str, str]:
        """Seal what is chosen; returns the link and the comment."""
        self.page.click("#share-form button")
        expect(self.page.locator("#shared")).to_be_visible()
        return self.page.input_value("#shared-text"), self.page.input_value("#shared-comment")

    def write_note(self, text: str = NOTE) -> str:
        """Write and seal a note; returns the comment."""
        self.page.fill("#note-text", text)
        self.page.click("#note-form button")
        expect(self.page.locator("#note-sealed")).to_be_visible()
        return self.page.input_value("#note-comment")

    def kept(self) -> dict[str, str]:
        """Everything in the browser's storage, cookies and databases by name."""
        found: dict[str, str] = self.page.evaluate(
            """async () => ({ ...localStorage, ...sessionStorage,
            ...(document.cookie && { cookie: document.cookie }),
            ...Object.fromEntries((await indexedDB.databases()).map((one) => [one.name, 1])) })"""
        )
        return found

    def asked(self) -> list[str]:
        """Whatever left the phone: addresses without their fragment, and bodies."""
        return [f"{one.url.split('#')[0]} {one.post_data or ''}" for one in self.requests]


Visit = Callable[..., Reader]


@pytest.fixture
def visit(browser: Browser, open_site: OpenSite) -> Iterator[Visit]:
    """A phone of its own for each call, with the reader open on it."""
    contexts: list[BrowserContext] = []

    def open_reader(language: str = "id", fragment: str = "", **options: Any) -> Reader:
        context = browser.new_context(**{"viewport": PHONE} | options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        reader = Reader(context.new_page(), context, open_site, language)
        context.on("request", lambda request: reader.requests.append(request))
        reader.visit(fragment)
        return reader

    yield open_reader
    for context in contexts:
        context.close()


@pytest.fixture
def case(open_site: OpenSite) -> tuple[str, str, dict[str, Any]]:
    """A report that the receiver has kept: its case number, token and what was posted."""
    posted, _ = sealed_report(ANSWERS)
    address = open_site.address + "intake/submissions"
    body = json.dumps(posted).encode()
    status, told, _ = fetch(address, body, {"Content-Type": "application/json"})
    assert status == 201
    return json.loads(told)["case_number"], posted["token"], posted


def block(value: object) -> str:
    """JSON as it stands in an issue."""
    return json.dumps(value, separators=(",", ":"))


def opened_by_coordinator(visit: Visit, posted: dict[str, Any], language: str = "id") -> Reader:
    """A coordinator with the report open."""
    reader = visit(language)
    reader.open(block(posted["sealed"]), coordinator().locked, coordinator().passphrase)
    return reader


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_of(link: str) -> dict[str, str]:
    """The public key in a volunteer's link."""
    jwk: dict[str, str] = json.loads(decoded(link.split("#relawan=")[1]))
    return jwk


def link_of(key: sealing.PrivateKey, site: OpenSite) -> str:
    """A volunteer's link for a key that the program made."""
    jwk = json.dumps(key.public("x").jwk, separators=(",", ":")).encode()
    return f"{site.address}{PATHS['id']}#relawan={urlsafe_b64encode(jwk).rstrip(b'=').decode()}"


def spoken(kid: str, letters: int) -> str:
    """The first letters of a thumbprint, five bits each."""
    bits = "".join(f"{byte:08b}" for byte in decoded(kid))
    found = "".join(sealing.CROCKFORD[int(bits[n * 5 : n * 5 + 5], 2)] for n in range(letters))
    return "-".join(found[n : n + 4] for n in range(0, letters, 4))


def deliver(site: OpenSite) -> FolderTracker:
    """Let the worker file what waits; returns the tracker."""
    tracker = FolderTracker(site.place.tracker)
    with closing(Spool(site.place.settings.database)) as spool:
        Courier(spool, tracker, the_form(), site.address, 0, "uji", lambda: NOW + 9).deliver()
    return tracker


def comments_of(tracker: FolderTracker, number: str) -> list[str]:
    """The comments below the issue of a case."""
    issue = tracker.find(f"<!-- intake {number} -->")
    assert issue is not None
    return [comment.body for comment in tracker.comments(issue)]


# --- her key ---


def test_key_made_on_the_phone_opens_with_the_program(visit: Visit, tmp_path: Path) -> None:
    """Saved as a file it is one locked key, and `intake open` takes it as one of its own."""
    reader = visit()
    passphrase = reader.make_key(keep=False)
    with reader.page.expect_download() as download:
        reader.page.click("#own-new button")
    file = tmp_path / "kunci.txt"
    download.value.save_as(file)
    key = sealing.unlock(file.read_text(encoding="ascii"), passphrase)
    link = reader.own_link()
    assert key.public("x").jwk == public_of(link)
    mark = spoken(key.kid, 4)
    assert download.value.suggested_filename == f"kunci-{mark}.txt"
    assert reader.page.inner_text("#own-mark") == mark
    assert reader.page.inner_text("#own-spoken") == spoken(key.kid, 12)
    assert reader.kept() == {}
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", passphrase)
    header = json.loads(decoded(file.read_text().split(".")[0]))
    assert (header["alg"], header["enc"], header["p2c"]) == (
        "PBES2-HS512+A256KW", "A256GCM", 210_000,
    )  # fmt: skip


def test_code_on_the_screen_holds_the_link(visit: Visit, tmp_path: Path) -> None:
    """A camera reads the same link that the box shows."""
    reader = visit()
    reader.make_key(keep=True)
    reader.page.click("#own-new button")
    link = reader.own_link()
    picture = tmp_path / "kode.png"
    reader.page.locator("#own-code").screenshot(path=picture)
    [found] = zxingcpp.read_barcodes(Image.open(picture))
    assert found.text == link


def test_key_is_kept_only_when_she_agrees_and_goes_with_one_press(visit: Visit) -> None:
    """Nothing is ticked beforehand; what is kept is locked; afterwards nothing is left."""
    reader = visit()
    reader.page.locator("#own-part > summary").click()
    reader.page.click("#make-key")
    expect(reader.page.locator("#own-passphrase")).not_to_be_empty()
    assert not reader.page.locator("#own-keep").is_checked()
    passphrase = reader.page.inner_text("#own-passphrase")
    reader.page.fill("#own-last", passphrase[-4:])
    reader.page.check("#own-keep")
    reader.page.click("#own-new button")
    reader.own_link()
    [(name, text)] = reader.kept().items()
    assert name == "kunci-relawan"
    assert passphrase not in text
    assert '"d"' not in text
    assert passphrase not in reader.page.content()
    reader.visit()
    expect(reader.page.locator("#key-kept")).to_be_visible()
    reader.page.locator("#own-part > summary").click()
    reader.page.click("#own-delete")
    assert reader.kept() == {}
    expect(reader.page.locator("#key-asked")).to_be_visible()
    assert reader.page.evaluate("document.activeElement.id") == "make-key"


def test_passphrase_has_to_be_on_paper_first(visit: Visit) -> None:
    """Without its last letters nothing is saved, and the line says what to do."""
    reader = visit()
    passphrase = reader.make_key(keep=True)
    reader.page.fill("#own-last", "0000" if passphrase[-4:] != "0000" else "1111")
    reader.page.click("#own-new button")
    expect(reader.page.locator("#own-last-error")).to_have_text(reader.say["own_last_wrong"])
    assert reader.page.evaluate("document.activeElement.id") == "own-last"
    assert reader.kept() == {}


def test_phone_that_refuses_to_keep_offers_the_file(visit: Visit) -> None:
    """The key is not lost: the sentence says to take the tick away."""
    reader = visit()
    reader.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error(); }; }")
    reader.make_key(keep=True)
    reader.page.click("#own-new button")
    expect(reader.page.locator("#own-keep-error")).to_have_text(reader.say["own_refused"])
    reader.page.uncheck("#own-keep")
    with reader.page.expect_download():
        reader.page.click("#own-new button")


def test_leaving_the_page_forgets_a_key_that_is_not_saved(visit: Visit) -> None:
    """The passphrase is gone from the page before anyone comes back to it."""
    reader = visit()
    passphrase = reader.make_key(keep=False)
    reader.page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert passphrase not in reader.page.content()
    assert reader.page.is_visible("#make-key")


# --- the coordinator's list ---


def test_link_shows_the_letters_that_both_read(visit: Visit, open_site: OpenSite) -> None:
    """The fragment leaves address and history; the key joins the list once they were compared."""
    key = sealing.new_private_key()
    link = link_of(key, open_site)
    reader = visit("id", "#" + link.split("#")[1])
    expect(reader.page.locator("#candidate")).to_be_visible()
    assert reader.page.inner_text("#volunteer-spoken") == spoken(key.kid, 12)
    assert reader.page.evaluate("location.hash") == ""
    reader.page.fill("#volunteer-label", "Bu Rekaan")
    reader.page.click("#add-volunteer")
    name = f"{spoken(key.kid, 4)} · Bu Rekaan"
    expect(reader.page.locator("#volunteers li .name")).to_have_text(name)
    assert reader.kept() == {}
    reader.page.check("#keep-volunteers")
    reader.visit()
    reader.page.locator("#volunteers-part > summary").click()
    expect(reader.page.locator("#volunteers li .name")).to_have_text(name)
    reader.page.uncheck("#keep-volunteers")
    assert reader.kept() == {}


@pytest.mark.parametrize("text", ["", "Halo", "#relawan=abc", "eyJrdHkiOiJFQyJ9" * 9, "{}"])
def test_what_is_no_key_is_told(visit: Visit, text: str) -> None:
    """Nothing joins the list, and what was pasted stays."""
    reader = visit()
    reader.page.locator("#volunteers-part > summary").click()
    reader.page.fill("#volunteer-text", text)
    reader.page.click("#read-volunteer")
    expect(reader.page.locator("#volunteer-text-error")).to_have_text(reader.say["volunteer_none"])
    assert reader.page.input_value("#volunteer-text") == text
    assert reader.page.is_hidden("#candidate")


def test_private_key_in_a_link_is_not_taken_along(visit: Visit, open_site: OpenSite) -> None:
    """Whatever else a link brings, the list holds the public half alone."""
    reader = visit()
    jwk = sealing.new_private_key()._key.as_dict(private=True)
    text = urlsafe_b64encode(json.dumps(jwk).encode()).rstrip(b"=").decode()
    reader.add_volunteer(f"{open_site.address}#relawan={text}")
    reader.page.check("#keep-volunteers")
    assert str(jwk["d"]) not in json.dumps(reader.kept())


def test_lost_phone_is_struck_out_in_one_press(visit: Visit, open_site: OpenSite) -> None:
    """The key leaves the list, the command for the tracker is shown, and it never comes back."""
    reader = visit()
    key = sealing.new_private_key()
    reader.add_volunteer(link_of(key, open_site))
    reader.page.locator("#volunteers li button").click()
    assert reader.page.input_value("#struck-command") == f"/coret {spoken(key.kid, 4)}"
    assert reader.page.evaluate("document.activeElement.id") == "struck-title"
    expect(reader.page.locator("#volunteers li")).to_have_count(0)
    reader.page.fill("#volunteer-text", link_of(key, open_site))
    reader.page.click("#read-volunteer")
    problem = reader.page.locator("#volunteer-text-error")
    expect(problem).to_have_text(reader.say["volunteer_struck"])


def test_deputy_takes_the_list_over(visit: Visit, open_site: OpenSite) -> None:
    """The copy is sealed to the organization; keys struck out on either phone stay out."""
    here, there = visit(), visit("en")
    stays, struck, own = (sealing.new_private_key() for _ in range(3))
    for key in (stays, struck):
        here.add_volunteer(link_of(key, open_site), "Rekaan")
    there.add_volunteer(link_of(struck, open_site))
    there.add_volunteer(link_of(own, open_site))
    here.page.locator(f"#volunteers li:has-text('{spoken(struck.kid, 4)}') button").click()
    here.page.click("#list-copy")
    expect(here.page.locator("#list-text")).to_be_visible()
    copy = here.page.input_value("#list-text")
    assert "Rekaan" not in copy
    there.open(copy, coordinator().locked, coordinator().passphrase)
    assert there.say["list_compare"] in there.page.inner_text("#opened-content")
    assert spoken(stays.kid, 12) in there.page.inner_text("#opened-content")
    there.page.click("#opened-content button")
    names = there.page.locator("#volunteers li .name").all_inner_texts()
    assert names == [spoken(own.kid, 4), f"{spoken(stays.kid, 4)} · Rekaan"]


# --- giving a case to a volunteer ---


def test_program_opens_with_her_key_what_was_shared(
    visit: Visit,
    open_site: OpenSite,
    case: tuple[str, str, dict[str, Any]],
    tmp_path: Path,
) -> None:
    """`intake open` takes the key from her phone and the coordinator's link as they are."""
    reader = visit()
    passphrase = reader.make_key(keep=False)
    with reader.page.expect_download() as download:
        reader.page.click("#own-new button")
    desk = opened_by_coordinator(visit, case[2])
    desk.add_volunteer(reader.own_link())
    link, _ = desk.share()
    shared, key, secret = (tmp_path / name for name in ("kasus.txt", "kunci.txt", "sandi.txt"))
    shared.write_text(link, encoding="utf-8")
    download.value.save_as(key)
    secret.write_text(passphrase, encoding="utf-8")
    run = run_intake(
        open_site.place, "open", str(shared), "--key", str(key), "--passphrase-file", str(secret)
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert STORY in run.stdout


def test_first_key_first_case_first_note(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]]
) -> None:
    """The whole way: key, list, case by link, note through the receiver, opened below the issue.

    On the way nothing readable, no passphrase and no private key leaves either phone.
    """
    number, token, posted = case
    volunteer = visit()
    passphrase = volunteer.make_key(keep=True)
    volunteer.page.click("#own-new button")
    link = volunteer.own_link()

    desk = opened_by_coordinator(visit, posted)
    desk.add_volunteer(link, "Bu Rekaan")
    shared, comment = desk.share()
    mark = volunteer.page.inner_text("#own-mark")
    assert comment.startswith(f"<!-- intake share {number} {mark} -->\n\n```json\n")
    assert shared.startswith(f"{open_site.address}{PATHS['id']}#%7B")

    volunteer.visit("#" + shared.split("#", 1)[1])
    volunteer.open(None, None, passphrase)
    assert volunteer.page.inner_text("#opened-title") == volunteer.say["report_of"].format(
        number=number
    )
    assert STORY in volunteer.page.inner_text("#opened-content")
    assert volunteer.page.is_hidden("#answering")
    assert volunteer.page.is_hidden("#sharing")
    volunteer.write_note()
    with volunteer.context.expect_page() as opened:
        volunteer.page.click("#note-send")
    sender = opened.value
    expect(sender.locator("#titip-done")).to_be_visible()
    assert sender.evaluate("location.hash") == ""
    assert STORY in volunteer.page.inner_text("#opened-content")

    tracker = deliver(open_site)
    deliver(open_site)
    [filed] = comments_of(tracker, number)
    assert re.match(rf"<!-- intake note {number} [0-9a-f]{{8}} -->\n", filed)
    desk.page.click("#next-report")
    desk.open(filed, None, None)
    shown = desk.page.inner_text("#opened-content")
    assert NOTE in shown
    assert desk.say["note_claimed"].format(mark=mark) in shown
    assert desk.say["note_proof"] in shown
    assert desk.page.is_hidden("#unfiled")

    kept = volunteer.kept()
    assert set(kept) == {"kunci-relawan"}
    secrets = (STORY, REACH, NOTE, passphrase, coordinator().passphrase, coordinator().locked)
    for place in (*volunteer.asked(), *desk.asked(), *kept.values(), filed):
        assert not any(secret in place or quote(secret) in place for secret in secrets)
    posts = [one for one in volunteer.requests if one.method == "POST"]
    assert [one.url for one in posts] == [open_site.address + "intake/notes"]
    sent = json.loads(posts[0].post_data or "")
    assert set(sent) == {"version", "token", "report_token", "sealed"}
    assert sent["report_token"] == token
    plaintext = sealing.open_sealed(sent["sealed"], recovery().key)
    content = json.loads(plaintext)
    assert content["sort"] == "note"
    assert (
        content["from"]
        == sealing.unlock(json.loads(kept["kunci-relawan"])["locked"], passphrase).kid
    )


def test_share_holds_what_a_volunteer_needs_and_no_more(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]]
) -> None:
    """The PIN's verifier and answer key stay with the coordinator, the token goes along."""
    number, token, posted = case
    key = sealing.new_private_key()
    desk = opened_by_coordinator(visit, posted)
    desk.add_volunteer(link_of(key, open_site))
    _, comment = desk.share()
    sealed = sealing.find_sealed(comment)
    assert sealing.recipient_ids(sealed) == (key.kid,)
    shared = json.loads(sealing.open_sealed(sealed, key))
    assert shared.pop("shared_at") > 0
    whole = json.loads(sealing.open_sealed(posted["sealed"], coordinator().key))
    for secret in ("return_verifier", "answer_key"):
        del whole[secret]
    assert shared == whole | {"case_number": number}
    assert shared["token"] == token


@pytest.mark.parametrize("language", ["id", "en"])
def test_part_of_a_case_says_that_it_is_one(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]], language: str
) -> None:
    """Names and contact are not ticked at first; what is left out is nowhere, and that is said."""
    _, _, posted = case
    key = sealing.new_private_key()
    desk = opened_by_coordinator(visit, posted, language)
    desk.add_volunteer(link_of(key, open_site))
    desk.page.check("#share-part")
    ticked = desk.page.locator("#share-list input:checked")
    values = [box.get_attribute("value") for box in ticked.all()]
    assert "story" in values
    assert not {"reach", "worker-name"} & set(values)
    desk.page.locator("#share-list input[value=stage]").uncheck()
    link, comment = desk.share()
    shared = json.loads(sealing.open_sealed(sealing.find_sealed(comment), key))
    assert shared["part"] is True
    assert {"reach", "worker-name", "stage"}.isdisjoint(shared["answers"])
    assert shared["answers"]["contact"] == "may-contact"
    reader = visit(language, "#" + link.split("#", 1)[1])
    passphrase = sealing.new_passphrase()
    reader.open(None, sealing.lock(key, passphrase), passphrase)
    shown = reader.page.inner_text("#opened-content")
    assert reader.say["part"] in shown
    assert STORY in shown
    assert REACH not in shown
    assert reader.say["unanswered"] not in shown
    assert faults(reader.page) == []


def test_changing_what_is_shared_takes_the_seal_away(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]]
) -> None:
    """A link that no longer fits the ticks cannot be sent by mistake."""
    desk = opened_by_coordinator(visit, case[2])
    desk.add_volunteer(link_of(sealing.new_private_key(), open_site))
    desk.share()
    desk.page.check("#share-part")
    assert desk.page.is_hidden("#shared")
    assert desk.page.input_value("#shared-comment") == ""
    assert desk.page.get_attribute("#shared-whatsapp", "href") == "whatsapp://send"


def test_long_case_goes_as_a_file(visit: Visit, open_site: OpenSite) -> None:
    """No link is offered that a chat would cut; the file opens like any report."""
    posted, _ = sealed_report(ANSWERS | {"story": "panjang sekali " * 390})
    key = sealing.new_private_key()
    desk = opened_by_coordinator(visit, posted)
    desk.add_volunteer(link_of(key, open_site))
    desk.page.evaluate("navigator.canShare = undefined")
    text, _ = desk.share()
    assert desk.page.is_hidden("#shared-whatsapp")
    assert desk.page.is_visible("#shared-long")
    with desk.page.expect_download() as download:
        desk.page.click("#shared-file")
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert content == text + "\n"
    assert b"panjang sekali" in sealing.open_sealed(sealing.find_sealed(content), key)


# --- notes ---

SORTS = {
    "question": {"text": NOTE},
    "referral": {"to": "Kantor Rekaan", "consent": "Ibu: ya", "doing": "Saya", "by": "2026-12-01"},
    "consent": {"to": "Kantor Rekaan", "data": "nama", "text": "Ditanya lewat telepon"},
    "handover": {"text": NOTE},
}  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_each_sort_of_note_is_sealed_and_read(
    visit: Visit, case: tuple[str, str, dict[str, Any]], sort: str
) -> None:
    """Its own boxes, nothing of the others; the program opens it; the reader shows every part."""
    number, _, posted = case
    desk = opened_by_coordinator(visit, posted)
    desk.page.fill("#note-text", "dari kotak lain" if sort == "referral" else "")
    desk.page.select_option("#note-sort", sort)
    for name, value in SORTS[sort].items():
        desk.page.fill(f"#note-{name}", value)
    if sort == "referral":
        desk.page.fill("#note-text", "")
    desk.page.click("#note-form button")
    expect(desk.page.locator("#note-sealed")).to_be_visible()
    comment = desk.page.input_value("#note-comment")
    assert comment.startswith(f"<!-- intake note {number} -->\n")
    sealed = sealing.find_sealed(comment)
    assert set(sealing.recipient_ids(sealed)) == {coordinator().public.kid, recovery().public.kid}
    content = json.loads(sealing.open_sealed(sealed, coordinator().key))
    assert len(codes.decode(content.pop("token"), 16)) == 16
    assert abs(content.pop("written_at") - desk.page.evaluate("Date.now() / 1000")) < 120
    assert content == SORTS[sort] | {
        "version": 1, "kind": "note", "case_number": number, "sort": sort,
        "from": coordinator().public.kid,
    }  # fmt: skip
    desk.page.click("#next-report")
    desk.open(comment, None, None)
    shown = desk.page.inner_text("#opened-content")
    assert desk.say["note_sorts"][sort] in shown
    assert all(value in shown for value in SORTS[sort].values())


def test_note_without_words_or_too_long_is_told(
    visit: Visit, case: tuple[str, str, dict[str, Any]]
) -> None:
    """Nothing is sealed or cleared, and the focus is where the cure is; the longest fits."""
    desk = opened_by_coordinator(visit, case[2])
    desk.page.click("#note-form button")
    expect(desk.page.locator("#note-text-error")).to_have_text(desk.say["note_empty"])
    assert desk.page.evaluate("document.activeElement.id") == "note-text"
    desk.page.fill("#note-text", "a" * 3_001)
    desk.page.click("#note-form button")
    expect(desk.page.locator("#note-text-error")).to_contain_text("3001")
    assert desk.page.is_hidden("#note-sealed")
    desk.page.select_option("#note-sort", "referral")
    for name in ("to", "consent", "doing"):
        desk.page.fill(f"#note-{name}", "\u0001" * 300)
    desk.write_note("\u0001" * 3_000)


def test_hostile_note_stays_text(visit: Visit, case: tuple[str, str, dict[str, Any]]) -> None:
    """No markup, another case's number is told, and what is no key is not named as one."""
    note = {
        "version": 1, "kind": "note", "token": codes.new_token(), "case_number": "0000-0000",
        "sort": "constructor", "text": "<img src=x onerror=alert(1)>", "from": {"a": 1},
        "written_at": "kapan",
    }  # fmt: skip
    sealed = sealing.seal(json.dumps(note).encode(), (coordinator().public,))
    desk = visit()
    comment = f"<!-- intake note {case[0]} 0a1b2c3d -->\n\n```json\n{block(sealed)}\n```\n"
    desk.open(comment, coordinator().locked, coordinator().passphrase)
    shown = desk.page.inner_text("#opened-content")
    assert "<img src=x" in shown
    assert desk.page.locator("#opened-content img").count() == 0
    assert desk.say["difference_number"].format(issue=case[0], report="0000-0000") in shown
    assert desk.say["note_unnamed"] in shown
    assert desk.page.is_hidden("#noting")


def test_without_a_receiver_the_note_stays_to_be_passed_on(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]]
) -> None:
    """It stays on screen, goes by WhatsApp as a link, and the coordinator sends it, once."""
    number, _, posted = case
    writer = opened_by_coordinator(visit, posted)
    writer.write_note()
    handed = unquote((writer.page.get_attribute("#note-whatsapp", "href") or "").split("=", 1)[1])
    assert handed.startswith(open_site.address + "paralegal/titip/#%7B")
    page = writer.context.new_page()
    page.route("**/intake/notes", lambda route: route.abort())
    page.goto(handed)
    expect(page.locator("#titip-error")).to_be_visible()
    assert page.input_value("#titip-text") == handed.split("#", 1)[1]
    passed = unquote((page.get_attribute("#titip-pass", "href") or "").split("=", 1)[1])
    assert unquote(passed.split("#", 1)[1]) == unquote(handed.split("#", 1)[1])
    page.unroute("**/intake/notes")
    page.click("#titip-send")
    expect(page.locator("#titip-done")).to_be_visible()
    again = writer.context.new_page()
    again.goto(passed)
    words = json.loads(again.locator("#titip-settings").text_content() or "")["words"]
    expect(again.locator("#titip-done p").first).to_have_text(words["noteKnown"])
    tracker = deliver(open_site)
    deliver(open_site)
    assert len(comments_of(tracker, number)) == 1
    reader = visit("en")
    reader.open(handed, coordinator().locked, coordinator().passphrase)
    assert NOTE in reader.page.inner_text("#opened-content")
    assert reader.page.inner_text("#unfiled-title") == reader.say["note_unsent"]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (404, "unknown-case", "noteUnknown"),
        (409, "withdrawn", "noteWithdrawn"),
        (409, "token", "noteToken"),
        (409, "keys", "noteKeys"),
        (429, "too-many", "later"),
        (503, "unavailable", "later"),
    ],
)
def test_each_refusal_of_a_note_has_its_words(
    visit: Visit,
    case: tuple[str, str, dict[str, Any]],
    status: int,
    error: str,
    code: str,
) -> None:
    """The volunteer reads what to do next, and what she wrote is still there."""
    writer = opened_by_coordinator(visit, case[2])
    writer.write_note()

    def refuse(route: Route) -> None:
        route.fulfill(status=status, json={"error": error, "errors": [], "message": {}})

    writer.context.route("**/intake/notes", refuse)
    with writer.context.expect_page() as opened:
        writer.page.click("#note-send")
    page = opened.value
    words = json.loads(page.locator("#titip-settings").text_content() or "")["words"]
    expect(page.locator("#titip-error")).to_have_text(words[code])
    assert page.input_value("#titip-text") != ""
    assert page.locator("#titip-pass").is_visible() is (status >= 429)


@pytest.mark.parametrize("end", ["#next-report", "#close-report", "pagehide"])
def test_everything_is_forgotten_with_the_report(
    visit: Visit, open_site: OpenSite, case: tuple[str, str, dict[str, Any]], end: str
) -> None:
    """Note, seals, ticks and links are gone; the list of public keys stays for this visit."""
    desk = opened_by_coordinator(visit, case[2])
    desk.add_volunteer(link_of(sealing.new_private_key(), open_site))
    desk.write_note()
    desk.share()
    if end == "pagehide":
        desk.page.evaluate("dispatchEvent(new Event('pagehide'))")
    else:
        desk.page.click(end)
    boxes = ("note-text", "note-comment", "shared-text", "shared-comment")
    assert [desk.page.input_value(f"#{box}") for box in boxes] == [""] * 4
    assert "%7B" not in desk.page.content()
    assert STORY not in desk.page.content()
    assert desk.page.locator("#volunteers li").count() == 1


# --- everyone can use it ---


def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError("The keyboard does not reach it.")


def test_key_and_note_are_made_by_keyboard_alone(
    visit: Visit, case: tuple[str, str, dict[str, Any]]
) -> None:
    """Tab, space and enter make a key, and write and seal a note."""
    reader = opened_by_coordinator(visit, case[2])
    page = reader.page
    page.focus("#opened-title")
    tab_to(page, page.locator("#note-text"))
    page.keyboard.type(NOTE)
    tab_to(page, page.locator("#note-form button"))
    page.keyboard.press("Enter")
    expect(page.locator("#note-title")).to_be_focused()
    tab_to(page, page.locator("#own-part > summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#make-key"))
    page.keyboard.press("Enter")
    expect(page.locator("#own-new-title")).to_be_focused()
    last = page.inner_text("#own-passphrase")[-4:]
    tab_to(page, page.locator("#own-last"))
    page.keyboard.type(last)
    tab_to(page, page.locator("#own-keep"))
    page.keyboard.press("Space")
    tab_to(page, page.locator("#own-new button"))
    page.keyboard.press("Enter")
    expect(page.locator("#own-title")).to_be_focused()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_each_state_fits_and_is_accessible(
    visit: Visit,
    open_site: OpenSite,
    case: tuple[str, str, dict[str, Any]],
    language: str,
    size: dict[str, int],
) -> None:
    """Axe finds no fault and nothing is pushed sideways: key, list, sharing, notes."""
    desk = opened_by_coordinator(visit, case[2], language)
    desk.page.set_viewport_size(size)  # type: ignore[arg-type]

    def check() -> None:
        assert desk.page.evaluate("document.scrollingElement.scrollWidth") <= size["width"]
        assert faults(desk.page) == []

    passphrase = desk.make_key(keep=True)
    assert passphrase
    check()
    desk.page.click("#own-new button")
    desk.add_volunteer(desk.own_link(), "Bu Rekaan")
    desk.page.fill("#volunteer-text", link_of(sealing.new_private_key(), open_site))
    desk.page.click("#read-volunteer")
    expect(desk.page.locator("#candidate")).to_be_visible()
    desk.page.check("#share-part")
    desk.share()
    desk.page.select_option("#note-sort", "referral")
    desk.page.click("#note-form button")
    check()
    desk.page.select_option("#note-sort", "note")
    desk.write_note()
    desk.page.locator("#volunteers li button").click()
    check()


def test_page_without_keys_takes_no_notes(site: Path) -> None:
    """A site that seals to nobody offers no box that could only lose what is written."""
    html = (site / PATHS["id"] / "index.html").read_text(encoding="utf-8")
    assert '<script type="application/json" id="organization-keys">[]</script>' in html
    assert 'id="note-send"' not in html


def test_reader_stays_light(open_site: OpenSite) -> None:
    """Page and one script, for everything that a coordinator and a volunteer do."""
    for path in PATHS.values():
        requests, size = first_visit(open_site.pages, path)
        assert requests == 2
        assert size <= HEAVIEST


def test_scripts_name_no_other_place() -> None:
    """Nothing that seals or keeps names a host or makes a request."""
    for name in (
        "locking",
        "qr",
        "keeping",
        "passing-on",
        "own-key",
        "volunteers",
        "sharing",
        "notes",
    ):
        text = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
        assert not re.search(r"https?:|fetch\(|XMLHttpRequest|sendBeacon|WebSocket|innerHTML", text)
