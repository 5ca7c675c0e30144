"""The pictures for WhatsApp Status: dated, no number that may not be there, the same each time."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from built_site import ROOT
from content import drawing
from content.drawing import HEIGHT, WIDTH, draw, drawn
from content.pictures import (
    ANYWHERE,
    Guide,
    Picture,
    Saying,
    Subject,
    may_be_printed,
    of_country,
    of_problem,
    read_guide,
    steps_of,
)
from content.problem import ContentProblem
from content.site import Site
from directory.records import Hotline
from html_page import read_page

HEAVIEST = 80_000
GUIDE = Guide("Paspor ditahan", "2026-11-21", ("Catat.", "Simpan.", "Minta."))
WORDS = {
    "brand": "Contoh",
    "checked": "Dicek tanggal",
    "tested": "Telepon uji dijawab",
    "seen_undated": "tanpa tanggal",
    "picture_seen": "Terlihat: {when}. Belum diuji telepon.",
    "picture_newest": "Yang terbaru: {address}",
    "picture_country": "{place}: nomor darurat",
}
SAY = Saying("id", WORDS, lambda day: f"<{day}>", "contoh.example/")
RECORD: dict[str, Any] = {
    "id": "my-contoh",
    "name": {"id": "KBRI Contoh", "en": "Example Embassy"},
    "country": "MY",
    "kind": "mission",
    "channels": ({"kind": "voice", "number": "+60321164016"},),
    "hours": None,
    "help": {"id": "Contoh.", "en": "Example."},
    "seen": {
        "date": "2025-04-10",
        "source": "https://contoh.example/a",
        "confidence": "secondary source",
    },
    "tested": None,
}


@pytest.fixture(scope="module")
def real() -> Site:
    """The site's own data, published where everybody can reach it."""
    return Site.read(ROOT, {"INTAKE_SITE": "https://contoh.example/situs/"})


def hotline(**fields: object) -> Hotline:
    """An invented number with some fields changed."""
    return Hotline.model_validate(RECORD | fields)


def seen(**fields: object) -> dict[str, object]:
    return {**RECORD["seen"], **fields}


def subject(*numbers: str) -> Subject:
    return Subject(page="panduan/contoh", steps="today", numbers=numbers)


def picture(**changes: Any) -> Picture:
    """An invented picture with one number."""
    record = hotline()
    made = of_problem(subject(record.id), GUIDE, {record.id: record}, SAY)
    return replace(made, **changes)


def test_a_picture_carries_its_dates() -> None:
    """When the guide was checked, when each number was seen, that nobody called, where to look."""
    made = picture()
    [number] = made.numbers
    assert made.checked == "Dicek tanggal <2026-11-21>"
    assert made.newest == "Yang terbaru: contoh.example/panduan/contoh/"
    assert (number.name, number.number) == ("KBRI Contoh", "+60 3 2116 4016")
    assert number.seen == "Terlihat: <2025-04-10>. Belum diuji telepon."
    assert made.steps == GUIDE.steps


def test_a_number_that_answered_says_so() -> None:
    """The day of the test call stands in place of the source's date."""
    record = hotline(tested="2026-11-01")
    [number] = of_problem(subject(record.id), GUIDE, {record.id: record}, SAY).numbers
    assert number.seen == "Telepon uji dijawab <2026-11-01>"


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ({}, True),
        ({"seen": seen(date=None)}, False),
        ({"seen": seen(date=None), "tested": "2026-11-01"}, True),
        ({"seen": seen(date=None, confidence="official page seen")}, True),
        ({"channels": ({"kind": "web", "url": "https://contoh.example/a"},)}, False),
        ({"channels": ({"kind": "email", "address": "a@contoh.example"},)}, False),
        ({"channels": ({"kind": "whatsapp", "number": "+60321164016"},)}, True),
    ],
)
def test_which_numbers_may_be_printed(fields: dict[str, Any], printed: bool) -> None:
    """Those one can dial, and that a date, a call or the office's own site vouches for."""
    assert may_be_printed(hotline(**fields)) is printed


def test_an_undated_number_is_refused() -> None:
    """The build stops and names it."""
    record = hotline(seen=seen(date=None))
    with pytest.raises(ContentProblem) as problem:
        of_problem(subject(record.id), GUIDE, {record.id: record}, SAY)
    assert str(problem.value) == (
        "pictures.yml: my-contoh may not stand on a picture: it cannot be dialled, or no source "
        "dates it; choose another number"
    )


def test_an_unknown_number_is_refused() -> None:
    """A typing mistake in pictures.yml is named."""
    with pytest.raises(ContentProblem) as problem:
        of_problem(subject("tidak-ada"), GUIDE, {}, SAY)
    assert str(problem.value) == "pictures.yml: 'tidak-ada' does not stand in hotlines.yml"


def test_a_country_shows_its_first_numbers_and_one_for_everywhere(real: Site) -> None:
    """Police, then the mission, then the Foreign Ministry; refused numbers are passed over."""
    hotlines = {record.id: record for record in real.data.hotlines}
    [malaysia] = [one for one in real.data.numbers if one.country.code == "MY"]
    made = of_country(malaysia, GUIDE, hotlines, SAY)
    assert made is not None
    assert made.title == "Malaysia: nomor darurat"
    assert made.url == "unduh/gambar/darurat-malaysia-id.png"
    assert [number.number for number in made.numbers] == [
        "999",
        "+60 3 2116 4016",
        "+62 812 9007 0027",
    ]
    assert [number.urgent for number in made.numbers] == [True, False, False]
    undated = replace(malaysia, first=hotline(seen=seen(date=None)), second=None, others=())
    assert of_country(undated, GUIDE, hotlines, SAY) is None


def test_every_country_and_every_main_problem_has_one(real: Site) -> None:
    """In each language; a country whose every number is refused has none."""
    problems = {f"{one.page}/" for one in real.data.subjects}
    dialled = {
        one.country.slug
        for one in real.data.numbers
        if any(may_be_printed(record) for record in one.emergency + one.missions)
    }
    assert len(dialled) >= 15
    for language in ("id", "en"):
        pages = {page for page, of in real.pictures if of == language}
        assert problems <= pages
        assert {f"darurat/{slug}/" for slug in dialled} == pages - problems
    allowed = {record.name.id for record in real.data.hotlines if may_be_printed(record)}
    for made in real.pictures.values():
        assert len(made.steps) == 3
        if made.language == "id":
            assert {number.name for number in made.numbers} <= allowed
    assert ANYWHERE in {record.id for record in real.data.hotlines if may_be_printed(record)}


def test_steps_are_those_of_the_guide() -> None:
    """Links and emphasis become words; another section's steps stay there."""
    body = (
        "## Hari ini { #today }\n\n1. Buka [nomor](../a.md) **sekarang**.\n2. Dua.\n\n"
        "## Besok { #tomorrow }\n\n1. Lain.\n"
    )
    assert steps_of(body, "today") == ("Buka nomor sekarang.", "Dua.")
    assert steps_of(body, "tidak-ada") == ()


def test_a_guide_with_too_few_steps_is_named(tmp_path: Path) -> None:
    """The message says where, and how many there are."""
    file = tmp_path / "panduan/contoh/index.id.md"
    file.parent.mkdir(parents=True)
    front = "---\ntitle: Contoh\nchecked: 2026-11-21\n---\n"
    file.write_text(front + "\n## Hari ini { #today }\n\n1. Satu.\n", encoding="utf-8")
    with pytest.raises(ContentProblem) as problem:
        read_guide(tmp_path, "panduan/contoh", "today", "id")
    assert str(problem.value) == (f"{file}: the section #today has 1 steps, and a picture shows 3")


def test_a_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A guide that moved takes its entry along."""
    with pytest.raises(ContentProblem) as problem:
        read_guide(tmp_path, "panduan/contoh", "today", "id")
    assert str(problem.value) == "pictures.yml: docs/panduan/contoh is no page; correct it"


def test_a_picture_is_light_and_the_same_each_time() -> None:
    """1080 by 1350 pixels, at most 80 KB, and the same words give the same bytes."""
    png = draw(picture())
    assert png == draw(picture())
    assert len(png) <= HEAVIEST
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (WIDTH, HEIGHT)
        assert image.format == "PNG"
        assert "date" not in str(image.info).lower()


def test_another_word_is_another_picture() -> None:
    """Nothing that stands on it is left out of the drawing."""
    plain = draw(picture())
    changed = [
        picture(title="Lain"),
        picture(steps=("Catat.", "Simpan.", "Lain.")),
        picture(checked="Dicek lain"),
        picture(newest="Yang lain"),
        picture(numbers=(replace(picture().numbers[0], seen="Lain"),)),
        picture(numbers=(replace(picture().numbers[0], number="999"),)),
    ]
    assert len({plain, *map(draw, changed)}) == 1 + len(changed)


def test_long_steps_are_set_smaller_and_longer_ones_refused() -> None:
    """Nothing is cut off."""
    long = "Simpan foto surat, chat, kuitansi, dan kontrak. " * 3
    assert len(draw(picture(steps=(long,) * 3))) > 0
    with pytest.raises(ContentProblem, match="the steps of panduan/contoh are too long"):
        draw(picture(steps=(long * 9,) * 3))


def test_a_picture_is_drawn_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second build reads it; another word means another drawing."""
    first = drawn(picture(), tmp_path / "kept")
    monkeypatch.setattr(drawing, "draw", lambda _: b"drawn again")
    assert drawn(picture(), tmp_path / "kept") == first
    assert drawn(picture(title="Lain"), tmp_path / "kept") == b"drawn again"


def test_pages_link_to_their_picture(site: Path, real: Site) -> None:
    """Without download or new window, which browsers inside apps do not have."""
    linked = {}
    for page in sorted(site.rglob("index.html")):
        for link in read_page(page).all("a"):
            if link.attributes["href"].endswith(".png"):
                linked[(page.parent / link.attributes["href"]).resolve()] = link.attributes
    assert {file.relative_to(site.resolve()).as_posix() for file in linked} == {
        made.url for made in real.pictures.values()
    }
    assert all(file.is_file() for file in linked)
    assert all(not {"download", "target"} & attributes.keys() for attributes in linked.values())
