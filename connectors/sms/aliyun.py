"""Aliyun's SMS API: V3 signatures (ACS3-HMAC-SHA256), and what its codes mean."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC

from chalicelib.contract import Api, HttpRequest
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.oauth1 import encode
from chalicelib.toolkit.signing import hmac_sha256
from connectors.sms import status
from connectors.sms.payloads import Answer
from connectors.sms.values import KEY, READ

HOST = "dysmsapi.aliyuncs.com"
VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()
Params = Sequence[tuple[str, str]]


def canonical_request(method: str, params: Params, headers: Mapping[str, str]) -> str:
    """What is signed: the path is `/`, the body empty; query and headers sorted, names of headers in lower case."""
    query = "&".join([f"{encode(name)}={encode(value)}" for name, value in sorted(params)])
    names = sorted(headers)
    lines = "".join([f"{name}:{headers[name].strip()}\n" for name in names])
    return "\n".join((method, "/", query, lines, ";".join(names), _EMPTY))


def authorization(method: str, params: Params, headers: Mapping[str, str], key_id: str, secret: str) -> str:
    """The header `Authorization`."""
    digest = hashlib.sha256(canonical_request(method, params, headers).encode()).hexdigest()
    signature = hmac_sha256(secret.encode(), f"{ALGORITHM}\n{digest}".encode()).hex()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(sorted(headers))},Signature={signature}"


def call(api: Api, action: str, params: Params) -> tuple[Answer, bytes]:
    """One call; parameters go in the query. The answer and its body.

    Raises Retriable (throttled, platform down, not as documented), ConfigError (keys, sign name, money, address), Permanent.
    """
    headers = {
        "host": HOST,
        "x-acs-action": action,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": api.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
    }
    signed = authorization("POST", params, headers, api.secrets.one("access_key_id"), api.secrets.one("access_key_secret"))
    sent = {**{name: value for name, value in headers.items() if name != "host"}, "authorization": signed}
    response = api.http.send(HttpRequest("POST", f"https://{HOST}/", tuple(sorted(params)), sent, b""))
    try:
        answer = READ.decode(Answer, response.body, None)
    except Permanent:
        answer = Answer()
    if answer.Code is None:
        raise Retriable("answer-malformed", f"{action} does not answer as documented", connector=KEY)
    if answer.Code != "OK":
        raise _refusal(action, answer.Code, answer.Message or "")
    return answer, response.body


def _refusal(action: str, code: str, message: str) -> HuitouError:
    """The error that a code stands for. The message may repeat what was sent; only its known words are looked at."""
    shown = code if len(code) < 60 and code.isascii() and code.replace(".", "").replace("_", "").isalnum() else "a code"
    detail = f"{action} answers {shown}"
    if code.startswith(status.THROTTLED):
        return Retriable("platform-throttled", detail, after=60, connector=KEY)
    if code in status.UNAVAILABLE:
        return Retriable("platform-error", detail, connector=KEY)
    if code == status.LIMITED:
        for word, seconds in status.LIMITS.items():
            if word in message:
                return Retriable("platform-throttled", f"{detail}: too many for this number", after=seconds, connector=KEY)
        return Permanent("limit-used", f"{detail}: too many for this number today", connector=KEY)
    if code in status.MISCONFIGURED:
        return ConfigError(status.MISCONFIGURED[code], detail, connector=KEY)
    if code in status.RECIPIENT_REFUSED:
        return Permanent("recipient-refused", detail, connector=KEY)
    if code in status.TEMPLATE_REFUSED:
        return Permanent("template-refused", detail, connector=KEY)
    return Permanent("platform-refused", detail, connector=KEY)
