"""Every promise of the privacy page is kept by a test that is named here.

A sentence that is written anew has to be given its tests, and a test that is renamed has to be
named anew: otherwise the page would promise what nobody looks at.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from built_site import ROOT

PAGE = ROOT / "docs/tentang/privasi/index.id.md"
# Of the page's parts, these say what the program does. The others tell of people and of the law.
PARTS = (
    "clear",
    "sealed",
    "pin",
    "never-asked",
    "not-kept",
    "on-this-phone",
    "whatsapp",
    "how-long",
)

FACTS = ("intake/test_form.py::test_clear_facts_are_those_of_the_design",)
CANARY = ("test_canary.py::test_what_was_typed_is_only_in_what_is_opened",)
SEALED = (*CANARY, "intake/test_form.py::test_only_three_answers_leave_the_sealed_part")
NEVER_ASKED = ("intake/test_form.py::test_identity_numbers_and_pictures_are_never_asked",)
NO_TRACE = (
    "browser/test_ask_leaves_nothing.py::test_leaving_in_the_middle_leaves_nothing",
    "test_journey.py::test_nothing_is_left_in_the_page_or_in_storage_after_sending",
)
SENDER = ("intake/test_web.py::test_nothing_about_the_sender_is_kept_or_logged",)
STATUS = ("intake/test_returning.py::test_status_tells_steps_and_answer",)
IN_MEMORY = (
    "test_journey.py::test_form_without_javascript_is_opened_with_the_command",
    "intake/test_returning.py::test_neither_pin_nor_verifier_nor_text_is_kept_or_logged",
)
HANDED_OVER = (
    "browser/test_ask_unsent.py::test_the_share_sheet_gets_the_bytes_that_would_be_posted",
)
# These are nothing that a program could keep: advice, or what we do not know.
NOT_OURS = ("test_promises.py::test_advice_promises_nothing",)

PROMISES: dict[str, tuple[str, ...]] = {
    # what the receiver's host and GitHub see, and what e-mail carries
    "Komputer penerima dan GitHub hanya melihat kode ini dan teks terkunci": (*FACTS, *CANARY),
    "tingkat mendesak": FACTS,
    "negara kerja atau tujuan": FACTS,
    "jenis masalah dalam kelompok besar": (
        "intake/test_form.py::test_of_the_problem_only_its_group_is_clear",
    ),
    "kabupaten, kota, atau provinsi asal": FACTS,
    "boleh tidaknya Anda dihubungi": FACTS,
    "boleh tidaknya kiriman diteruskan": FACTS,
    "bahasa": FACTS,
    "nomor kasus dan waktu kiriman tiba": (
        "intake/test_spool.py::test_accepted_report_is_on_disk_at_once",
    ),
    "status kasus, misalnya sudah dibaca, dan apakah ada tambahan atau jawaban": STATUS,
    "Panjang teks terkunci juga kira-kira terlihat": (
        "browser/test_sealing.py::test_padding_steps",
    ),
    "E-mail pemberitahuan dari GitHub hanya memuat tingkat mendesak dan nomor kasus": (
        "intake/test_delivery.py::test_stub_carries_no_content",
    ),
    # what is locked
    "Semua yang lain dikunci": SEALED,
    "Ini mencakup cerita, nama, nomor, alamat, dan tanda bahaya": SEALED,
    "Siapa yang butuh bantuan dan nama PT juga dikunci": SEALED,
    "Jika HP tidak menjalankan JavaScript, komputer penerima yang mengunci": IN_MEMORY[:1],
    "Isinya lewat sebentar di memori komputer itu": IN_MEMORY[:1],
    "Isi terbuka tidak disimpan": (*CANARY, *IN_MEMORY),
    # the PIN
    "PIN dibuat di HP Anda": ("browser/test_codes.py::test_a_thousand_pins_are_valid_and_differ",),
    "Saat Anda melihat kabar, PIN tidak keluar dari HP": (
        "browser/test_kabar.py::test_nothing_is_stored_and_no_address_changes",
    ),
    "Penerima hanya menyimpan jejak PIN yang tidak bisa dibalik": (
        "intake/test_web.py::test_neither_pin_nor_what_comes_from_it_is_kept",
    ),
    "Jawaban tim dikunci dengan PIN itu, jadi penerima dan GitHub tidak bisa membacanya": (
        "intake/test_following.py::test_answer_is_copied_and_not_read",
        "browser/test_answering.py::test_other_libraries_open_what_the_reader_sealed",
    ),
    "Tanpa JavaScript, PIN dan jawaban lewat sebentar di memori komputer penerima": IN_MEMORY[1:],
    "Orang lain yang tahu PIN Anda juga bisa membaca jawaban tim": (
        "intake/test_returning.py::test_pin_opens_news_and_answer",
    ),
    "PIN hilang": NOT_OURS,
    "Tidak ada yang bisa membuatkannya lagi": (
        "intake/test_web.py::test_neither_pin_nor_what_comes_from_it_is_kept",
    ),
    "Hubungi tim dan sebut nomor kasus": NOT_OURS,
    # never asked
    "NIK": NEVER_ASKED,
    "nomor paspor": NEVER_ASKED,
    "tanggal lahir": NEVER_ASKED,
    "foto kartu identitas": NEVER_ASKED,
    "Jangan tulis hal itu dalam cerita Anda": NOT_OURS,
    # not kept
    "Program kami tidak memakai cookie atau akun": SENDER,
    "Program juga tidak menyimpan alamat IP atau jenis HP Anda": SENDER,
    "Untuk menahan kiriman sampah, kiriman dihitung per jaringan, di memori saja, "
    "dengan sandi acak yang diganti tiap hari": (
        "intake/test_suspicion.py::test_no_network_shows",
        "intake/test_suspicion.py::test_a_new_day_starts_without_memory",
    ),
    "Formulir tidak menyimpan apa pun di HP": NO_TRACE,
    # what stays on the phone
    '"Keluar cepat" mengosongkan halaman dan membuka situs biasa': (
        "browser/test_leave.py::test_the_page_is_blank_before_anything_answers",
    ),
    "Tombol kembali tidak memunculkan lagi tulisan Anda": (
        "browser/test_leave.py::test_what_was_typed_does_not_come_back",
        "browser/test_ask_leaves_nothing.py::"
        "test_the_back_button_leaves_the_form_and_nothing_comes_back",
    ),
    "Yang tetap ada": NOT_OURS,
    "Riwayat browser mencatat halaman yang Anda buka": (
        "browser/test_ask_leaves_nothing.py::test_the_form_adds_nothing_to_the_history",
    ),
    "Hapus sendiri": NOT_OURS,
    "Salinan yang Anda simpan untuk dibaca tanpa internet": (
        "browser/test_offline.py::test_nothing_is_saved_unasked",
    ),
    "Hapus di halaman itu": ("browser/test_offline.py::test_removing_leaves_nothing",),
    "Gambar dan tangkapan layar yang Anda simpan di galeri": NOT_OURS,
    "Pesan yang Anda kirim, dan catatan panggilan": NOT_OURS,
    # WhatsApp
    "Pesan WhatsApp tidak dikunci oleh situs ini": (
        "browser/test_ask_unsent.py::test_the_message_holds_questions_and_answers",
    ),
    "Laporan terkunci yang Anda bagikan tetap terkunci": HANDED_OVER,
    "Tetapi orang yang menyimpannya bisa melihat sejauh mana kasusnya, dan menariknya": HANDED_OVER,
    "Pesan tersimpan di HP Anda dan HP penerima": NOT_OURS,
    "Hapus di HP Anda jika ada yang memeriksanya": NOT_OURS,
    # when it is deleted
    "Kasus ditutup: isi dihapus setelah {{ organization.retention_days }} hari": (
        "intake/test_purge.py::test_closed_case_goes_after_the_days_of_the_organization",
        "intake/test_purge.py::test_closed_issue_goes_after_its_days",
    ),
    "Anda menarik permintaan: tim berhenti menghubungi saat itu juga": (
        "intake/test_letters.py::test_withdrawal_goes_before_everything_else",
        "intake/test_letters.py::test_withdrawal_shows_label_and_sentence",
    ),
    "Isi dihapus dalam 72 jam": (
        "intake/test_purge.py::test_withdrawn_two_days_ago_is_erased_from_every_file",
        "intake/test_purge.py::test_withdrawn_issue_is_deleted_by_its_owner",
    ),
    "Sampai dihapus, PIN yang sama bisa membatalkannya": (
        "intake/test_purge.py::test_pin_restores_until_the_run",
    ),
    "Yang tersisa hanya hitungan: bulan, negara, jenis masalah, dan tingkat mendesak": (
        "intake/test_purge.py::test_one_count_is_left_and_leads_nowhere",
    ),
    "Ada juga satu tanda acak supaya kiriman yang sama tidak masuk lagi": (
        "intake/test_purge.py::test_erased_report_is_not_taken_in_again",
    ),
    "Tanda itu tidak menunjuk ke kasus": (
        "intake/test_purge.py::test_withdrawn_two_days_ago_is_erased_from_every_file",
    ),
    "Kami tidak tahu berapa lama GitHub menyimpan cadangannya sendiri": NOT_OURS,
    "Isinya di sana tetap terkunci": CANARY,
}


def test_every_sentence_has_its_tests() -> None:
    """Nothing is promised that no test looks at, and no test is named for what is not promised."""
    assert sentences() == set(PROMISES)


@pytest.mark.parametrize("name", sorted({name for names in PROMISES.values() for name in names}))
def test_the_named_test_is_there(name: str) -> None:
    """A test that was renamed or taken out leaves its promise without one."""
    path, _, function = name.partition("::")
    assert function in functions(ROOT / "tests" / path)


def test_advice_promises_nothing() -> None:
    """What is called advice speaks of the reader's own acts, or says that we do not know."""
    advice = [sentence for sentence, names in PROMISES.items() if names == NOT_OURS]
    ours = re.compile(r"\b(dikunci|dihapus dalam|tidak disimpan|tidak menyimpan|hanya melihat)\b")
    assert [sentence for sentence in advice if ours.search(sentence)] == []
    assert len(advice) < len(PROMISES) / 4


def sentences() -> set[str]:
    """The sentences and list items of those parts, without links and marks."""
    text = PAGE.read_text(encoding="utf-8").split("---\n", 2)[2]
    found: set[str] = set()
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        if (anchor := re.search(r"\{ #([\w-]+) \}", head)) and anchor[1] in PARTS:
            found |= set(_split(body))
    return found


def _split(body: str) -> list[str]:
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", body).replace("**", "")
    lines = [re.sub(r"^- ", "", line.strip()) for line in plain.splitlines() if line.strip()]
    pieces = [piece for line in lines for piece in re.split(r"(?<=[.?;:])\s+(?=[A-Z\"])", line)]
    return [piece.rstrip(".?;:") for piece in pieces]


@cache
def functions(file: Path) -> frozenset[str]:
    """The names of a test file's functions."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
