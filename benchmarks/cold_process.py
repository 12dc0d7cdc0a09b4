"""A new process that acknowledges one push: `python cold_process.py ours|hand GIVEN.json`.

It imports nothing of the benchmarks but the handler by hand, so that nothing is warm that would be cold in Lambda. `wire` says
where AWS ends: `stub`, in place of `boto3.client`; `sdk`, behind botocore, so that clients are made for real.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


class Wire:
    """What AWS would say, by operation."""

    def __init__(self, given: Any) -> None:
        self._config = given["config"]
        self._secret = given["secret"]

    def answer(self, operation: str) -> dict[str, Any]:
        """The answer as the SDK hands it out."""
        if operation == "GetObject":
            return {"Body": Body(self._config.encode())}
        if operation == "GetSecretValue":
            return {"SecretString": json.dumps({"webhook_secret": self._secret})}
        if operation == "GetItem":
            return {"Item": {"pk": {"S": "k"}, "sk": {"S": "key"}, "k": {"B": b"wrapped"}}}
        if operation == "Decrypt":
            return {"Plaintext": bytes(range(32))}
        return {"MessageId": "1"}


class Body:
    """A streaming body."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        """All of it."""
        return self._data


class StubClient:
    """In place of a client of the SDK."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        operation = "".join(part.capitalize() for part in name.split("_"))
        return lambda **_: self._wire.answer(operation)


def stub_clients(wire: Wire) -> None:
    """`boto3.client` makes stubs; boto3 itself is imported by neither side's first request."""
    import types

    boto3 = types.ModuleType("boto3")
    boto3.client = lambda *_, **__: StubClient(wire)  # type: ignore[attr-defined]  # all that is used of it
    sys.modules["boto3"] = boto3


def stub_wire(wire: Wire) -> None:
    """Clients are made for real; what they would send is answered here."""
    from botocore.client import BaseClient

    def call(self: Any, operation: str, _params: Any) -> Any:  # noqa: ARG001  # a method
        return wire.answer(operation)

    BaseClient._make_api_call = call  # type: ignore[attr-defined]  # where the wire begins


def main() -> None:
    """Acknowledge and print the status."""
    given = json.loads(Path(sys.argv[2]).read_bytes())
    (stub_clients if given["wire"] == "stub" else stub_wire)(Wire(given))
    if sys.argv[1] == "ours":
        import app

        answer = app.app(given["event"], None)
    else:
        from benchmarks import handwritten

        answer = handwritten.app(given["event"], None)
    sys.stdout.write(f"\n{answer['statusCode']}\n")


if __name__ == "__main__":
    main()
