"""A request and its answer, as API Gateway's proxy events carry them. Nothing here knows what a page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote

from chalicelib.errors import Rejected
from chalicelib.lambda_events import raw_request

FORM_BYTES = 256 * 1024
FORM_FIELDS = 500
PREFIX = "console"
LANGUAGE = "huitou_language"  # the cookie of whoever chose a language by hand


@dataclass(frozen=True, slots=True)
class Request:
    """A browser's request. `path`: the segments below `/console`, decoded. `form`: of a POST, every value of each name."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    cookies: Mapping[str, str]
    headers: Mapping[str, tuple[str, ...]]
    source_ip: str

    def header(self, name: str) -> str:
        """The last value of a header (lower-case name), empty when there is none."""
        return (self.headers.get(name) or ("",))[-1]

    def field(self, name: str) -> str:
        """The last value of a form's field, empty when there is none."""
        return (self.form.get(name) or ("",))[-1]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: text, and headers in order (a name may come twice)."""

    status: int
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)

    def event(self) -> dict[str, Any]:
        """As a proxy integration answers."""
        named: dict[str, list[str]] = {"Content-Type": [self.content_type]}
        for name, value in self.headers:
            named.setdefault(name, []).append(value)
        return {"statusCode": self.status, "multiValueHeaders": named, "body": self.body, "isBase64Encoded": False}


def read(event: Mapping[str, Any]) -> Request:
    """A proxy event as a request. Rejected 400 or 413 on what cannot be read."""
    raw = raw_request(event, "")
    segments = [unquote(each) for each in str(event.get("path", "")).strip("/").split("/")]
    if segments[0] != PREFIX:
        raise Rejected("not-the-console", "another path", status=404)
    form: dict[str, list[str]] = {}
    if raw.method == "POST":
        for name, value in _fields(raw.body):
            form.setdefault(name, []).append(value)
    return Request(
        method=raw.method,
        path=tuple(segments[1:]),
        query=dict(raw.query),
        form=form,
        cookies=_cookies(raw.headers.get("cookie", ())),
        headers=raw.headers,
        source_ip=str(((event.get("requestContext") or {}).get("identity") or {}).get("sourceIp") or ""),
    )


def _fields(body: bytes) -> list[tuple[str, str]]:
    if len(body) > FORM_BYTES:
        raise Rejected("form-too-long", "more than a form of ours can hold", status=413)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Rejected("form-malformed", "not a form", status=400) from None


def _cookies(told: Sequence[str]) -> dict[str, str]:
    """Cookies by name. One given twice is taken for none: a neighbour's domain may have planted the other."""
    found: dict[str, list[str]] = {}
    for pair in ";".join(told).split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, []).append(value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def cookie(name: str, value: str, *, path: str, secure: bool, seconds: int) -> tuple[str, str]:
    """A Set-Cookie header: never readable by scripts, not sent along with other sites' forms. `seconds` 0 removes it."""
    made: SimpleCookie = SimpleCookie()
    try:
        made[name] = value
    except CookieError:
        raise Rejected("cookie-malformed", "no name of a cookie", status=400) from None
    morsel = made[name]
    morsel["path"], morsel["max-age"], morsel["httponly"], morsel["samesite"] = path, str(seconds), True, "Lax"
    if secure:
        morsel["secure"] = True
    return "Set-Cookie", morsel.OutputString()
