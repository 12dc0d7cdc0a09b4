"""eBay's key pair: it signs with the private half and serves the public one by the id that a signature names."""

from __future__ import annotations

import base64
import hashlib
import uuid

# The order of the curve P-256; a private key is a number below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def private_key(digits: str) -> str:
    """A private key on P-256 in PEM, made from the digits."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    number = int(hashlib.sha256(digits.encode()).hexdigest(), 16) % (_ORDER - 1) + 1
    key = derive_private_key(number, SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def key_id(pem: str) -> str:
    """The id that the platform's signatures name it by."""
    return str(uuid.UUID(bytes=hashlib.sha256(pem.encode()).digest()[:16]))


def public_key(pem: str) -> str:
    """The public half as eBay writes it: PEM without line breaks."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pem.encode(), None).public_key()
    raw = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"-----BEGIN PUBLIC KEY-----{base64.b64encode(raw).decode()}-----END PUBLIC KEY-----"
