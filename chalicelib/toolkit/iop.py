"""The open platform that Lazada and AliExpress share: signing of calls, renewed tokens, and what its errors mean.

Sources: open.lazada.com docId 108069 (vector), 120168; the AliExpress pages print the same algorithm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.consents import page
from chalicelib.toolkit.loose import Id, number
from chalicelib.toolkit.signing import hmac_sha256

SIGN_METHOD = "sha256"
_YEARS = 3 * 366 * 86_400
TOKEN_OVER = frozenset({"IllegalAccessToken", "AccessTokenExpired", "InvalidAccessToken"})
TOKEN_REVOKED = frozenset({"IllegalRefreshToken", "InvalidRefreshToken", "AUTH_TYPE_UNSUPPORTED"})
THROTTLED = frozenset({"ApiCallLimit", "AppCallLimit", "SellerCallLimit", "TRAFFIC_CONTROL", "901"})
UNAVAILABLE = frozenset({"ServiceTimeout", "ServiceUnavailable", "SystemError", "ISP", "RemoteServiceError", "InternalError"})
MISCONFIGURED = {
    "IncompleteSignature": "signature-refused",
    "InvalidAppKey": "app-key-refused",
    "MissingAppKey": "app-key-refused",
    "InvalidTimestamp": "clock-refused",
    "IllegalTimestamp": "clock-refused",
    "InsufficientPermission": "permission-missing",
    "InsufficientIsvPermissions": "permission-missing",
    "InsufficientUserPermissions": "permission-missing",
    "AppWhiteIpLimit": "address-not-trusted",
    "Mp3SellerApiLimit": "permission-missing",
}


def joined(params: Iterable[tuple[str, str]]) -> str:
    """Names and values one after the other, sorted by name in ASCII order; what is empty and `sign` itself left out."""
    return "".join([name + value for name, value in sorted(params) if value and name != "sign"])


def sign(secret: str, path: str, params: Iterable[tuple[str, str]]) -> str:
    """Upper-case hex HMAC-SHA256 over the path (empty for the methods behind /sync) and the joined parameters, decoded."""
    return hmac_sha256(secret.encode(), (path + joined(params)).encode()).hex().upper()


def consent_page(host: str, app_key: str, redirect_uri: str, state: str) -> str:
    """The address of the page on which a seller lets an app in."""
    asked = [("response_type", "code"), ("force_auth", "true"), ("redirect_uri", redirect_uri), ("client_id", app_key)]
    return page(f"https://{host}/oauth/authorize", [*asked, ("state", state)])


class TokenAnswer(msgspec.Struct, gc=False):
    """What /auth/token/refresh answers. Lives are in seconds; a refresh token without any cannot be used again."""

    access_token: str
    expires_in: Id = None
    refresh_token: str | None = None
    refresh_expires_in: Id = None

    def expires_at(self, now: datetime) -> datetime:
        """When the access token ends. Odd when its life is no number."""
        seconds = number(self.expires_in, "expires_in") or 0
        return now + timedelta(seconds=max(0, min(seconds, _YEARS)))


class Refusal(msgspec.Struct, gc=False):
    """The platform's own error, beside whatever the call answers. `code` "0" or none: it is none."""

    code: Id = None
    type: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether it says that the call failed."""
        return self.code not in (None, "", "0", 0)


class TokenRefused(Exception):
    """The platform says that this access token is over."""


def refusal(what: str, code: str, kind: str | None, *, connector: str, hints: Mapping[str, str] | None = None) -> Exception:
    """What an error code of the platform means to the caller: one of the five errors, or TokenRefused.

    `kind` is its `type` (ISV, ISP, SYSTEM); `hints` more codes that are misconfiguration, with their reasons.
    """
    detail = f"{what} answers {code}"[:200]
    if code in TOKEN_OVER:
        return TokenRefused()
    found = _error(code, kind, detail, hints or {})
    return found.located(connector=connector)


def _error(code: str, kind: str | None, detail: str, hints: Mapping[str, str]) -> HuitouError:
    if code in TOKEN_REVOKED:
        return Permanent("token-revoked", detail)
    if code in THROTTLED:
        return Retriable("platform-throttled", detail)
    if code in MISCONFIGURED or code in hints:
        return ConfigError(MISCONFIGURED.get(code) or hints[code], detail)
    if code in UNAVAILABLE or kind == "SYSTEM":
        return Retriable("platform-error", detail)
    return Permanent("platform-refused", detail)
