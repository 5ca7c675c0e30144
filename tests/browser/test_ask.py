"""People ask for help on a phone of 360 by 640 pixels: each journey from its door to the tracker.

Site, receiver and folder tracker are the real ones; everybody in the answers is invented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page

from form_walk import Answers, asked, fill_in, give, send, state, walk, walk_on, walk_to
from intake import spool
from intake.commands import deliver
from intake.sealing import find_sealed, open_sealed
from open_site import OpenSite
from workplace import coordinator, the_form

NAMELESS = re.compile(r"\s*- (textbox|radio|checkbox|button|combobox|group):?")
REACH = "WhatsApp +44 7700 900124"
CALL: Answers = {"country": "MY", "reach": REACH, "safe-hours": ["evening"]}
RIYADH: Answers = {
    "safe": "no",
    "problem": ["locked-in", "violence"],
    "stage": "abroad",
    "country": "SA",
    "regency": "33.02",
    "shared-phone": "watched",
    "contact": "i-come-back",
}
DAUGHTER: Answers = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact"],
    "last-heard": "lebaran",
    "story": "Anak rekaan saya di Johor.",
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "may-contact",
    "channel": "whatsapp",
    "reach": REACH,
}
FULL: Answers = {
    "safe": "yes",
    "problem": ["unpaid-wages", "overwork"],
    "signs": ["under-18", "isolated"],
    "story": "Gaji rekaan.\nBelum dibayar.",
    "stage": "abroad",
    "country": "HK",
    "regency": "33.02",
    "shared-phone": "no",
    "contact": "may-contact",
    "channel": "phone",
    "reach": REACH,
    "safe-hours": ["evening", "day-off"],
    "clock": "work-country",
    "share": ["mission", "legal-aid"],
    "life-danger": "embassy-only",
    "guardian": "dangerous",
    "statistics": ["count-me"],
    "your-name": "Contoh",
    "leave-message": "neutral",
    "if-other-answers": "friend",
    "code-word": "mawar",
    "woman": "yes",
    "spoken": ["javanese"],
    "worker-name": "Contoh Rekaan",
    "agency": "PT Rekaan",
    "village": "Desa Contoh",
    "place-abroad": "Jalan Rekaan",
}


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 360 by 640 pixels."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext, open_site: OpenSite) -> Page:
    """The page "Minta bantuan" in Indonesian."""
    opened = phone.new_page()
    opened.goto(open_site.address + "bantuan/")
    return opened


def filed(site: OpenSite, case_number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The index card of a case in the tracker, and what the coordinator opens."""
    # Without JavaScript the tests are quicker than a person, so what they send is held back.
    with mock.patch.object(spool, "SUSPECTS_PER_HOUR", 1_000):
        deliver.courier(site.place.settings).deliver()
    text = (site.place.tracker / f"{case_number}.md").read_text(encoding="utf-8")
    content = json.loads(open_sealed(find_sealed(text), coordinator().key))
    return yaml.safe_load(text.split("---\n")[1]), content


# --- doors and journeys ---


def test_call_me_takes_three_answers(page: Page, open_site: OpenSite) -> None:
    """Country, number, safe hours: KUNING, and the tracker says that a call is asked for."""
    walk(page, CALL, "call")
    case_number = send(page)
    assert "Kalau tidak menyebut nomor ini, tutup telepon" in page.inner_text("#received")
    assert page.is_hidden("#pin-box")
    card, content = filed(open_site, case_number)
    assert card["title"] == f"KUNING · {case_number}"
    assert {"masalah: minta ditelepon", "negara: Malaysia", "boleh: dihubungi"} <= set(
        card["labels"]
    )
    assert content["answers"]["safe"] == "unknown"
    assert content["answers"]["safe-hours"] == ["evening"]


def test_the_whole_form_arrives_as_it_was_given(page: Page, open_site: OpenSite) -> None:
    """Every question that is asked for somebody at risk, the last extra ones included."""
    walk(page, FULL)
    card, content = filed(open_site, send(page))
    assert {name: content["answers"][name] for name in FULL} == {
        name: sorted(value) if isinstance(value, list) else value for name, value in FULL.items()
    }
    assert card["title"].startswith("MERAH")


def test_consents_are_recorded_with_version_and_time(page: Page, open_site: OpenSite) -> None:
    """What was ticked, for which questions, and when; the child's guardian among it."""
    begun = page.evaluate("Math.floor(Date.now() / 1000)")
    walk(page, FULL)
    _, content = filed(open_site, send(page))
    consents = content["consents"]
    assert begun <= consents.pop("at") <= page.evaluate("Math.ceil(Date.now() / 1000)")
    assert consents == {
        "version": the_form().version,
        "keep": True,
        "share": ["legal-aid", "mission"],
        "life-danger": "embassy-only",
        "guardian": "dangerous",
        "statistics": ["count-me"],
    }


def test_no_consent_is_ticked_beforehand(page: Page, open_site: OpenSite) -> None:
    """Whoever ticks nothing is asked first."""
    ticked = page.locator("#form input:checked").count()
    assert ticked == 0
    walk(page, RIYADH)
    card, content = filed(open_site, send(page))
    assert "boleh: tanya dulu" in card["labels"]
    assert content["consents"]["share"] == content["consents"]["statistics"] == []


def test_tell_nobody_is_an_answer_and_a_label(page: Page, open_site: OpenSite) -> None:
    """It stands alone: beside a body it is an error that says so."""
    page.click("[data-door=write]")
    walk_to(page, "share", RIYADH)
    give(page, "share", ["police", "nobody"])
    page.click("#next")
    assert page.is_visible("#problems")
    page.uncheck("input[value=police]")
    page.click("#enough")
    card, _ = filed(open_site, send(page))
    assert "boleh: jangan beri tahu siapa pun" in card["labels"]


def test_a_mother_is_asked_about_her_daughter(page: Page, open_site: OpenSite) -> None:
    """The questions and the check say "anak Anda"; the team may write to her by WhatsApp."""
    page.click("[data-door=other]")
    walk_to(page, "safe", DAUGHTER)
    assert page.inner_text("[data-question=safe]") == "Apakah anak Anda aman sekarang?"
    walk_to(page, "stage", DAUGHTER)
    assert page.inner_text("[data-question=stage]") == "Di mana anak Anda sekarang?"
    walk_on(page, {name: DAUGHTER[name] for name in list(DAUGHTER)[5:]})
    assert "Di mana anak Anda sekarang?" in page.inner_text("#review")
    card, content = filed(open_site, send(page))
    assert "masalah: hilang kontak" in card["labels"]
    assert content["answers"] == {**DAUGHTER, "door": "other"}


def test_ten_minutes_in_riyadh(page: Page, open_site: OpenSite) -> None:
    """On a watched phone "do not contact me" stands first; numbers come first, then the PIN."""
    page.click("[data-door=write]")
    walk_to(page, "contact", RIYADH)
    first = page.locator("[data-field=contact] .option").first
    assert first.inner_text() == "Jangan hubungi saya. Saya yang kembali"
    give(page, "contact", "i-come-back")
    page.click("#enough")
    case_number = send(page)
    shown = page.inner_text("#received")
    assert shown.index("Telepon sekarang") < shown.index("911") < shown.index(case_number)
    assert page.is_visible("#pin")
    assert "tidak akan menghubungi Anda" in shown
    card, _ = filed(open_site, case_number)
    assert card["title"].startswith("MERAH")
    assert {"boleh: jangan hubungi", "masalah: keselamatan"} <= set(card["labels"])


def test_do_not_contact_stands_first_only_where_it_is_safer(page: Page) -> None:
    """After the answers are changed back, so is the order."""
    page.click("[data-door=write]")
    calm = {**RIYADH, "safe": "yes", "shared-phone": "no"}
    for answers, expected in ((RIYADH, "i-come-back"), (calm, "may-contact")):
        walk_to(page, "contact", answers)
        assert page.locator("[data-field=contact] input").first.get_attribute("value") == expected
        while asked(page) != "safe":
            page.click("#back")


def test_the_last_four_of_the_pin_are_checked(page: Page) -> None:
    """A wrong note is noticed while the PIN still stands there."""
    walk(page, CALL, "call")
    send(page)
    page.click("#show-pin")
    pin = page.inner_text("#pin")
    assert [len(group) for group in pin.split()] == [4, 4, 4, 4]
    wrong = f"{(int(pin[-4:]) + 1) % 10_000:04d}"
    for typed, said in (("12", ""), (wrong, "Belum cocok"), (pin[-4:], "Cocok")):
        page.fill("#last-four", typed)
        assert page.inner_text("#last-four-said").startswith(said)
        assert bool(page.inner_text("#last-four-said")) == bool(said)


def test_a_question_needs_no_more_than_itself(page: Page, open_site: OpenSite) -> None:
    """Question, country, and a way to answer; the error of an empty one says what to do."""
    page.click("[data-door=question]")
    page.click("#next")
    assert "supaya tim bisa menjawab Anda" in page.inner_text("#problems")
    walk_on(
        page,
        {
            "ask": "Apa benar bayar 10 juta?",
            "country": "TW",
            "contact": "may-contact",
            "reach": REACH,
        },
    )
    card, content = filed(open_site, send(page))
    assert card["title"].startswith("HIJAU")
    assert "masalah: tanya" in card["labels"]
    assert content["answers"]["ask"] == "Apa benar bayar 10 juta?"


def test_i_would_rather_talk_keeps_what_was_answered(page: Page, open_site: OpenSite) -> None:
    """From the middle of the form: the rest up to the number is "I don't know"."""
    page.click("[data-door=write]")
    walk_to(page, "stage", {"safe": "yes", "problem": ["overwork"]})
    page.click("#talk")
    assert asked(page) == "contact"
    walk_on(page, {"contact": "may-contact", "reach": REACH})
    card, content = filed(open_site, send(page))
    answers = content["answers"]
    assert answers["problem"] == ["overwork", "talk"]
    assert [answers[name] for name in ("safe", "stage", "country", "regency")] == [
        "yes",
        "unknown",
        "ZZ",
        "00",
    ]
    assert "masalah: minta ditelepon" in card["labels"]


@pytest.mark.parametrize("door", ["write", "question"])
def test_i_would_rather_talk_works_from_the_first_question(page: Page, door: str) -> None:
    """Nothing has to be answered but how to be reached."""
    page.click(f"[data-door={door}]")
    page.click("#talk")
    walk_on(page, {"contact": "may-contact", "reach": REACH})
    assert "Saya mau bicara saja" in page.inner_text("#review")


def test_talking_is_offered_once_it_is_known_about_whom(page: Page) -> None:
    """ "Who needs help?" has no "I don't know", so it comes first."""
    page.click("[data-door=other]")
    assert page.is_hidden("#talk")
    give(page, "who", "sibling")
    page.click("#talk")
    assert asked(page) == "contact"


def test_a_volunteers_record_says_how_it_came_and_who_agreed(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """Both are sealed: nothing of them stands on the index card."""
    page = phone.new_page()
    page.goto(open_site.address + "paralegal/catat/")
    walk(page, {"came-by": "facebook", "agreed": "family", **DAUGHTER}, "volunteer")
    case_number = send(page)
    card, content = filed(open_site, case_number)
    assert content["answers"] == {
        **DAUGHTER,
        "came-by": "facebook",
        "agreed": "family",
        "door": "volunteer",
    }
    assert "facebook" not in json.dumps(card).lower()


def test_where_nobody_agreed_no_consent_is_recorded(
    phone: BrowserContext, open_site: OpenSite
) -> None:
    """A volunteer who could not ask says so, and the reader shows that it has to be asked for."""
    page = phone.new_page()
    page.goto(open_site.address + "paralegal/catat/")
    walk(page, {"came-by": "village", "agreed": "nobody", **DAUGHTER}, "volunteer")
    _, content = filed(open_site, send(page))
    assert content["consents"]["keep"] is False


# --- without JavaScript ---


@pytest.mark.parametrize(
    ("door", "answers", "label"),
    [
        ("call", CALL, "masalah: minta ditelepon"),
        ("write", RIYADH, "masalah: keselamatan"),
        (
            "question",
            {"ask": "Apa benar?", "country": "TW", "contact": "may-contact", "reach": REACH},
            "masalah: tanya",
        ),
        ("other", DAUGHTER, "masalah: hilang kontak"),
    ],
)
def test_each_door_works_without_javascript(
    browser: Browser, open_site: OpenSite, door: str, answers: Answers, label: str
) -> None:
    """The receiver's page asks the same questions at once, and no more than that door needs."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(open_site.address + "bantuan/")
    page.click(f"[data-door={door}]")
    page.wait_for_url(f"**/intake/form?language=id&door={door}")
    fields = the_form().fields
    assert sorted(state(page)["asked"]) == sorted(f.id for f in fields if f.opens_with(door))
    fill_in(page, answers)
    page.click("button[type=submit]")
    case_number = page.inner_text("#case-number")
    context.close()
    card, content = filed(open_site, case_number)
    assert label in card["labels"]
    assert {name: content["answers"][name] for name in answers} == dict(answers)
    assert content["answers"]["door"] == door


def test_without_javascript_only_what_is_on_the_page_is_named(
    browser: Browser, open_site: OpenSite
) -> None:
    """The door "call me" does not say "only if you chose ...", where nothing can be chosen."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(open_site.address + "intake/form?language=id&door=call")
    assert page.locator(".only-if").count() == 0
    assert "wajib dijawab" in page.inner_text("[data-field=reach]")
    page.goto(open_site.address + "intake/form?language=id&door=write")
    assert "Ya, silakan hubungi saya" in page.inner_text("[data-field=reach] .only-if")
    context.close()


# --- one question at a time ---


def test_every_question_takes_the_focus_and_has_a_name(page: Page) -> None:
    """Walking on moves the focus to the question; each control is named for screen readers."""
    page.click("[data-door=write]")
    seen = []
    for _ in range(60):
        name = asked(page)
        seen.append(name)
        assert page.evaluate("document.activeElement.dataset.question") == name
        question = page.inner_text(f"[data-question='{name}']")
        read = page.locator("#form").aria_snapshot()
        assert question in read
        assert [line for line in read.splitlines() if NAMELESS.fullmatch(line)] == []
        if name in FULL:
            give(page, name, FULL[name])
        page.click("#next" if name in FULL else "#skip")
        if state(page)["review"]:
            break
    assert page.evaluate("document.activeElement.id") == "review-title"
    assert set(FULL) <= set(seen)


def test_changing_an_answer_leads_back_to_the_check(page: Page) -> None:
    """Also where the change brings a question that must be answered, which is no mistake."""
    walk(page, RIYADH)
    page.get_by_role("button", name="Ubah: Bolehkah tim menghubungi Anda?").click()
    give(page, "contact", "may-contact")
    page.click("#next")
    assert asked(page) == "reach"
    assert page.is_hidden("#problems")
    give(page, "reach", REACH)
    page.click("#next")
    assert REACH in page.inner_text("#review")


def test_what_was_not_answered_can_still_be(page: Page) -> None:
    """It stands folded at the end of the check."""
    walk(page, RIYADH)
    page.click("#review summary")
    page.get_by_role("button", name="Ubah: Ceritakan dengan kata-kata Anda sendiri").click()
    give(page, "story", "Cerita rekaan.")
    page.click("#next")
    assert "Cerita rekaan." in page.inner_text("#review .review >> nth=0")


def test_an_answer_whose_question_fell_away_is_not_sent(page: Page, open_site: OpenSite) -> None:
    """A number given before "do not contact me" stays on the phone."""
    walk(page, DAUGHTER, "other")
    page.get_by_role("button", name="Ubah: Bolehkah tim menghubungi Anda?").click()
    give(page, "contact", "i-come-back")
    page.click("#next")
    assert REACH not in page.inner_text("#review")
    _, content = filed(open_site, send(page))
    assert "reach" not in content["answers"]


def test_a_long_answer_shows_how_much_room_is_left(page: Page) -> None:
    """Characters as the receiver counts them; too many are an error that says how many."""
    page.click("[data-door=write]")
    walk_to(page, "story", RIYADH)
    assert page.inner_text("#room-story") == "Sisa ruang: 6000 huruf."
    give(page, "story", "😢" * 10)
    assert page.inner_text("#room-story") == "Sisa ruang: 5990 huruf."
    give(page, "story", "x" * 6_001)
    page.click("#next")
    assert "Paling banyak 6000 huruf; sekarang 6001" in page.inner_text("#problems")
    assert page.input_value("[name=story]") == "x" * 6_001


def test_progress_is_told_in_words(page: Page) -> None:
    """So many questions to go; in the last step anybody may stop."""
    page.click("[data-door=write]")
    assert page.inner_text("#progress").startswith("Pertanyaan ke-1, sisa ")
    walk_to(page, "your-name", RIYADH)
    assert page.inner_text("#progress") == "Tambahan, boleh berhenti"
    assert page.is_visible("#enough")


def test_enough_is_offered_while_the_last_needed_answer_is_typed(page: Page) -> None:
    """Nobody has to leave the field first."""
    page.click("[data-door=call]")
    walk_to(page, "reach", CALL)
    assert page.is_hidden("#enough")
    page.locator("[name=reach]").press_sequentially("+44")
    assert page.is_visible("#enough")


def test_back_leads_to_the_question_before_and_to_the_doors(page: Page) -> None:
    """The answers stay; at the doors the one that was taken has the focus."""
    page.click("[data-door=write]")
    give(page, "safe", "yes")
    page.click("#next")
    page.click("#back")
    assert page.is_checked("[name=safe][value=yes]")
    page.click("#back")
    assert page.is_visible("#intro")
    assert page.evaluate("document.activeElement.dataset.door") == "write"


# --- on duty or not ---


@pytest.mark.parametrize("language", ["id", "en"])
def test_off_duty_shows_official_numbers_first(
    phone: BrowserContext, open_site: OpenSite, language: str
) -> None:
    """Where nobody has read in time, the page says so before anything else; asking stays open."""
    page = phone.new_page()
    page.route("**/intake/duty", lambda route: route.fulfill(json={"on_duty": False}))
    page.goto(open_site.address + ("" if language == "id" else "en/") + "bantuan/")
    page.wait_for_selector("#off-duty:not([hidden])")
    order = page.evaluate(
        "[...document.querySelectorAll('#off-duty, #intro a[href*=darurat], [data-door]')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.id || one.dataset.door)"
    )
    assert order[0] == "off-duty"
    assert order[-4:] == ["call", "write", "question", "other"]
    assert page.locator("#off-duty a[href^='tel:']").count() >= 2
    assert page.is_hidden(".duty")


@pytest.mark.parametrize("answer", ["on duty", "not found", "broken", "nothing"])
def test_nothing_is_said_where_nothing_is_known(
    phone: BrowserContext, open_site: OpenSite, answer: str
) -> None:
    """On duty, an older receiver, another answer, or none at all."""
    page = phone.new_page()
    answers: dict[str, dict[str, Any]] = {
        "on duty": {"json": {"on_duty": True}},
        "not found": {"status": 404, "json": {"on_duty": False}},
        "broken": {"body": "<html>"},
    }
    page.route(
        "**/intake/duty",
        lambda route: route.fulfill(**answers[answer]) if answer in answers else route.abort(),
    )
    page.goto(open_site.address + "bantuan/", wait_until="networkidle")
    assert page.is_hidden("#off-duty")
    assert page.is_hidden("#last-read")
    assert page.is_visible(".duty")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("id", r"Seorang petugas terakhir membaca pada 21 November 2026\D+18.02 WIB\."),
        ("en", r"A team member last read on 21 November 2026\D+18:02 WIB\."),
    ],
)
@pytest.mark.parametrize("on_duty", [True, False])
def test_it_is_said_when_somebody_last_read(
    browser: Browser, open_site: OpenSite, language: str, sentence: str, on_duty: bool
) -> None:
    """Day and hour by the team's own clock, wherever the phone is; off duty too."""
    told = {"on_duty": on_duty, "last_read_at": 1_795_258_920}
    with browser.new_context(timezone_id="Asia/Taipei", locale="zh-TW") as abroad:
        page = abroad.new_page()
        page.route("**/intake/duty", lambda route: route.fulfill(json=told))
        page.goto(open_site.address + ("" if language == "id" else "en/") + "bantuan/")
        page.wait_for_selector("#last-read:not([hidden])")
        assert re.fullmatch(sentence, " ".join(page.inner_text("#last-read").split()))
