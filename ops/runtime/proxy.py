"""HTTP requests to API Gateway REST (v1) proxy events, and a handler's answer back to an HTTP reply.

The edge is set up as in the deployed API: binary media types `*/*`, so every body arrives as base64; undefined paths and
methods are 404; the gateway's own words for its own errors.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from ops.runtime.invoke import ACCOUNT_ID, REGION
from ops.runtime.routes import Match

API_ID = "local00000"
# Lambda's limit for a synchronous request and its answer, the body's base64 included.
MAX_INVOKE_BYTES = 6 * 1024 * 1024

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

Headers = Sequence[tuple[str, str]]

# Between two hops only, or rebuilt by the gateway: they never reach a handler.
_NOT_PASSED_ON = frozenset(
    ["connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]
)
# The gateway renames these in a handler's answer, and sets its own.
_REMAPPED = frozenset(["connection", "content-length", "date", "host", "server", "www-authenticate", "x-amzn-requestid"])
_DROPPED = frozenset(["keep-alive", "te", "trailer", "transfer-encoding", "upgrade"])
# What the gateway says of callers that IAM or Cognito knows: of a webhook's, null.
_NOBODY = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
    "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpIn:
    """A request as read from the wire. `target` is the path, percent-encoded, without query and stage; header order is kept."""

    method: str
    target: str
    query: str
    headers: Headers
    body: bytes = field(repr=False)
    source_ip: str


@dataclass(frozen=True, slots=True)
class HttpOut:
    """A reply to write to the wire."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)


def gateway_error(status: int, message: str) -> HttpOut:
    """A reply of the gateway itself, in its form."""
    headers = (("Content-Type", "application/json"),)
    return HttpOut(status, headers, json.dumps({"message": message}).encode())


def proxy_event(request: HttpIn, match: Match, stage: str, at: datetime) -> dict[str, Any]:
    """The proxy event of a request; `stage` without slashes, `at` when the request came."""
    headers: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in _edge_headers(request):
        # One entry per name whatever its spelling, under the spelling that came first.
        headers.setdefault(names.setdefault(name.lower(), name), []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True, errors="replace"):
        query.setdefault(name, []).append(value)
    return {
        "resource": match.resource,
        "path": request.target,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": match.parameters,
        "stageVariables": None,
        "requestContext": _request_context(request, match, stage, at),
        "body": base64.b64encode(request.body).decode("ascii") if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def http_reply(answer: Any, accept: str | None, binary_types: Sequence[str] = ("*/*",)) -> HttpOut:
    """The HTTP reply of a handler's answer; 502 in the gateway's words when the answer has not the proxy form."""
    try:
        return _http_reply(answer, accept, binary_types)
    except (TypeError, ValueError, binascii.Error):
        return gateway_error(502, "Internal server error")


def _edge_headers(request: HttpIn) -> list[tuple[str, str]]:
    passed = [(name, value) for name, value in request.headers if name.lower() not in _NOT_PASSED_ON]
    forwarded = [value for name, value in passed if name.lower() == "x-forwarded-for"]
    kept = [
        (name, value) for name, value in passed if name.lower() not in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-port")
    ]
    edge = {"X-Forwarded-For": ", ".join([*forwarded, request.source_ip]), "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"}
    return [*kept, *edge.items()]


def _request_context(request: HttpIn, match: Match, stage: str, at: datetime) -> dict[str, Any]:
    agents = [value for name, value in request.headers if name.lower() == "user-agent"]
    hosts = [value for name, value in request.headers if name.lower() == "host"]
    utc = at.astimezone(UTC)
    domain = hosts[-1] if hosts else f"{API_ID}.execute-api.{REGION}.amazonaws.com"
    identity = dict.fromkeys(_NOBODY) | {"sourceIp": request.source_ip, "userAgent": agents[-1] if agents else None}
    return {
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "deploymentId": "local0",
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "extendedRequestId": uuid.uuid4().hex[:15],
        "httpMethod": request.method,
        "identity": identity,
        "path": f"/{stage}{request.target}" if stage else request.target,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": utc.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(utc.timestamp() * 1000),
        "resourceId": "local0",
        "resourcePath": match.resource,
        "stage": stage or "local",
    }


def _http_reply(answer: Any, accept: str | None, binary_types: Sequence[str]) -> HttpOut:
    if not isinstance(answer, dict):
        raise TypeError("an answer is an object")
    status, body = answer.get("statusCode"), answer.get("body")
    status = int(status) if isinstance(status, str) else status
    if not isinstance(status, int) or not 100 <= status <= 599 or not isinstance(body, str | None):
        raise TypeError("statusCode is a number and body is text")
    if len(body or "") > MAX_INVOKE_BYTES:
        raise ValueError("the answer is longer than Lambda allows")
    content = (body or "").encode()
    if answer.get("isBase64Encoded") is True and _accepts_binary(accept, binary_types):
        content = base64.b64decode(body or "", validate=True)
    headers = _reply_headers(answer.get("headers") or {}, answer.get("multiValueHeaders") or {})
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return HttpOut(status, tuple(headers), content)


def _reply_headers(single: Any, multi: Any) -> list[tuple[str, str]]:
    """Both forms merged; a pair that both hold appears once."""
    if not isinstance(single, dict) or not isinstance(multi, dict) or any(not isinstance(one, list) for one in multi.values()):
        raise TypeError("headers are objects, of lists in the multi-value form")
    pairs = [(name, _header_text(value)) for name, values in multi.items() for value in values]
    known = {(str(name).lower(), value) for name, value in pairs}
    alone = [(name, _header_text(value)) for name, value in single.items()]
    pairs += [(name, value) for name, value in alone if (str(name).lower(), value) not in known]
    if any(not _HEADER_NAME.fullmatch(name) for name, _ in pairs):
        raise ValueError("no name of a header")
    return [
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in pairs
        if name.lower() not in _DROPPED
    ]


def _header_text(value: Any) -> str:
    """A header's value as text. A line break would let an answer forge headers: ValueError."""
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    if any(character in text for character in "\r\n\0"):
        raise ValueError("a line break in a header")
    text.encode("latin-1")
    return text


def _accepts_binary(accept: str | None, binary_types: Sequence[str]) -> bool:
    """Whether the gateway decodes a base64 answer: it looks at the first media type of Accept alone."""
    first = (accept or "application/json").split(",")[0].split(";")[0].strip().lower()
    return any(one in ("*/*", first) or (one.endswith("/*") and first.startswith(one[:-1])) for one in binary_types)
