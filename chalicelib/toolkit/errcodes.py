"""Answers with an `errcode` inside HTTP 200, as WeChat, WeCom and the robots give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.iop import TokenRefused
from chalicelib.toolkit.loose import Id, Odd, number

_NONE: frozenset[int] = frozenset()


class Refused(Exception):
    """A code that only the caller can read. `message` is the platform's and may repeat what was sent: it is never shown."""

    def __init__(self, code: int, detail: str, message: str) -> None:
        super().__init__(detail)
        self.code, self.detail, self.message = code, detail, message


@dataclass(frozen=True, slots=True)
class Codes:
    """What codes mean on one platform: `throttled` to seconds until another look, `misconfigured` to reasons."""

    token_over: frozenset[int] = _NONE
    busy: frozenset[int] = frozenset({-1})
    throttled: Mapping[int, int] = field(default_factory=dict)
    misconfigured: Mapping[int, str] = field(default_factory=dict)


class _Answer(msgspec.Struct, gc=False):
    errcode: Id = None
    errmsg: str | None = None


def checked(what: str, status: int, body: bytes, codes: Codes, *, connector: str, told: bool = False) -> bytes:
    """The body of a call that succeeded. `told`: it must say so itself, by a code of 0; else one without a code is taken for it.

    Raises TokenRefused, Refused, Retriable (busy, throttled, not as documented), ConfigError, or Permanent (another HTTP status).
    """
    if status != 200:
        raise Permanent("platform-refused", f"{what} answers HTTP {status}", connector=connector)
    try:
        answer = read(decoder(_Answer), body, connector=connector)
        code = number(answer.errcode, "errcode")
        if code is None and told:
            raise Odd("no code", "errcode")
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{what} does not answer as documented", connector=connector) from None
    if code:
        raise _meaning(what, code, answer.errmsg or "", codes, connector)
    return body


def _meaning(what: str, code: int, message: str, codes: Codes, connector: str) -> HuitouError | TokenRefused | Refused:
    detail = f"{what} answers {code}"
    if code in codes.token_over:
        return TokenRefused()
    if code in codes.busy:
        return Retriable("platform-error", detail, connector=connector)
    if code in codes.throttled:
        return Retriable("platform-throttled", detail, after=codes.throttled[code], connector=connector)
    if code in codes.misconfigured:
        return ConfigError(codes.misconfigured[code], detail, connector=connector)
    return Refused(code, detail, message)
