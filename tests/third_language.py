"""A checkout with a third language, to see that one is a matter of files alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from built_site import ROOT


def write(root: Path) -> None:
    """Copy the checkout, with a language of invented words, whose code static-i18n refuses."""
    for name in ("docs", "overrides", "scripts"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "mkdocs.yml", root)
    with (root / "docs/data/languages.yml").open("a") as languages:
        languages.write("- {code: ban, name: Basa Bali, locale: ban_ID}\n")
    for page in root.glob("docs/**/*.en.md"):
        text = page.read_text(encoding="utf-8")
        if "\nlanguages: [id, en]\n" not in text:
            translated = text.replace("title: ", "title: BAN ", 1).replace('BAN "', '"BAN ', 1)
            page.with_name(page.name.replace(".en.", ".ban.")).write_text(translated)
    for name in ("wording", "figures", "hotlines", "contacts", "countries", "checks", "papers"):
        file = root / f"docs/data/{name}.yml"
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump(_translated(entries), allow_unicode=True, sort_keys=False))


def _translated(value: object) -> object:
    """Return data in which every text has a third language, taken from the second."""
    if isinstance(value, list):
        return [_translated(one) for one in value]
    if not isinstance(value, dict):
        return value
    if {"id", "en"} <= value.keys() and isinstance(value["en"], str):
        return {**value, "ban": value["en"]}
    return {name: _translated(part) for name, part in value.items()}
