"""The organization file: what may stand in it, and one sentence for each thing that may not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from intake.organization import Organization, OrganizationProblem, load_organization
from intake.settings import ROOT

SHIPPED = ROOT / "docs/data/organization.yml"
MISSING: Any = object()


def problem_of(path: Path, **changes: Any) -> str:
    """The message that the file gets after some of its fields were changed or taken out."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in raw.items() if value is not MISSING}
    path.write_text(yaml.safe_dump(kept), encoding="utf-8")
    with pytest.raises(OrganizationProblem) as error:
        load_organization(path)
    return str(error.value)


def test_shipped_file_names_no_operator() -> None:
    """As the checkout ships it nobody runs the form, and the form is closed."""
    shipped = load_organization(SHIPPED)
    assert shipped.operator is None
    assert shipped.phone is None
    assert shipped.form_is_open is False
    assert shipped.demonstration is False
    assert (shipped.name.id, shipped.name.en) == ("Tim paralegal", "The paralegal team")
    assert "SERUNI" not in SHIPPED.read_text(encoding="utf-8")


def test_fields_come_out_typed(organization: Organization) -> None:
    """Texts are read by language, the salt is 16 bytes, the days are a tuple."""
    assert organization.name["id"] == "Tim contoh"
    assert organization.name["en"] == "The example team"
    assert organization.salt.hex() == "3638ccd61ae2e9767d53174223324f0e"
    assert organization.duty_hours[0].days == ("mon", "fri")
    assert organization.demonstration is True


@pytest.mark.parametrize("tested", [dt.date(2026, 11, 1), "2026-11-01"])
def test_day_of_the_test_call_may_stand_in_quotes(organization_file: Path, tested: object) -> None:
    """YAML reads a bare date as a date and a quoted one as text; both are that day."""
    raw = yaml.safe_load(organization_file.read_text(encoding="utf-8"))
    raw["phone"]["tested"] = tested
    organization_file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    phone = load_organization(organization_file).phone
    assert phone is not None
    assert phone.tested == dt.date(2026, 11, 1)


@pytest.mark.parametrize("missing", ["operator", "phone", "receiver"])
def test_form_is_open_only_with_operator_phone_and_receiver(
    organization: Organization, missing: str
) -> None:
    """Any one of the three missing closes the form."""
    assert organization.form_is_open is True
    assert organization.model_copy(update={missing: None}).form_is_open is False


WHOLE_ADDRESS = "write a whole address such as https://contoh.example/"
SALT = "write 16 random bytes in base64url without padding"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("site", "contoh.example/", WHOLE_ADDRESS),
        ("site", "ftp://contoh.example/", WHOLE_ADDRESS),
        ("site", "https:///", WHOLE_ADDRESS),
        ("site", "https://contoh.example", "end the address with a slash"),
        ("receiver", "https://contoh.example/intake", "end the address with a slash"),
        ("repository", "http://github.com/x/y", "write a whole address that begins with https://"),
        ("time_zone", "Asia/Purwokerto", "write a zone of the IANA list, such as Asia/Jakarta"),
        ("time_zone", "../etc", "write a zone of the IANA list, such as Asia/Jakarta"),
        ("code_salt", "NjjM1hri6XZ9UxdCIzJP", SALT),
        ("code_salt", "NjjM1hri6XZ9UxdCIzJPDg==", SALT),
        ("code_salt", "NjjM1hri6XZ9UxdCIzJPDg!!==", SALT),
        ("code_salt", "NjjM1hri6XZ9UxdCIzJPDh", SALT),
        ("code_salt", "N", SALT),
        ("settle_seconds", 29, "Input should be greater than or equal to 30"),
        ("settle_seconds", "120", "Input should be a valid integer"),
        ("retention_days", 0, "Input should be greater than 0"),
        ("home_region", 33, "Input should be a valid string"),
        ("home_region", "33.02", r"String should match pattern '^\d{2}$'"),
        ("id", "Tim Contoh", "String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'"),
        ("demonstration", "ya", "Input should be a valid boolean"),
        ("operator", MISSING, "Field required"),
        ("colour", "teal", "Extra inputs are not permitted"),
    ],
)
def test_wrong_field_is_named_with_its_cure(
    organization_file: Path, name: str, value: object, message: str
) -> None:
    """Each mistake gives one line: file, field, what to write."""
    found = problem_of(organization_file, **{name: value})
    assert found == f"{organization_file}: {name}: {message}"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("081234567890", "write the number with its country code, such as +62..."),
        ("+62", "this is not a phone number"),
        ("+telepon", "this is not a phone number"),
        ("+6212", "the number has too few or too many digits"),
        ("+65123456789012", "the number has too few or too many digits"),
        (628123456789, "Input should be a valid string"),
    ],
)
def test_phone_number_is_whole_and_quoted(
    organization_file: Path, number: object, message: str
) -> None:
    """A number without country code, of an impossible length, or read as a figure is refused."""
    phone = {"number": number, "whatsapp": False, "tested": None}
    found = problem_of(organization_file, phone=phone)
    assert found == f"{organization_file}: phone.number: {message}"


@pytest.mark.parametrize("opens", ["8:00", "24:00", "08:60", "08.00", "08:00 WIB"])
def test_clock_times_are_quoted_hours_and_minutes(organization_file: Path, opens: str) -> None:
    """Anything but two digits, a colon and two digits is refused."""
    hours = [{"days": ["mon"], "opens": opens, "closes": "16:00"}]
    found = problem_of(organization_file, duty_hours=hours)
    cure = 'write the time in quotes as "08:00"'
    assert found == f"{organization_file}: duty_hours.0.opens: {cure}"


def test_unquoted_clock_time_is_a_number_and_refused(organization_file: Path) -> None:
    """YAML reads a bare 17:00 as 1020; it must not pass for a time."""
    text = organization_file.read_text(encoding="utf-8").replace("'16:00'", "17:00")
    assert yaml.safe_load(text)["duty_hours"][0]["closes"] == 1020
    organization_file.write_text(text, encoding="utf-8")
    with pytest.raises(OrganizationProblem) as error:
        load_organization(organization_file)
    assert str(error.value) == (
        f"{organization_file}: duty_hours.0.closes: Input should be a valid string"
    )


def test_every_wrong_field_is_told_at_once(organization_file: Path) -> None:
    """Three mistakes give three lines."""
    found = problem_of(organization_file, site="x", retention_days=-1, id="")
    assert [line.split(": ")[1] for line in found.splitlines()] == ["id", "site", "retention_days"]


def test_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    """A file that is not there is named together with the setting."""
    path = tmp_path / "organization.yml"
    with pytest.raises(OrganizationProblem) as error:
        load_organization(path)
    assert str(error.value) == (
        f"{path} is missing: copy docs/data/organization.yml or set INTAKE_ORGANIZATION"
    )


@pytest.mark.parametrize("text", ["", "- a\n", "tim paralegal"])
def test_file_that_is_no_mapping_is_told_whole(tmp_path: Path, text: str) -> None:
    """An empty file, a list or a word is refused as a whole."""
    path = tmp_path / "organization.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OrganizationProblem) as error:
        load_organization(path)
    assert str(error.value) == (
        f"{path}: the whole file: Input should be a valid dictionary or instance of Organization"
    )


def test_text_that_is_not_yaml_is_told(tmp_path: Path) -> None:
    """A file that cannot be parsed is named, with the line that broke it."""
    path = tmp_path / "organization.yml"
    path.write_text("id: [", encoding="utf-8")
    with pytest.raises(OrganizationProblem, match="line 1, column 6") as error:
        load_organization(path)
    assert str(error.value).startswith(f"{path} is not YAML: ")
