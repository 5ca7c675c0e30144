"""One page has one path in each language."""

from __future__ import annotations

import pytest

from content.addresses import addresses, elsewhere, paths


@pytest.mark.parametrize("url", ["./", "", "en/"])
def test_the_home_page_is_the_root(url: str) -> None:
    """MkDocs writes the root in several ways."""
    assert paths(url) == {"id": "", "en": "en/"}


@pytest.mark.parametrize("url", ["panduan/dokumen-ditahan/", "en/panduan/dokumen-ditahan/"])
def test_both_languages_know_each_other(url: str) -> None:
    """From either language both absolute addresses follow."""
    assert addresses(url, "https://contoh.example/situs/") == {
        "id": "https://contoh.example/situs/panduan/dokumen-ditahan/",
        "en": "https://contoh.example/situs/en/panduan/dokumen-ditahan/",
    }


def test_a_further_language_has_paths_of_its_own() -> None:
    """A code of three letters does as well as one of two."""
    assert paths("ban/darurat/", ["id", "en", "ban"]) == {
        "id": "darurat/",
        "en": "en/darurat/",
        "ban": "ban/darurat/",
    }


def test_a_page_links_to_its_other_languages() -> None:
    """Relative links work on a site under any path."""
    assert elsewhere("en/darurat/", "en", ["id", "en"], "../../") == {"id": "../../darurat/"}
