"""Keys as platforms write them, and ECDSA over raw bytes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from chalicelib.toolkit.public_keys import DIGESTS, Digest, ecdsa_holds, ecdsa_sign, p256_key, public_key

FORMAT = serialization.PublicFormat.SubjectPublicKeyInfo


def pair(curve: ec.EllipticCurve | None = None) -> tuple[str, str]:
    key = ec.generate_private_key(curve or ec.SECP256R1())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, FORMAT).decode()


@pytest.mark.parametrize("digest", DIGESTS)
def test_signature_holds_for_its_bytes_key_and_digest_alone(digest: Digest) -> None:
    private, public = pair()
    signature = ecdsa_sign(private, b"body", digest)
    other: Digest = "SHA256" if digest == "SHA1" else "SHA1"

    assert ecdsa_holds(p256_key(public), signature, b"body", digest)
    assert not ecdsa_holds(p256_key(public), signature, b"bodY", digest)
    assert not ecdsa_holds(p256_key(public), signature, b"body", other)
    assert not ecdsa_holds(p256_key(pair()[1]), signature, b"body", digest)


@pytest.mark.parametrize("signature", [b"", b"x", b"0" * 72, b"\x30\x06\x02\x01\x00\x02\x01\x00"])
def test_odd_signatures_do_not_hold_and_do_not_raise(signature: bytes) -> None:
    assert not ecdsa_holds(p256_key(pair()[1]), signature, b"body", "SHA1")


def test_a_key_without_line_breaks_is_a_key() -> None:
    _, public = pair()
    assert p256_key(public.replace("\n", "")).public_numbers() == p256_key(public).public_numbers()


def test_what_is_no_key_on_the_curve_is_refused() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.PEM, FORMAT).decode()
    private, public = pair()
    truncated = public.replace("\n", "")[:80] + "-----END PUBLIC KEY-----"
    for text in (
        "",
        "none",
        private,
        edwards,
        pair(ec.SECP384R1())[1],
        truncated,
        "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
    ):
        with pytest.raises(ValueError, match=r".+"):
            p256_key(text)
    public_key(edwards)
