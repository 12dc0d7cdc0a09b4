"""Errors of Google's APIs (google.rpc.Status as JSON), with the codes of Google Ads within."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.decode import decoder, read

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
TOKEN_HOST = "oauth2.googleapis.com"  # noqa: S105 - a host
PAUSE = 900  # seconds; quotas are by the day, the hour and the minute
_CODE = re.compile(r"[A-Z][A-Z_]{2,80}", re.ASCII)
_EXHAUSTED = frozenset({"RESOURCE_EXHAUSTED", "RESOURCE_TEMPORARILY_EXHAUSTED"})
_SHAKY = frozenset({"UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "ABORTED"})


class _One(msgspec.Struct, gc=False):
    errorCode: dict[str, str] | None = None


class _Detail(msgspec.Struct, gc=False):
    errors: list[_One] | None = None


class _Problem(msgspec.Struct, gc=False):
    status: str | None = None
    details: list[_Detail] | None = None


class _Answer(msgspec.Struct, gc=False):
    error: _Problem | None = None


def refusal(status: int, body: bytes, *, connector: str) -> HuitouError:
    """The error that an answer stands for, by its codes alone: its text may repeat what was asked."""
    codes = tuple(_codes(body, connector))
    shown = f"HTTP {status}, {', '.join(codes) or 'no code'}"
    if status == 429 or _EXHAUSTED.intersection(codes) or any(code.startswith("EXCESSIVE_") for code in codes):
        return Retriable("platform-throttled", f"a quota is used up: {shown}", after=PAUSE, connector=connector)
    if status >= 500 or _SHAKY.intersection(codes):
        return Retriable("platform-unavailable", f"a fault on their side: {shown}", after=60, connector=connector)
    if any(code.startswith("DEVELOPER_TOKEN_") for code in codes):
        return ConfigError("application-refused", f"the developer token is refused: {shown}", connector=connector)
    if status == 403:
        return Permanent("permission-missing", f"the owner of the token may not read this: {shown}", connector=connector)
    return Permanent("platform-refused", f"Google refuses: {shown}", connector=connector)


def _codes(body: bytes, connector: str) -> Iterator[str]:
    try:
        problem = read(decoder(_Answer), body, connector=connector).error or _Problem()
    except Permanent:
        return
    within = [code for detail in problem.details or () for one in detail.errors or () for code in (one.errorCode or {}).values()]
    for code in dict.fromkeys([*within, problem.status or ""]):
        if _CODE.fullmatch(code):
            yield code
