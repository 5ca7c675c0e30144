"""Draw a picture as a PNG of 1080 by 1350 pixels: the same bytes for the same words.

Long steps are set smaller than short ones; steps that do not fit even then raise
`ContentProblem`. No font of the machine is used.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import PIL
from PIL import Image, ImageDraw, ImageFont

from content.pictures import Picture, Shown
from content.problem import ContentProblem

WIDTH, HEIGHT = 1080, 1350
_EDITION = 1  # one more whenever the drawing changes: it is part of a cached picture's name
_EDGE = 64
_ROOM = WIDTH - 2 * _EDGE
_GAP = 32
_HEAD_HEIGHT = 104
_NUMBER_HEIGHT = 168
_DOT = 56  # the circle of a step's number
_STEP_INDENT = 80
_SHADES = 12  # of each ink on each ground: enough for smooth letters, few enough to pack well
_LEVELS = 256
_FONTS = files("fontpkg_atkinson_hyperlegible") / "files"
_FACES = {bold: f"AtkinsonHyperlegible-{'Bold' if bold else 'Regular'}.ttf" for bold in (0, 1)}

Colour = tuple[int, int, int]
_GROUND: Colour = (0xFB, 0xF8, 0xF1)
_HEAD: Colour = (0x07, 0x47, 0x4A)
_TEAL: Colour = (0x0A, 0x5A, 0x5C)
_RED: Colour = (0xA1, 0x1D, 0x1A)
_INK: Colour = (0x1B, 0x29, 0x2B)
_SOFT: Colour = (0x4C, 0x5D, 0x5D)
_WHITE: Colour = (0xFF, 0xFF, 0xFF)


@dataclass(frozen=True)
class _Size:
    """Letters of one size, in pixels, and the height of a line of them."""

    letters: int
    bold: bool = False

    @property
    def font(self) -> ImageFont.FreeTypeFont:
        return _font(self.letters, self.bold)

    @property
    def line(self) -> int:
        return round(self.letters * 1.28)


_FOOT = _Size(29)
_INKED = [_LEVELS - 1 if level >= _LEVELS // _SHADES else 0 for level in range(_LEVELS)]


@dataclass
class _Sheet:
    """A picture of few colours, in which letters are drawn without any dithering."""

    image: Image.Image = field(default_factory=lambda: Image.new("P", (WIDTH, HEIGHT)))
    palette: list[Colour] = field(default_factory=list)

    def box(self, place: tuple[int, int, int, int], colour: Colour, round_by: int = 0) -> None:
        ImageDraw.Draw(self.image).rounded_rectangle(place, round_by, fill=self._index(colour))

    def write(self, at: tuple[int, int], text: str, size: _Size, ink: Colour, on: Colour) -> None:
        """Write one line; `at` is its upper left corner, `on` the colour that is there."""
        mask = Image.new("L", (WIDTH - at[0], size.line + size.letters // 2))
        ImageDraw.Draw(mask).text((0, 0), text, fill=_LEVELS - 1, font=size.font)
        box = mask.getbbox()
        if box is None:
            return
        letters = mask.crop(box)
        shades = [self._index(_mix(on, ink, step / (_SHADES - 1))) for step in range(_SHADES)]
        inked = letters.point([shades[level * _SHADES // _LEVELS] for level in range(_LEVELS)])
        self.image.paste(inked, (at[0] + box[0], at[1] + box[1]), letters.point(_INKED))

    def png(self) -> bytes:
        self.image.putpalette([part for colour in self.palette for part in colour])
        written = io.BytesIO()
        self.image.save(written, "PNG", compress_level=6)
        return written.getvalue()

    def _index(self, colour: Colour) -> int:
        if colour not in self.palette:
            self.palette.append(colour)
        return self.palette.index(colour)


@dataclass(frozen=True)
class _Sizes:
    """How large title and steps are set."""

    title: _Size
    step: _Size


_SIZES = tuple(
    _Sizes(_Size(72 if letters > 36 else 60, True), _Size(letters)) for letters in range(60, 28, -2)
)


def draw(picture: Picture) -> bytes:
    """Return the picture as a PNG."""
    sizes = next((sizes for sizes in _SIZES if _height(picture, sizes) <= HEIGHT), None)
    if sizes is None:
        raise ContentProblem(f"{picture.url}: the steps of {picture.page} are too long")
    sheet = _Sheet()
    sheet.box((0, 0, WIDTH, HEIGHT), _GROUND)
    sheet.box((0, 0, WIDTH, _HEAD_HEIGHT), _HEAD)
    sheet.write((_EDGE, 26), picture.brand, _Size(40, True), _WHITE, _HEAD)
    y = _paragraph(sheet, (_EDGE, _HEAD_HEIGHT + _GAP), picture.title, sizes.title, _INK) + _GAP
    for number in picture.numbers:
        y = _number(sheet, y, number)
    for place, step in enumerate(picture.steps, start=1):
        y = _step(sheet, y + _GAP // 2, place, step, sizes.step)
    foot = _foot(picture)
    for place, line in enumerate(foot, start=-len(foot)):
        at = (_EDGE, HEIGHT - _GAP + place * _FOOT.line)
        sheet.write(at, line, _FOOT, _SOFT, _GROUND)
    return sheet.png()


def drawn(picture: Picture, cache_folder: Path) -> bytes:
    """Return the picture from the folder, where it is drawn only once. The folder may go."""
    name = hashlib.sha256(f"{_EDITION} {PIL.__version__} {picture}".encode()).hexdigest()
    file = cache_folder / f"{name}.png"
    if file.exists():
        return file.read_bytes()
    png = draw(picture)
    cache_folder.mkdir(parents=True, exist_ok=True)
    # Two builds at once write the same bytes; neither may read the half of them.
    half = file.with_suffix(f".{id(picture)}")
    half.write_bytes(png)
    half.replace(file)
    return png


def _height(picture: Picture, sizes: _Sizes) -> int:
    """Return how high a picture would be if title and steps had these sizes."""
    title = len(_lines(picture.title, sizes.title, _ROOM)) * sizes.title.line
    numbers = len(picture.numbers) * (_NUMBER_HEIGHT + _GAP // 2)
    steps = sum(_step_height(step, sizes.step) + _GAP // 2 for step in picture.steps)
    foot = len(_foot(picture)) * _FOOT.line
    return _HEAD_HEIGHT + title + numbers + steps + foot + 4 * _GAP


def _number(sheet: _Sheet, y: int, shown: Shown) -> int:
    colour = _RED if shown.urgent else _TEAL
    sheet.box((_EDGE, y, WIDTH - _EDGE, y + _NUMBER_HEIGHT), colour, 18)
    lines = ((shown.name, _Size(34), 14), (shown.number, _Size(60, True), 54))
    for text, largest, below in (*lines, (shown.seen, _Size(28), 126)):
        size = _fitting(text, largest, _ROOM - 2 * _GAP)
        sheet.write((_EDGE + _GAP, y + below), text, size, _WHITE, colour)
    return y + _NUMBER_HEIGHT + _GAP // 2


def _step(sheet: _Sheet, y: int, place: int, text: str, size: _Size) -> int:
    sheet.box((_EDGE, y, _EDGE + _DOT, y + _DOT), _TEAL, _DOT // 2)
    sheet.write((_EDGE + 18, y + 6), str(place), _Size(38, True), _WHITE, _TEAL)
    _paragraph(sheet, (_EDGE + _STEP_INDENT, y), text, size, _INK)
    return y + _step_height(text, size)


def _step_height(text: str, size: _Size) -> int:
    return max(_DOT, len(_lines(text, size, _ROOM - _STEP_INDENT)) * size.line)


def _foot(picture: Picture) -> list[str]:
    return [picture.checked, *_lines(picture.newest, _FOOT, _ROOM)]


def _paragraph(sheet: _Sheet, at: tuple[int, int], text: str, size: _Size, ink: Colour) -> int:
    """Write text in lines; return where the next may begin."""
    x, y = at
    for line in _lines(text, size, WIDTH - _EDGE - x):
        sheet.write((x, y), line, size, ink, _GROUND)
        y += size.line
    return y


@cache
def _lines(text: str, size: _Size, room: int) -> list[str]:
    """Return the text in lines of at most `room` pixels; a longer word has its own line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and size.font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fitting(text: str, largest: _Size, room: int) -> _Size:
    size = largest
    while size.font.getlength(text) > room:
        size = replace(size, letters=size.letters - 1)
    return size


@cache
def _font(letters: int, bold: bool) -> ImageFont.FreeTypeFont:
    data = io.BytesIO((_FONTS / _FACES[bold]).read_bytes())
    # Without Raqm, which not every copy of Pillow has: the same letters everywhere.
    return ImageFont.truetype(data, letters, layout_engine=ImageFont.Layout.BASIC)


def _mix(ground: Colour, ink: Colour, share: float) -> Colour:
    red, green, blue = (
        round(low + (high - low) * share) for low, high in zip(ground, ink, strict=True)
    )
    return red, green, blue
