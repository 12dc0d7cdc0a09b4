"""AES-CBC with PKCS#7 padding, as platforms seal what they push: opened by one path, whatever is wrong with it.

CBC authenticates nothing. Whoever could tell bad padding from a bad text, by the answer or by its time, could read a sealed
text or forge one, block by block. So nothing here raises on, or leaves early for, what anybody may have sent: the work depends on
the length alone, and a text that does not open is answered as bytes together with False. The caller goes on with them as
with good ones, and refuses in one place at the end.

`cryptography` is loaded on first use: a worker that opens nothing never pays for it.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

UNIT = 16  # the cipher's own block, in bytes
KEY_SIZES = frozenset({16, 24, 32})


def open_base64(key: bytes, iv: bytes, text: bytes, *, block: int = UNIT) -> tuple[bytes, bool]:
    """As `open_cbc`, of a sealed text in base64 (standard alphabet, padded, strict; outer blanks are let go)."""
    bare = text.strip()
    try:
        sealed, fits = base64.b64decode(bare, validate=True), True
    except (binascii.Error, ValueError):
        sealed, fits = bare[: len(bare) * 3 // 4], False  # as much work as for a good one
    plain, opened = open_cbc(key, iv, sealed, block=block)
    return plain, fits & opened


def open_cbc(key: bytes, iv: bytes, sealed: bytes, *, block: int = UNIT) -> tuple[bytes, bool]:
    """The plain text and True; or bytes without meaning and False where length or padding is wrong.

    `block` is what the padding fills up to: 16, or 32 as WeChat pads. ValueError on a key or IV of a wrong size only, which is
    the caller's own mistake.
    """
    rest = -len(sealed) % UNIT
    whole = sealed + bytes(rest if sealed else UNIT)
    decryptor = _cipher(key, iv).decryptor()
    padded = decryptor.update(whole) + decryptor.finalize()
    plain, fits = unpad(padded, block)
    return plain, fits & (rest == 0) & (len(sealed) > 0)


def seal_cbc(key: bytes, iv: bytes, plain: bytes, *, block: int = UNIT) -> bytes:
    """`plain` padded to whole blocks of `block` bytes and encrypted. Tests, the simulator and encrypted answers seal."""
    size = block - len(plain) % block
    encryptor = _cipher(key, iv).encryptor()
    sealed: bytes = encryptor.update(plain + bytes([size]) * size) + encryptor.finalize()
    return sealed


def unpad(padded: bytes, block: int) -> tuple[bytes, bool]:
    """`padded` without its PKCS#7 padding and True; all of it and False where the padding is wrong.

    Looks at the last `block` bytes always, and decides nothing before it has seen them all.
    """
    tail = padded[-block:].rjust(block, b"\0")
    size = tail[-1]
    wrong = ((size - 1) >> 8 | (block - size) >> 8) & 1
    for distance, byte in enumerate(reversed(tail)):
        inside = (distance - size) >> 8  # every bit where the byte is padding, none where it is text
        wrong |= inside & (byte ^ size)
    good = 1 - ((wrong + 255) >> 8)
    return padded[: len(padded) - good * size], good == 1


def _cipher(key: bytes, iv: bytes) -> Cipher[CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    if len(key) not in KEY_SIZES or len(iv) != UNIT:
        raise ValueError("not a key or an initial vector of AES")
    return Cipher(AES(key), CBC(iv))
