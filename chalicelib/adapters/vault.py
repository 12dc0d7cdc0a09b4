"""Sealing: AES-256-GCM under data keys that KMS wraps, and keyed hashes for looking people up.

Data keys lie in a table of their own (no stream, one day of point-in-time recovery), so that destroying one erases all
that was sealed under it. Opened keys are kept in memory for at most `CACHE_SECONDS`.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.adapters.table import Table, binary, get_bytes, key, text
from chalicelib.errors import Permanent, Retriable

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

    from chalicelib.ports import Clock

CACHE_SECONDS = 300
CACHE_KEYS = 10_000
_VERSION = b"\x01"
_NONCE = 12
_NOT_THERE = "attribute_not_exists(pk)"


class KmsVault:
    """Vault on KMS and the table of keys."""

    def __init__(
        self, kms: Callable[[], KMSClient], key_id: str, keys: Table, clock: Clock, age: Callable[[], float] | None = None
    ) -> None:
        self._make = kms
        self._kms: KMSClient | None = None
        self._key_id = key_id
        self._keys = keys
        self._clock = clock
        self._age = age or (lambda: clock.now().timestamp())  # by which kept keys grow old: seconds, only ever more
        self._opened: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()

    def seal_raw(self, merchant: str, data: bytes, context: str) -> bytes:
        """See the port."""
        now = self._clock.now()
        day = f"{now.year:04}{now.month:02}{now.day:02}"  # every push seals, and strftime takes three times as long
        secret = self._data_key(merchant, f"raw-{day}")
        return _VERSION + day.encode() + _encrypt(secret, data, f"raw\x1f{merchant}\x1f{context}")

    def open_raw(self, merchant: str, sealed: bytes, context: str) -> bytes:
        """See the port."""
        day = sealed[1:9].decode("ascii", "replace")
        secret = self._existing_key(merchant, f"raw-{day}")
        return _decrypt(secret, sealed[9:], f"raw\x1f{merchant}\x1f{context}")

    def seal(self, merchant: str, subject: str, data: bytes) -> bytes:
        """See the port."""
        return _VERSION + _encrypt(self._data_key(merchant, subject), data, f"pii\x1f{merchant}\x1f{subject}")

    def open(self, merchant: str, subject: str, sealed: bytes) -> bytes:
        """See the port."""
        return _decrypt(self._existing_key(merchant, subject), sealed[1:], f"pii\x1f{merchant}\x1f{subject}")

    def lookup(self, merchant: str, kind: str, value: str) -> str:
        """See the port."""
        secret = self._data_key(merchant, "lookup")
        digest = hmac.digest(secret, f"{kind}\x1f{value}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:16]).decode("ascii").rstrip("=")

    def _data_key(self, merchant: str, subject: str) -> bytes:
        """The subject's key, made when there is none; whoever loses the race to make it takes the winner's."""
        found = self._find(merchant, subject)
        if found is not None:
            return found
        plain, wrapped = self._generate(merchant, subject)
        if self._keys.put(key(merchant, subject), "key", {"k": binary(wrapped), "kind": text("key")}, condition=_NOT_THERE):
            return self._keep(merchant, subject, plain)
        return self._existing_key(merchant, subject)

    def _existing_key(self, merchant: str, subject: str) -> bytes:
        found = self._find(merchant, subject)
        if found is None:
            raise Permanent("seal-broken", "the key is gone: what it sealed is erased")
        return found

    def _find(self, merchant: str, subject: str) -> bytes | None:
        kept = self._opened.get((merchant, subject))
        if kept and kept[0] > self._age():
            return kept[1]
        item = self._keys.get(key(merchant, subject), "key")
        if item is None:
            return None
        wrapped = get_bytes(item, "k") or b""
        return self._keep(merchant, subject, self._unwrap(merchant, subject, wrapped))

    def _keep(self, merchant: str, subject: str, plain: bytes) -> bytes:
        self._opened[merchant, subject] = (self._age() + CACHE_SECONDS, plain)
        while len(self._opened) > CACHE_KEYS:
            try:
                self._opened.popitem(last=False)
            except KeyError:  # another thread emptied it first
                break
        return plain

    def _client(self) -> KMSClient:
        if self._kms is None:
            self._kms = self._make()
        return self._kms

    def _generate(self, merchant: str, subject: str) -> tuple[bytes, bytes]:
        try:
            made = self._client().generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=_context(merchant, subject)
            )
        except (ClientError, BotoCoreError) as error:
            raise Retriable("kms-unavailable", type(error).__name__) from error
        return made["Plaintext"], made["CiphertextBlob"]

    def _unwrap(self, merchant: str, subject: str, wrapped: bytes) -> bytes:
        try:
            return self._client().decrypt(
                CiphertextBlob=wrapped, KeyId=self._key_id, EncryptionContext=_context(merchant, subject)
            )["Plaintext"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("InvalidCiphertextException", "IncorrectKeyException"):
                raise Permanent("seal-broken", "the key does not unwrap") from error
            raise Retriable("kms-unavailable", type(error).__name__) from error
        except BotoCoreError as error:
            raise Retriable("kms-unavailable", type(error).__name__) from error


def _context(merchant: str, subject: str) -> dict[str, str]:
    return {"merchant": merchant, "subject": subject}


def _encrypt(secret: bytes, data: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, data, context.encode())


def _decrypt(secret: bytes, sealed: bytes, context: str) -> bytes:
    try:
        return AESGCM(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise Permanent("seal-broken", "sealed data does not open in this context") from None
