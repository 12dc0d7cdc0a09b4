"""OAuth 1.0a requests (RFC 5849) as shops of the merchant's own take them: HMAC, one key pair or two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from chalicelib.toolkit.signing import b64, hmac_sha1, hmac_sha256

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Consumer key and secret; token and its secret, empty where the shop has one key pair only."""

    consumer_key: str
    consumer_secret: str
    token: str = ""
    token_secret: str = ""


def encode(text: str) -> str:
    """Percent-encoding of RFC 3986: a blank is %20, brackets are encoded, `~` is not."""
    return quote(text, safe="-._~")


def base_string(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """`METHOD&url&parameters`; parameters are encoded, then sorted. `url` has neither query nor fragment."""
    pairs = sorted((encode(name), encode(value)) for name, value in parameters)
    joined = "&".join([f"{name}={value}" for name, value in pairs])
    return "&".join((method.upper(), encode(url), encode(joined)))


def signature(base: str, credentials: Credentials, method: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA256") -> str:
    """Base64 HMAC of the base string under both secrets."""
    key = f"{encode(credentials.consumer_secret)}&{encode(credentials.token_secret)}".encode()
    digest = hmac_sha1 if method == "HMAC-SHA1" else hmac_sha256
    return b64(digest(key, base.encode()))


def authorization(method: str, url: str, query: Pairs, credentials: Credentials, *, nonce: str, timestamp: int) -> str:
    """The Authorization header of a request; the body is not signed. `timestamp` in Unix seconds."""
    own = [
        ("oauth_consumer_key", credentials.consumer_key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(timestamp)),
    ]
    own += [("oauth_token", credentials.token)] if credentials.token else []
    signed = signature(base_string(method, url, [*query, *own]), credentials)
    return "OAuth " + ", ".join([f'{name}="{encode(value)}"' for name, value in [*own, ("oauth_signature", signed)]])
