"""An opened report is laid out by the form's labels, and mismatches are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from intake.answers import derive_facts
from intake.form import Form
from intake.reading import NotAReport, lay_out

CANARY = "kenari-7f3a"


def content(form: Form, answers: dict[str, Any], **facts: Any) -> bytes:
    """A sealed report's plaintext, its clear facts changed as given."""
    derived = derive_facts(form, answers, "id")
    return json.dumps({"answers": answers, "facts": {**derived, **facts}}).encode()


FAMILY: dict[str, Any] = {
    "who": "child",
    "safe": "unknown",
    "problem": ["lost-contact", "unpaid-wages"],
    "story": "Sejak Lebaran\ntidak ada kabar.",
    "stage": "abroad",
    "country": "MY",
    "regency": "33.02",
    "contact": "i-come-back",
    "share": ["legal-aid", "mission"],
}


def test_report_is_laid_out_in_indonesian(form: Form) -> None:
    """Urgency first, then question and answer in the form's order, lines indented."""
    assert lay_out(form, content(form, FAMILY), "id") == (
        "KUNING\n\n"
        "Siapa yang butuh bantuan?\n  Anak saya\n\n"
        "Apakah Anda aman sekarang?\n  Tidak tahu\n\n"
        "Apa masalahnya?\n  Hilang kontak; Gaji tidak dibayar atau dipotong\n\n"
        "Ceritakan dengan kata-kata Anda sendiri\n  Sejak Lebaran\n  tidak ada kabar.\n\n"
        "Di mana Anda sekarang?\n  Di luar negeri\n\n"
        "Negara kerja atau tujuan\n  Malaysia\n\n"
        "Asal kabupaten, kota, atau provinsi\n  Banyumas\n\n"
        "Bolehkah tim menghubungi Anda?\n  Jangan hubungi saya. Saya yang kembali\n\n"
        "Tim boleh meneruskan laporan saya kepada\n"
        "  Lembaga bantuan hukum; KBRI, KJRI, atau KDEI\n"
    )


def test_report_is_laid_out_in_english(form: Form) -> None:
    """The labels follow the reader's language, the words of the person stay."""
    shown = lay_out(form, content(form, FAMILY), "en")
    assert "Who needs help?\n  My child\n" in shown
    assert "Tell it in your own words\n  Sejak Lebaran\n  tidak ada kabar.\n" in shown


def test_urgency_is_computed_again(form: Form) -> None:
    """The level of the answers stands first, and the clear fact that differs is named."""
    shown = lay_out(form, content(form, {**FAMILY, "safe": "no"}, urgency="green"), "id")
    assert shown.split("\n\n")[:3] == [
        "MERAH",
        "PERHATIAN / NOTE: urgency tidak cocok dengan jawaban / does not match the answers",
        "Siapa yang butuh bantuan?\n  Anak saya",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("country", "SG"),
        ("problem", ["money"]),
        ("regency", "33.01"),
        ("contact", "may-contact"),
        ("sharing", "ask-first"),
        ("country", None),
    ],
)
def test_each_clear_fact_is_compared(form: Form, name: str, value: object) -> None:
    """One changed fact gives one note."""
    shown = lay_out(form, content(form, FAMILY, **{name: value}), "id")
    notes = [line for line in shown.splitlines() if line.startswith("PERHATIAN")]
    assert notes == [
        f"PERHATIAN / NOTE: {name} tidak cocok dengan jawaban / does not match the answers"
    ]


def test_control_characters_do_not_reach_the_terminal(form: Form) -> None:
    """Escape sequences of a hostile sender are made visible; letters and emoji stay."""
    story = "a\x1b[2Jb\x07c\x9bd\x7fe\r\tf\ng 🙏\u200d"
    shown = lay_out(form, content(form, {**FAMILY, "story": story}), "id")
    assert "\n  a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffd\tf\n  g 🙏\u200d\n" in shown


def raw(form: Form, **changes: Any) -> bytes:
    """A report with members replaced."""
    report = json.loads(content(form, FAMILY))
    return json.dumps({**report, **changes}).encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: CANARY.encode(),
        lambda _: b"\xff\xfe\xfd",
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b"{}",
        lambda _: b"[" * 50_000,
        lambda form: raw(form, answers=None),
        lambda form: raw(form, answers=[]),
        lambda form: raw(form, answers={}),
        lambda form: raw(form, answers=CANARY),
        lambda form: raw(form, facts=None),
        lambda form: raw(form, facts=[]),
        lambda form: raw(form, facts={}),
        lambda form: raw(form, answers={**FAMILY, "stage": CANARY}),
        lambda form: raw(form, answers={**FAMILY, "problem": [CANARY]}),
        lambda form: raw(form, answers={**FAMILY, "problem": [["death"]]}),
        lambda form: raw(form, answers={**FAMILY, "who": None}),
        lambda form: raw(form, answers={**FAMILY, "who": {CANARY: 1}}),
        lambda form: raw(form, answers={**FAMILY, CANARY: "x"}),
    ],
)
def test_other_content_is_told_and_not_repeated(form: Form, spoil: Any) -> None:
    """No JSON, another shape, a choice or question of another edition: print it whole instead."""
    with pytest.raises(NotAReport) as error:
        lay_out(form, spoil(form), "id")
    assert str(error.value) == "This is no report of this form; print it whole with --json."
    assert error.value.__cause__ is None
