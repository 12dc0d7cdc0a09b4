"""AES-CBC with PKCS#7: opened by one path. NIST's vectors, and every padding there can be."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from chalicelib.toolkit import aes

KEY, IV = bytes(range(16)), bytes(16)
# NIST SP 800-38A, F.2.1: the first block of CBC-AES128.
NIST_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
NIST_IV = bytes(range(16))
NIST_PLAIN = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
NIST_SEALED = bytes.fromhex("7649abac8119b246cee98e9b12e9197d")


def raw(padded: bytes, key: bytes = KEY) -> bytes:
    """`padded` encrypted as it is."""
    encryptor = Cipher(AES(key), CBC(IV)).encryptor()
    return bytes(encryptor.update(padded) + encryptor.finalize())


def test_seals_as_the_standard_says() -> None:
    assert aes.seal_cbc(NIST_KEY, NIST_IV, NIST_PLAIN)[:16] == NIST_SEALED


@pytest.mark.parametrize("block", [16, 32])
@pytest.mark.parametrize("size", [16, 24, 32])
def test_opens_what_it_sealed(block: int, size: int) -> None:
    key = bytes(range(size))
    for length in range(70):
        plain = bytes(range(length))
        sealed = aes.seal_cbc(key, IV, plain, block=block)
        assert len(sealed) % block == 0
        assert aes.open_cbc(key, IV, sealed, block=block) == (plain, True)
        assert aes.open_base64(key, IV, base64.b64encode(sealed) + b"\n", block=block) == (plain, True)


@pytest.mark.parametrize("block", [16, 32])
def test_takes_the_same_paddings_as_the_library(block: int) -> None:
    """Every last byte, after a text of other bytes and after one of equal bytes."""
    for last in range(256):
        for before in (b"\x00", bytes([last]), bytes([last ^ 1])):
            padded = (before * 64)[: 64 - 1] + bytes([last])
            unpadder = PKCS7(block * 8).unpadder()
            try:
                expected: tuple[bytes, bool] = (unpadder.update(padded) + unpadder.finalize(), True)
            except ValueError:
                expected = (padded, False)
            assert aes.unpad(padded, block) == expected


def test_one_wrong_byte_of_a_padding_is_seen_wherever_it_is() -> None:
    for block in (16, 32):
        for size in range(1, block + 1):
            padded = bytearray(bytes(64 - size) + bytes([size]) * size)
            for index in range(64 - size, 63):
                padded[index] ^= 0x80
                assert aes.unpad(bytes(padded), block) == (bytes(padded), False)
                padded[index] ^= 0x80
            assert aes.unpad(bytes(padded), block) == (bytes(64 - size), True)


def test_a_padding_longer_than_the_text_is_wrong() -> None:
    assert aes.unpad(bytes([20]) * 16, 32) == (bytes([20]) * 16, False)


@pytest.mark.parametrize("sealed", [b"", b"x", raw(bytes(16))[:15], raw(b"a" * 16), raw(bytes(16)), raw(b"\x11" * 32)])
def test_what_does_not_open_is_said_and_never_raised(sealed: bytes) -> None:
    plain, opened = aes.open_cbc(KEY, IV, sealed)
    assert not opened
    assert len(plain) == max(16, -(-len(sealed) // 16) * 16)


@pytest.mark.parametrize("text", [b"", b"****", b"abc", b"\xff\xfe", "快手".encode(), b"YW Jj"])
def test_what_is_no_base64_is_decrypted_all_the_same(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    real = aes.unpad

    def counted(padded: bytes, block: int) -> tuple[bytes, bool]:
        looked.append(len(padded))
        return real(padded, block)

    monkeypatch.setattr(aes, "unpad", counted)
    assert not aes.open_base64(KEY, IV, text)[1]
    assert len(looked) == 1


def test_a_key_of_another_size_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="not a key"):
        aes.open_cbc(b"short", IV, bytes(16))
    with pytest.raises(ValueError, match="not a key"):
        aes.seal_cbc(KEY, b"", b"")
