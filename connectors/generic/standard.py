"""The Standard Webhooks signature: HMAC-SHA256 over `id.timestamp.body`, a list of `v1,` values, 5 minutes either way.

Source: the Standard Webhooks specification; the reference library serves as the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.contract import RawRequest, Secrets
from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit.clocks import require_fresh
from chalicelib.toolkit.signing import MAX_SIGNATURE, b64, hmac_sha256, same, unb64

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(seconds=300)
MAX_ID = 256
MAX_CANDIDATES = 16


def require_signed(request: RawRequest, secrets: Secrets, now: datetime) -> str:
    """The delivery's id of a request signed under any live secret within the tolerance; Rejected 401 otherwise."""
    keys = [_key(secret) for secret in secrets.all("webhook_secret")]
    delivery, stamp, given = request.header(ID), request.header(TIMESTAMP), request.header(SIGNATURE)
    if not delivery or len(delivery) > MAX_ID:
        raise Rejected("id-malformed", "webhook-id is missing or too long")
    if not given:
        raise Rejected("signature-missing", "the signature is missing or empty")
    if len(given) > MAX_SIGNATURE:
        raise Rejected("signature-malformed", "the signature is too long")
    require_fresh(stamp, now, TOLERANCE)
    content = _content(delivery, stamp or "", request.body)
    wanted = [f"v1,{b64(hmac_sha256(key, content))}".encode() for key in keys]
    # Other versions (v1a is asymmetric) may stand in the list and count for nothing.
    told = [each.encode("utf-8", "surrogatepass") for each in given.split(" ")[:MAX_CANDIDATES]]
    hits = [same(mine, each) for mine in wanted for each in told]
    if not any(hits):
        raise Rejected("signature-mismatch", "the signature does not match")
    return delivery


def signed_headers(request: RawRequest, secrets: Secrets, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """The request's headers with id and timestamp (kept where they are given) and the signature of the newest secret."""
    delivery = request.header(ID) or f"msg_{hmac_sha256(b'id', request.body).hex()[:24]}"
    stamp = request.header(TIMESTAMP) or str(int(now.timestamp()))
    key = _key(secrets.one("webhook_secret"))
    signature = f"v1,{b64(hmac_sha256(key, _content(delivery, stamp, request.body)))}"
    return {**request.headers, ID: (delivery,), TIMESTAMP: (stamp,), SIGNATURE: (signature,)}


def _content(delivery: str, stamp: str, body: bytes) -> bytes:
    return b".".join((delivery.encode("utf-8", "surrogatepass"), stamp.encode(), body))


def _key(secret: str) -> bytes:
    try:
        key = unb64(secret.removeprefix("whsec_"))
    except ValueError:
        raise ConfigError("secret-malformed", "secret webhook_secret is not whsec_ and base64", connector="generic") from None
    if not key:
        raise ConfigError("secret-missing", "secret webhook_secret is empty", connector="generic")
    return key
