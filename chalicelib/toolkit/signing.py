"""Signature primitives on bytes. Every comparison is constant-time and never raises on odd input."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from chalicelib.errors import Rejected

MAX_SIGNATURE = 4096  # no platform's signature header comes near this; a longer one is refused before any work


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 digest."""
    return hmac.digest(key, message, "sha256")


def hmac_sha1(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA1 digest, for platforms that still sign with it."""
    return hmac.digest(key, message, "sha1")


def md5_hex(message: bytes) -> str:
    """Lower-case hex MD5, for platforms that still sign with it."""
    return hashlib.md5(message, usedforsecurity=False).hexdigest()


def md5_wrapped(secret: str, message: str) -> str:
    """Upper-case hex MD5 of a message between two secrets, UTF-8: how Chinese platforms sign calls to them. It is no HMAC."""
    return md5_hex(f"{secret}{message}{secret}".encode()).upper()


def names_and_values(params: Iterable[tuple[str, str]]) -> str:
    """Parameters as such platforms sign them: sorted by name, name and value one after the other, `sign` left out."""
    return "".join([name + value for name, value in sorted(params) if name != "sign"])


def fingerprint(data: bytes) -> str:
    """32 hex digits that tell one content from another; no signature."""
    return hashlib.sha256(data).hexdigest()[:32]


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """Decode standard base64, strictly. Raises ValueError."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error


def same(expected: bytes, given: bytes) -> bool:
    """Constant-time equality of bytes; digests first, so that lengths do not show."""
    return hmac.compare_digest(hashlib.sha256(expected).digest(), hashlib.sha256(given).digest())


def require_any(expected: Iterable[bytes], given: str | None, *, reason: str = "signature") -> None:
    """Pass when `given` (a header as text) equals one of `expected`; else Rejected 401. All candidates are compared.

    Missing, empty, over-long and non-ASCII values are refused in the same way.
    """
    if not given:
        raise Rejected(f"{reason}-missing", "the signature is missing or empty")
    if len(given) > MAX_SIGNATURE:
        raise Rejected(f"{reason}-malformed", "the signature is too long")
    mine = given.encode("utf-8", "surrogatepass")
    hits = [same(candidate, mine) for candidate in expected]
    if not any(hits):
        raise Rejected(f"{reason}-mismatch", "the signature does not match")
