"""Making keys: three files that belong together, and none that is ever overwritten."""

from __future__ import annotations

import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import segno

from intake.keys import make_key
from intake.sealing import KeyProblem, open_sealed, read_public_key, seal, unlock


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where public and private halves go; neither folder is there yet."""
    return tmp_path / "keys", tmp_path / "private"


def test_both_halves_belong_together(folders: tuple[Path, Path]) -> None:
    """What is sealed to the public file opens with the locked file and its passphrase."""
    made = make_key("koordinator-2026", *folders)
    public = read_public_key(made.public_file)
    private = unlock(made.locked_file.read_text(encoding="ascii"), made.passphrase)
    assert private.kid == public.kid
    assert open_sealed(seal(b"halo", [public]), private) == b"halo"
    assert (public.name, public.recovery, public.demonstration) == (
        "koordinator-2026", False, False,
    )  # fmt: skip


def test_files_have_their_places_and_names(folders: tuple[Path, Path]) -> None:
    """The public half goes to the site, the locked half and its paper to a folder apart."""
    made = make_key("koordinator-2026", *folders)
    assert made.public_file == folders[0] / "koordinator-2026.jwk"
    assert made.locked_file == folders[1] / "koordinator-2026.key"
    assert made.paper_file == folders[1] / "koordinator-2026.svg"
    assert {path.name for path in folders[0].iterdir()} == {"koordinator-2026.jwk"}
    assert {path.name for path in folders[1].iterdir()} == {
        "koordinator-2026.key", "koordinator-2026.svg",
    }  # fmt: skip


def test_marks_stand_in_the_public_file(folders: tuple[Path, Path]) -> None:
    """A recovery key and a demonstration key say so."""
    made = make_key("pemulihan", *folders, recovery=True, demonstration=True)
    public = read_public_key(made.public_file)
    assert (public.recovery, public.demonstration) == (True, True)


def test_private_half_is_for_its_owner_alone(folders: tuple[Path, Path]) -> None:
    """The folder has mode 0700 and the locked key 0600."""
    made = make_key("koordinator", *folders)
    assert stat.S_IMODE(folders[1].stat().st_mode) == 0o700
    assert stat.S_IMODE(made.locked_file.stat().st_mode) == 0o600


def test_no_file_holds_the_passphrase_or_the_key_in_clear(folders: tuple[Path, Path]) -> None:
    """The passphrase is told once; the public file has no private member."""
    made = make_key("koordinator", *folders)
    written = [path for folder in folders for path in folder.iterdir()]
    assert len(written) == 3
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert made.passphrase not in text
        assert made.passphrase.replace("-", "") not in text
        assert '"d"' not in text
    assert set(json.loads(made.public_file.read_text(encoding="utf-8"))) == {
        "kty", "crv", "x", "y", "use", "kid", "name",
    }  # fmt: skip
    assert made.passphrase not in repr(made)


def test_paper_is_one_qr_code_of_the_locked_key(folders: tuple[Path, Path]) -> None:
    """The picture is the one code that ISO/IEC 18004 gives for the file's line."""
    made = make_key("koordinator", *folders)
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
        make_key(name, *folders)
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
        make_key("koordinator", *folders)
    assert str(error.value) == f"{taken} is there already: choose another name."
    assert taken.read_text(encoding="utf-8") == "lama"
    assert [path for folder in folders if folder.exists() for path in folder.iterdir()] == [taken]
