"""No network, or nobody there to receive: what was written stays, and finds another way.

Nothing is handed over by itself: a message or a sealed report leaves the phone when its owner
sends it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from built_site import served
from form_walk import Answers, asked, give, walk
from intake import codes
from intake.sealing import find_sealed, open_sealed
from open_site import OpenSite
from workplace import PHONE, coordinator

REACH = "WhatsApp +44 7700 900124"
CALL: Answers = {"country": "MY", "reach": REACH}
ASKED: Answers = {
    "ask": "Apa benar & perlu bayar 10 juta?",
    "country": "TW",
    "contact": "may-contact",
    "reach": REACH,
}
SUBMISSIONS = "**/intake/submissions"
# The share sheet of a phone: it keeps what it is given.
SHARE_SHEET = """
window.shared = [];
navigator.canShare = (given) => Boolean(given.files);
navigator.share = async ({ files }) => { shared.push(files[0].name, await files[0].text()); };
"""
NO_SHARE_SHEET = "navigator.canShare = undefined; navigator.share = undefined;"


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def unreceived(without_receiver: Path) -> Iterator[str]:
    """The address of the site of an organization that has no receiver."""
    with served(without_receiver) as address:
        yield address


def asking(phone: BrowserContext, address: str) -> tuple[Page, list[Request]]:
    """The page "Minta bantuan", and every request that it makes."""
    page = phone.new_page()
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))  # Playwright takes functions only
    page.goto(address + "bantuan/")
    return page, seen


def posts(seen: list[Request]) -> list[bytes]:
    """The bodies that were posted."""
    return [request.post_data_buffer or b"" for request in seen if request.method == "POST"]


def fail_to_send(page: Page, answers: Answers = CALL, door: str = "call") -> None:
    """Walk to the check and send, while the receiver does not answer."""
    page.route(SUBMISSIONS, lambda route: route.abort())
    walk(page, answers, door)
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")


def shared_by(page: Page, times: int) -> list[str]:
    """Names and texts of what the share sheet got, once it was opened so often."""
    # The page's policy lets no string be run as a script, so the waiting is done in a function.
    found: list[str] = page.evaluate(
        """async (length) => {
          while (shared.length < length) await new Promise((done) => setTimeout(done, 20));
          return shared;
        }""",
        2 * times,
    )
    return found


def opened(text: str) -> dict[str, Any]:
    """What the coordinator reads in a sealed report."""
    content: dict[str, Any] = json.loads(open_sealed(find_sealed(text), coordinator().key))
    return content


# --- the network comes back ---


def test_it_goes_by_itself_once_the_network_is_back(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """The very bytes that failed; the page says that it waits."""
    page, seen = asking(phone, open_site.address)
    walk(page, CALL, "call")
    phone.set_offline(True)
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    assert "begitu tersambung, kiriman berangkat sendiri" in page.inner_text("#sending")
    phone.set_offline(False)
    page.wait_for_selector("#received:not([hidden])")
    first, second = posts(seen)
    assert first == second


def test_nothing_waits_for_a_receiver_that_is_away(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """With a network no browser tells when a server is back, so the page does not promise it."""
    page, _ = asking(phone, open_site.address)
    fail_to_send(page)
    assert page.inner_text("#sending") == ""
    assert "Coba kirim lagi" in page.inner_text("#send")


def test_looking_again_without_a_change_repeats_the_same_bytes(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """ "Change", and then nothing changed: still one case, if the first one had arrived."""
    page, seen = asking(phone, open_site.address)
    fail_to_send(page)
    change = page.get_by_role("button", name="Ubah: Nomor atau akun yang aman")
    change.click()
    page.click("#next")
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    change.click()
    give(page, "reach", "+44 7700 900125")
    page.click("#next")
    assert page.is_hidden("#not-sent")
    page.click("#send")
    page.wait_for_selector("#not-sent:not([hidden])")
    tokens = [json.loads(body)["token"] for body in posts(seen)]
    assert posts(seen)[0] == posts(seen)[1]
    assert tokens[1] != tokens[2]


def test_typing_and_checking_need_no_network(phone: BrowserContext, open_site: OpenSite) -> None:
    """Once the page is there, the way to the check makes no request."""
    page, seen = asking(phone, open_site.address)
    phone.set_offline(True)
    before = len(seen)
    walk(page, CALL, "call")
    # Whether somebody is on duty is asked as the page opens, which may be only just over.
    assert [one.url for one in seen[before:] if not one.url.endswith("/intake/duty")] == []


# --- the message for WhatsApp ---


def test_the_message_holds_questions_and_answers(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """As they stand at the check, beside a word that it stays in the chat."""
    page, _ = asking(phone, open_site.address)
    fail_to_send(page, ASKED, "question")
    message = page.input_value("#message")
    for text in (
        "Apa yang ingin Anda tanyakan?\nApa benar & perlu bayar 10 juta?",
        "Negara kerja atau tujuan\nTaiwan",
        f"Nomor atau akun yang aman\n{REACH}",
    ):
        assert text in message
    assert "tetap ada di obrolan di kedua HP" in page.inner_text("#hand-over")


def test_the_message_can_be_changed_and_no_server_is_asked(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """It goes to the app by the app's own address: number and text as they were changed."""
    page, seen = asking(phone, open_site.address)
    fail_to_send(page, ASKED, "question")
    before = len(seen)
    page.fill("#message", "Tolong & telepon saya.\n#1")
    href = page.get_attribute("#to-whatsapp", "href") or ""
    assert href.startswith("whatsapp://send?")
    assert parse_qs(urlsplit(href).query) == {
        "phone": [PHONE.removeprefix("+")],
        "text": ["Tolong & telepon saya.\n#1"],
    }
    page.evaluate(
        "document.getElementById('to-whatsapp')"
        ".addEventListener('click', (event) => event.preventDefault())"
    )
    page.click("#to-whatsapp")
    assert seen[before:] == []
    assert not [request for request in seen if "wa.me" in request.url or "whatsapp" in request.url]


def test_the_message_can_be_copied(phone: BrowserContext, open_site: OpenSite) -> None:
    """For phones and browsers that do not lead to the app."""
    phone.grant_permissions(["clipboard-read", "clipboard-write"])
    page, _ = asking(phone, open_site.address)
    fail_to_send(page)
    page.click("#copy-message")
    assert page.inner_text("#handed") == "Sudah disalin."
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#message")


# --- the sealed report, handed over ---


def test_the_share_sheet_gets_the_bytes_that_would_be_posted(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """A text file with the sealed report; the coordinator opens it, and its token is the same."""
    phone.add_init_script(SHARE_SHEET)
    page, seen = asking(phone, open_site.address)
    fail_to_send(page)
    page.click("#share-sealed")
    name, text = shared_by(page, 1)
    assert name == "minta-bantuan.txt"
    [posted] = posts(seen)
    assert posted.decode() in text
    assert REACH not in text
    # Nothing else in the file looks like JSON.
    report = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert opened(json.dumps(report["sealed"]))["answers"]["reach"] == REACH


def test_where_nothing_can_be_shared_a_link_holds_the_report(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """Behind the "#", which browsers send to no server."""
    phone.add_init_script(NO_SHARE_SHEET)
    page, seen = asking(phone, open_site.address)
    fail_to_send(page)
    page.click("#share-sealed")
    page.wait_for_selector("#sealed-link-box:not([hidden])")
    address, _, sealed = page.input_value("#sealed-link").partition("#")
    assert address == open_site.address + "paralegal/buka/"
    assert unquote(sealed).encode() == posts(seen)[0]


def test_whoever_hands_over_learns_the_number_to_ask_for(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """The number is the one that the report gets once it is filed; no PIN, since none was asked."""
    phone.add_init_script(NO_SHARE_SHEET)
    page, seen = asking(phone, open_site.address)
    fail_to_send(page)
    assert page.inner_text("#own-codes") == ""
    page.click("#share-sealed")
    page.wait_for_selector("#sealed-link-box:not([hidden])")
    token = codes.decode(json.loads(posts(seen)[0])["token"], codes.TOKEN_BYTES)
    said = page.inner_text("#own-codes")
    assert codes.case_number(token) in said
    assert "PIN" not in said


def test_two_presses_share_one_report(phone: BrowserContext, open_site: OpenSite) -> None:
    """Sealing takes a moment on a slow phone; an impatient thumb makes no second case."""
    phone.add_init_script(SHARE_SHEET)
    page, _ = asking(phone, open_site.address)
    page.route(SUBMISSIONS, lambda route: route.abort())
    walk(page, CALL, "call")
    page.evaluate("document.getElementById('hand-over').hidden = false")
    page.evaluate(
        "() => { const b = document.getElementById('share-sealed'); b.click(); b.click(); }"
    )
    first, again = shared_by(page, 2)[1::2]
    assert first == again


# --- an organization without a receiver ---


def test_without_a_receiver_the_form_ends_in_the_message(
    phone: BrowserContext, unreceived: str
) -> None:
    """There is nothing to send to, and nothing is posted."""
    page, seen = asking(phone, unreceived)
    walk(page, ASKED, "question")
    assert page.is_hidden("#send")
    assert page.is_visible("#to-whatsapp")
    assert REACH in page.input_value("#message")
    assert posts(seen) == []
    assert [request.url for request in seen if "intake" in request.url] == []


def test_without_a_receiver_a_changed_answer_changes_the_message(
    phone: BrowserContext, unreceived: str
) -> None:
    """The message follows the answers until it is sent."""
    page, _ = asking(phone, unreceived)
    walk(page, ASKED, "question")
    page.get_by_role("button", name="Ubah: Apa yang ingin Anda tanyakan?").click()
    assert asked(page) == "ask"
    give(page, "ask", "Pertanyaan lain")
    page.click("#next")
    assert "Pertanyaan lain" in page.input_value("#message")
    assert "10 juta" not in page.input_value("#message")


def test_without_receiver_and_javascript_the_doors_lead_to_the_teams_phone(
    browser: Browser, unreceived: str
) -> None:
    """By the link that WhatsApp gives for it, without a word of the person's own in it."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(unreceived + "bantuan/")
    doors = page.locator("[data-door]").evaluate_all("(all) => all.map((one) => one.href)")
    assert set(doors) == {"https://wa.me/" + PHONE.removeprefix("+")}
    context.close()
