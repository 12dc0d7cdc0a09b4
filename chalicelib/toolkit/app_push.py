"""Pushes signed for an application: hex HMAC-SHA256 over the application's key and the raw body, keyed by its secret.

Lazada and TikTok Shop sign like this, in the header `Authorization`. There is no timestamp in it, hence no replay
window: a replay must change nothing, which the connectors reach by reading the resource again.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.toolkit.signing import hmac_sha256, require_any

HEADER = "authorization"


def app_signature(app_key: str, body: bytes, app_secret: str) -> str:
    """Lower-case hex HMAC-SHA256 of `app_key` and the body as it came, under `app_secret`."""
    return hmac_sha256(app_secret.encode(), app_key.encode() + body).hex()


def require_app_signature(given: str | None, body: bytes, app_keys: Iterable[str], app_secrets: Iterable[str]) -> None:
    """Pass when `given` is the signature under any live pair of key and secret, in either case; else Rejected 401."""
    secrets = tuple(app_secrets)
    expected = [app_signature(key, body, secret).encode() for key in app_keys for secret in secrets]
    require_any(expected, given.lower() if given else given)
