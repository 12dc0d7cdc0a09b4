"""Proxy events have the form of API Gateway's REST APIs, and answers are read as it reads them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from chalice.app import Request

from ops.runtime.proxy import HttpIn, gateway_error, http_reply, proxy_event
from ops.runtime.routes import Match

AT = datetime(2026, 11, 20, 16, 0, 0, 250000, tzinfo=UTC)
MATCH = Match("/webhooks/{platform}/{account}", {"platform": "shopify", "account": "acme"})
HEADERS = (
    ("Host", "hooks.example.com"),
    ("Content-Type", "application/json"),
    ("X-Sign", "one"),
    ("x-sign", "two"),
    ("Connection", "keep-alive"),
    ("Content-Length", "3"),
    ("Transfer-Encoding", "chunked"),
    ("User-Agent", "tests"),
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-Proto", "http"),
)


def event(body: bytes = b"", query: str = "", stage: str = "") -> dict[str, Any]:
    request = HttpIn("POST", "/webhooks/shopify/acme", query, HEADERS, body, "198.51.100.7")
    return proxy_event(request, MATCH, stage, AT)


def test_every_body_is_base64_of_the_raw_bytes() -> None:
    raw = bytes(range(256)) + "回头".encode("gbk")
    made = event(raw)

    assert made["isBase64Encoded"] is True
    assert base64.b64decode(made["body"]) == raw
    assert Request(made).raw_body == raw


def test_no_body_is_null() -> None:
    made = event(b"")

    assert (made["body"], made["isBase64Encoded"]) == (None, False)
    assert Request(made).raw_body == b""


def test_repeated_headers_are_kept_in_order_under_one_name_and_the_last_wins_in_the_single_form() -> None:
    made = event()

    assert made["multiValueHeaders"]["X-Sign"] == ["one", "two"]
    assert made["headers"]["X-Sign"] == "two"
    assert "x-sign" not in made["headers"]


def test_headers_between_two_hops_never_reach_the_handler_and_the_edge_adds_its_own() -> None:
    names = {name.lower() for name in event()["headers"]}

    assert not names & {"connection", "content-length", "transfer-encoding"}
    assert event()["multiValueHeaders"]["X-Forwarded-For"] == ["203.0.113.9, 198.51.100.7"]
    assert event()["multiValueHeaders"]["X-Forwarded-Proto"] == ["https"]


def test_the_query_is_parsed_and_decoded_with_blanks_and_repeats() -> None:
    made = event(query="a=1&b=%E5%9B%9E+x&a=2&empty=&bare")

    assert made["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["回 x"], "empty": [""], "bare": [""]}
    assert made["queryStringParameters"] == {"a": "2", "b": "回 x", "empty": "", "bare": ""}
    assert event()["queryStringParameters"] is None
    assert event()["multiValueQueryStringParameters"] is None


def test_path_resource_and_context_are_those_of_the_gateway() -> None:
    made = event(stage="api")
    context = made["requestContext"]

    assert (made["path"], made["resource"], made["pathParameters"]) == ("/webhooks/shopify/acme", MATCH.resource, MATCH.parameters)
    assert (context["path"], context["resourcePath"], context["stage"]) == ("/api/webhooks/shopify/acme", MATCH.resource, "api")
    assert (context["httpMethod"], made["httpMethod"]) == ("POST", "POST")
    known = {name: value for name, value in context["identity"].items() if value is not None}
    assert known == {"sourceIp": "198.51.100.7", "userAgent": "tests"}
    assert (context["domainName"], context["domainPrefix"]) == ("hooks.example.com", "hooks")
    assert context["requestTimeEpoch"] == 1795190400250
    assert context["requestTime"] == "20/Nov/2026:16:00:00 +0000"
    assert event()["requestContext"]["requestId"] != context["requestId"]


def test_an_event_is_json() -> None:
    made = event(b"\xff", "a=1")

    assert json.loads(json.dumps(made)) == made


def test_an_answer_becomes_a_reply_with_both_forms_of_headers_merged() -> None:
    reply = http_reply(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/plain", "X-Count": 3, "X-Flag": True, "set-cookie": "a=1"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
            "body": "回",
        },
        None,
    )

    assert reply.status == 201
    assert reply.body == "回".encode()
    assert sorted(reply.headers) == [
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Count", "3"),
        ("X-Flag", "true"),
    ]


def test_an_answer_without_content_type_is_json() -> None:
    assert http_reply({"statusCode": 200, "body": "{}"}, None).headers == (("Content-Type", "application/json"),)


def test_the_gateway_keeps_its_own_headers_for_itself() -> None:
    names = {
        name for name, _ in http_reply({"statusCode": 401, "headers": {"WWW-Authenticate": "Basic", "Upgrade": "x"}}, None).headers
    }

    assert names == {"x-amzn-Remapped-WWW-Authenticate", "Content-Type"}


@pytest.mark.parametrize(
    ("accept", "binary_types", "decoded"),
    [
        (None, ("*/*",), True),
        ("text/html, image/png", ("*/*",), True),
        ("image/png;q=0.9, text/html", ("image/png",), True),
        ("image/webp", ("image/*",), True),
        ("text/html, image/png", ("image/png",), False),
        (None, ("image/png",), False),
    ],
)
def test_a_base64_answer_is_decoded_when_the_first_accepted_type_is_binary(
    accept: str | None, binary_types: tuple[str, ...], decoded: bool
) -> None:
    answer = {"statusCode": 200, "body": base64.b64encode(b"\x89PNG").decode(), "isBase64Encoded": True}

    assert http_reply(answer, accept, binary_types).body == (b"\x89PNG" if decoded else b"iVBORw==")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "ok",
        {},
        {"statusCode": "x"},
        {"statusCode": 99},
        {"statusCode": True, "body": 1},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"X": "a\r\nSet-Cookie: b"}},
        {"statusCode": 200, "headers": {"X\r\nY": "a"}},
        {"statusCode": 200, "multiValueHeaders": {"X": ["a\nb"]}},
        {"statusCode": 200, "headers": {"X": "回"}},
        {"statusCode": 200, "headers": "X"},
        {"statusCode": 200, "headers": {"X: a\t": "b"}},
        {"statusCode": 200, "multiValueHeaders": {"X": "ab"}},
        {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 1)},
        {"statusCode": 200, "body": "\ud800"},
    ],
)
def test_an_answer_of_another_form_is_502(answer: Any) -> None:
    assert http_reply(answer, None) == gateway_error(502, "Internal server error")
