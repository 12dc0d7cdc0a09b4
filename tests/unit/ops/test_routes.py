"""Paths match resources as in API Gateway."""

from __future__ import annotations

import pytest

from ops.runtime.routes import Match, RouteTable

ROUTES = {
    "/": ["GET"],
    "/healthz": ["GET"],
    "/webhooks/{platform}/{account}": ["GET", "POST"],
    "/webhooks/{platform}/{account}/{topic}": {"GET": object(), "POST": object()},
    "/webhooks/generic/{account}": ["POST"],
    "/console/{proxy+}": ["ANY"],
    "/console/login": ["POST"],
}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", Match("/", None)),
        ("GET", "/healthz", Match("/healthz", None)),
        ("GET", "/healthz/", Match("/healthz", None)),
        ("POST", "/webhooks/shopify/acme", Match("/webhooks/{platform}/{account}", {"platform": "shopify", "account": "acme"})),
        (
            "POST",
            "/webhooks/shopify/a%2Fb%20c/orders",
            Match("/webhooks/{platform}/{account}/{topic}", {"platform": "shopify", "account": "a/b c", "topic": "orders"}),
        ),
        ("POST", "/webhooks/generic/acme", Match("/webhooks/generic/{account}", {"account": "acme"})),
        ("PATCH", "/console/a/b/c", Match("/console/{proxy+}", {"proxy": "a/b/c"})),
        ("POST", "/console/login", Match("/console/login", None)),
    ],
)
def test_a_path_finds_its_resource(method: str, path: str, expected: Match) -> None:
    assert RouteTable(ROUTES).match(path, method) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/healthz"),
        ("OPTIONS", "/webhooks/shopify/acme"),
        ("GET", "/webhooks/generic/acme"),
        ("GET", "/nothing"),
        ("GET", "/Healthz"),
        ("GET", "//healthz"),
        ("GET", "/healthz//"),
        ("POST", "/webhooks/shopify"),
        ("POST", "/webhooks//acme"),
        ("POST", "/webhooks/shopify/acme/orders/more"),
        ("GET", "/console"),
        ("GET", "/console/"),
        ("GET", "*"),
    ],
)
def test_an_undefined_path_or_method_finds_none(method: str, path: str) -> None:
    assert RouteTable(ROUTES).match(path, method) is None
