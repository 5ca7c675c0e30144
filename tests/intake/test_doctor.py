"""`intake doctor` says in one line each what is well and what is not, and changes no report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from github_stand_in import TOKEN, GitHubStandIn, stand_in
from intake import commands
from intake.database import canaries
from intake.doctor import Finding, examine
from intake.reviewers import Seen, look
from intake.sealing import new_private_key
from intake.spool import NewReport, Spool, State
from intake.tracker import letter_line, marker_line
from workplace import (
    ORGANIZATION,
    Workplace,
    coordinator,
    published,
    recovery,
    self_signed,
    set_up,
    the_form,
    write_keys,
)

__all__ = ["stand_in"]


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return set_up(tmp_path)


@pytest.fixture(autouse=True)
def _one_reading_of_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped form is read once for all tests: it takes most of a second."""
    monkeypatch.setattr("intake.settings.load_form", lambda _path, _region: the_form())


def doctor(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *options: str,
) -> tuple[int, list[str]]:
    """Exit status and lines of `intake doctor`."""
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    status = commands.main(["doctor", *options])
    printed = capsys.readouterr()
    assert printed.err == ""
    return status, printed.out.splitlines()


def wrong(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("ok   ")]


def test_a_healthy_folder_setup_is_all_well(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0 and one line for each thing that the program depends on."""
    folder = place.folder
    assert doctor(place, monkeypatch, capsys) == (
        0,
        [
            f"ok   organization: {folder}/organization.yml, Perkumpulan Contoh Rekaan",
            f"ok   form: {len(the_form().fields)} questions",
            "ok   keys: koordinator, pemulihan (recovery)",
            f"ok   secret: {folder}/secret, keep it in every backup",
            "ok   database: 0 waiting to be filed, 0 filed",
            f"ok   tracker: folder:{folder}/tracker can be written to and is not public",
        ],
    )


def test_every_fault_is_told_in_one_visit(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1; each fault has its line with the cure, and the rest is looked at all the same."""
    folder = place.folder
    (folder / "organization.yml").unlink()
    (folder / "keys" / "koordinator.jwk").write_text("{}", encoding="utf-8")
    (folder / "secret").write_text("deadbeef", encoding="ascii")
    (folder / "tracker").write_text("a file where the folder should be", encoding="utf-8")
    ill = place.with_settings(INTAKE_DATABASE="sqlite:////dev/null/spool.db")
    missing = (
        f"organization: {folder}/organization.yml is missing: "
        "copy docs/data/organization.yml or set INTAKE_ORGANIZATION"
    )
    assert doctor(ill, monkeypatch, capsys) == (
        1,
        [
            f"FAIL {missing}",
            f"FAIL form: {missing.removeprefix('organization: ')}",
            f"FAIL keys: {folder}/keys/koordinator.jwk is not a public key; "
            "make one with: intake keys new",
            f"FAIL secret: INTAKE_SECRET_FILE: {folder}/secret does not hold 64 hexadecimal "
            "digits. Restore it from the backup; without it no report PIN works any more.",
            "FAIL database: INTAKE_DATABASE leads to no database (FileExistsError): write "
            "sqlite:///var/spool.db or postgresql+psycopg://USER@HOST/NAME.",
            f"FAIL tracker: {folder}/tracker cannot be used (File exists): "
            "give the program a folder of its own with INTAKE_TRACKER.",
        ],
    )


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("nonsense", "ArgumentError"),
        ("sqlite:////dev/null/folder/spool.db", "NotADirectoryError"),
        ("postgresql+nodriver://contoh:rahasia@127.0.0.1/spool", "ValueError"),
    ],
)
def test_an_address_that_leads_to_no_database_is_one_line(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    kind: str,
) -> None:
    """The line names the setting and not the address, which may hold a password."""
    place.settings.load_secret()
    status, lines = doctor(place.with_settings(INTAKE_DATABASE=url), monkeypatch, capsys)
    assert (status, wrong(lines)) == (
        1,
        [
            f"FAIL database: INTAKE_DATABASE leads to no database ({kind}): write "
            "sqlite:///var/spool.db or postgresql+psycopg://USER@HOST/NAME."
        ],
    )


def test_a_secret_that_cannot_be_made_is_one_line(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The system's own words name the place."""
    ill = place.with_settings(INTAKE_SECRET_FILE="/dev/null/folder/secret")
    status, lines = doctor(ill, monkeypatch, capsys)
    assert (status, len(wrong(lines))) == (1, 1)
    assert wrong(lines)[0].startswith("FAIL secret: ")
    assert "/dev/null/folder" in wrong(lines)[0]


def test_every_wrong_field_of_the_organization_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Problems that come together are listed one below the other."""
    place = set_up(tmp_path, time_zone="Mars/Base", site="https://contoh.example")
    _, lines = doctor(place, monkeypatch, capsys)
    file = f"{tmp_path}/organization.yml"
    assert lines[:2] == [
        f"FAIL organization: {file}: time_zone: "
        "write a zone of the IANA list, such as Asia/Jakarta",
        f"FAIL organization: {file}: site: end the address with a slash",
    ]


def test_no_key_is_wrong_only_where_the_form_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an operator nothing is received, so nothing needs to be sealed."""
    place = set_up(tmp_path)
    write_keys(tmp_path / "keys")
    _, lines = doctor(place, monkeypatch, capsys)
    assert wrong(lines) == [
        f"FAIL keys: {tmp_path}/keys holds none: make one with intake keys new NAME"
    ]
    set_up(tmp_path, operator=None, phone=None)
    write_keys(tmp_path / "keys")
    status, lines = doctor(place, monkeypatch, capsys)
    assert status == 0
    assert "ok   keys: none, and none needed while the form is closed" in lines


def test_reports_are_counted(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waits and what was filed, as numbers."""
    counted = dict.fromkeys(State, 0) | {State.WAITING: 2, State.IN_DOUBT: 1, State.VERIFIED: 7}
    monkeypatch.setattr(Spool, "counts", lambda _spool: counted)
    _, lines = doctor(place, monkeypatch, capsys)
    assert "ok   database: 3 waiting to be filed, 7 filed" in lines


def test_a_finding_is_one_line() -> None:
    """Well or not, subject, sentence."""
    assert str(Finding("keys", True, "two")) == "ok   keys: two"
    assert str(Finding("keys", False, "none")) == "FAIL keys: none"


# Before publishing


def test_a_site_without_operator_may_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows guides and numbers only; neither secret, database nor tracker is looked at."""
    place = set_up(tmp_path, operator=None, phone=None, responsible_role=None)
    status, lines = doctor(place, monkeypatch, capsys, "--publish")
    assert status == 0
    assert lines[-1] == (
        "ok   publishing: no operator: the help page shows guides and numbers only"
    )
    assert [line.split()[1] for line in lines] == [
        "organization:", "form:", "keys:", "publishing:",
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "keys", "koordinator.key", "koordinator.passphrase", "organization.yml",
    ]  # fmt: skip


def test_a_site_with_an_untested_phone_may_not_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A form promises a person who answers."""
    place = set_up(tmp_path, phone=ORGANIZATION["phone"] | {"tested": None})
    status, lines = doctor(place, monkeypatch, capsys, "--publish")
    assert (status, wrong(lines)) == (
        1,
        ["FAIL production: No duty phone was tested: call it, then set phone.tested to that day."],
    )


def test_the_demonstration_may_not_be_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even with its form closed."""
    place = set_up(tmp_path, demonstration=True, receiver=None)
    status, lines = doctor(place, monkeypatch, capsys, "--publish")
    assert (status, wrong(lines)) == (
        1,
        [
            "FAIL production: The organization is the invented one: "
            "write your own docs/data/organization.yml."
        ],
    )


# With GitHub


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A published site over https on loopback: its keys file and its address."""
    folder = tmp_path / "site"
    (folder / "unduh").mkdir(parents=True)
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with published(folder, certificate) as address:
        yield folder / "unduh" / "keys.json", address


@pytest.fixture
def real(tmp_path: Path, site: tuple[Path, str], stand_in: GitHubStandIn) -> Workplace:
    """A setup for real people: GitHub, a site over https that seals to the held keys."""
    file, address = site
    # Two people hear of alerts; nothing is sent here.
    mail = {
        "to": ["jaga@contoh.example", "koordinator@contoh.example"],
        "from": "aman@contoh.example",
        "server": "mail.contoh.example",
    }
    place = set_up(tmp_path, site=address, alerts={"email": mail})
    held = [coordinator().public.published(), recovery().public.published()]
    file.write_text(json.dumps({"keys": held}), encoding="utf-8")
    return place.with_settings(
        INTAKE_TRACKER="github:aman/laporan",
        INTAKE_GITHUB_TOKEN=TOKEN,
        INTAKE_GITHUB_API=stand_in.url,
    )


def test_a_setup_for_real_people_is_all_well(
    real: Workplace,
    stand_in: GitHubStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A private repository, own keys on both sides, https: exit 0, and nothing was written."""
    status, lines = doctor(real, monkeypatch, capsys)
    assert (status, lines[-6:]) == (
        0,
        [
            "ok   tracker: github:aman/laporan can be written to and is not public",
            "ok   production: operator, tested phone, https and own keys",
            "ok   site: seals to the same keys as the receiver holds",
            "ok   alerts: email; try them with intake alert --test",
            "ok   test request: none yet; intake deliver --watch sends one a day",
            "ok   reviewers: no public repository is named, so who approves a change is not "
            "visible here",
        ],
    )
    assert {request.method for request in stand_in.requests} == {"GET"}


@pytest.mark.parametrize("visibility", ["public", "internal"])
def test_a_repository_that_others_can_read_is_refused(
    real: Workplace,
    stand_in: GitHubStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    visibility: str,
) -> None:
    """Only a private repository takes reports; the line says how to make it so."""
    stand_in.visibility = visibility
    status, lines = doctor(real, monkeypatch, capsys)
    assert (status, wrong(lines)) == (
        1,
        [
            "FAIL tracker: aman/laporan is not private: "
            "make it private or name another repository in INTAKE_TRACKER."
        ],
    )


def test_a_site_that_seals_to_other_keys_is_told(
    real: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The keys folder and the published site must be the same."""
    other = new_private_key().public("lain")
    write_keys(real.folder / "keys", coordinator().public, recovery().public, other)
    status, lines = doctor(real, monkeypatch, capsys)
    assert (status, wrong(lines)) == (
        1,
        [
            f"FAIL site: Keys of site and receiver differ (the site lacks {other.kid}): "
            "publish the same INTAKE_KEYS."
        ],
    )


def test_a_site_that_cannot_be_read_is_told(
    real: Workplace,
    site: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For the doctor it is a failure, since nobody could send a sealed report."""
    file, address = site
    file.unlink()
    status, lines = doctor(real, monkeypatch, capsys)
    assert (status, wrong(lines)) == (
        1,
        [
            f"FAIL site: {address}unduh/keys.json could not be read (HTTPError): "
            "publish the site first."
        ],
    )


def test_what_forbids_production_is_listed(
    real: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same sentences with which `intake serve` refuses to start."""
    invented = new_private_key().public("contoh", demonstration=True)
    write_keys(real.folder / "keys", coordinator().public, invented)
    status, lines = doctor(real, monkeypatch, capsys)
    assert status == 1
    assert wrong(lines)[:2] == [
        "FAIL production: Invented keys (contoh): make your own with intake keys new.",
        "FAIL production: No recovery key: "
        "make one with intake keys new NAME --recovery and keep it offline.",
    ]


def test_a_tracker_without_login_is_told(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the settings that are missing."""
    monkeypatch.setattr("intake.production.site_key_ids", lambda _site: frozenset())
    bare = place.with_settings(INTAKE_TRACKER="github:aman/laporan").settings
    assert [
        finding.line for finding in examine(bare, 1_795_255_200) if finding.subject == "tracker"
    ] == [
        "A github: tracker needs a login: set INTAKE_GITHUB_TOKEN or the three settings of a "
        "GitHub App."
    ]


# --- somebody is told ---


def test_alerts_that_reach_nobody_fail(
    real: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receiver for real people has two people who are told."""
    address = real.settings.load_organization().site
    set_up(real.folder, site=address)
    status, lines = doctor(real, monkeypatch, capsys)
    assert status == 1
    assert wrong(lines)[0].startswith("FAIL alerts: alerts reach 0 people and two are needed")


def test_a_test_request_that_did_not_arrive_fails(
    real: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that did is told with its time."""
    spool = Spool(real.settings.database)
    with spool.transaction() as connection:
        connection.execute(canaries.insert().values(token_hash="ab", made_at=1))
    assert wrong(doctor(real, monkeypatch, capsys)[1]) == [
        "FAIL test request: it did not arrive in time: read the log of intake deliver, then try "
        "intake canary"
    ]
    with spool.transaction() as connection:
        connection.execute(canaries.update().values(found_at=1_795_255_200))
    spool.close()
    status, lines = doctor(real, monkeypatch, capsys)
    assert status == 0
    assert "ok   test request: last went the whole way at 2026-11-21 10:00 UTC" in lines


# --- who approves what is published ---


def approvals(count: int) -> dict[str, object]:
    """A rule of a ruleset, as GitHub gives it."""
    parameters = {"required_approving_review_count": count, "dismiss_stale_reviews_on_push": True}
    return {"type": "pull_request", "ruleset_id": 1, "parameters": parameters}


def release_gate(people: int) -> dict[str, object]:
    """The environment of Pages with people who may release."""
    reviewers = [{"type": "User", "reviewer": {"id": n}} for n in range(people)]
    rules = [{"id": 1, "type": "required_reviewers", "reviewers": reviewers}]
    return {"name": "github-pages", "protection_rules": rules}


@pytest.mark.parametrize(
    ("rules", "protected", "environments", "found"),
    [
        (
            [approvals(1), approvals(2), {"type": "deletion"}],
            False,
            [release_gate(2)],
            [
                Seen(True, "main of aman/laporan takes a change after 2 approvals"),
                Seen(True, "a release of aman/laporan waits for one of 2 people or teams"),
            ],
        ),
        (
            [approvals(1)],
            True,
            [],
            [
                Seen(
                    False,
                    "main of aman/laporan takes a change after 1 approvals and 2 are needed: set a "
                    "ruleset for it under Settings, Rules",
                ),
                Seen(
                    None,
                    "a release of aman/laporan waits for nobody; the approvals of its branch hold "
                    "it",
                ),
            ],
        ),
        (
            [],
            True,
            [release_gate(0)],
            [
                Seen(
                    None,
                    "main of aman/laporan is protected, and how many must approve is not visible "
                    "without a login: a ruleset shows it",
                ),
                Seen(
                    None,
                    "a release of aman/laporan waits for nobody; the approvals of its branch hold "
                    "it",
                ),
            ],
        ),
    ],
)
def test_who_must_approve_is_read_from_the_public_repository(
    stand_in: GitHubStandIn,
    rules: list[dict[str, object]],
    protected: bool,
    environments: list[dict[str, object]],
    found: list[Seen],
) -> None:
    """Two approvals by a ruleset are well, fewer are not; what is not shown is neither."""
    stand_in.visibility = "public"
    stand_in.rules, stand_in.protected = rules, protected
    stand_in.environments = environments
    assert look("https://github.com/aman/laporan", stand_in.url) == found


def test_no_login_is_sent_to_the_public_repository(stand_in: GitHubStandIn) -> None:
    """A private one is not visible, and said to be so; neither is one that is not there."""
    assert look("https://github.com/aman/laporan", stand_in.url) == [
        Seen(None, "reviewers of aman/laporan: not visible without a login, or not there")
    ]
    assert look("https://github.com/aman", stand_in.url)[0].well is None
    assert look("https://github.com/aman/laporan", "http://127.0.0.1:1")[0].well is None


def test_the_doctor_fails_over_one_reviewer(
    real: Workplace,
    stand_in: GitHubStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line names the repository and the cure."""
    monkeypatch.setattr(
        "intake.doctor.reviewers.look", lambda _place, _api: [Seen(False, "x"), Seen(None, "y")]
    )
    organization = real.settings.load_organization()
    mail = organization.alerts.email
    assert mail is not None
    set_up(
        real.folder,
        site=organization.site,
        alerts={"email": mail.model_dump(mode="json", by_alias=True)},
        repository="https://github.com/aman/situs",
    )
    status, lines = doctor(real, monkeypatch, capsys)
    assert (status, lines[-2:]) == (1, ["FAIL reviewers: x", "ok   reviewers: y"])
    assert stand_in.requests


# --- what was withdrawn ---


def test_withdrawn_and_still_there_after_72_hours_fails(place: Workplace) -> None:
    """In the spool and at the tracker, each with its cure; up to the promised hour all is well."""
    withdrawn_at = 1_795_000_000
    spool = Spool(place.settings.database)
    case, _ = spool.accept(NewReport(bytes(16), bytes(32), {}, {}, bytes(32)), withdrawn_at)
    tracker = place.settings.open_tracker()
    number = tracker.create("x", [], marker_line(case))
    spool.move(case, State.VERIFIED, withdrawn_at, number)
    spool.withdraw(case, withdrawn_at)
    spool.close()
    tracker.comment(number, letter_line("withdrawn", case, str(withdrawn_at)))
    promised = withdrawn_at + 72 * 3_600
    found = examine(place.settings, promised)
    assert [finding for finding in found if finding.subject == "withdrawn"] == []
    late = examine(place.settings, promised + 3_600)
    assert [(finding.well, finding.line) for finding in late if finding.subject == "withdrawn"] == [
        (
            False,
            "something withdrawn 73 hours ago is still there, and 72 were promised: "
            f"run intake purge --{side} each day",
        )
        for side in ("spool", "tracker")
    ]
    tracker.comment(number, letter_line("restored", case, str(withdrawn_at + 1)))
    again = examine(place.settings, promised + 3_600)
    assert [finding.line[-22:] for finding in again if finding.subject == "withdrawn"] == [
        "purge --spool each day"
    ]
