"""What the documents say of connectors is what the connectors declare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.contract import Capability
from chalicelib.errors import ConfigError
from connectors.registry import KEYS, connector
from ops import docs

ROOT = Path(docs.__file__).parent.parent


def test_matrix_is_up_to_date() -> None:
    assert list(docs.stale()) == [], "run: .venv/bin/python -m ops.docs"


def test_matrix_changes_with_what_is_declared() -> None:
    """Else a stale table would never be noticed."""
    info = connector("generic").info
    more = replace(info, capabilities=info.capabilities | {Capability.PULLS_REVIEWS}, marketing=frozenset())

    before, after = docs.matrix([info], docs.ENGLISH, Path()), docs.matrix([more], docs.ENGLISH, Path())

    assert "pulls reviews" in after
    assert "pulls reviews" not in before
    assert "email" in before
    assert "email" not in after


def test_matrix_is_found_stale_and_written(tmp_path: Path) -> None:
    for name in docs.blocks():
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / name).read_text(encoding="utf-8").replace("| --- |", "| :--- |", 1), encoding="utf-8")

    found = docs.stale(tmp_path)

    assert {str(path.relative_to(tmp_path)) for path in found} == set(docs.blocks())
    for path, text in found.items():
        assert text == (ROOT / path.relative_to(tmp_path)).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", docs.BEGIN, docs.END, f"{docs.END}{docs.BEGIN}", f"{docs.BEGIN}{docs.END}" * 2])
def test_matrix_needs_its_marks(text: str) -> None:
    with pytest.raises(ConfigError, match="marks-missing"):
        docs.rewritten(text, "x")


def test_matrix_has_words_for_all_capabilities() -> None:
    shown = set(Capability) - docs.UNSHOWN

    assert shown <= set(docs.ENGLISH)
    assert set(docs.ENGLISH) == set(docs.CHINESE)


def test_matrix_says_how_pushes_come() -> None:
    text = docs.blocks()["README.md"]

    ways = {
        key: next(line.split("|")[2].strip() for line in text.splitlines() if f"/{key}.md" in line)
        for key in ("amazon", "shopify", "ebay")
    }
    assert ways == {"amazon": "its own queue", "shopify": "signed or its own queue", "ebay": "signed"}


@pytest.mark.parametrize("key", KEYS)
def test_connector_has_a_page(key: str) -> None:
    assert (ROOT / connector(key).info.doc).is_file()


@pytest.mark.parametrize("key", KEYS)
def test_connector_is_in_the_changelog(key: str) -> None:
    assert f"Connector: {connector(key).info.name}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
