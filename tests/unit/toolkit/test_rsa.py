"""RSA signatures: keys in PEM, base64 in its one spelling, either of several signatures under either of several keys."""

from __future__ import annotations

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chalicelib.errors import ConfigError, Rejected
from chalicelib.toolkit.rsa import require_rsa, rsa_sign
from chalicelib.toolkit.signing import b64, unb64

BODY = b'{"id":1}'


@cache
def pair(bits: int = 2048) -> tuple[str, str]:
    key = rsa.generate_private_key(65537, bits)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def other() -> str:
    return rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_one_of_several_is_enough() -> None:
    private, public = pair()
    good = rsa_sign(private, BODY)

    require_rsa([other(), public], BODY, ["garbage", None, good])
    require_rsa([public.replace("\n", "")], BODY, [good])


@pytest.mark.parametrize("given", [[], [None], [""], ["garbage"], ["A" * 5000], [b64(b"x" * 256)], ["签名"]])
def test_refused(given: list[str | None]) -> None:
    with pytest.raises(Rejected) as refusal:
        require_rsa([pair()[1]], BODY, given)
    assert refusal.value.status == 401


def test_another_body_is_refused() -> None:
    private, public = pair()
    with pytest.raises(Rejected):
        require_rsa([public], BODY + b" ", [rsa_sign(private, BODY)])


def test_a_second_spelling_of_the_same_bytes_is_refused() -> None:
    private, public = pair()
    good = rsa_sign(private, BODY)
    twin = good[:-3] + chr(ord(good[-3]) + 1) + "=="
    assert unb64(twin) == unb64(good)

    with pytest.raises(Rejected):
        require_rsa([public], BODY, [twin])


def test_weak_and_foreign_keys_are_misconfiguration() -> None:
    curve = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
    for key in (pair(1024)[1], curve, "no key"):
        with pytest.raises(ConfigError):
            require_rsa([key], BODY, [b64(b"x" * 256)])
