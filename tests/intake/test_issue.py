"""The issue is an index card: closed choices, fixed sentences and ciphertext, and no more."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from intake import issue
from intake.form import Facts, Form
from intake.sealing import PrivateKey, PublicKey, find_sealed, new_private_key, open_sealed, seal
from intake.tracker import has_marker, marker_line

Pairs = tuple[tuple[PublicKey, PrivateKey], ...]
CASE = "K7Q2-9MPA"
SITE = "https://contoh.example/"
CANARY = "kenari-7f3a"


@pytest.fixture
def facts() -> Facts:
    """The clear facts of a family that lost contact, whose papers were taken."""
    return {
        "urgency": "yellow",
        "country": "MY",
        "problem": ["contact-lost", "papers"],
        "regency": "33.02",
        "contact": "may-contact",
        "sharing": "ask-first",
        "language": "id",
    }


@pytest.fixture(scope="module")
def sealed(recipients: Pairs) -> dict[str, Any]:
    """A sealed report whose every free field holds the canary."""
    content = json.dumps({"answers": dict.fromkeys(["story", "village", "reach"], CANARY)})
    return seal(content.encode(), [public for public, _ in recipients])


@pytest.mark.parametrize(
    ("urgency", "title"),
    [("red", f"MERAH · {CASE}"), ("yellow", f"KUNING · {CASE}"), ("green", f"HIJAU · {CASE}")],
)
def test_title_is_urgency_and_case_number(
    form: Form, facts: Facts, urgency: str, title: str
) -> None:
    """Nothing else stands in a title: it travels in e-mails."""
    assert issue.title(form, {**facts, "urgency": urgency}, CASE) == title


def test_labels_are_those_of_the_design(form: Form, facts: Facts) -> None:
    """Urgency, country, each problem, region, what is allowed, and the status of a new case."""
    assert issue.labels(form, facts) == [
        "darurat: kuning",
        "negara: Malaysia",
        "masalah: hilang kontak",
        "masalah: dokumen",
        "wilayah: Banyumas",
        "boleh: dihubungi",
        "boleh: tanya dulu",
        "tim: kontak",
        "status: baru",
    ]


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"urgency": "red"}, "darurat: merah"),
        ({"country": "XX"}, "negara: Negara lain"),
        ({"country": "ZZ"}, "negara: Tidak tahu"),
        ({"regency": "35"}, "wilayah: Jawa Timur"),
        ({"regency": "00"}, "wilayah: Tidak tahu"),
        ({"contact": "i-come-back"}, "boleh: jangan hubungi"),
        ({"sharing": "may-share"}, "boleh: teruskan"),
        ({"sharing": "tell-nobody"}, "boleh: jangan beri tahu siapa pun"),
        ({"problem": ["call"]}, "masalah: minta ditelepon"),
    ],
)
def test_label_of_each_kind(form: Form, facts: Facts, changes: Facts, label: str) -> None:
    """Labels are short Indonesian tags, also of "another", "unknown" and whole provinces."""
    assert label in issue.labels(form, {**facts, **changes})


def test_every_label_is_one_that_a_tracker_keeps(form: Form, facts: Facts) -> None:
    """GitHub takes labels of up to 50 characters without a comma; none of ours is longer."""
    values: dict[str, list[Any]] = {
        "urgency": list(form.levels),
        "country": [choice.id for choice in form.field("country").choices],
        "problem": [[group] for group in form.groups],
        "regency": [choice.id for choice in form.field("regency").choices],
        "contact": [choice.id for choice in form.field("contact").choices],
        "sharing": list(form.sharing),
    }
    for name, codes in values.items():
        for code in codes:
            for label in issue.labels(form, {**facts, name: code}):
                assert len(label) <= 50
                assert "," not in label


@pytest.mark.parametrize(
    ("sharing", "step"),
    [
        ("may-share", "Teruskan hanya kepada yang dicentang di laporan tersegel."),
        ("ask-first", "Sebelum meneruskan: tanya orang ini, lalu catat izinnya."),
        (
            "tell-nobody",
            "Jangan beri tahu siapa pun sebelum orang ini ditanya dan izinnya dicatat.",
        ),
    ],
)
def test_handing_on_waits_for_a_consent(
    form: Form, facts: Facts, sealed: dict[str, Any], sharing: str, step: str
) -> None:
    """The step that speaks of handing on names its condition; who wants no call gets none."""
    text = issue.body(
        form, facts | {"sharing": sharing, "contact": "i-come-back"}, sealed, CASE, SITE
    )
    assert f"- [ ] {step.removesuffix('.')}: {SITE}paralegal/rujukan/\n" in text
    assert "Hubungi pada jam aman" not in text


def test_body_as_a_whole(form: Form, facts: Facts, sealed: dict[str, Any]) -> None:
    """Marker, what is allowed, facts, team, next steps, links, facts for programs, sealed block."""
    text = issue.body(form, facts, sealed, CASE, SITE)
    block = json.dumps(sealed, separators=(",", ":"))
    start, link, rest = text.partition("[Buka laporan]")
    assert start == (
        "<!-- intake K7Q2-9MPA -->\n\n"
        "**Boleh dihubungi**, dengan cara dan jam yang ada di laporan tersegel.\n"
        "**Tanya dulu sebelum meneruskan.**\n\n"
        "| | |\n|---|---|\n"
        "| Darurat saat datang | kuning |\n"
        "| Negara | Malaysia |\n"
        "| Masalah | hilang kontak, dokumen |\n"
        "| Wilayah asal | Banyumas |\n"
        "| Bahasa | id |\n"
        "| Tim saat datang | Tim kontak dan keselamatan |\n\n"
        "### Jam pertama\n\n"
        "- [ ] Buka laporan dengan kunci Anda. Jangan salin isinya ke sini: "
        "https://contoh.example/paralegal/buka-tutup/\n"
        "- [ ] Tulis komentar /dibaca. Lalu cocokkan daruratnya: "
        "https://contoh.example/paralegal/triase/\n"
        "- [ ] Hubungi pada jam aman. Sebut dulu nomor kasus K7Q2-9MPA: "
        "https://contoh.example/paralegal/menelepon-balik/\n\n"
        "### Hari pertama\n\n"
        "- [ ] Sebelum meneruskan: tanya orang ini, lalu catat izinnya: "
        "https://contoh.example/paralegal/rujukan/\n"
        "- [ ] Pilih relawan, segel ulang untuk kuncinya, tempel di sini: "
        "https://contoh.example/paralegal/perintah/\n"
        "- [ ] Periksa tanda perdagangan orang: "
        "https://contoh.example/paralegal/tanda-perdagangan-orang/\n"
        "- [ ] Kumpulkan nomor, alamat, dan PT terakhir dari keluarga: "
        "https://contoh.example/panduan/hilang-kontak/\n"
        "- [ ] Catat surat apa, siapa yang memegang, sejak kapan: "
        "https://contoh.example/panduan/dokumen-ditahan/\n\n"
        "### Minggu pertama\n\n"
        "- [ ] Susun kronologi bersama orang ini: https://contoh.example/paralegal/kronologi/\n"
        "- [ ] Dengan izin tercatat: siapkan pengaduan ke dinas atau BP3MI: "
        "https://contoh.example/paralegal/lembaga/\n"
        "- [ ] Dengan izin tercatat: mengadu ke perwakilan, minta nomornya: "
        "https://contoh.example/paralegal/lembaga/\n"
        "- [ ] Sudah mengadu ke lembaga? Pasang tenggatnya dengan /tenggat: "
        "https://contoh.example/paralegal/perintah/\n"
        "- [ ] Beri kabar lewat jawaban tersegel, walau belum ada hasil: "
        "https://contoh.example/paralegal/buka-tutup/\n\n"
        "### Tempat bertanya\n\n"
        "- Buku panduan untuk masalah ini: "
        "https://contoh.example/paralegal/masalah/hilang-kontak/\n"
        "- Buku panduan untuk masalah ini: "
        "https://contoh.example/paralegal/masalah/dokumen-ditahan/\n"
        "- Kantor dan lembaga daerah asal: https://contoh.example/kontak/wilayah/33.02/\n"
        "- Negara kerja: aturan dan perwakilan: https://contoh.example/negara/malaysia/\n\n"
    )
    assert link
    address, fence, blocks = rest.partition(")\n\n```json\n")
    assert fence
    assert address.startswith("(https://contoh.example/paralegal/buka/#%7B%22protected%22")
    assert unquote(address.split("#")[1]) == block
    clear = json.dumps({"facts": facts}, separators=(",", ":"))
    assert blocks == f"{clear}\n```\n\n```json\n{block}\n```\n"


def test_red_report_names_the_emergency_numbers_first(
    form: Form, facts: Facts, sealed: dict[str, Any]
) -> None:
    """The first step of a MERAH case is to read it now; of others it is not there."""
    line = "- [ ] Baca sekarang. Nomor darurat: https://contoh.example/darurat/#MY\n"
    red = issue.body(form, {**facts, "urgency": "red"}, sealed, CASE, SITE)
    assert f"### Jam pertama\n\n{line}" in red
    assert line not in issue.body(form, facts, sealed, CASE, SITE)


def test_an_unknown_region_leads_to_the_whole_list(
    form: Form, facts: Facts, sealed: dict[str, Any]
) -> None:
    """There is no page for a region that nobody named."""
    text = issue.body(form, {**facts, "regency": "00"}, sealed, CASE, SITE)
    assert "- Kantor dan lembaga daerah asal: https://contoh.example/kontak/\n" in text


def test_forbidden_contact_is_the_first_thing_read(
    form: Form, facts: Facts, sealed: dict[str, Any]
) -> None:
    """Who must not be contacted is told in bold right under the marker."""
    text = issue.body(form, {**facts, "contact": "i-come-back"}, sealed, CASE, SITE)
    assert text.splitlines()[2] == "**Jangan hubungi.** Orang ini akan menghubungi tim sendiri."
    assert "Boleh dihubungi" not in text


def test_nobody_is_told_to_reach_who_must_not_be_contacted(
    form: Form, facts: Facts, sealed: dict[str, Any]
) -> None:
    """Whatever the problem: no step of such a case asks for something of the person."""
    changed = facts | {"urgency": "red", "problem": sorted(form.groups), "contact": "i-come-back"}
    text = issue.body(form, changed, sealed, CASE, SITE)
    for word in ("Hubungi", "Tanyakan", "Minta foto", "Tanya dulu: aman", "dari keluarga"):
        assert word not in text


def test_allowed_passing_on_is_told(form: Form, facts: Facts, sealed: dict[str, Any]) -> None:
    """What the person ticked stands in the body as a closed choice, without saying which."""
    text = issue.body(form, {**facts, "sharing": "may-share"}, sealed, CASE, SITE)
    assert "**Boleh diteruskan ke yang dicentang.**" in text


def test_marker_is_the_first_line(form: Form, facts: Facts, sealed: dict[str, Any]) -> None:
    """By it, and by nothing else, a filed issue is found again."""
    text = issue.body(form, facts, sealed, CASE, SITE)
    assert text.splitlines()[0] == marker_line(CASE)
    assert has_marker(text, marker_line(CASE))
    assert text.count("<!-- intake") == 1


def test_sealed_report_is_found_in_the_body(
    form: Form, facts: Facts, sealed: dict[str, Any], recipients: Pairs
) -> None:
    """What was sealed stands there whole, behind the facts, and opens."""
    found = find_sealed(issue.body(form, facts, sealed, CASE, SITE))
    assert found == sealed
    opened = json.loads(open_sealed(found, recipients[0][1]))
    assert opened["answers"]["story"] == CANARY


def test_nothing_typed_is_in_the_issue(form: Form, facts: Facts, sealed: dict[str, Any]) -> None:
    """Title, labels and body hold the canary only as ciphertext."""
    text = issue.body(form, facts, sealed, CASE, SITE)
    shown = "\n".join([issue.title(form, facts, CASE), *issue.labels(form, facts), text])
    assert CANARY not in shown
    assert CANARY not in unquote(shown)


def people(count: int) -> list[PublicKey]:
    """Public keys of so many people."""
    return [new_private_key().public(f"k{number}") for number in range(count)]


def test_largest_report_to_five_people_fits(form: Form, facts: Facts) -> None:
    """24,576 bytes to five keys stay within GitHub's 65,536 characters, without a link."""
    everything = {**facts, "urgency": "red", "problem": sorted(form.groups)}
    largest = seal(b"x" * 24_576, people(5))
    text = issue.body(form, everything, largest, f"{CASE}-XX", SITE)
    assert len(text) <= issue.LARGEST_BODY == 65_536
    assert find_sealed(text) == largest
    assert "[Buka laporan]" not in text
    assert (
        "Buka https://contoh.example/paralegal/buka/ lalu tempel seluruh isi halaman ini.\n" in text
    )


@pytest.mark.parametrize(
    ("size", "linked"), [(1024, True), (2048, True), (4096, True), (8192, False)]
)
def test_link_is_there_only_while_it_is_short(
    form: Form, facts: Facts, size: int, linked: bool
) -> None:
    """Links of up to 8,000 characters are known to work; longer reports are pasted instead."""
    text = issue.body(form, facts, seal(b"x" * size, people(2)), CASE, SITE)
    links = [line for line in text.splitlines() if line.startswith("[Buka laporan]")]
    assert bool(links) is linked
    assert all(len(line) <= issue.LONGEST_LINK + len("[Buka laporan]()") for line in links)


def test_body_that_no_tracker_takes_is_an_error(
    monkeypatch: pytest.MonkeyPatch, form: Form, facts: Facts, sealed: dict[str, Any]
) -> None:
    """One character more than the limit is refused; nothing is cut off silently."""
    text = issue.body(form, facts, sealed, CASE, SITE)
    monkeypatch.setattr(issue, "LARGEST_BODY", len(text))
    assert issue.body(form, facts, sealed, CASE, SITE) == text
    monkeypatch.setattr(issue, "LARGEST_BODY", len(text) - 1)
    with pytest.raises(issue.BodyTooLong) as error:
        issue.body(form, facts, sealed, CASE, SITE)
    assert str(error.value) == f"The body of {CASE} has {len(text)} characters."
