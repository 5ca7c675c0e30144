"""Making keys: three files that belong together, and none that is ever overwritten."""

from __future__ import annotations

import json
import stat
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import segno

from intake.keys import ending, lacks, make_key, retire, state
from intake.sealing import (
    KeyProblem,
    PublicKey,
    new_private_key,
    open_sealed,
    read_public_key,
    read_public_keys,
    recipient_ids,
    seal,
    unlock,
)
from workplace import coordinator, recovery, write_keys

MADE = date(2026, 11, 22)
LATER = date(2027, 3, 1)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where public and private halves go; neither folder is there yet."""
    return tmp_path / "keys", tmp_path / "private"


def test_both_halves_belong_together(folders: tuple[Path, Path]) -> None:
    """What is sealed to the public file opens with the locked file and its passphrase."""
    made = make_key("koordinator-2026", *folders, made=MADE)
    public = read_public_key(made.public_file)
    private = unlock(made.locked_file.read_text(encoding="ascii"), made.passphrase)
    assert private.kid == public.kid
    assert open_sealed(seal(b"halo", [public]), private) == b"halo"
    assert (public.name, public.recovery, public.demonstration) == (
        "koordinator-2026", False, False,
    )  # fmt: skip


def test_files_have_their_places_and_names(folders: tuple[Path, Path]) -> None:
    """The public half goes to the site, the locked half and its paper to a folder apart."""
    made = make_key("koordinator-2026", *folders, made=MADE)
    assert made.public_file == folders[0] / "koordinator-2026.jwk"
    assert made.locked_file == folders[1] / "koordinator-2026.key"
    assert made.paper_file == folders[1] / "koordinator-2026.svg"
    assert {path.name for path in folders[0].iterdir()} == {"koordinator-2026.jwk"}
    assert {path.name for path in folders[1].iterdir()} == {
        "koordinator-2026.key", "koordinator-2026.svg",
    }  # fmt: skip


def test_marks_stand_in_the_public_file(folders: tuple[Path, Path]) -> None:
    """A recovery key and a demonstration key say so."""
    made = make_key("pemulihan", *folders, made=MADE, recovery=True, demonstration=True)
    public = read_public_key(made.public_file)
    assert (public.recovery, public.demonstration) == (True, True)


def test_private_half_is_for_its_owner_alone(folders: tuple[Path, Path]) -> None:
    """The folder has mode 0700 and the locked key 0600."""
    made = make_key("koordinator", *folders, made=MADE)
    assert stat.S_IMODE(folders[1].stat().st_mode) == 0o700
    assert stat.S_IMODE(made.locked_file.stat().st_mode) == 0o600


def test_no_file_holds_the_passphrase_or_the_key_in_clear(folders: tuple[Path, Path]) -> None:
    """The passphrase is told once; the public file has no private member."""
    made = make_key("koordinator", *folders, made=MADE)
    written = [path for folder in folders for path in folder.iterdir()]
    assert len(written) == 3
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert made.passphrase not in text
        assert made.passphrase.replace("-", "") not in text
        assert '"d"' not in text
    assert set(json.loads(made.public_file.read_text(encoding="utf-8"))) == {
        "kty", "crv", "x", "y", "use", "kid", "name", "made",
    }  # fmt: skip
    assert made.passphrase not in repr(made)


def test_paper_is_one_qr_code_of_the_locked_key(folders: tuple[Path, Path]) -> None:
    """The picture is the one code that ISO/IEC 18004 gives for the file's line."""
    made = make_key("koordinator", *folders, made=MADE)
    locked = made.locked_file.read_text(encoding="ascii").strip()
    expected = segno.make_qr(locked, error="l")
    assert int(expected.version) <= 20
    picture = ET.parse(made.paper_file).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.get("width") == str(4 * expected.symbol_size()[0])
    path = picture.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    assert f'd="{path.get("d")}"' in expected.svg_inline(scale=4)


@pytest.mark.parametrize(
    "name", ["", "Siti", "siti aminah", "../siti", "siti.jwk", "-siti", "sítì"]
)
def test_key_is_named_by_a_role(folders: tuple[Path, Path], name: str) -> None:
    """Capitals, spaces, dots, slashes and accents are refused, and nothing is written."""
    with pytest.raises(KeyProblem) as error:
        make_key(name, *folders, made=MADE)
    assert str(error.value) == (
        "Name a key by its role, in small letters, such as koordinator-2026."
    )
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize("suffix", ["jwk", "key", "svg"])
def test_nothing_is_overwritten(folders: tuple[Path, Path], suffix: str) -> None:
    """An old key still opens old reports: any file of its name stops the making."""
    taken = folders[0 if suffix == "jwk" else 1] / f"koordinator.{suffix}"
    taken.parent.mkdir()
    taken.write_text("lama", encoding="utf-8")
    with pytest.raises(KeyProblem) as error:
        make_key("koordinator", *folders, made=MADE)
    assert str(error.value) == f"{taken} is there already: choose another name."
    assert taken.read_text(encoding="utf-8") == "lama"
    assert [path for folder in folders if folder.exists() for path in folder.iterdir()] == [taken]


def test_a_sixth_active_key_is_not_made(tmp_path: Path) -> None:
    """A folder that no report can be sealed to would stop the receiver."""
    private = tmp_path / "private"
    write_keys(tmp_path, *(new_private_key().public(f"orang-{n}") for n in range(5)))
    with pytest.raises(KeyProblem) as error:
        make_key("orang-5", tmp_path, private, made=MADE)
    assert str(error.value) == (
        "5 keys are active, and a report takes no more: retire one with intake keys retire."
    )
    assert not private.exists()


# Retiring


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with a coordinator's key, a volunteer's and the recovery key."""
    volunteer = new_private_key().public("relawan", made=MADE)
    write_keys(tmp_path, coordinator().public, volunteer, recovery().public)
    return tmp_path


def test_a_retired_key_stays_and_gets_nothing_new(three: Path) -> None:
    """Its file says since when; what is sealed from then on names the others alone."""
    before = read_public_key(three / "relawan.jwk")
    path = retire(three, "relawan", LATER, LATER)
    assert path == three / "relawan.jwk"
    assert read_public_key(path) == replace(before, retired=LATER)
    assert json.loads(path.read_text(encoding="utf-8"))["retired"] == "2027-03-01"
    held = read_public_keys(three)
    assert before.kid in {key.kid for key in held}
    assert recipient_ids(seal(b"halo", held)) == (coordinator().public.kid, recovery().public.kid)


@pytest.mark.parametrize(
    ("name", "on", "sentence"),
    [
        ("siti", LATER, "{} has no key called siti; it has: koordinator, pemulihan, relawan."),
        ("../relawan", LATER, "{} has no key called ../relawan; it has: koordinator, "
         "pemulihan, relawan."),
        ("relawan", date(2027, 3, 2), "2027-03-02 is still to come: retire relawan on that day."),
        ("relawan", date(2026, 11, 21), "relawan was made on 2026-11-22: it cannot be retired "
         "before."),
        ("pemulihan", LATER, "pemulihan cannot be retired yet. Without it: No recovery key: make "
         "one with intake keys new NAME --recovery and keep it offline."),
    ],
)  # fmt: skip
def test_what_cannot_be_retired_is_told(three: Path, name: str, on: date, sentence: str) -> None:
    """The sentence says why, and nothing is changed."""
    before = {path: path.read_bytes() for path in three.iterdir()}
    with pytest.raises(KeyProblem) as error:
        retire(three, name, on, LATER)
    assert str(error.value) == sentence.format(three)
    assert {path: path.read_bytes() for path in three.iterdir()} == before


def test_two_active_keys_are_the_fewest(three: Path) -> None:
    """The last but one stays until another is made, and none is retired twice."""
    retire(three, "relawan", LATER, LATER)
    with pytest.raises(KeyProblem) as error:
        retire(three, "koordinator", LATER, LATER)
    assert str(error.value) == (
        "koordinator cannot be retired yet. Without it: 1 keys; use 2 to 5, so that one lost key "
        "loses no report: make another with intake keys new."
    )
    with pytest.raises(KeyProblem) as error:
        retire(three, "relawan", LATER, LATER)
    assert str(error.value) == "relawan was retired on 2027-03-01 already."


def test_a_retired_recovery_key_is_none(three: Path) -> None:
    """Another has to be there, whatever lies in the folder."""
    old = replace(recovery().public, retired=LATER)
    others = [read_public_key(three / f"{name}.jwk") for name in ("koordinator", "relawan")]
    assert [line.split(":")[0] for line in lacks([*others, old])] == ["No recovery key"]


# A year


def aged(**days: date) -> PublicKey:
    return replace(coordinator().public, **days)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "today", "says"),
    [
        (aged(made=MADE), MADE + timedelta(days=334), None),
        (aged(made=MADE), MADE + timedelta(days=335), "is to be replaced by 2027-11-22"),
        (aged(made=MADE), MADE + timedelta(days=365), "is to be replaced by 2027-11-22"),
        (aged(made=MADE), MADE + timedelta(days=366), "should have been replaced by 2027-11-22"),
        (aged(made=MADE, expires=LATER), date(2027, 1, 29), None),
        (aged(made=MADE, expires=LATER), date(2027, 1, 30), "is to be replaced by 2027-03-01"),
        (aged(made=MADE, retired=LATER), date(2030, 1, 1), None),
        (aged(), date(2030, 1, 1), None),
    ],
)
def test_a_key_is_replaced_within_a_year(key: PublicKey, today: date, says: str | None) -> None:
    """30 days before its day it is told, whether that is a year after its making or another."""
    told = ending([key, recovery().public], today)
    expected = f"koordinator {says}: make another with intake keys new, then retire this one with "
    assert told == ([expected + "intake keys retire."] if says else [])


def test_a_key_tells_its_state() -> None:
    """What `intake keys list` shows."""
    assert state(aged(made=MADE)) == "active until 2027-11-22"
    assert state(aged(made=MADE, expires=LATER)) == "active until 2027-03-01"
    assert state(aged(made=MADE, retired=LATER)) == "retired 2027-03-01"


@pytest.mark.parametrize("name", ["made", "expires", "retired"])
@pytest.mark.parametrize("value", ["2026-11-31", 7, True, None])
def test_a_day_that_is_none_is_a_fault_of_the_file(
    tmp_path: Path, name: str, value: object
) -> None:
    """A mistyped `retired` must not leave the key active."""
    path = tmp_path / "koordinator.jwk"
    path.write_text(json.dumps(coordinator().public.published() | {name: value}), encoding="utf-8")
    with pytest.raises(KeyProblem) as error:
        read_public_key(path)
    assert str(error.value) == f"{path}: {name} is no day such as 2026-11-22; mend it"
