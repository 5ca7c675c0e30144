"""The project's own files: what the README promises, what may stand nowhere, what is pinned."""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from built_site import ROOT
from directory import commands as directory_commands
from intake import commands as intake_commands
from intake.settings import SETTINGS

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
REQUIREMENTS = ["requirements.txt", "requirements-test.txt"]
TEMPLATES = sorted(p for p in (ROOT / "overrides").rglob("*") if p.suffix in {".html", ".css"})
PROSE = sorted((ROOT / "docs").rglob("*.md"))
MODULES = sorted((ROOT / "scripts").rglob("*.py"))

# In pieces, so that this file itself stays clean.
REGISTRIES = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js."]
OPTIONS = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links"]
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|root|home|Users)/")

LICENCES = {
    "LICENSE": "8486a10c4393cee1c25392769ddd3b2d6c242d6ec7928e1414efff7dfb2f07ef",
    "LICENSE-content": "2003829cf643d61b00a76088dd31bb11b8029546f24c56b39fd492adb9281483",
}

PINNED = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")
USES = re.compile(r"uses: (\S+)(.*)")
FETCHING = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio|embed)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//"
    r"|@import|url\(\s*[\"']?(?:https?:)?//|!\[[^\]]*\]\((?:https?:)?//",
    re.IGNORECASE,
)


def _files() -> list[Path]:
    """Every file of the project, whether committed yet or not."""
    patterns = [".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]

    def is_ignored(path: Path) -> bool:
        at_top = str(path.parent) == "."
        return any(
            fnmatch(path.name, pattern.strip("/"))
            for pattern in patterns
            if at_top or not pattern.startswith("/")
        )

    found: list[Path] = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not is_ignored(here / name)]  # not entered
        found += [here / name for name in files if not is_ignored(here / name)]
    return sorted(found)


def _commands() -> list[str]:
    """Every command of both programs, with its acts where it has some."""
    readers = (intake_commands.parser(), directory_commands.parser())
    return [f"{reader.prog} {name}" for reader in readers for name in _names(reader)]


def _names(reader: argparse.ArgumentParser) -> list[str]:
    names = []
    for action in reader._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                names += [f"{name} {act}" for act in _names(inner)] or [name]
    return names


def _phony() -> list[str]:
    line = re.search(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)
    assert line is not None
    return line[1].split()


def _tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_readme_names_both_commands_and_what_they_need() -> None:
    """A person on a fresh machine finds the two commands and the packages in one place."""
    for text in ("`make run`", "`make test`", "Python 3.11", "apt install python3-venv make"):
        assert text in README


@pytest.mark.parametrize("target", _phony())
def test_the_readme_explains_every_target(target: str) -> None:
    """What `make` can do is listed."""
    assert f"`make {target}`" in README


@pytest.mark.parametrize("command", _commands())
def test_the_readme_explains_every_command(command: str) -> None:
    """What `intake` and `directory` can do is listed."""
    assert f"| `{command}` |" in README


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readme_explains_every_setting_with_its_default(name: str) -> None:
    """The table has a row for each setting, ending with its default."""
    default = SETTINGS[name][0]
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}` |"))
    assert row.endswith(f"| `{default}` |" if default else "| none |")


def test_the_readme_names_no_setting_that_is_gone() -> None:
    """Every INTAKE_ name in the README is one that the program reads."""
    assert set(re.findall(r"INTAKE_[A-Z_]+", README)) <= set(SETTINGS)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_between_the_projects_files_lead_somewhere(name: str) -> None:
    """A relative link names a file that exists."""
    text = re.sub(r"`[^`]*`", "", (ROOT / name).read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_readmes_telephone_numbers_are_the_directorys() -> None:
    """A number for people in need is the same as in the data, so it goes stale with it only."""
    numbers = set(re.findall(r"\+\d{9,}|\b0800-\d+", README))
    hotlines = yaml.safe_load((ROOT / "docs/data/hotlines.yml").read_text(encoding="utf-8"))
    known = {channel.get("number") for hotline in hotlines for channel in hotline["channels"]}
    assert numbers
    assert numbers <= known


@pytest.mark.parametrize(("name", "digest"), LICENCES.items())
def test_licences_stand_word_for_word(name: str, digest: str) -> None:
    """AGPL-3.0 and CC BY-SA 4.0 as choosealicense.com has them; nobody may change their text."""
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("path", _files(), ids=str)
def test_no_file_knows_the_machine_it_was_written_on(path: Path) -> None:
    """No absolute path of somebody's machine, no package registry and no option to name one."""
    text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
    assert [match[0] for match in MACHINE_PATH.finditer(text)] == []
    assert [word for word in [*REGISTRIES, *OPTIONS] if word in text] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    """Each line is one package at one version with its hashes, and nothing else."""
    for line in _requirements(name):
        assert PINNED.match(line), line
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", line), line


def test_running_and_testing_pin_the_same_versions() -> None:
    """The tests run what is run."""
    run, test = (_versions(name) for name in REQUIREMENTS)
    assert run == {name: test.get(name) for name in run}


def _versions(name: str) -> dict[str, str]:
    matches = (PINNED.match(line) for line in _requirements(name))
    return {match[1]: match[2] for match in matches if match}


def _requirements(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    """The workflows are clean for the strictest of its readers."""
    run = _tool("zizmor", "--offline", "--persona", "auditor", *WORKFLOWS)
    assert run.returncode == 0, run.stdout


def test_the_workflows_fit_githubs_schema() -> None:
    """Each key and value is one that GitHub knows."""
    run = _tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("name", "schema"), [("correction", "forms"), ("config", "config")])
def test_the_issue_forms_fit_githubs_schema(name: str, schema: str) -> None:
    """GitHub shows a form only when each key and value is one that it knows."""
    file = ROOT / f".github/ISSUE_TEMPLATE/{name}.yml"
    run = _tool("check-jsonschema", "--builtin-schema", f"vendor.github-issue-{schema}", file)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_actions_are_pinned_to_a_commit_and_say_their_version(path: Path) -> None:
    """A moved tag changes nothing, and a reader still sees which version it is."""
    used = USES.findall(path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_known_weaknesses_fail_the_run_each_week_and_with_each_change() -> None:
    """The step is there, nothing lets it pass, and no condition leaves it out."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML 1.1 reads "on" as true
    assert {"push", "pull_request", "schedule"} <= set(triggers)
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", triggers["schedule"][0]["cron"])
    job = workflow["jobs"]["audit"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make audit"]
    assert not {"if", "continue-on-error"} & {
        name for part in [job, *job["steps"]] for name in part
    }


def test_the_audit_reads_everything_that_is_pinned() -> None:
    """By its hashes, in both files; asking the network is left to CI."""
    recipe = MAKEFILE.split("\naudit:")[1].split("\n\n")[0].replace("\\\n", " ")
    words = recipe.split(".venv/bin/pip-audit")[1].split()
    assert words == [
        "--strict", "--require-hashes", "--disable-pip",
        *(word for name in REQUIREMENTS for word in ("-r", name)),
    ]  # fmt: skip
    run = _tool("pip-audit", "--dry-run", *words)
    found = re.search(r"would have audited (\d+) packages", run.stderr)
    assert run.returncode == 0, run.stderr
    assert found is not None
    assert int(found[1]) >= len(_versions("requirements-test.txt"))


def test_ci_runs_the_readmes_test_command() -> None:
    """`.ci/run` is sound for bash and ends in `make test`."""
    script = ROOT / ".ci/run"
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False)
    assert checked.stderr == b""
    assert script.read_text(encoding="utf-8").splitlines()[-1].startswith("exec make test ")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_promises(path: Path) -> None:
    """Each module of scripts/ opens with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [*TEMPLATES, *PROSE], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_fetched_from_another_host(path: Path) -> None:
    """No template, style or page names a script, style, font or picture elsewhere."""
    assert FETCHING.search(path.read_text(encoding="utf-8")) is None
