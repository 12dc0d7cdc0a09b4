"""The blessing command writes what the connector makes, signs only when told to, and names what is not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.kit import bless, cases


@pytest.fixture
def fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of two fixtures, so that nothing here blesses the real ones."""
    for name in ("push-refund", "order-sample", "order-three-decimals"):
        shutil.copytree(cases.FIXTURES / "shopify" / name, tmp_path / "shopify" / name)
    monkeypatch.setattr(cases, "FIXTURES", tmp_path)
    monkeypatch.setattr(bless, "FIXTURES", tmp_path)
    return tmp_path / "shopify"


def test_bless_writes_what_the_connector_makes(fixtures: Path) -> None:
    kept = (fixtures / "order-sample" / "expected.json").read_bytes()
    (fixtures / "order-sample" / "expected.json").unlink()
    assert bless.main(["shopify/all"]) == 0
    assert (fixtures / "order-sample" / "expected.json").read_bytes() == kept
    assert not (fixtures / "order-three-decimals" / "expected.json").exists()


def test_bless_signs_only_when_told_to(fixtures: Path) -> None:
    headers = fixtures / "push-refund" / "headers.json"
    good = json.loads(headers.read_bytes())
    headers.write_text(json.dumps({**good, "x-shopify-hmac-sha256": "forged"}), encoding="utf-8")
    with pytest.raises(Exception, match="signature-mismatch"):
        bless.main(["shopify/push-refund"])
    assert bless.main(["--sign", "shopify/push-refund"]) == 0
    assert json.loads(headers.read_bytes()) == good


def test_bless_names_what_is_not_there(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bless.main(["shopify/no-such"]) == 2
    assert "no fixture shopify/no-such" in capsys.readouterr().err
