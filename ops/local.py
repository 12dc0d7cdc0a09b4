"""One machine's parts: the same adapters over a local DynamoDB, with files or memory where AWS has KMS, S3 and secrets.

`moto` needs nothing installed and forgets everything; `dynamodb-local` is AWS's own engine with a data folder.
"""

from __future__ import annotations

import json
import os
import secrets as random_bytes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config as BotoConfig
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.adapters.aws import parse_secrets
from chalicelib.adapters.table import Table
from chalicelib.adapters.vault import KmsVault
from chalicelib.contract import Account, ConnectorInfo, HttpClient, Secrets
from chalicelib.domain.retention import RAW_DAYS
from chalicelib.errors import Permanent
from chalicelib.ports import Clock
from ops.quick_moto import QuickDynamo, QuickStreams, quick_moto

TABLE = "huitou"
KEYS_TABLE = "huitou-keys"
# The account's own endpoints are unknown to moto; the pool is as wide as the runtime has threads.
_CLIENT = BotoConfig(
    max_pool_connections=64,
    retries={"mode": "standard", "max_attempts": 3},
    account_id_endpoint_mode="disabled",
    user_agent="huitou-local",
)


def table_schema(name: str, *, indexes: bool) -> dict[str, Any]:
    """The table as `create_table` wants it; infra/resources.yaml says the same, and a test compares the two."""
    names = ["pk", "sk", *(["dpk", "dsk", "wpk", "wsk"] if indexes else [])]
    schema: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": "S"} for attribute in names],
        "KeySchema": _key_schema("pk", "sk"),
    }
    if indexes:
        schema["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _key_schema(f"{index[0]}pk", f"{index[0]}sk"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in ("due", "work")
        ]
        schema["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return schema


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def create_tables(client: Any) -> str:
    """Create both tables where they are missing; returns the stream's ARN."""
    existing = set(client.list_tables()["TableNames"])
    for name, indexes in ((TABLE, True), (KEYS_TABLE, False)):
        if name not in existing:
            client.create_table(**table_schema(name, indexes=indexes))
    return str(client.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"])


@dataclass(frozen=True, slots=True)
class Engine:
    """A DynamoDB to talk to. `endpoint` None: moto in this process; then `wire` False asks it without the SDK's wire."""

    name: str
    endpoint: str | None
    wire: bool = True

    def client(self, service: str) -> Any:
        """An SDK client for this engine, with enough connections for its threads; unsigned in process, where nobody checks."""
        if self.name == "moto" and service == "dynamodbstreams":
            return QuickStreams()
        client = boto3.client(
            service,  # type: ignore[call-overload]  # two services of many
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  # the local engines ask for some, and check none
            config=_CLIENT if self.endpoint else _CLIENT.merge(BotoConfig(signature_version=UNSIGNED)),
        )
        return client if self.wire or service != "dynamodb" else QuickDynamo(client)


@contextmanager
def moto(*, wire: bool = True) -> Iterator[Engine]:
    """Moto in this process."""
    with quick_moto():
        yield Engine("moto", None, wire)


class LocalKms:
    """KMS's two calls over a master key in a file (or in memory): data keys wrapped with their encryption context."""

    def __init__(self, path: Path | None = None) -> None:
        self._master = _master_key(path)

    def generate_data_key(self, *, KeyId: str, KeySpec: str, EncryptionContext: Mapping[str, str]) -> dict[str, bytes]:  # noqa: ARG002
        """A new data key, plain and wrapped."""
        plain = os.urandom(32)
        return {"Plaintext": plain, "CiphertextBlob": self.wrap(plain, EncryptionContext)}

    def wrap(self, plain: bytes, context: Mapping[str, str]) -> bytes:
        """A data key, wrapped in its context."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self._master).encrypt(nonce, plain, _aad(context))

    def decrypt(self, *, CiphertextBlob: bytes, KeyId: str, EncryptionContext: Mapping[str, str]) -> dict[str, bytes]:  # noqa: ARG002
        """The data key again; Permanent when it was wrapped elsewhere or in another context."""
        try:
            return {"Plaintext": AESGCM(self._master).decrypt(CiphertextBlob[:12], CiphertextBlob[12:], _aad(EncryptionContext))}
        except InvalidTag:
            raise Permanent("seal-broken", "the key does not unwrap") from None


def _aad(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), sort_keys=True).encode()


def _master_key(path: Path | None) -> bytes:
    if path is None:
        return random_bytes.token_bytes(32)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(random_bytes.token_bytes(32))
    return path.read_bytes()


class MemoryArchive:
    """Archive in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        """See the port."""
        self.objects[key] = data

    def get(self, key: str) -> bytes:
        """See the port."""
        if key not in self.objects:
            raise Permanent("archive-missing", "the archived object is gone")
        return self.objects[key]

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See the port."""
        return iter(sorted(key for key in self.objects if key.startswith(prefix) and key > after))

    def remove(self, key: str) -> None:
        """See the port."""
        self.objects.pop(key, None)


class FileArchive:
    """Archive in a folder; an object is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, data: bytes) -> None:
        """See the port."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{threading.get_ident()}")
        draft.write_bytes(data)
        draft.replace(path)

    def get(self, key: str) -> bytes:
        """See the port."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise Permanent("archive-missing", "the archived object is gone") from None

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See the port. A name that begins with a dot is a draft."""
        found = (
            path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file() and path.name[0] != "."
        )
        return iter(sorted(key for key in found if key.startswith(prefix) and key > after))

    def remove(self, key: str) -> None:
        """See the port."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise Permanent("archive-missing", "not an archive key")
        return path


class FileSecrets:
    """Secrets from a JSON file that only its owner can read: `{"platform/account": {name: value or [values]}}`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def secrets(self, account: Account) -> Secrets:
        """See the port."""
        return parse_secrets(json.dumps(self.load().get(f"{account.platform}/{account.account}", {})))

    def load(self) -> dict[str, Any]:
        """The whole file."""
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def save(self, platform: str, account: str, values: Mapping[str, list[str]]) -> None:
        """Replace one account's secrets; the file is made readable for its owner alone."""
        self._write(self.load() | {f"{platform}/{account}": dict(values)})

    def forget(self, platform: str, account: str) -> None:
        """Take one account's secrets out of the file; none is no error."""
        whole = self.load()
        if whole.pop(f"{platform}/{account}", None) is not None:
            self._write(whole)

    def _write(self, whole: Mapping[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(whole, file, indent=2)
        draft.replace(self._path)


class MemorySecrets:
    """Secrets given in memory, for the demo and tests."""

    def __init__(self, values: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]) -> None:
        self._values = values

    def secrets(self, account: Account) -> Secrets:
        """See the port."""
        return Secrets(self._values.get((account.platform, account.account), {}))


class TallyCounters:
    """Counters kept in memory, by name and dimensions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """See the port."""
        index = (name, tuple(sorted(dimensions.items())))
        with self._lock:
            self.counts[index] = self.counts.get(index, 0) + amount

    def measure(self, name: str, took: timedelta, **dimensions: str) -> None:
        """See the port: milliseconds are added up."""
        self.count(name, max(took // timedelta(milliseconds=1), 0), **dimensions)

    def total(self, name: str, **dimensions: str) -> int:
        """The sum over all counts of that name that have these dimensions."""
        wanted = set(dimensions.items())
        with self._lock:
            return sum(amount for (given, dims), amount in self.counts.items() if given == name and wanted <= set(dims))


def local_vault(
    engine: Engine,
    clock: Clock,
    kms: Any,
    age: Callable[[], float] | None = None,
    *,
    raw_days: Callable[[str], int] = lambda _merchant: RAW_DAYS,
) -> KmsVault:
    """The vault over a local engine; `age` where kept keys must not grow old by a clock that is made to run."""
    return KmsVault(lambda: kms, "local", Table(lambda: engine.client("dynamodb"), KEYS_TABLE), clock, age, raw_days=raw_days)


def local_table(engine: Engine) -> Table:
    """The table over a local engine."""
    return Table(lambda: engine.client("dynamodb"), TABLE)


HttpFactory = Callable[[ConnectorInfo], HttpClient]
