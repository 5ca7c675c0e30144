"""A page's sentences are those that a reader meets, each with the line on which it stands."""

from __future__ import annotations

import pytest

from content.plain_prose import sentences


def told(page: str) -> list[str]:
    return [sentence.text for sentence in sentences(page)]


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("Simpan paspor. Jangan titipkan!", ["Simpan paspor.", "Jangan titipkan!"]),
        ("## Hari ini { #today }\n\nTelepon.", ["Hari ini", "Telepon."]),
        ("1. Catat. Simpan.\n2. Kirim", ["Catat.", "Simpan.", "Kirim"]),
        ("- satu\n- dua", ["satu", "dua"]),
        ('!!! danger "Ada bahaya?"\n    Lari.', ['"Ada bahaya?"', "Lari."]),
        ("Satu baris\nlalu baris kedua.", ["Satu baris lalu baris kedua."]),
        ("> Saya ditahan. Tolong.", ["Saya ditahan.", "Tolong."]),
        ("Buka [nomor darurat](../../darurat/index.md).", ["Buka nomor darurat."]),
        ("Buka **Kontak**. Tanya *dulu*.", ["Buka Kontak.", "Tanya dulu."]),
        ('Katakan: "Tolong." Lalu pergi.', ['Katakan: "Tolong."', "Lalu pergi."]),
    ],
)
def test_headings_items_and_sentences_are_told_apart(page: str, texts: list[str]) -> None:
    """Marks of Markdown are no words, and what they mark stands alone."""
    assert told(page) == texts


@pytest.mark.parametrize(
    "page",
    [
        "---\ntitle: Satu. Dua.\n---\n",
        '{{ hotline("id-kp2mi-callcentre") }}',
        "{% if organization.operator %}\n{% endif %}",
        "| Kolom | Lain |\n|---|---|\n| isi. Lagi. | isi |",
        "`git commit`",
        "```\nSatu. Dua.\n```",
        '<div markdown="1">\n</div>',
        "---",
    ],
)
def test_what_is_no_prose_is_left_out(page: str) -> None:
    """Front matter, calls, tables, code and HTML hold no sentence."""
    assert told(page) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Bayar Rp. 50.000 saja.",
        "Lihat No. 18 Tahun 2017.",
        "Bawa KTP, KK, dll. Salin semua.",
        "Lihat UU 18/2017 Pasal 67 jo. 82.",
        "Datang pukul 08.00 ke Jl. Sudirman.",
        "Ask, e.g. Malaysia or Brunei.",
        "Read Art. 71 of the law.",
        "Kata A. Rahman kemarin.",
        "Dendanya Rp1.500.000 sebulan.",
        "Tanya: apakah gratis? lalu catat.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    """A full stop that belongs to a word or a figure splits nothing."""
    assert told(sentence) == [sentence]


def test_a_sentence_knows_its_line_and_its_words() -> None:
    """Lines are those of the file, also below what was left out; a dash is no word."""
    page = (
        '---\ntitle: x\n---\n\n{{ hotline(\n"x") }}\n\n## Dua kata\n\nUU 18/2017 - berlaku. Ya.\n'
    )
    assert [(one.line, one.words, one.heading) for one in sentences(page)] == [
        (8, 2, True),
        (10, 3, False),
        (10, 1, False),
    ]
