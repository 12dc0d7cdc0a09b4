"""Addresses of a merchant's own shop: what is called, and what never is."""

from __future__ import annotations

import pytest

from chalicelib.errors import ConfigError
from chalicelib.toolkit.hosts import shop_address


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("https://Shop.Example.COM./laden/", "https://shop.example.com/laden"),
        ("https://shop.example.com:443", "https://shop.example.com"),
        ("https://xn--tpferei-90a.example.com", "https://xn--tpferei-90a.example.com"),
    ],
)
def test_taken(text: str, base: str) -> None:
    assert shop_address(text, connector="x", option="o").base == base


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "http://shop.example.com",
        "ftp://shop.example.com",
        "https://shop.example.com:8443",
        "https://user@shop.example.com",
        "https://shop.example.com@127.0.0.1",
        "https://shop.example.com?x=1",
        "https://shop.example.com#x",
        "https://shop.example.com/../admin",
        "https://shop.example.com/a b",
        "https://127.0.0.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.0x0.0x0.0x1",
        "https://017700000001",
        "https://127.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[::1",
        "https://localhost",
        "https://shop",
        "https://metadata.google.internal",
        "https://printer.local",
        "https://töpferei.example.com",
        "https://-shop.example.com",
        "https://shop.example.com:x",
    ],
)
def test_refused(text: str | None) -> None:
    with pytest.raises(ConfigError):
        shop_address(text, connector="x", option="o")
