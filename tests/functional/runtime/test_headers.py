"""What every answer to a browser says beside its page: no script, no frame, no cache, no trace of where somebody came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import bootstrap, entry
from ops.runtime.proxy import HttpIn
from tests.functional.hostile.edge import SOURCE, Edge

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
PAGES = (("GET", "/unsubscribe/x"), ("POST", "/unsubscribe/x"), ("GET", "/s/x"), ("POST", "/s/x"), ("GET", "/c/x"))
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.fixture
def edge(moto_engine: Any) -> Iterator[Edge]:
    made = Edge(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)


def told(edge: Edge, method: str, target: str) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer, names in lower case; none twice."""
    answer = edge.answer(HttpIn(method, target, "", FORM if method == "POST" else (), b"", SOURCE))
    names = [name.lower() for name, _ in answer.headers]
    assert len(set(names)) == len(names)
    return answer.status, {name.lower(): value for name, value in answer.headers}


def open_pages(edge: Edge) -> list[str]:
    """Pages that say less than they have to."""
    found = []
    for method, target in (
        ("GET", "/unsubscribe/x"),
        ("POST", "/unsubscribe/x"),
        ("GET", "/s/x"),
        ("POST", "/s/x"),
        ("GET", "/c/x"),
    ):
        _, headers = told(edge, method, target)
        wanted = {
            "content-security-policy": POLICY,
            "strict-transport-security": "max-age=31536000",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        found += [f"{method} {target}: {name}" for name, value in wanted.items() if headers.get(name) != value]
    return found


def test_every_page_is_closed(edge: Edge) -> None:
    assert open_pages(edge) == []


def test_a_page_that_somebody_is_led_to_is_closed(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge.stack.app.unsubscribe, "check", lambda _token: "en")
    status, headers = told(edge, "GET", "/unsubscribe/x")
    assert (status, headers["content-security-policy"], headers["content-type"]) == (200, POLICY, "text/html; charset=utf-8")


@pytest.mark.parametrize("target", ["/healthz", "/webhooks/shopify/nobody", "/webhooks/nobody/x"])
def test_what_is_for_programs_is_no_page_and_is_not_kept(edge: Edge, target: str) -> None:
    _, headers = told(edge, "GET", target)
    assert headers["content-type"].startswith("application/json")
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize("name", sorted(entry._PAGE))
def test_a_header_that_is_left_out_is_seen(edge: Edge, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delitem(entry._PAGE, name)
    assert len(open_pages(edge)) == len(PAGES)
