"""Every label that the program gives or understands, with its colour and what it says.

Pure functions. `intake setup` makes them; what GitHub would make by itself has no description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from intake.form import LEVELS, Fact, Form, Level
from intake.plan import Team
from intake.spool import Status
from intake.tracker import Label as Label

NEW = "status: baru"
WITHDRAWN = "status: ditarik"
CLOSED = "status: selesai"
STATUS = {
    NEW: Status.RECEIVED,
    "status: dibaca": Status.READ,
    "status: ditangani": Status.WORKING,
    "status: menunggu jawaban": Status.WAITING,
    "status: diteruskan": Status.PASSED_ON,
    CLOSED: Status.CLOSED,
}
LABEL_OF = {status: label for label, status in STATUS.items()}
URGENCY: dict[str, Level] = {
    "darurat: merah": "red",
    "darurat: kuning": "yellow",
    "darurat: hijau": "green",
}
URGENCY_LABEL = {level: label for label, level in URGENCY.items()}

TEAM = "tim: "
VOLUNTEER = "relawan: "
OLD_KEY = "tinjau: kunci lama"
NO_NAMES = "tinjau: jangan tulis nama"
SHARE_AGAIN = "tinjau: bagi ulang"
LATE = "ingat: terlambat"
UNCHECKED = "pola: belum diperiksa"
NOT_GROUPED = "pola: bukan"
TRIAL = "uji: otomatis"
PRACTICE = "uji: latihan"

LONGEST_NAME, LONGEST_DESCRIPTION = 50, 100  # what GitHub takes


_STATUS_TEXT = {
    Status.RECEIVED: ("d4c5f9", "Belum ada yang membaca"),
    Status.READ: ("c2e0c6", "Sudah dibuka dan dibaca"),
    Status.WORKING: ("0e8a16", "Ada relawan yang menangani"),
    Status.WAITING: ("fef2c0", "Menunggu jawaban orang itu atau lembaga"),
    Status.PASSED_ON: ("bfdadc", "Diteruskan ke lembaga dengan izin"),
    Status.CLOSED: ("cccccc", "Selesai; program menutup kasusnya"),
}
_URGENCY_TEXT = {
    "red": ("b60205", "MERAH: baca sekarang"),
    "yellow": ("fbca04", "KUNING: baca hari ini"),
    "green": ("0e8a16", "HIJAU: baca dalam tiga hari"),
}
_FACT_COLOR = {"negara": "1d76db", "masalah": "5319e7", "wilayah": "006b75", "boleh": "e99695"}
_FACT_TEXT = {
    "negara": "Negara kerja atau tujuan",
    "masalah": "Jenis masalah; ceritanya tersegel",
    "wilayah": "Daerah asal",
    "boleh": "Yang diizinkan orang itu",
}
_OTHERS = (
    Label(WITHDRAWN, "000000", "Ditarik: jangan hubungi lagi; dihapus dalam 72 jam"),
    Label(OLD_KEY, "f9d0c4", "Hanya tersegel untuk kunci lama"),
    Label(NO_NAMES, "d93f0b", "Ada komentar berisi nomor; sudah disembunyikan"),
    Label(SHARE_AGAIN, "f9d0c4", "Kunci relawan dicoret; bagi kasus ini lagi"),
    Label(LATE, "d93f0b", "Ada pengingat yang belum dijawab"),
    Label(UNCHECKED, "fef2c0", "Kelompok serupa yang belum dicek lewat telepon"),
    Label(NOT_GROUPED, "ffffff", "Sudah dicek: bukan kelompok serupa"),
    Label(TRIAL, "ffffff", "Permintaan uji; tidak ada orang di baliknya"),
    Label(PRACTICE, "ffffff", "Kasus latihan; semua isinya rekaan"),
)


def all_labels(form: Form, teams: Sequence[Team]) -> list[Label]:
    """Every label to be made before the first report, each once, in a fixed order."""
    return [*_urgencies(), *_statuses(), *_teams(teams), *_OTHERS, *_facts(form)]


def status_of(state: str, labels: Sequence[str]) -> Status:
    """The status that an issue shows: closed when it is closed, else its furthest label.

    The program gives each issue a status; one without was changed by a person, so it was read.
    """
    if state == "closed":
        return Status.CLOSED
    found = [STATUS[label.casefold()] for label in labels if label.casefold() in STATUS]
    return max(found, key=list(Status).index, default=Status.READ)


def level_title(level: Level, case_number: str) -> str:
    """An issue's title, `MERAH · K7Q2-9MPA`."""
    return f"{URGENCY_LABEL[level].removeprefix('darurat: ').upper()} · {case_number}"


def higher(level: Level, other: Level) -> bool:
    """Whether the first urgency is the more urgent one."""
    return LEVELS.index(level) < LEVELS.index(other)


def _urgencies() -> Iterator[Label]:
    for name, level in URGENCY.items():
        yield Label(name, *_URGENCY_TEXT[level])


def _statuses() -> Iterator[Label]:
    for name, status in STATUS.items():
        yield Label(name, *_STATUS_TEXT[status])


def _teams(teams: Sequence[Team]) -> Iterator[Label]:
    for team in teams:
        yield Label(f"{TEAM}{team.id}", "c5def5", team.name.id)


def _facts(form: Form) -> Iterator[Label]:
    for fact in form.facts:
        if fact.prefix in _FACT_COLOR:
            for tag in _tags(form, fact):
                name = f"{fact.prefix}: {tag}"
                yield Label(name, _FACT_COLOR[fact.prefix], _FACT_TEXT[fact.prefix])


def _tags(form: Form, fact: Fact) -> list[str]:
    """Every value that the fact's label can have."""
    if fact.by == "group":
        return [group.tag for group in form.groups.values()]
    if fact.from_ is None:
        return [value.tag for value in form.sharing.values()]
    return [choice.tag or choice.label.id for choice in form.field(fact.from_).choices]
