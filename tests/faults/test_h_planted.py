"""A thousand orders full of a person's words, through every way of going wrong: they are found nowhere outside a seal.

Stores fail with errors that quote what they were given, as SDKs do; senders with errors that quote whom they wrote to.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from chalicelib import entry, logs
from chalicelib.adapters import vault as sealing
from chalicelib.adapters.aws import EmbeddedCounters
from chalicelib.contract import RawRequest
from chalicelib.domain.events import Consent
from chalicelib.lambda_events import Failed
from ops.cli import app as huitou
from ops.local import KEYS_TABLE, TABLE, moto
from tests.functional.exactness.shoppers import GIVEN, buyer_of
from tests.functional.exactness.surveyed import ago, installed, order, surveying
from tests.functional.stack import Stack
from tests.kit.faults import Told

ORDERS, PROJECTED, WRITTEN_TO = 1_000, 40, 4
STEMS = ("quellenstein", "nightingale", "zaphira.q", "zappy-the", "86139123", "xanthippe", "quellid")
HOSTILE = 8  # kinds of deliveries, one after the other


def person(number: int) -> dict[str, Any]:
    """Somebody, every part of whom has a word that is looked for."""
    return {
        "id": f"quellid-{number}",
        "name": f"Zaphira Quellenstein {number}",
        "email": f"zaphira.q{number}@example.com",
        "phone": f"+86139123{number:05}",
        "nickname": f"zappy-the-{number}",
    }


def delivery(number: int) -> tuple[bytes, bool]:
    """(a delivery about them, whether it is signed rightly)."""
    who = person(number)
    where = {"name": who["name"], "address": f"{number} Nightingale Terrace", "country": "CN", "phone": who["phone"]}
    good = json.loads(order(f"zed{number}", ago(4), buyer=who, ship_to=where, remark="my neighbour Xanthippe").body)
    match number % HOSTILE:
        case 1:
            good["data"]["status"] = [who["name"]]
        case 2:
            good["data"]["buyer"] = {"email": {who["email"]: who["phone"]}, "name": 7}
        case 3:
            good["type"] = f"topic of {who['name']}"
        case 4:
            return json.dumps(good).encode()[:-9], True
        case 5:
            return json.dumps(good).encode(), False
        case 6:
            review = {"review_id": f"R{number}", "text": "Xanthippe told me", "rating": 1, "buyer": who, "created_at": "soon"}
            good |= {"type": "review", "data": review}
        case _:
            pass
    return json.dumps(good).encode(), True


class Quoting:
    """A client whose every so many calls fail, with an error that quotes what it was given."""

    def __init__(self, client: Any, every: int) -> None:
        self._client = client
        self._every = every
        self._count = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in ("put_item", "update_item", "transact_write_items", "generate_data_key"):
            return found

        def call(**told: Any) -> Any:
            self._count += 1
            if self._count % self._every == 0:
                said = f"{told} of {person(self._count)}"
                raise ClientError({"Error": {"Code": "InternalServerError", "Message": said}}, name)
            return found(**told)

        return call


class World:
    """What was said, by where."""

    def __init__(self, engine: Any, count: int) -> None:
        self.said: dict[str, list[str | bytes]] = {
            name: [] for name in ("logs and metrics", "errors", "queue", "dead letters", "replies")
        }
        self.count = count
        with self._listening():
            self.stack = surveying(Stack(engine))
            self.stack.app.parts.counters = EmbeddedCounters(self.stack.clock, self.said["logs and metrics"].append)
            with installed(self.stack):
                self._arrive()
                self._project()
                self._write_to()
                self._bugs()
        self._commands()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        loggers = [logging.getLogger(), logging.getLogger(logs.NAME)]
        before = [(each, each.handlers, each.level, each.propagate) for each in loggers]
        logs.install(self.said["logs and metrics"].append)
        yield
        for each, handlers, level, propagate in before:
            each.handlers, each.propagate = handlers, propagate
            each.setLevel(level)

    def _arrive(self) -> None:
        """Pushed, and handled by workers whose stores fail every so often; what fails three times is dead."""
        stack = self.stack
        for number in range(self.count):
            body, rightly = delivery(number)
            if rightly:
                stack.push("generic", "erp", body, {"webhook-id": f"w{number}"})
                continue
            raw = RawRequest("POST", "https://hooks.example.com/x", {"webhook-signature": (person(number)["name"],)}, (), body)
            for account in ("erp", person(number)["nickname"]):
                self.said["replies"].append(str(stack.app.receive.handle("generic", account, raw)))
        waiting: list[str] = list(stack.inbound.bodies)
        self.said["queue"] += waiting
        stack.inbound.bodies.clear()
        table: Any = stack.app.parts.table
        vault: Any = stack.app.parts.vault
        plain, kms = table.client, vault._client()
        for turn in range(3):
            table._client, vault._kms = Quoting(plain, 3 + turn), Quoting(kms, 5)
            records = [{"messageId": str(index), "body": body} for index, body in enumerate(waiting)]
            failed = {each["itemIdentifier"] for each in entry.normalise({"Records": records}, None)["batchItemFailures"]}
            waiting = [body for index, body in enumerate(waiting) if str(index) in failed]
        table._client, vault._kms = plain, kms
        self.said["dead letters"] += waiting[: len(waiting) // 2]
        for again in waiting[len(waiting) // 2 :]:
            stack.app.normalise.handle(again)
        self.said["queue"] += [*stack.inbound.bodies, *stack.bulk.bodies]

    def _project(self) -> None:
        records = self.stack.records()[:PROJECTED]
        entry.project({"Records": records}, None)
        entry.trigger({"Records": records}, None)

    def _write_to(self) -> None:
        """Sending fails with errors that quote the mail."""
        stack = self.stack
        known = [f"quellid-{number}" for number in range(0, self.count, HOSTILE)]
        for name in known[:WRITTEN_TO]:
            stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, GIVEN, "a form"), buyer_of(stack, name))
        stack.channel.faults += [ConnectionError(str(person(number))) for number in range(WRITTEN_TO)]
        for step in (entry.sweep, entry.deliver, entry.deliver, entry.tick, entry.digest):
            self._shielded(partial(step, {}, None))

    def _bugs(self) -> None:
        """Errors that nobody foresaw, which quote what they choked on."""

        def choke(*_: Any, **__: Any) -> None:
            raise KeyError(person(1)["name"], person(1)["email"])

        stack = self.stack
        with ExitStack() as patches:
            for step, name in ((stack.app.project, "handle"), (stack.app.deliver, "run"), (stack.app.normalise, "handle")):
                patches.enter_context(patch.object(step, name, choke))
            self._shielded(lambda: entry.project({"Records": []}, None))
            self._shielded(lambda: entry.deliver({}, None))
            self._shielded(lambda: entry.normalise({"Records": [{"messageId": "1", "body": str(person(2))}]}, None))
        logging.getLogger("urllib3.connectionpool").warning("Retrying %s for %s", person(3)["email"], person(3)["name"])
        try:
            choke()
        except KeyError:
            logging.getLogger(logs.NAME).exception("not done")

    def _shielded(self, action: Callable[[], Any]) -> None:
        try:
            self.said["errors"].append(str(action()))
        except Failed as error:
            self.said["errors"] += [str(error), repr(error), repr(error.__cause__)]

    def _commands(self) -> None:
        """What the command line says of payloads that it cannot read."""
        runner = CliRunner()
        with TemporaryDirectory() as folder:
            short, bad = Path(folder) / "order.json", Path(folder) / "bad.json"
            for number in range(1, HOSTILE):
                short.write_bytes(json.dumps(json.loads(delivery(1)[0])["data"]).encode()[: -number * 9])
                bad.write_bytes(delivery(number)[0])
                check = ["verify", "generic", "--body", str(bad), "--secret", "webhook_secret=whsec_aGVsbG8="]
                for words in (["normalise", "generic", "order", str(short)], check):
                    found = runner.invoke(huitou, words)
                    assert found.exit_code != 0
                    self.said["errors"] += [found.output, str(found.exception)]

    def everything(self) -> dict[str, bytes]:
        """By place, what lies there, in one lower-case heap."""
        heaps = {name: list(said) for name, said in self.said.items()}
        for table in (TABLE, KEYS_TABLE):
            pages = self.stack.dynamodb.get_paginator("scan").paginate(TableName=table)
            values = [held for page in pages for item in page["Items"] for value in item.values() for held in value.values()]
            heaps[table] = [held if isinstance(held, str) else bytes(getattr(held, "value", held)) for held in values]
        heaps["archive"] = [part for name, data in self.stack.archive.objects.items() for part in (name, data)]
        return {name: b"\n".join(_bytes(each) for each in heap).lower() for name, heap in heaps.items()}


def _bytes(said: str | bytes) -> bytes:
    return said.encode() if isinstance(said, str) else said


def spellings() -> list[bytes]:
    """The words as they are, and as base64 would hide them, wherever they begin in it."""
    found = [stem.encode() for stem in STEMS]
    for stem in ("Quellenstein", "Nightingale", "Xanthippe"):
        for before in range(3):
            coded = base64.b64encode(b"\0" * before + stem.encode())
            found.append(coded[4 if before else 0 : len(stem) * 4 // 3 - 1].lower())
    return found


def leaks(world: World) -> set[str]:
    """The places in which one of the words is found."""
    return {place for place, heap in world.everything().items() if any(word in heap for word in spellings())}


@pytest.mark.fault(64)
def test_64_a_thousand_orders_through_every_error_leave_no_word_of_a_person(fault: Told) -> None:
    with moto(wire=False) as engine:
        world = World(engine, ORDERS)
        assert leaks(world) == set()
        heaps = world.everything()
        assert all(heaps.values()) and len(heaps) == 8, "there was something to look through everywhere"
        lines = heaps["logs and metrics"].count(b"\n")
        assert lines > ORDERS and b"quarantined" in heaps["logs and metrics"] and b"table-unavailable" in heaps["logs and metrics"]
        dead = len(world.said["dead letters"])
    fault.figure(f"0 found: {ORDERS:,} orders, {lines:,} log lines, {dead} dead letters, both tables, archive, replies, errors")


def _talkative(record: logging.LogRecord) -> str:
    return json.dumps({"said": record.getMessage(), "error": str(record.exc_info)})


@pytest.mark.fault(64, saboteur=True)
@pytest.mark.parametrize(
    ("place", "what", "instead", "where"),
    [
        (logs, "line", _talkative, "logs and metrics"),
        (sealing, "_encrypt", lambda _secret, data, _context: bytes(12) + data, "queue"),
    ],
)
def test_64_a_leak_is_found(monkeypatch: pytest.MonkeyPatch, place: Any, what: str, instead: Any, where: str) -> None:
    monkeypatch.setattr(place, what, instead)
    monkeypatch.setattr(sealing, "_decrypt", sealing._decrypt if place is logs else lambda _secret, sealed, _context: sealed[12:])
    with moto(wire=False) as engine:
        assert where in leaks(World(engine, 5 * HOSTILE))
