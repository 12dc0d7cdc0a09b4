"""Signatures by a platform's own key: public keys as platforms write them, ECDSA checked and (for tests) made.

`cryptography` is loaded on first use: a worker that verifies HMACs alone never pays for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from chalicelib.toolkit.signing import unb64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

Digest = Literal["SHA1", "SHA256"]
DIGESTS: tuple[Digest, ...] = ("SHA1", "SHA256")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]{1,4096}?)-----END PUBLIC KEY-----", re.ASCII)


def public_key(pem: str) -> Any:
    """The key of a PEM (SubjectPublicKeyInfo), also of one without line breaks, as some platforms write it; else ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    found = _PEM.search(pem)
    if found is None:
        raise ValueError("no public key in PEM")
    try:
        return load_der_public_key(unb64("".join(found[1].split())))
    except UnsupportedAlgorithm as error:
        raise ValueError("a public key of an unknown kind") from error


def p256_key(pem: str) -> EllipticCurvePublicKey:
    """A public key on the curve P-256. ValueError on any other."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    key = public_key(pem)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("not a key on P-256")  # noqa: TRY004 - a text that is no such key, not a wrong argument
    return key


def ecdsa_holds(key: EllipticCurvePublicKey, signature: bytes, message: bytes, digest: Digest) -> bool:
    """Whether `signature` (DER) is the key's over `message`. Never raises on what anybody may have sent."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    try:
        key.verify(signature, message, ECDSA(hash_of(digest)))
    except InvalidSignature:
        return False
    return True


def ecdsa_sign(pem: str, message: bytes, digest: Digest) -> bytes:
    """A DER signature by a private key in PEM. Tests and the simulator sign; no platform's private key is ever here."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError("not a private key on an elliptic curve")  # noqa: TRY004 - as above
    return key.sign(message, ECDSA(hash_of(digest)))


def hash_of(digest: Digest) -> Any:
    """The hash of that name, as the library wants it."""
    from cryptography.hazmat.primitives import hashes

    # SHA-1 is what the platform signs with; a forger would need a second preimage, not a collision.
    return hashes.SHA1() if digest == "SHA1" else hashes.SHA256()  # noqa: S303  # nosec B303
