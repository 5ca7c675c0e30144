"""A number in the clear is found however it is written; what is sealed never looks like one."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import letters
from intake.clear_numbers import holds_number
from intake.plan import shipped_plan
from intake.sealing import find_sealed, rewrite, seal, seal_answer
from intake.spool import Kind, Letter, State

CASES = ["K7Q2-9MPA", "1234-567A", "K7Q2-9MPA-XX"]


@pytest.mark.parametrize(
    "text",
    [
        "+447700900001",
        "telp +44 7700 900001",
        "+44-7700-900-001",
        "(+44) 7700.900.001",
        "wa.me/447700900001",
        "https://wa.me/447700900001",
        "tel:+447700900001",
        "HP 0812 3456 7890 ya",
        "hp:081234567890",
        "08/12/3456/7890",
        "9123 4567",
        "91234567",
        "3302 0123 4567 8901",
        "NIK 3302012345678901",
        "3302.0123.4567.8901",
        "paspor B1234567",
        "paspor b 1234567",
        "AB1234567",
        "x1234567x",
        "\uff10\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "٠٨١٢٣٤٥٦٧٨٩",
        "0812\u200b3456\u200b7890",
        "0812\n3456\n7890",
        '```json\n{"answer": "081234567890"}\n```',
        '{"protected": "081234567890"}',
        "<!-- intake note K7Q2-9MPA -->\n\n081234567890",
        "<!-- intake note K7Q2-9MPA 081234567890 --> 9123 4567",
        "/tenggat janji 081234567890",
        "https://contoh.example/paralegal/buka/?081234567890",
        "2026-11-22 081234567890",
        "Rp50.000.000 ke 081234567890",
    ],
)
def test_number_is_found(text: str) -> None:
    """Telephone, NIK and passport, grouped as people group them, in any script's digits."""
    assert holds_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/dibaca",
        "/tenggat komitmen 2026-11-30",
        "/relawan 7K2Q",
        "Rapat 22/11/2026 pukul 19.00 sampai 21:30, 12 orang",
        "Kasus K7Q2-9MPA dan 1234-567A sama",
        "Upah Rp1.500.000 per bulan, total 12.500.000",
        "RM 1,800 sebulan",
        "UU 18/2017 Pasal 30 ayat (1), Permen P2MI 23/2025",
        "issue #123, tahun 2026",
        "3 anak, 12 bulan, 45 hari",
        "kode wilayah 33.02",
        "https://contoh.example/kontak/wilayah/33.02/",
    ],
)
def test_other_digits_are_left_alone(text: str) -> None:
    """Dates, times, money, laws, case numbers, commands: nobody is warned for nothing."""
    assert not holds_number(text)


# --- what is sealed ---

_segment = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def digits_of(length: int) -> str:
    """A segment of digits alone, the worst that chance can bring."""
    return "4" * (length - 1) + "A"


@pytest.fixture(scope="module")
def sealed(recipients: Any) -> dict[str, Any]:
    """A sealed report whose ciphertext is replaced by digits of the same length."""
    made = seal(b"x", [public for public, _ in recipients])
    return rewrite(made | {"ciphertext": digits_of(len(made["ciphertext"]))})


@pytest.mark.parametrize("word", ["note", "share", "addition"])
@pytest.mark.parametrize("case", CASES)
def test_sealed_block_of_digits_alone_is_no_number(
    sealed: dict[str, Any], word: str, case: str
) -> None:
    """A person pastes it, the worker writes it: neither is warned."""
    block = json.dumps(sealed, separators=(",", ":"))
    text = f"<!-- intake {word} {case} 7K2Q -->\n\n```json\n{block}\n```\n"
    assert find_sealed(text) == sealed
    assert not holds_number(text)
    assert holds_number(f"{text}\n081234567890")


def test_link_to_the_reader_is_no_number(sealed: dict[str, Any]) -> None:
    """The link that an issue has, pasted into a comment."""
    block = quote(json.dumps(sealed, separators=(",", ":")), safe="")
    assert not holds_number(f"[Buka](https://contoh.example/en/paralegal/buka/#{block})")


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=0, max_size=200), st.sampled_from(CASES))
def test_no_answer_is_a_number(plaintext: bytes, case: str) -> None:
    """Whatever was sealed for the PIN."""
    block = json.dumps({"answer": seal_answer(plaintext, bytes(32))})
    assert not holds_number(f"<!-- intake answer {case} -->\n\n```json\n{block}\n```\n")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=_segment, min_size=1, max_size=1), st.integers(0, 10_000))
def test_no_report_of_chance_is_a_number(recipients: Any, first: str, seed: int) -> None:
    """Any ciphertext of the right length passes; only its shape is looked at."""
    made = seal(b"x", [recipients[0][0]])
    size = len(made["ciphertext"])
    body = "".join(random.Random(seed).choices("0123456789" + first, k=size - 1)) + "A"
    made["ciphertext"] = body
    assert not holds_number(json.dumps(made))


# --- what the program itself writes ---


@pytest.mark.parametrize("kind", list(Kind))
def test_comments_of_the_program_hold_no_number(sealed: dict[str, Any], kind: Kind) -> None:
    """Each sort of letter, with marks of digits alone."""
    letter = Letter(
        id=1, kind=kind, case_number="1234-567A", number=1, at=1_795_000_000, mark="17950000",
        sealed=sealed, state=State.WAITING, state_at=0, attempts=0, text="Baca sekarang.",
    )  # fmt: skip
    assert not holds_number(letters.body(letter))


def test_deadlines_hold_no_number() -> None:
    """Their laws and days go into reminders."""
    for deadline in shipped_plan().deadlines:
        for text in (deadline.title, deadline.span, deadline.doubt):
            assert not holds_number(text.id if text else "")
        assert not holds_number(f"{deadline.article} 2026-11-30 ")
