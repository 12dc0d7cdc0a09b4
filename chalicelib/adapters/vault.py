"""Sealing: AES-256-GCM under data keys that KMS wraps, and keyed hashes for looking people up.

Data keys lie in a table of their own (no stream, one day of point-in-time recovery), so that destroying one erases all
that was sealed under it. Opened keys are kept in memory for at most `CACHE_SECONDS`.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.adapters.table import Item, Table, binary, get_bytes, get_text, key, text
from chalicelib.domain.retention import RAW_DAYS, raw_over
from chalicelib.errors import Permanent, Retriable

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

    from chalicelib.ports import Clock

CACHE_SECONDS = 300
CACHE_KEYS = 10_000
_VERSION = b"\x01"
_BOUND = b"\x02"  # a subject's data that is bound to its place as well; what was sealed before that is bound to its subject alone
_NONCE = 12
_NOT_THERE = "attribute_not_exists(pk)"
# A tombstone lies where the key lay: whoever would make the key anew finds it under the same condition, and needs no other read.
_EARLIER = "attribute_not_exists(gone) OR gone < :gone"
_NO_TOMBSTONE = "attribute_not_exists(gone)"


class KmsVault:
    """Vault on KMS and the table of keys."""

    def __init__(
        self,
        kms: Callable[[], KMSClient],
        key_id: str,
        keys: Table,
        clock: Clock,
        age: Callable[[], float] | None = None,
        *,
        raw_days: Callable[[str], int] = lambda _merchant: RAW_DAYS,
    ) -> None:
        self._make = kms
        self._kms: KMSClient | None = None
        self._key_id = key_id
        self._keys = keys
        self._clock = clock
        self._raw_days = raw_days  # for how long a merchant's raw requests may be opened
        self._age = age or (lambda: clock.now().timestamp())  # by which kept keys grow old: seconds, only ever more
        self._opened: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._gone: dict[tuple[str, str], tuple[float, datetime]] = {}

    def seal_raw(self, merchant: str, data: bytes, context: str) -> bytes:
        """See the port."""
        now = self._clock.now()
        day = f"{now.year:04}{now.month:02}{now.day:02}"  # every push seals, and strftime takes three times as long
        secret = self._data_key(merchant, f"raw-{day}")
        return _VERSION + day.encode() + _encrypt(secret, data, f"raw\x1f{merchant}\x1f{context}")

    def open_raw(self, merchant: str, sealed: bytes, context: str) -> bytes:
        """See the port."""
        _require_version(sealed, _VERSION)
        day = sealed[1:9].decode("ascii", "replace")
        self._require_young(merchant, day)
        secret = self._existing_key(merchant, f"raw-{day}")
        return _decrypt(secret, sealed[9:], f"raw\x1f{merchant}\x1f{context}")

    def _require_young(self, merchant: str, day: str) -> None:
        """What is over opens for nobody, although its key may be there still, or in some worker's memory."""
        try:
            sealed_on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        except ValueError:  # no day: no key has its name either
            return
        if raw_over(sealed_on, self._raw_days(merchant), self._clock.now()):
            raise Permanent("raw-over", "it was kept for as long as it may be")

    def seal(self, merchant: str, subject: str, data: bytes, place: str = "") -> bytes:
        """See the port."""
        return _BOUND + _encrypt(self._data_key(merchant, subject), data, f"pii\x1f{merchant}\x1f{subject}\x1f{place}")

    def open(self, merchant: str, subject: str, sealed: bytes, place: str = "") -> bytes:
        """See the port."""
        _require_version(sealed, _VERSION, _BOUND)
        context = f"pii\x1f{merchant}\x1f{subject}" + (f"\x1f{place}" if sealed[:1] == _BOUND else "")
        return _decrypt(self._existing_key(merchant, subject), sealed[1:], context)

    def destroy(self, merchant: str, subject: str) -> None:
        """See the port. Other workers keep an opened key for `CACHE_SECONDS` at most."""
        self._keys.delete(key(merchant, subject), "key", _NO_TOMBSTONE)
        self._opened.pop((merchant, subject), None)

    def shut(self, merchant: str, subject: str, at: datetime) -> None:
        """See the port. Other workers keep an opened key for `CACHE_SECONDS` at most."""
        stamp = text(at.astimezone(UTC).isoformat(timespec="microseconds"))
        tombstone = {"kind": text("tombstone"), "gone": stamp}
        self._keys.put(key(merchant, subject), "key", tombstone, condition=_EARLIER, values={":gone": stamp})
        self._opened.pop((merchant, subject), None)
        self._gone.pop((merchant, subject), None)

    def has_key(self, merchant: str, subject: str) -> bool:
        """See the port."""
        item = self._keys.get(key(merchant, subject), "key")
        return item is not None and "k" in item

    def erased(
        self, merchant: str, subject: str, identities: Collection[str] = (), since: datetime | None = None
    ) -> datetime | None:
        """See the port. One read; none where the key, or the tombstone, is in memory."""
        if self._kept(merchant, subject) is not None:
            return None
        kept = self._gone.get((merchant, subject))
        if kept and kept[0] > self._age():
            return kept[1]
        found = self._keys.get_many([(key(merchant, name), "key") for name in dict.fromkeys((subject, *identities))])
        own = found.get((key(merchant, subject), "key"))
        if own is not None:
            at = self._tombstone(merchant, subject, own)
            if at is None:
                self._keep(merchant, subject, self._unwrap(merchant, subject, get_bytes(own, "k") or b""))
            return at
        told = [at for item in found.values() if (at := _gone(item)) is not None and (since is None or at > since)]
        if told:  # from now on it is known by its own name
            self.shut(merchant, subject, max(told))
        return max(told, default=None)

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
        kept = self._kept(merchant, subject)
        if kept is not None:
            return kept
        item = self._keys.get(key(merchant, subject), "key")
        if item is None:
            return None
        if self._tombstone(merchant, subject, item) is not None:
            raise Permanent("seal-broken", "the key is destroyed for good: whose data it sealed is erased")
        return self._keep(merchant, subject, self._unwrap(merchant, subject, get_bytes(item, "k") or b""))

    def _kept(self, merchant: str, subject: str) -> bytes | None:
        kept = self._opened.get((merchant, subject))
        return kept[1] if kept and kept[0] > self._age() else None

    def _tombstone(self, merchant: str, subject: str, item: Item) -> datetime | None:
        """When the subject was erased, as its item says, which is remembered; None where it is a key."""
        at = _gone(item)
        if at is not None:
            self._gone[merchant, subject] = (self._age() + CACHE_SECONDS, at)
            while len(self._gone) > CACHE_KEYS:
                self._gone.pop(next(iter(self._gone)), None)
        return at

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


def _gone(item: Item) -> datetime | None:
    stamp = get_text(item, "gone")
    return datetime.fromisoformat(stamp) if stamp else None


def _context(merchant: str, subject: str) -> dict[str, str]:
    return {"merchant": merchant, "subject": subject}


def _encrypt(secret: bytes, data: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, data, context.encode())


def _require_version(sealed: bytes, *known: bytes) -> None:
    if sealed[:1] not in known:  # the one byte that the cipher does not watch over; another form has another context
        raise Permanent("seal-broken", "sealed in a way that nobody knows")


def _decrypt(secret: bytes, sealed: bytes, context: str) -> bytes:
    try:
        return AESGCM(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise Permanent("seal-broken", "sealed data does not open in this context") from None
