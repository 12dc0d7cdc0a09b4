"""Meituan's API: signed over the address and all parameters, by application key alone."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Api, HttpRequest
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.loose import Odd, number, text
from connectors.meituan import status
from connectors.meituan.payloads import Answer
from connectors.meituan.push import sign
from connectors.meituan.values import KEY, READ

HOST, TEST_HOST = "waimaiopen.meituan.com", "test.waimaiopen.meituan.com"
FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
OK = 200
Params = Sequence[tuple[str, str]]


def call(api: Api, path: str, params: Params, *, method: str = "GET") -> bytes:
    """Call `path` and answer its `data`. Raises Retriable (throttled, down, no JSON), ConfigError (key, signature, permission)
    or Permanent ("order-unknown", "platform-refused").
    """
    host = TEST_HOST if api.account.options.get("sandbox") == "true" else HOST
    url = f"https://{host}/api/v1/{path}"
    system = [("app_id", api.secrets.one("app_id")), ("timestamp", str(int(api.now().timestamp())))]
    sig = ("sig", sign(url, [*system, *params], api.secrets.one("app_secret")))
    if method == "GET":
        request = HttpRequest("GET", url, query=(*system, *params, sig))
    else:
        request = HttpRequest("POST", url, query=(*system, sig), headers=FORM, body=urlencode(params).encode())
    response = api.http.send(request)
    if response.status != OK:
        raise Permanent("platform-refused", f"{path} answers HTTP {response.status}", connector=KEY)
    return _data(path, response.body)


def rows_of(body: bytes) -> list[msgspec.Raw]:
    """The rows of an answer; none where its data is null."""
    return READ.decode(list[msgspec.Raw], body, None, "$.data") if body not in (b"", b"null") else []


def _data(path: str, body: bytes) -> bytes:
    try:
        answer = READ.decode(Answer, body, None)
        code = number(answer.error.code, "code") if answer.error else None
    except (Permanent, Odd):
        raise Retriable("answer-malformed", f"{path} does not answer as documented", connector=KEY) from None
    if answer.error is not None or bytes(answer.data) == b'"ng"':
        raise _refusal(path, code)
    return bytes(answer.data)


def _refusal(path: str, code: int | None) -> HuitouError:
    detail = f"{path} answers {text(code) or 'ng'}"
    if code in status.THROTTLED:
        return Retriable("platform-throttled", detail, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    return Permanent("order-unknown" if code == status.UNKNOWN_ORDER else "platform-refused", detail, connector=KEY)
