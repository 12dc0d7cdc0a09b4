"""The envelope that WeChat and WeCom share: a SHA-1 over four sorted texts, and AES-256-CBC with the receiver's id inside.

A body is `Encrypt` in base64; what it opens to is 16 random bytes, the length of the message (32 bits, big-endian), the
message and the id of whom it is for. Whatever is wrong with it (signature, base64, padding, length, id) is refused with one
answer after the same work: all of it is done always, and decided in one place at the end.

Source: Tencent's cryptographic samples; vectors in tests/unit/toolkit/test_wechat_aes.py.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.aes import open_base64, seal_cbc
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.signing import MAX_SIGNATURE, b64, same, unb64
from chalicelib.toolkit.xmls import as_plain, parse_xml

BLOCK = 32  # what the padding fills up to; the cipher's own block is 16
RANDOM, LENGTH = 16, 4
MAX_RECEIVER = 256  # bytes; an appid has 18, a suite's id fewer than 64
_KEY_LETTERS = 43  # 32 bytes in base64 without the padding


class _Envelope(msgspec.Struct, gc=False):
    Encrypt: str | None = None
    encrypt: str | None = None


def signature(*texts: str) -> str:
    """Lower-case hex SHA-1 of the texts, sorted and joined: token, timestamp, nonce and what is signed."""
    joined = "".join(sorted(texts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def signed(given: str | None, tokens: Iterable[str], *texts: str) -> bool:
    """Whether `given` is the signature of the texts under a live token. All tokens are tried, in constant time."""
    expected = [signature(token, *texts).encode() for token in tokens]
    mine = (given or "")[:MAX_SIGNATURE].encode("utf-8", "surrogatepass")
    hits = [same(each, mine) for each in expected]
    return any(hits)


def sealed_text(body: bytes, *, connector: str) -> str | None:
    """The `Encrypt` of a body in JSON or XML; None where there is none. Nothing else of the body is read."""
    bare = body.strip()
    try:
        if bare[:1] == b"{":
            found = read(decoder(_Envelope), bare, connector=connector)
            return found.Encrypt or found.encrypt
        elements = parse_xml(bare, connector=connector).findall("Encrypt")
    except Permanent:
        return None
    return (elements[0].text or None) if len(elements) == 1 else None


def as_json(body: bytes, *, connector: str) -> bytes:
    """An opened message as JSON; one in XML becomes JSON of the same names. Permanent on XML that cannot be read."""
    bare = body.removeprefix(b"\xef\xbb\xbf").strip()
    return msgspec.json.encode(as_plain(parse_xml(bare, connector=connector))) if bare[:1] == b"<" else bare


def digest(body: bytes) -> str:
    """What tells deliveries without an id apart. A retry is encrypted anew, so it is that of what was opened."""
    return hashlib.sha256(body).hexdigest()


def opened(
    sealed: str,
    given: str | None,
    timestamp: str,
    nonce: str,
    *,
    tokens: Sequence[str],
    aes_keys: Sequence[str],
    receivers: Sequence[str],
) -> bytes:
    """The message of an envelope. Rejected("envelope-refused"), whatever is wrong with it; ConfigError on a key that is none.

    `given`: `msg_signature`; `sealed`: `Encrypt`, or `echostr`. Every live token, key and receiver is tried, always.
    """
    keys = [key_of(each) for each in aes_keys]
    holds = signed(given, tokens, timestamp, nonce, sealed)
    text = sealed.encode("utf-8", "surrogatepass")
    found, message = False, b""
    for key in keys:
        plain, fits = open_base64(key, key[:16], text, block=BLOCK)
        inner, owner, whole = _split(plain)
        # Cut: the length within says where the owner begins, and comparing what is longer would take a time that tells it.
        ours = [same(receiver.encode(), owner[:MAX_RECEIVER]) for receiver in receivers]
        good = fits & whole & any(ours)
        found, message = found | good, inner if good else message
    if not (holds & found):
        raise Rejected("envelope-refused", "the signature, or what it covers, does not fit")
    return message


def seal(message: bytes, receiver: str, aes_key: str, prefix: bytes | None = None) -> str:
    """`message` for `receiver` as `Encrypt` holds it. `prefix`: the 16 random bytes, where a test wants them fixed."""
    key = key_of(aes_key)
    head = prefix if prefix is not None else secrets.token_bytes(RANDOM)
    plain = head + len(message).to_bytes(LENGTH, "big") + message + receiver.encode()
    return b64(seal_cbc(key, key[:16], plain, block=BLOCK))


def _split(plain: bytes) -> tuple[bytes, bytes, bool]:
    """Message, receiver, and whether the length is one that the text can have."""
    head = plain[: RANDOM + LENGTH].ljust(RANDOM + LENGTH, b"\0")
    end = RANDOM + LENGTH + int.from_bytes(head[RANDOM:], "big")
    return plain[RANDOM + LENGTH : end], plain[end:], end <= len(plain)


@lru_cache(maxsize=64)
def key_of(aes_key: str) -> bytes:
    """The key of an EncodingAESKey. ConfigError on anything but 43 letters of base64."""
    try:
        key = unb64(f"{aes_key}=")
    except ValueError:
        key = b""
    if len(aes_key) != _KEY_LETTERS or len(key) != RANDOM * 2:
        raise ConfigError("secret-malformed", "secret aes_key is not an EncodingAESKey of 43 letters")
    return key
