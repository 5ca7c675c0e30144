"""The reader page in real Chromium: what it opens, what it says, and what never leaves it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from accessibility import faults
from browser.counterpart import PASSPHRASE, lock, seal
from browser.served import Loopback
from intake.codes import case_number

ROOT = Path(__file__).parents[2]
PATHS = {"id": "paralegal/buka/", "en": "en/paralegal/buka/"}
CANARY = "kenari-7f3a"
STORY = f"Paspor saya ditahan PT.\nBaris kedua <b>tebal</b> & {CANARY}\n\n  menjorok"
TOKEN = bytes(range(16))
NUMBER = case_number(TOKEN)

LABELS = {
    "id": {
        "safe": "Apakah Anda aman sekarang?",
        "safe-other": "Apakah {subject} aman sekarang?",
        "child": "Anak saya",
        "subject": "anak Anda",
        "no": "Tidak",
        "papers": "Paspor ditahan",
        "story": "Ceritakan",
        "MY": "Malaysia",
        "TW": "Taiwan",
        "village": "Desa",
    },
    "en": {
        "safe": "Are you safe now?",
        "safe-other": "Is {subject} safe now?",
        "child": "My child",
        "subject": "your child",
        "no": "No",
        "papers": "Passport withheld",
        "story": "Tell it",
        "MY": "Malaysia",
        "TW": "Taiwan",
        "village": "Village",
    },
}


def definition(language: str) -> dict[str, Any]:
    """A small form in the shape that the page gets from `form_definition`."""
    say = LABELS[language]
    return {
        "language": language,
        "version": 1,
        "fields": [
            {
                "id": "who",
                "kind": "one",
                "label": "who",
                "choices": {
                    "me": {"label": "me"},
                    "child": {"label": say["child"], "subject": say["subject"]},
                },
            },
            {
                "id": "safe",
                "kind": "one",
                "label": say["safe"],
                "other": say["safe-other"],
                "choices": {"no": {"label": say["no"]}, "yes": {"label": "yes"}},
            },
            {
                "id": "problem",
                "kind": "many",
                "label": "problem",
                "choices": {
                    "papers-withheld": {"label": say["papers"], "group": "papers"},
                    "overwork": {"label": "overwork", "group": "work"},
                },
            },
            {"id": "story", "kind": "long", "label": say["story"], "choices": {}},
            {
                "id": "country",
                "kind": "select",
                "label": "country",
                "choices": {"MY": {"label": say["MY"]}, "TW": {"label": say["TW"]}},
            },
            {"id": "village", "kind": "text", "label": say["village"], "choices": {}},
            {
                "id": "share",
                "kind": "many",
                "label": "share",
                "choices": {"police": {"label": "police"}},
            },
        ],
        "facts": [
            {"id": "urgency"},
            {"id": "country", "from": "country"},
            {"id": "problem", "from": "problem", "by": "group"},
            {"id": "sharing"},
            {"id": "language"},
        ],
        "urgency": [
            {"level": "red", "any": {"safe": ["no"]}},
            {"level": "yellow", "any": {"problem": ["papers-withheld"]}},
        ],
        "levels": {"red": "MERAH", "yellow": "KUNING", "green": "HIJAU"},
        "groups": {"papers": "Dokumen", "work": "Pekerjaan"},
        "sharing": {"may-share": "Boleh diteruskan", "ask-first": "Tanya dulu"},
    }


ANSWERS: dict[str, Any] = {
    "who": "child",
    "safe": "no",
    "problem": ["overwork", "papers-withheld"],
    "story": STORY,
    "country": "MY",
}
FACTS: dict[str, Any] = {
    "urgency": "red",
    "country": "MY",
    "problem": ["papers", "work"],
    "sharing": "ask-first",
    "language": "id",
}


def written(**changes: Any) -> bytes:
    """The padded plaintext of one report."""
    report = {
        "version": 1,
        "token": urlsafe_b64encode(TOKEN).rstrip(b"=").decode(),
        "language": "id",
        "facts": FACTS,
        "answers": ANSWERS,
        "consents": {"version": 1, "at": 1795000000, "keep": True, "share": []},
        "return_verifier": "v",
        "answer_key": "k",
        "written_at": 1795000000,
    }
    return json.dumps(report | changes, ensure_ascii=False).encode().ljust(2048)


def block(sealed: dict[str, Any]) -> str:
    """The sealed report as one line of JSON."""
    return json.dumps(sealed, separators=(",", ":"))


def issue_body(sealed: dict[str, Any], facts: dict[str, Any] = FACTS, number: str = NUMBER) -> str:
    """An issue as the tracker keeps it, link and both blocks included."""
    link = f"https://contoh.example/paralegal/buka/#{quote(block(sealed), safe='')}"
    return (
        f"<!-- intake {number} -->\n\n**Boleh dihubungi** {{lihat laporan}}\n\n| | |\n|---|---|\n"
        f"| Negara | Malaysia |\n\n[Buka laporan]({link})\n\n"
        f"```json\n{json.dumps({'facts': facts})}\n```\n\n```json\n{block(sealed)}\n```\n"
    )


def tracker_file(sealed: dict[str, Any]) -> str:
    """A file of the folder tracker."""
    front = f"---\nnumber: 1\ntitle: MERAH · {NUMBER}\nlabels: ['darurat: merah']\n---\n"
    return front + issue_body(sealed)


# --- the page ---


def small_page(site: Path, language: str) -> str:
    """The reader page as the site publishes it, but with the small form of this file."""
    html = (site / PATHS[language] / "index.html").read_text(encoding="utf-8")
    before, rest = html.split('id="form-definition">', 1)
    _, after = rest.split("</script>", 1)
    small = json.dumps(definition(language))
    return f'{before}id="form-definition">{small}</script>{after}'


@dataclass
class Reader:
    """One open reader page at the width of a small phone, and every request it made."""

    page: Page
    context: BrowserContext
    requests: list[Request]
    say: dict[str, Any]

    def open(self, report: str | None, key: str | None, passphrase: str | None) -> None:
        """Fill in what is given and press the button; wait until the page is done."""
        for name, text in (("report", report), ("key", key), ("passphrase", passphrase)):
            if text is not None:
                self.page.fill(f"#{name}-text", text)
        self.page.click("#open-report")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being opened."""
        expect(self.page.locator("#reader-status")).not_to_have_text(self.say["opening"])

    @property
    def text(self) -> str:
        """What a person can read of the opened report."""
        return self.page.inner_text("#opened")

    def error(self, place: str) -> str:
        """The sentence shown at that place; empty when none is."""
        locator = self.page.locator(f"#{place}-error")
        return locator.inner_text().strip() if locator.is_visible() else ""

    @property
    def focused(self) -> str:
        """The id of the element that has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))


Open = Callable[..., Any]


@pytest.fixture(scope="module")
def addresses(site: Path, loopback: Loopback) -> dict[str, str]:
    """The reader's address in each language, served on loopback."""
    for script in site.glob("assets/reader-*.js"):
        loopback.pages[f"/assets/{script.name}"] = script.read_text(encoding="utf-8")
    for language, path in PATHS.items():
        loopback.pages["/" + path] = small_page(site, language)
    frame = f'<!doctype html><title>Lain</title><iframe src="/{PATHS["id"]}"></iframe>'
    loopback.pages["/bingkai"] = frame
    return {language: f"{loopback.address}/{path}" for language, path in PATHS.items()}


@pytest.fixture
def visit(browser: Browser, addresses: dict[str, str], loopback: Loopback) -> Iterator[Open]:
    """Open the reader in a fresh context; close all contexts afterwards."""
    contexts: list[BrowserContext] = []

    def open_reader(language: str = "id", fragment: str = "", **options: Any) -> Reader:
        context = browser.new_context(viewport={"width": 360, "height": 740}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        requests: list[Request] = []
        page.on("request", lambda request: requests.append(request))
        page.goto(loopback.address + "/")
        page.goto(addresses[language] + fragment)
        words = json.loads(page.locator("#reader-words").text_content() or "")
        return Reader(page, context, requests, words)

    yield open_reader
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def locked(keys: list[ECKey]) -> str:
    """The first key, locked by its passphrase."""
    return lock(keys[0])


@pytest.fixture(scope="module")
def sealed(keys: list[ECKey]) -> dict[str, Any]:
    """One report sealed to all three keys."""
    return seal(written(), keys)


@contextmanager
def no_request(reader: Reader) -> Iterator[None]:
    """Fail when the page asks the network for anything inside the block."""
    before = len(reader.requests)
    yield
    assert [request.url for request in reader.requests[before:]] == []


# --- the four ways in ---


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("way", ["block", "link", "body", "tracker file"])
def test_pasted_report_opens(
    visit: Open, sealed: dict[str, Any], locked: str, way: str, language: str
) -> None:
    """Block, link, whole issue and the tracker's file all open, in both languages."""
    texts = {
        "block": block(sealed),
        "link": "https://contoh.example/paralegal/buka/#" + quote(block(sealed), safe=""),
        "body": issue_body(sealed),
        "tracker file": tracker_file(sealed),
    }
    reader = visit(language)
    reader.open(texts[way], locked, PASSPHRASE)
    assert reader.page.inner_text("#opened-title") == reader.say["report_of"].format(number=NUMBER)
    assert STORY in reader.text
    assert reader.focused == "opened-title"
    assert reader.page.is_hidden("#reader-form")


def test_report_and_key_open_from_files(
    visit: Open, sealed: dict[str, Any], locked: str, tmp_path: Path
) -> None:
    """Files from the phone's storage fill the boxes; the key's file may end in a line feed."""
    report, key = tmp_path / f"{NUMBER}.md", tmp_path / "kunci.txt"
    report.write_text(tracker_file(sealed), encoding="utf-8")
    key.write_text(locked + "\n", encoding="utf-8")
    reader = visit()
    reader.page.set_input_files("#report-file", report)
    reader.page.set_input_files("#key-file", key)
    expect(reader.page.locator("#key-text")).not_to_have_value("")
    reader.open(None, None, PASSPHRASE)
    assert STORY in reader.text


def test_link_fills_in_the_report_and_leaves_no_trace(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """The fragment is gone from the address and from history before anything is typed."""
    reader = visit("id", "#" + quote(block(sealed), safe=""))
    assert reader.page.evaluate("location.hash") == ""
    assert reader.page.evaluate("history.length") == 3
    assert reader.page.input_value("#report-text") == block(sealed)
    assert reader.page.inner_text("#from-link") == reader.say["from_link"]
    reader.open(None, locked, PASSPHRASE)
    assert STORY in reader.text
    address = reader.page.url
    reader.page.goto(address.replace(PATHS["id"], ""))
    reader.page.go_back()
    assert reader.page.url == address
    assert "#" not in address


def test_anchor_of_the_page_is_left_alone(visit: Open) -> None:
    """A fragment that is no report still leads to its heading."""
    reader = visit("id", "#watched")
    assert reader.page.evaluate("location.hash") == "#watched"
    assert reader.page.input_value("#report-text") == ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "\n".join(text[start : start + 76] for start in range(0, len(text), 76)),
        lambda text: f"Halo {{ini}} laporannya: {{ {text}\n-- \nterima kasih }}",
        lambda text: text.replace(",", ",\n  ").replace(":", ": "),
    ],
    ids=["wrapped lines", "braces around it", "pretty printed"],
)
def test_block_survives_what_chat_programs_do(
    visit: Open, sealed: dict[str, Any], locked: str, spoil: Callable[[str], str]
) -> None:
    """Broken lines, stray braces and pretty printing do not hide a report."""
    reader = visit()
    reader.open(spoil(block(sealed)), locked, PASSPHRASE)
    assert STORY in reader.text


# --- what is shown ---


def test_report_is_laid_out_in_the_pages_language(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """An Indonesian report is read in English: labels change, the person's words do not."""
    reader = visit("en")
    reader.open(block(sealed), locked, PASSPHRASE)
    assert "Is your child safe now?" in reader.text
    assert "Passport withheld" in reader.text
    assert "Malaysia" in reader.text
    assert "MERAH" in reader.text
    assert "18 November 2026" in reader.text
    assert reader.say["languages"]["id"] in reader.text
    assert "Village" in reader.page.locator("dl.review").last.inner_text()


def test_story_is_text_with_its_line_breaks(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """What a person wrote never becomes HTML, and keeps its lines and indents."""
    reader = visit()
    reader.open(block(sealed), locked, PASSPHRASE)
    shown = reader.page.get_by_text(CANARY)
    assert shown.inner_text() == STORY
    assert shown.locator("b").count() == 0


def test_markup_in_every_place_stays_text(visit: Open, keys: list[ECKey], locked: str) -> None:
    """Codes, facts, field names and consents of a hostile sender make no element."""
    bad = "<img src=/x onerror=alert(1)>"
    hostile = written(
        answers=dict.fromkeys((*ANSWERS, bad), bad),
        facts=dict.fromkeys((*FACTS, bad), bad),
        consents={bad: [bad]},
        language=bad,
    )
    reader = visit()
    with no_request(reader):
        reader.open(issue_body(seal(hostile, keys)), locked, PASSPHRASE)
    assert bad in reader.text
    assert reader.page.locator("#opened img").count() == 0


def test_agreeing_facts_are_said_to_agree(visit: Open, sealed: dict[str, Any], locked: str) -> None:
    """Nothing is flagged when issue, report and answers say the same."""
    reader = visit()
    reader.open(issue_body(sealed), locked, PASSPHRASE)
    assert reader.say["facts_agree"] in reader.text
    assert reader.say["differences"] not in reader.text


@pytest.mark.parametrize(
    ("report", "issue", "sentence"),
    [
        (
            {},
            {"facts": FACTS | {"urgency": "green"}},
            "Tingkat mendesak: di issue HIJAU; di dalam laporan MERAH; menurut jawaban MERAH.",
        ),
        (
            {"facts": FACTS | {"urgency": "green"}},
            {"facts": FACTS | {"urgency": "green"}},
            "Tingkat mendesak: di issue HIJAU; di dalam laporan HIJAU; menurut jawaban MERAH.",
        ),
        (
            {"facts": FACTS | {"country": "TW"}},
            None,
            "Negara: di dalam laporan Taiwan; menurut jawaban Malaysia.",
        ),
        (
            {},
            {"facts": FACTS | {"problem": ["work"]}},
            "Masalah: di issue Pekerjaan; di dalam laporan Dokumen; Pekerjaan; "
            "menurut jawaban Dokumen; Pekerjaan.",
        ),
        (
            {},
            {"facts": {name: FACTS[name] for name in FACTS if name != "country"}},
            "Negara: di issue tidak ada; di dalam laporan Malaysia; menurut jawaban Malaysia.",
        ),
        (
            {},
            {"number": "0000-0000"},
            f"Nomor kasus: di issue 0000-0000; menurut laporan {NUMBER}.",
        ),
        (
            {"consents": {"keep": True, "share": ["police"]}},
            None,
            "Izin “share”: tercatat police; menurut jawaban tidak ada.",
        ),
    ],
)
def test_differences_are_shown_plainly(
    visit: Open,
    keys: list[ECKey],
    locked: str,
    report: dict[str, Any],
    issue: dict[str, Any] | None,
    sentence: str,
) -> None:
    """Each disagreement of issue, sealed facts and answers gets its own sentence, announced."""
    sealed = seal(written(**report), keys)
    reader = visit()
    reader.open(block(sealed) if issue is None else issue_body(sealed, **issue), locked, PASSPHRASE)
    alert = reader.page.locator("#opened-content [role=alert]")
    assert alert.locator("li").all_inner_texts() == [sentence]
    assert alert.inner_text().startswith(reader.say["differences"])
    assert reader.say["differences_help"] in alert.inner_text()
    assert reader.say["facts_agree"] not in reader.text


def test_longer_case_number_agrees_too(visit: Open, sealed: dict[str, Any], locked: str) -> None:
    """A case whose eight characters were taken carries ten, and is compared by ten."""
    reader = visit()
    longer = case_number(TOKEN, 10)
    reader.open(issue_body(sealed, number=longer), locked, PASSPHRASE)
    assert reader.page.inner_text("#opened-title") == f"Laporan {longer}"
    assert reader.say["facts_agree"] in reader.text


# --- what goes wrong ---


def no_report_for(keys: list[ECKey]) -> dict[str, str]:
    """Texts that are no readable report for the first key, by the problem they make."""
    good = block(seal(written(), keys))
    link = "https://contoh.example/paralegal/buka/#" + quote(good, safe="")
    return {
        "empty-report": " \n",
        "not-a-report": "Halo, ini bukan laporan.",
        "damaged": good[:-40],
        "damaged link": link[: link.index("%22ciphertext%22") + 40],
        "damaged link end": link[: link.rindex("%") + 2],
        "damaged tag": good.replace('"tag":"', '"tag":"A'),
        "not-for-this-key": block(seal(written(), keys[1:])),
        "unknown-content": block(seal(b"halo", keys)),
        "unknown-content version": block(seal(written(version=2), keys)),
        "unknown-content token": block(seal(written(token=7), keys)),
    }


@pytest.mark.parametrize(
    "case",
    [
        "empty-report",
        "not-a-report",
        "damaged",
        "damaged link",
        "damaged link end",
        "damaged tag",
        "not-for-this-key",
        "unknown-content",
        "unknown-content version",
        "unknown-content token",
    ],
)
def test_unreadable_report_gets_its_own_sentence(
    visit: Open, keys: list[ECKey], locked: str, case: str
) -> None:
    """Each is told apart, with the focus where the cure is and nothing typed lost."""
    code = case.split(" ")[0]
    text = no_report_for(keys)[case]
    reader = visit()
    reader.open(text, locked, PASSPHRASE)
    foreign = code == "not-for-this-key"
    assert reader.error("key" if foreign else "report") == reader.say["problems"][code]
    assert reader.focused == ("change-key" if foreign else "report-text")
    assert reader.page.input_value("#report-text") == text
    assert reader.page.is_hidden("#opened")


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("empty-key", "key"),
        ("not-a-key", "key"),
        ("empty-passphrase", "passphrase"),
        ("passphrase-shape", "passphrase"),
        ("wrong-passphrase", "passphrase"),
    ],
)
def test_unusable_key_gets_its_own_sentence(
    visit: Open, sealed: dict[str, Any], locked: str, code: str, place: str
) -> None:
    """Wrong key text and wrong passphrase are told apart; nothing typed is lost."""
    typed = {"key": locked, "passphrase": PASSPHRASE}
    typed |= {
        "empty-key": {"key": ""},
        "not-a-key": {"key": locked[:-9] + "." + locked[-8:]},
        "empty-passphrase": {"passphrase": " "},
        "passphrase-shape": {"passphrase": PASSPHRASE[:-1]},
        "wrong-passphrase": {"passphrase": PASSPHRASE.replace("7", "8")},
    }[code]
    reader = visit()
    reader.open(block(sealed), typed["key"], typed["passphrase"])
    assert reader.error(place) == reader.say["problems"][code]
    assert reader.focused == f"{place}-text"
    assert reader.page.get_attribute(f"#{place}-text", "aria-invalid") == "true"
    assert reader.page.input_value("#report-text") == block(sealed)
    assert reader.page.input_value("#key-text") == typed["key"]
    assert reader.page.input_value("#passphrase-text") == typed["passphrase"]


def test_error_is_announced_and_goes_away(visit: Open, sealed: dict[str, Any], locked: str) -> None:
    """The sentence stands in an alert tied to its field, and disappears when it is mended."""
    reader = visit()
    reader.open(block(sealed), locked, PASSPHRASE[:-1] + "0")
    error = reader.page.locator("#passphrase-error")
    assert error.get_attribute("role") == "alert"
    described = reader.page.get_attribute("#passphrase-text", "aria-describedby") or ""
    assert "passphrase-error" in described.split()
    reader.open(None, None, PASSPHRASE)
    assert STORY in reader.text
    assert reader.error("passphrase") == ""


def test_file_too_large_is_refused_before_reading(visit: Open, tmp_path: Path) -> None:
    """A film chosen by mistake does not freeze the phone."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(500_001))
    reader = visit()
    reader.page.set_input_files("#report-file", film)
    reader.page.wait_for_selector("#report-error:visible")
    assert reader.error("report") == reader.say["problems"]["file-too-large"]
    assert reader.page.input_value("#report-text") == ""


def test_cut_link_says_so_at_once(visit: Open, sealed: dict[str, Any]) -> None:
    """A link cut in the middle of a letter is damaged; its text is kept, its fragment is not."""
    link = quote(block(sealed), safe="")
    reader = visit("id", "#" + link[: link.rindex("%") + 2])
    assert reader.error("report") == reader.say["problems"]["damaged"]
    assert reader.page.evaluate("location.hash") == ""


def test_every_problem_has_a_sentence_of_its_own_in_both_languages(visit: Open) -> None:
    """No code of the scripts is left to the general sentence, and no two share one."""
    scripts = "".join(
        (ROOT / "overrides" / "scripts" / name).read_text(encoding="utf-8")
        for name in ("sealing.js", "opening.js", "answering.js", "reader.js")
    )
    codes = {part.split('"')[0] for part in scripts.split('failure("')[1:]}
    not_for_reading = {"too-large", "no-recipient"}
    spoken = [visit(language).say["problems"] for language in ("id", "en")]
    assert codes - not_for_reading <= set(spoken[0])
    assert set(spoken[0]) == set(spoken[1])
    sentences = [sentence for problems in spoken for sentence in problems.values()]
    assert len(set(sentences)) == len(sentences)


def test_problem_is_told_in_the_pages_language(visit: Open) -> None:
    """The English page speaks English."""
    reader = visit("en")
    reader.open("hello", None, None)
    assert reader.error("report") == (
        "This text is not a sealed report. Copy the whole text of the issue and paste it here."
    )


# --- one key, many reports ---


def test_key_is_loaded_once_for_several_reports(
    visit: Open, keys: list[ECKey], sealed: dict[str, Any], locked: str
) -> None:
    """The next report opens without a passphrase; key text and passphrase are already gone."""
    reader = visit()
    reader.open(block(sealed), locked, PASSPHRASE)
    reader.page.click("#next-report")
    assert reader.focused == "report-text"
    assert reader.page.input_value("#report-text") == ""
    assert CANARY not in reader.page.content()
    assert reader.page.input_value("#key-text") == ""
    assert reader.page.input_value("#passphrase-text") == ""
    assert reader.page.is_hidden("#passphrase-text")
    other = seal(written(answers=ANSWERS | {"story": "Laporan kedua"}), keys)
    reader.open(block(other), None, None)
    assert "Laporan kedua" in reader.text


def test_link_followed_with_a_held_key_opens_at_once(
    visit: Open, keys: list[ECKey], sealed: dict[str, Any], locked: str
) -> None:
    """A second link in the same tab replaces the report that is open."""
    reader = visit()
    reader.open(block(sealed), locked, PASSPHRASE)
    other = seal(written(answers=ANSWERS | {"story": "Laporan kedua"}), keys)
    with no_request(reader):
        reader.page.evaluate("(link) => { location.hash = link }", quote(block(other), safe=""))
        expect(reader.page.locator("#opened")).to_contain_text("Laporan kedua")
    assert CANARY not in reader.page.content()
    assert reader.page.evaluate("location.hash") == ""


def test_key_can_be_changed(visit: Open, keys: list[ECKey], locked: str) -> None:
    """A report for another key opens after the key is changed; the report stays filled in."""
    reader = visit()
    others = block(seal(written(), keys[1:]))
    reader.open(others, locked, PASSPHRASE)
    reader.page.click("#change-key")
    assert reader.focused == "key-text"
    assert reader.error("key") == ""
    reader.open(None, lock(keys[1]), PASSPHRASE)
    assert STORY in reader.text


def test_closing_clears_everything(visit: Open, sealed: dict[str, Any], locked: str) -> None:
    """After closing, neither report nor key is left: the passphrase is asked again."""
    reader = visit()
    reader.open(issue_body(sealed), locked, PASSPHRASE)
    reader.page.click("#close-report")
    assert CANARY not in reader.page.content()
    for name in ("report", "key", "passphrase"):
        assert reader.page.input_value(f"#{name}-text") == ""
    assert reader.page.inner_text("#reader-status") == reader.say["closed"]
    reader.page.fill("#report-text", block(sealed))
    reader.page.click("#open-report")
    reader.page.wait_for_selector("#key-error:visible")
    assert reader.error("key") == reader.say["problems"]["empty-key"]


def test_leaving_the_page_clears_everything(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """Going back to the page shows an empty one, whatever the browser kept of it."""
    reader = visit()
    reader.open(block(sealed), locked, PASSPHRASE)
    address = reader.page.url
    reader.page.goto(address.replace(PATHS["id"], ""))
    reader.page.go_back()
    assert CANARY not in reader.page.content()
    assert reader.page.is_hidden("#opened")
    assert reader.page.is_visible("#passphrase-text")
    assert reader.page.input_value("#report-text") == ""


def test_page_left_while_unlocking_stays_empty(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """A report that was still being opened does not appear after the page was left."""
    reader = visit()
    for name, text in (("report", block(sealed)), ("key", locked), ("passphrase", PASSPHRASE)):
        reader.page.fill(f"#{name}-text", text)
    reader.page.evaluate(
        """() => { document.getElementById("open-report").click();
        dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })); }"""
    )
    reader.settle()
    assert CANARY not in reader.page.content()
    assert reader.page.is_hidden("#opened")
    assert reader.page.is_visible("#passphrase-text")


# --- what never leaves ---


def test_nothing_is_asked_of_the_network_after_loading(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """Opening, failing, closing: no request, and the policy would stop one."""
    reader = visit("id", "#" + quote(block(sealed), safe=""))
    with no_request(reader):
        reader.open(None, locked, PASSPHRASE[:-1] + "0")
        reader.open(None, None, PASSPHRASE)
        reader.page.click("#next-report")
        reader.open("bukan laporan", None, None)
        reader.page.click("#change-key")
    stopped = "fetch('/').then(() => 'sent', () => 'stopped')"
    assert reader.page.evaluate(stopped) == "stopped"


def test_canary_stays_in_the_page(
    visit: Open, loopback: Loopback, sealed: dict[str, Any], locked: str
) -> None:
    """Story, passphrase, key and sealed text are in no request, storage, cookie or database."""
    reader = visit("id", "#" + quote(block(sealed), safe=""))
    reader.open(None, locked, PASSPHRASE)
    assert CANARY in reader.text
    reader.page.click("#close-report")
    sent = [f"{one.url} {one.headers} {one.post_data}" for one in reader.requests]
    secrets = (CANARY, PASSPHRASE, locked, sealed["tag"], sealed["ciphertext"][:40])
    # Chromium shows the fragment in its own record of the visit, but sends none.
    shown = [text.split("#")[0] for text in sent]
    served = loopback.requests
    assert not any(secret in text for secret in secrets for text in (*shown, *served))
    assert not any("#" in text for text in served)
    kept = reader.page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, document.cookie,
        (await indexedDB.databases()).length, (await caches.keys()).length]"""
    )
    assert kept == [0, 0, "", 0, 0]
    assert reader.context.cookies() == []


@pytest.mark.usefixtures("addresses")
def test_framed_page_shows_nothing(browser: Browser, loopback: Loopback) -> None:
    """Inside another page there is no box to type in: only a sentence that says why."""
    page = browser.new_page()
    page.goto(loopback.address + "/bingkai")
    frame = page.frames[1]
    expect(frame.locator("body")).to_have_text(
        "Halaman ini tidak boleh dibuka di dalam halaman lain. Buka langsung di tab sendiri."
    )
    assert frame.locator("textarea, input, button").count() == 0
    page.close()


def test_page_without_javascript_says_what_it_needs(
    browser: Browser, addresses: dict[str, str]
) -> None:
    """The boxes stay hidden and the page says that it needs JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses["id"])
    assert page.is_visible("text=Halaman ini butuh JavaScript")
    assert page.is_hidden("#report-text")
    context.close()


def test_browser_without_webcrypto_is_told(browser: Browser, addresses: dict[str, str]) -> None:
    """Where WebCrypto is missing, as over plain http, the page says what to use."""
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page = context.new_page()
    page.goto(addresses["id"])
    assert page.is_visible("text=Browser ini tidak bisa membuka segel")
    assert page.is_hidden("#report-text")
    context.close()


# --- for every reader and every phone ---


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("state", ["empty", "failed", "open", "different", "handed over"])
def test_page_fits_a_small_phone_and_every_reader(
    visit: Open, sealed: dict[str, Any], locked: str, language: str, state: str
) -> None:
    """At 360 px nothing is cut off sideways, and axe finds no fault in any state."""
    reader = visit(language)
    if state == "failed":
        reader.open("bukan", None, None)
    if state == "open":
        reader.open(issue_body(sealed), locked, PASSPHRASE)
    if state == "handed over":
        reader.open(sending(sealed), locked, PASSPHRASE)
    if state == "different":
        changed = issue_body(sealed, FACTS | {"country": "TW"}, "0000-0000")
        reader.open(changed, locked, PASSPHRASE)
    width = reader.page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 360
    assert faults(reader.page) == []


# --- a report that was handed over and is in no tracker yet ---


def sending(sealed: dict[str, Any], token: bytes = TOKEN) -> str:
    """What the phone would have posted."""
    name = urlsafe_b64encode(token).rstrip(b"=").decode()
    members = {"version": 1, "token": name, "language": "id", "facts": FACTS}
    return json.dumps(
        members | {"sealed": sealed, "return_verifier": "A" * 43}, separators=(",", ":")
    )


def explained(body: str) -> str:
    """The file as the form shares it."""
    return f"Permintaan bantuan tersegel. / A sealed request for help.\n\n{body}\n"


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("way", ["link", "file", "mail", "wrapped link"])
def test_handed_over_report_says_that_it_is_not_filed(
    visit: Open, sealed: dict[str, Any], locked: str, way: str, language: str
) -> None:
    """Its one button is a link that carries the very bytes behind a #; nothing is asked for."""
    body = sending(sealed)
    link = "https://contoh.example/paralegal/buka/#" + quote(body, safe="")
    texts = {
        "link": link,
        "file": explained(body),
        "mail": "> " + "\n> ".join(body[n : n + 76] for n in range(0, len(body), 76)),
        "wrapped link": "\n".join(link[n : n + 70] for n in range(0, len(link), 70)),
    }
    reader = visit(language)
    with no_request(reader):
        reader.open(texts[way], locked, PASSPHRASE)
    assert STORY in reader.text
    assert reader.say["facts_agree"] in reader.text
    assert reader.page.inner_text("#opened-title") == reader.say["report_of"].format(number=NUMBER)
    assert reader.page.inner_text("#unfiled .admonition-title") == reader.say["unfiled"]
    assert reader.page.inner_text("#unfiled-help") == reader.say["unfiled_help"]
    button = reader.page.get_by_role("link", name=reader.say["file"])
    assert button.get_attribute("href").endswith("/paralegal/titip/#" + quote(body, safe=""))


def test_link_to_a_handed_over_report_leaves_no_trace(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """The fragment leaves the address at once, and closing the report takes the button's away."""
    reader = visit("id", "#" + quote(sending(sealed), safe=""))
    assert reader.page.evaluate("location.hash") == ""
    reader.open(None, locked, PASSPHRASE)
    assert reader.page.is_visible("#file-report")
    reader.page.click("#close-report")
    assert reader.page.get_attribute("#file-report", "href") == "../../paralegal/titip/"
    assert sealed["tag"] not in reader.page.content()


def test_report_from_an_issue_is_filed_already(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """Nothing is offered for it, also right after a report that was handed over."""
    reader = visit()
    reader.open(sending(sealed), locked, PASSPHRASE)
    reader.page.click("#next-report")
    reader.open(issue_body(sealed), None, None)
    assert STORY in reader.text
    assert reader.page.is_hidden("#unfiled")


def test_handed_over_report_that_was_cut_is_read_but_not_filed(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """Where the seal came whole but the end is missing, the person can still be helped."""
    reader = visit()
    reader.open(explained(sending(sealed)[:-20]), locked, PASSPHRASE)
    assert STORY in reader.text
    assert reader.page.inner_text("#unfiled-help") == reader.say["unfiled_cut"]
    assert reader.page.is_hidden("#file-report")


def test_report_under_a_token_of_another_is_not_offered(
    visit: Open, sealed: dict[str, Any], locked: str
) -> None:
    """A seal put into another's sending would be filed under the wrong number."""
    reader = visit()
    other = bytes(range(1, 17))
    reader.open(sending(sealed, other), locked, PASSPHRASE)
    assert reader.say["differences"] in reader.text
    assert case_number(other) in reader.text
    assert reader.page.is_hidden("#file-report")
