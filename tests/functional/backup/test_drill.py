"""Drills: everything is lost and comes back byte for byte; somebody was erased in between and does not come back."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.table import Table
from chalicelib.domain.record import OrderKey
from chalicelib.errors import ConfigError
from ops import backup as backups
from ops.backup import Place, Restored, backup, dump, restore
from ops.local import KEYS_TABLE, TABLE, MemoryArchive, create_tables
from ops.runtime.queue import open_queues
from tests.functional.exactness.world import deliver, erp
from tests.functional.privacy.scene import erase
from tests.functional.stack import Stack

ANN, BOB = (OrderKey("demo", "generic", "erp", name) for name in ("E1", "E2"))


def shop(engine: Any) -> Stack:
    """Two persons with an order each, something in quarantine, and something that waits."""
    stack = Stack(engine)
    deliver(stack, [erp("E1", 1, "paid", 300, buyer="ann"), erp("E2", 2, "paid", 400, buyer="bob")])
    assert stack.push("generic", "erp", b'{"type": "order", "data": {"order_id": 7}}') == 200
    stack.settle()
    stack.app.reckoning.sweep("demo")
    return stack


def place_of(stack: Stack, folder: Path) -> Place:
    return Place(stack.dynamodb, stack.archive, folder / "queues.db")


def held(stack: Stack) -> tuple[list[str], list[str], dict[str, bytes]]:
    """All that there is, in one spelling."""
    return dump(stack.dynamodb, TABLE), dump(stack.dynamodb, KEYS_TABLE), dict(stack.archive.objects)


def lose(stack: Stack, *, keys: bool = True, objects: bool = True) -> None:
    """The tables are gone, and new ones hold nothing; every worker's memory too."""
    for name in (TABLE, KEYS_TABLE) if keys else (TABLE,):
        stack.dynamodb.delete_table(TableName=name)
    create_tables(stack.dynamodb)
    if objects:
        stack.archive.objects.clear()
    forget(stack)


def forget(stack: Stack) -> None:
    vault: Any = stack.app.parts.vault
    vault._opened.clear()


def name_of(stack: Stack, order: OrderKey) -> str | None:
    opened = stack.app.lookups.revealing.order(order)
    return opened.order.buyer.name if opened else None


def waiting(path: Path) -> list[str]:
    queues = open_queues(path)
    try:
        return [message.body for message in queues.inbound.receive(10)]
    finally:
        queues.close()


def test_export_wipe_restore_compare(engine: Any, tmp_path: Path) -> None:
    stack = shop(engine)
    queues = open_queues(tmp_path / "queues.db")
    queues.inbound.send(["waits"])
    queues.close()
    place, before = place_of(stack, tmp_path), held(stack)
    counts = backup(place, tmp_path / "kept", stack.clock.now())
    assert counts == {"rows": len(before[0]), "keys": len(before[1]), "objects": len(before[2])} and min(counts.values()) >= 2
    lose(stack)
    (tmp_path / "queues.db").unlink()
    assert held(stack) == ([], [], {})
    found = restore(place, tmp_path / "kept", stack.clock.now())
    assert found == Restored(counts["rows"], counts["keys"], 0, counts["objects"])
    assert held(stack) == before
    assert waiting(tmp_path / "queues.db") == ["waits"]
    assert (name_of(stack, ANN), name_of(stack, BOB)) == ("Buyer ann", "Buyer bob")
    deliver(stack, [erp("E1", 3, "shipped", 300, buyer="ann")])  # and it goes on from there
    stack.settle()
    assert stack.app.orders.read(ANN).version == 2


def test_a_backup_alone_opens_nothing(moto_engine: Any, tmp_path: Path) -> None:
    """Neither the master key nor a secret is in it: what a thief of it has is sealed."""
    stack = shop(moto_engine)
    backup(place_of(stack, tmp_path), tmp_path / "kept", stack.clock.now())
    whole = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "kept").glob("*.gz"))
    assert b"Buyer" not in whole and b"ann@example.com" not in whole
    vault: Any = stack.app.parts.vault
    assert vault._make()._master not in whole


@pytest.mark.parametrize("gone", ["table", "all but the ledger"])
def test_who_was_erased_after_the_backup_does_not_come_back(engine: Any, tmp_path: Path, gone: str) -> None:
    stack = shop(engine)
    place = place_of(stack, tmp_path)
    backup(place, tmp_path / "kept", stack.clock.now())
    ann = stack.app.orders.read(ANN).member
    assert ann is not None
    erase(stack, ann)
    assert name_of(stack, ANN) is None
    if gone == "table":  # as a point-in-time restore of the main table alone
        found = restore(place, tmp_path / "kept", stack.clock.now(), replace=True)
        assert found.keys is None
        forget(stack)
        assert stack.app.orders.whole.read(ANN).personal is not None, "the sealed part is back"
        assert name_of(stack, ANN) is None, "and opens for nobody: its key is where it was, gone"
    else:
        lose(stack, objects=False)  # the bucket has who was erased
        assert restore(place, tmp_path / "kept", stack.clock.now()).keys is not None
        assert name_of(stack, ANN) == "Buyer ann", "for a day, until it is erased anew"
    assert stack.app.privacy.erasing.reapply() == 1
    forget(stack)
    assert name_of(stack, ANN) is None
    assert name_of(stack, BOB) == "Buyer bob"
    deliver(stack, [erp("E1", 5, "shipped", 300, buyer="ann")])
    stack.normalise()
    assert name_of(stack, ANN) is None


def test_peoples_keys_come_back_for_a_day(moto_engine: Any, tmp_path: Path) -> None:
    stack = shop(moto_engine)
    bob = stack.app.orders.read(BOB).member
    assert bob is not None
    erase(stack, bob)
    place, tombstones = place_of(stack, tmp_path), [each for each in dump(stack.dynamodb, KEYS_TABLE) if '"gone"' in each]
    counts = backup(place, tmp_path / "kept", stack.clock.now())
    stack.clock.at += timedelta(days=1, seconds=1)
    lose(stack)
    found = restore(place, tmp_path / "kept", stack.clock.now())
    assert tombstones and found.keys == len(tombstones) + 1 and found.old_keys == counts["keys"] - found.keys
    assert [each for each in dump(stack.dynamodb, KEYS_TABLE) if "demo#lookup" not in each] == tombstones
    assert name_of(stack, ANN) is None and stack.app.orders.read(ANN).version == 1
    lose(stack)
    assert restore(place, tmp_path / "kept", stack.clock.now(), old_keys=True).keys == counts["keys"]
    assert (name_of(stack, ANN), name_of(stack, BOB)) == ("Buyer ann", None)


def _damaged(folder: Path) -> None:
    path = folder / backups.ROWS
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def _half(folder: Path) -> None:
    (folder / backups.MANIFEST).unlink()


def _short(folder: Path) -> None:
    (folder / backups.OBJECTS).unlink()


@pytest.mark.parametrize(("spoil", "reason"), [(_damaged, "backup-damaged"), (_half, "backup-missing"), (_short, "backup-damaged")])
def test_a_backup_that_is_not_whole_changes_nothing(
    moto_engine: Any, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    stack = shop(moto_engine)
    place, before = place_of(stack, tmp_path), held(stack)
    backup(place, tmp_path / "kept", stack.clock.now())
    spoil(tmp_path / "kept")
    with pytest.raises(ConfigError, match=reason):
        restore(place, tmp_path / "kept", stack.clock.now(), replace=True)
    assert held(stack) == before


def test_nothing_is_written_over(moto_engine: Any, tmp_path: Path) -> None:
    stack = shop(moto_engine)
    place = place_of(stack, tmp_path)
    backup(place, tmp_path / "kept", stack.clock.now())
    with pytest.raises(ConfigError, match="backup-exists"):
        backup(place, tmp_path / "kept", stack.clock.now())
    with pytest.raises(ConfigError, match="restore-over"):
        restore(place, tmp_path / "kept", stack.clock.now())
    stack.dynamodb.put_item(TableName=TABLE, Item={**Table.keys("demo#new", "x")})
    restore(place, tmp_path / "kept", stack.clock.now(), replace=True)
    assert not any("demo#new" in line for line in dump(stack.dynamodb, TABLE))


def test_a_backup_that_holds_more_than_a_call_does(moto_engine: Any, tmp_path: Path) -> None:
    """Pages and batches: more rows than one call reads or writes."""
    stack = Stack(moto_engine)
    place = Place(stack.dynamodb, MemoryArchive(), tmp_path / "none.db")
    items = [{**Table.keys("demo#many", f"{number:04}"), "n": {"N": str(number)}, "b": {"B": bytes(5000)}} for number in range(260)]
    backups._put(stack.dynamodb, TABLE, items)
    before = dump(stack.dynamodb, TABLE)
    backup(place, tmp_path / "kept", stack.clock.now())
    lose(stack, objects=False)
    assert restore(place, tmp_path / "kept", stack.clock.now()).rows == 260
    assert dump(stack.dynamodb, TABLE) == before
