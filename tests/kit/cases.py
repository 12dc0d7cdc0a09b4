"""Fixtures of connectors: `tests/fixtures/<key>/<case>/` with body, headers.json, case.json and expected.json.

case.json: `kind` ("push", "feed" for a record of a queue or bus, or the kind of a payload: "order", "refund", "parcel", "buyer",
"privacy", "review" ...); `expect` ("accept", or what it ends in: "reject", "permanent", "skippable", "retriable", "config");
`secrets` {name: [values]}; `account` {"merchant", "account", "options"}; `url`, `method`, `topic`, `now`; `status` the HTTP status
of a rejection; `source` ("push", "pull", "import"); `big_id` an id above 2^53 that body and result hold; `unmapped` {"path": [...],
"value": ...} what to change in an order's body so that its status becomes unknown; `signs` "value" where the platform signs
the JSON of a push and not its spelling; `signature` where a push carries its signature elsewhere than in a header
(tests/kit/inside.py); `query` [[name, value], ...]; `empty` "probe" where a body without a byte is the platform's probe,
answered and not queued.

expected.json: for a payload the list of canonical objects; for a push {"reply", "delivery_id", "topic", "carries_event",
"events", "canonical", and "shop", "also" where it names shops}, `canonical` being what its fat events map to; for a feed's
record {"address", "events", "canonical"}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from chalicelib.contract import Account, EventKind, RawRequest, Ref, Secrets, Source
from chalicelib.toolkit.clocks import from_iso

FIXTURES = Path(__file__).parent.parent / "fixtures"
BODIES = ("body.json", "body.bin", "body.txt", "body.xml", "body.csv")
DELIVERY = "delivery-of-a-test"


@dataclass(frozen=True)
class Case:
    """One fixture. `told` is case.json as read."""

    key: str
    name: str
    body: bytes
    headers: Mapping[str, tuple[str, ...]]
    told: Mapping[str, Any]
    folder: Path | None = None

    @property
    def kind(self) -> str:
        """`push`, or the kind of the payload."""
        return str(self.told["kind"])

    @property
    def expect(self) -> str:
        """What it ends in."""
        return str(self.told.get("expect", "accept"))

    @property
    def now(self) -> datetime:
        """The time of the test, UTC."""
        return from_iso(str(self.told.get("now", "2026-11-21T12:00:00Z")))

    @property
    def secrets(self) -> Secrets:
        """The secrets the push is verified with."""
        told = self.told.get("secrets", {})
        return Secrets({name: (value,) if isinstance(value, str) else tuple(value) for name, value in told.items()})

    @property
    def account(self) -> Account:
        """The connected shop."""
        told = self.told.get("account", {})
        return Account(told.get("merchant", "demo"), self.key, told.get("account", "acme"), dict(told.get("options", {})))

    @property
    def ref(self) -> Ref:
        """Where the payload came from."""
        return Ref(self.account, DELIVERY, cast(Source, self.told.get("source", "push")))

    @property
    def request(self) -> RawRequest:
        """The request as it arrived."""
        url = str(self.told.get("url", f"https://hooks.example.com/webhooks/{self.key}/acme"))
        query = tuple((name, value) for name, value in self.told.get("query", ()))
        return RawRequest(str(self.told.get("method", "POST")), url, self.headers, query, self.body, self.told.get("topic"))

    @property
    def payload_kind(self) -> EventKind:
        """The kind of a payload fixture."""
        return cast(EventKind, self.kind)

    @cached_property
    def expected(self) -> Any:
        """expected.json."""
        assert self.folder is not None, f"{self.key}/{self.name}: no folder"
        path = self.folder / "expected.json"
        assert path.exists(), f"{self.key}/{self.name}: no expected.json; run: python -m tests.kit.bless {self.key}/{self.name}"
        return json.loads(path.read_bytes())

    def with_body(self, body: bytes) -> RawRequest:
        """The same request with another body."""
        return replace(self.request, body=body)


def load(key: str, name: str) -> Case:
    """Read one fixture."""
    folder = FIXTURES / key / name
    bodies = [folder / each for each in BODIES if (folder / each).exists()]
    assert len(bodies) == 1, f"{key}/{name}: exactly one of {', '.join(BODIES)}"
    told = json.loads((folder / "case.json").read_bytes())
    path = folder / "headers.json"
    headers = json.loads(path.read_bytes()) if path.exists() else {}
    kept = {name.lower(): (value,) if isinstance(value, str) else tuple(value) for name, value in headers.items()}
    return Case(key, name, bodies[0].read_bytes(), kept, told, folder)


def cases(key: str) -> list[Case]:
    """All fixtures of a connector, by name."""
    folder = FIXTURES / key
    return [load(key, each.name) for each in sorted(folder.iterdir()) if (each / "case.json").exists()] if folder.exists() else []
