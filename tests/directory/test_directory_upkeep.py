"""What `directory.upkeep` says has to be done, and `directory.checks` is wrong."""

from collections import Counter
from datetime import date
from pathlib import Path
from shutil import copytree

from directory.checks import problems
from directory.records import Contact, Hotline
from directory.upkeep import call_list, endings, report, uses
from invented_records import contact, hotline, seen

DATA = Path(__file__).parents[2] / "docs" / "data"
TODAY = date(2026, 11, 22)


def test_the_call_list_begins_with_what_most_pages_name(tmp_path: Path) -> None:
    """A page counts once for each entry it calls for; numbers of two entries count for both."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.id.md").write_text('{{ contact("often") }} {{ contact("often") }}')
    (tmp_path / "index.id.md").write_text("{{ contact('often') }} {{ hotline('rare') }}")
    (tmp_path / "index.en.md").write_text('{{ hotline("rare") }} {{ hotline("rare") }}')
    used = uses(tmp_path)
    assert used == {"often": 2, "rare": 1}
    other = ({"kind": "voice", "number": "+622129244801"},)
    records = [contact(id="rare", channels=other), contact(id="often"), contact(id="again")]
    assert [(call.number, call.uses) for call in call_list(records, used)] == [
        ("+622129244800", 2),
        ("+622129244801", 1),
    ]


def test_who_has_answered_is_not_called_again() -> None:
    """Neither is a website."""
    web = ({"kind": "web", "url": "https://a.example"},)
    assert call_list([contact(tested="2026-01-01"), contact(channels=web)], Counter()) == []


def test_one_short_number_is_somebody_else_in_each_country() -> None:
    """999 in Malaysia is not 999 in Singapore."""
    channels = [
        ({"kind": "short-code", "number": "999", "dial_from": code},) for code in ("MY", "SG")
    ]
    calls = call_list([contact(channels=one) for one in channels], Counter())
    assert [call.number for call in calls] == ["999 (MY)", "999 (SG)"]


def test_what_ends_is_listed_by_day() -> None:
    """What never ends is not in the list."""
    records = [
        contact(id="later", seen=seen("2025")),
        contact(id="never", kind="government"),
        contact(id="sooner", seen=seen("2024")),
    ]
    assert [(one.record.id, one.day) for one in endings(records)] == [
        ("sooner", date(2027, 1, 1)),
        ("later", date(2028, 1, 1)),
    ]


def test_the_report_is_whole() -> None:
    """Whom to call, what ends, what has ended; a line for people in danger is never tried out."""
    records: list[Contact | Hotline] = [
        contact(id="soon", name={"id": "Segera", "en": "Soon"}, seen=seen("2023-12-10")),
        contact(id="gone", name={"id": "Lewat", "en": "Gone"}, seen=seen(None), tested=None),
        contact(id="hidden", publication="draft"),
        hotline("emergency", "2020"),
    ]
    assert report(records, Counter({"soon": 3}), TODAY, 30) == (
        "## Daftar telepon: belum pernah diuji / To call: never tested (1)\n\n"
        "- [ ] +622129244800 · Segera (`soon`, `gone`) · 3×\n\n"
        "## Berakhir dalam 30 hari / Ends within 30 days (1)\n\n"
        "- [ ] 2026-12-10 · +622129244800 · Segera (`soon`)\n\n"
        "## Sudah lewat, tidak ditampilkan / Past its limit, not shown (1)\n\n"
        "- [ ] tanpa tanggal / undated · +622129244800 · Lewat (`gone`)\n\n"
        "## Nomor darurat: jangan diuji, baca lagi sumbernya / "
        "Emergency numbers: do not call, read the source again (1)\n\n"
        "- [ ] 119 (ID) · Saluran (`invented-line`) · 0×\n"
    )


def test_the_real_data_has_no_fault() -> None:
    """Neither in a file nor between files."""
    assert problems(DATA) == []


def broken(folder: Path, *changes: tuple[str, str, str]) -> list[str]:
    copytree(DATA, folder / "data")
    for name, old, new in changes:
        path = folder / "data" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(problem) for problem in problems(folder / "data")]


def test_faults_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    """Each with file, entry, field and cure."""
    assert broken(
        tmp_path,
        ("hotlines.yml", 'number: "110"', "number: 110"),
        ("contacts.yml", "kind: paralegal-group", "kind: club"),
        ("countries.yml", 'code: "MY"', 'code: "my"'),
    ) == [
        "hotlines.yml: id-polisi: channels.1.number: is read as 110 because it has no quotes; "
        "put it in quotes",
        "contacts.yml: seruni-banyumas: kind: must be one of 'paralegal-group', 'paralegal', "
        "'union', 'ngo', 'legal-aid', 'government', 'police', 'insurance', 'university' or "
        "'shelter'; found 'club'",
        "countries.yml: my: code: must be an ISO 3166-1 alpha-2 code, such as MY; found 'my'",
    ]


def test_faults_between_files_are_told(tmp_path: Path) -> None:
    """A region that does not exist, and a number that was superseded elsewhere."""
    assert broken(
        tmp_path,
        ("contacts.yml", 'region: "33.02.15"', 'region: "33.99.15"'),
        ("hotlines.yml", '- number: "+85268942799"', '- number: "+6281290070027"'),
    ) == [
        "contacts.yml: bumi-gumelar: coverage: '33.99.15' does not stand in regions.yml; "
        "correct it",
        "hotlines.yml: id-kemlu-pwni: channels.1.number: +6281290070027 was superseded, says "
        "hk-kjri-panic; correct one of them",
        "contacts.yml: kemlu-pwni: channels.1.number: +6281290070027 was superseded, says "
        "hk-kjri-panic; correct one of them",
    ]
