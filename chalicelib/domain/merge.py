"""Merge by parts: what two tellings of one order come to, whatever the order in which they arrive.

A telling (one payload, mapped) is a stack of layers `{clock: {entity: {field: value}}}`, nulls left out. Merging keeps,
for each field of each entity, the value under the greatest clock; equal clocks are settled by the greater canonical
text of the value. That is a join: commutative, associative and idempotent, so that any permutation and duplication of
the same tellings ends in the same layers. Entities: `order`, `status`, `times`, `amounts`, `buyer`, `ship_to`,
`line/<id>`, `lines`, `shipment/<carrier>/<number>`, `refund/<id>`, `extra`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Clock(NamedTuple):
    """When a telling was true: platform time in milliseconds (0 where it tells none), status rank, source rank.

    `source`: 0 pushed, 1 pulled or hydrated. Equal clocks fall back on the value itself.
    """

    millis: int
    rank: int
    source: int


Fields = dict[str, Any]
Layers = dict[Clock, dict[str, Fields]]


def canonical_text(value: Any) -> str:
    """The one spelling of a value, for settling ties and for fingerprints."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def merge(*stacks: Layers) -> Layers:
    """The join of several stacks. Layers come out newest first; fields that a greater clock overrules are dropped."""
    kept: dict[tuple[str, str], tuple[Clock, Any]] = {}
    for stack in stacks:
        for clock, entity, name, value in leaves(stack):
            key = (entity, name)
            held = kept.get(key)
            if held is None or _beats(clock, value, held):
                kept[key] = (clock, value)
    merged: Layers = {}
    for (entity, name), (clock, value) in kept.items():
        merged.setdefault(clock, {}).setdefault(entity, {})[name] = value
    return {clock: merged[clock] for clock in sorted(merged, reverse=True)}


def leaves(stack: Layers) -> Iterable[tuple[Clock, str, str, Any]]:
    """Every field of a stack with its clock."""
    for clock, entities in stack.items():
        for entity, fields in entities.items():
            for name, value in fields.items():
                yield clock, entity, name, value


def flatten(stack: Layers) -> dict[str, dict[str, tuple[Clock, Any]]]:
    """By entity and field: `{entity: {field: (clock, value)}}`."""
    flat: dict[str, dict[str, tuple[Clock, Any]]] = {}
    for clock, entity, name, value in leaves(stack):
        flat.setdefault(entity, {})[name] = (clock, value)
    return flat


def same(one: Layers, other: Layers) -> bool:
    """Whether two stacks tell the same under the same clocks."""
    return one == other


def entities(stack: Layers, prefix: str) -> Mapping[str, dict[str, tuple[Clock, Any]]]:
    """The entities whose name begins with `prefix`, by the rest of their name."""
    return {name[len(prefix) :]: fields for name, fields in flatten(stack).items() if name.startswith(prefix)}


def _beats(clock: Clock, value: Any, held: tuple[Clock, Any]) -> bool:
    if clock != held[0]:
        return clock > held[0]
    return value != held[1] and canonical_text(value) > canonical_text(held[1])


def live_lines(flat: Mapping[str, Mapping[str, tuple[Clock, Any]]]) -> list[str]:
    """Ids of the lines that still stand, in the platform's order; those told apart from a full listing come last.

    A telling of all lines ends every line that it does not name and that nobody has named since. Such a line is only
    left out of sight: forgetting it would make the result depend on the order of arrival.
    """
    told_at, ids = flat.get("lines", {}).get("ids", (Clock(-1, -1, -1), []))
    named = {name[5:]: max(clock for clock, _ in fields.values()) for name, fields in flat.items() if name.startswith("line/")}
    later = sorted(line for line, clock in named.items() if line not in ids and clock > told_at)
    return [line for line in ids if line in named] + later
