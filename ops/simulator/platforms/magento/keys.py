"""Adobe's key pair: it signs events with the private half and serves the public one by the path that an event names."""

from __future__ import annotations

import hashlib
from functools import cache
from math import gcd
from random import Random

EXPONENT = 65_537
_SMALL = [number for number in range(3, 2_000, 2) if all(number % below for below in range(3, int(number**0.5) + 1, 2))]


@cache
def private_key(digits: str) -> str:
    """A private RSA key of 2048 bits in PEM, made from the digits: one world, one key. Far too guessable for anything else."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    draw = Random(f"rsa/{digits}")  # noqa: S311 (repeatable on purpose)
    p, q = sorted((_prime(draw), _prime(draw)), reverse=True)
    private = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p, q=q, d=private, dmp1=private % (p - 1), dmq1=private % (q - 1), iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(EXPONENT, p * q),
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8
    return numbers.private_key().private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _prime(draw: Random) -> int:
    """A number of 1024 bits that is prime as far as twenty rounds of Miller and Rabin tell."""
    while True:
        number = draw.getrandbits(1024) | 3 << 1022 | 1
        if all(number % small for small in _SMALL) and gcd(number - 1, EXPONENT) == 1 and _probably(number, draw):
            return number


def _probably(number: int, draw: Random) -> bool:
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    rest = (number - 1) >> twos
    for _ in range(20):
        power = pow(draw.randrange(2, number - 1), rest, number)
        if power in (1, number - 1):
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def key_path(pem: str) -> str:
    """The path under which the public half lies."""
    return f"/prod/keys/pub-key-{hashlib.sha256(pem.encode()).hexdigest()[:10]}.pem"


@cache
def public_key(pem: str) -> str:
    """The public half in PEM."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pem.encode(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
