"""One tenant sees another through no public function: every call that any store makes for one merchant is about that one's keys.

Every public method of every store is called, as `acme`, with arguments that name somebody else in every other place: ids, names and
texts that look like another merchant's keys. What the stores then ask the table for is looked at, and nothing else is.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from unittest.mock import MagicMock, patch

import pytest

from chalicelib import adapters
from chalicelib.adapters import orders as order_store
from chalicelib.adapters.table import Table, key
from chalicelib.adapters.vault import KmsVault
from chalicelib.contract import Account
from chalicelib.errors import HuitouError
from chalicelib.raw_names import shelf
from ops.local import LocalKms
from tests.functional.stack import HandClock
from tests.kit.faults import Told

MINE = "acme"
HOSTILE = ("beta", "beta#O#shopify#beta-shop#1", "#beta", "%23beta", "../beta/x", "acme#../beta")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Spy:
    """A table that holds nothing, and remembers which partitions it was asked for."""

    def __init__(self) -> None:
        self.partitions: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**told: Any) -> Any:
            self.partitions += list(_partitions(told))
            return {"Items": [], "Responses": {}, "UnprocessedKeys": {}, "UnprocessedItems": {}, "Attributes": {}}

        return call


def _partitions(told: Any) -> Iterator[str]:
    """Every partition key in a call, of the table or of an index, and where a condition names one."""
    if isinstance(told, Mapping):
        for name, value in told.items():
            if name in ("pk", "dpk", "wpk", ":pk") and isinstance(value, Mapping):
                yield value["S"]
            else:
                yield from _partitions(value)
    elif isinstance(told, list | tuple):
        for each in told:
            yield from _partitions(each)


def stores(table: Table) -> Iterator[Any]:
    """One of each class of the adapters that works on a table, however it is made."""
    vault = KmsVault(LocalKms, "local", table, HandClock(NOW))  # type: ignore[arg-type]  # two calls of KMS
    yield vault
    for found in pkgutil.iter_modules(adapters.__path__):
        module = importlib.import_module(f"{adapters.__name__}.{found.name}")
        for kind in vars(module).values():
            ours = inspect.isclass(kind) and kind.__module__ == module.__name__ and not issubclass(kind, Exception)
            if ours and _takes_table(kind, vars(module)):
                yield kind(**{name: _part(name, hint, table, vault) for name, hint in _needs(kind, vars(module)).items()})


def _takes_table(kind: type, names: dict[str, Any]) -> bool:
    return "table" in inspect.signature(kind).parameters and _needs(kind, names).get("table") is Table


def _needs(kind: type, names: dict[str, Any]) -> dict[str, Any]:
    """What a store cannot be made without."""
    hints = typing.get_type_hints(vars(kind)["__init__"], names | _NAMES)
    given = inspect.signature(kind).parameters.values()
    needed = [each.name for each in given if each.default is each.empty and each.kind is not each.VAR_POSITIONAL]
    return {name: hints[name] for name in needed}


def _part(name: str, hint: Any, table: Table, vault: KmsVault) -> Any:
    if name == "table":
        return table
    if name == "vault":
        return vault
    if name == "clock":
        return HandClock(NOW)
    if name == "merchant":
        return lambda: MINE
    if name in ("kind", "name", "part", "place", "root") or hint is str:
        return "H" if name in ("kind", "part", "root") else "beta"
    return made(hint, "beta")


_NAMES: dict[str, Any] = {}


_SIMPLE: dict[Any, Any] = {
    bytes: b"beta", int: 1, bool: True, float: 1.0, date: NOW.date(), datetime: NOW, timedelta: timedelta(days=1), type(None): None,
}  # fmt: skip


def made(hint: Any, filler: str, name: str = "") -> Any:
    """Something of a type; every field that names the merchant names ours, every other text is the filler."""
    if name == "merchant":
        return MINE
    if hint in (str, Any, object):
        return filler
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint is Account:
        return Account(MINE, "shopify", filler, {})
    return _composed(hint, filler, name) if get_origin(hint) else _shaped(hint, filler)


def _composed(hint: Any, filler: str, name: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return inner[0]
    if origin in (typing.Union, types.UnionType):
        return made(next(each for each in inner if each is not type(None)), filler, name)
    if origin.__name__ == "Callable":
        return lambda *_: filler
    kind: Any = {"Mapping": dict, "dict": dict, "frozenset": frozenset, "set": set, "tuple": tuple}.get(origin.__name__, list)
    if kind is dict:
        return {made(inner[0], filler): made(inner[1], filler)}
    if kind is tuple and len(inner) > 1 and inner[1] is not Ellipsis:
        # Where several members are asked for, each is named by a pair that begins with the merchant.
        pair = name == "members" and len(inner) == 2
        return tuple(MINE if pair and not index else made(each, filler) for index, each in enumerate(inner))
    return kind([made(inner[0], filler, name)])


def _shaped(hint: Any, filler: str) -> Any:
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return next(iter(hint))
    names = [each.name for each in fields(hint) if each.init] if is_dataclass(hint) else getattr(hint, "_fields", None)
    if names is None:
        return MagicMock()  # a part that no key is made of
    hints = typing.get_type_hints(hint, vars(importlib.import_module(hint.__module__)) | _NAMES)
    return hint(**{each: made(hints[each], filler, each) for each in names})


def calls(spy: Spy) -> Iterator[tuple[str, Callable[[str], None]]]:
    """(name, what calls it) of every public method of every store over what the spy sees."""
    for store in stores(Table(lambda: spy, "t")):  # type: ignore[arg-type, return-value]  # asked by name alone
        for name, method in inspect.getmembers(store, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{type(store).__name__}.{name}", _caller(method)


def _caller(method: Any) -> Callable[[str], None]:
    hints = typing.get_type_hints(method.__func__, vars(inspect.getmodule(method.__func__) or order_store) | _NAMES)
    hints.pop("return", None)

    def call(filler: str) -> None:
        try:
            found = method(**{each: made(hint, filler, each) for each, hint in hints.items()})
            if inspect.isgenerator(found) or isinstance(found, Iterator):
                list(found)
        except (HuitouError, ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration):
            pass  # of a table that holds nothing, and ids that are none: what was asked for until then counts

    return call


def strayed() -> tuple[int, set[str], list[tuple[str, str]]]:
    """(how many keys were asked for, functions that asked for some, what strayed to somebody else's partition)."""
    reached, asking, wrong, spy = 0, set(), [], Spy()
    for name, call in calls(spy):
        for filler in HOSTILE:
            spy.partitions.clear()
            call(filler)
            reached += len(spy.partitions)
            asking |= {name} if spy.partitions else set()
            wrong += [(name, each) for each in spy.partitions if each.split("#")[0] != MINE]
    return reached, asking, wrong


@pytest.mark.fault(70)
def test_70_no_public_function_asks_for_another_merchants_keys(fault: Told) -> None:
    reached, asking, wrong = strayed()
    assert wrong == []
    assert len(asking) > 100 and reached > 500
    fault.figure(
        f"0 of {reached:,} keys that {len(asking)} public functions asked for, each called with {len(HOSTILE)} hostile names"
    )


@pytest.mark.fault(70, saboteur=True)
def test_70_a_store_whose_keys_come_from_ids_strays() -> None:
    def from_ids(*parts: str) -> str:
        return key(*parts[-1:], *parts[:-1])

    with patch.object(order_store, "key", from_ids):
        assert {name.partition(".")[0] for name, _ in strayed()[2]} == {"DynamoOrders"}


@pytest.mark.fault(70)
def test_70_a_call_without_a_merchant_is_refused(fault: Told) -> None:
    table = Table(Spy, "t")  # type: ignore[arg-type]  # never asked
    refused = 0
    for pk in ("", key("", "O", "shopify", "a", "1")):
        for act in (
            lambda pk=pk: table.get(pk, "x"),
            lambda pk=pk: table.put(pk, "x", {}),
            lambda pk=pk: table.update(pk, "x", "SET a = :a"),
            lambda pk=pk: table.delete(pk, "x"),
            lambda pk=pk: list(table.query(pk)),
            lambda pk=pk: list(table.newest(pk, 1)),
            lambda pk=pk: list(table.query_index("due", pk)),
            lambda pk=pk: table.get_many([(pk, "x")]),
            lambda pk=pk: table.put_many([(pk, "x", {})]),
        ):
            with pytest.raises(ValueError, match="without a merchant"):
                act()
            refused += 1
    fault.figure(f"{refused} of {refused} calls without a merchant refused")


@pytest.mark.fault(70)
@pytest.mark.parametrize("name", HOSTILE)
def test_70_no_name_leads_out_of_a_merchants_shelf(name: str) -> None:
    """Objects: whatever a shop or topic is called, what is archived lies under its merchant."""
    assert shelf(MINE, name, name).startswith(f"raw/{MINE}/") and "/../" not in shelf(MINE, name, name)
    assert shelf(MINE, name, name).count("/") == shelf(MINE, "p", "a").count("/")
