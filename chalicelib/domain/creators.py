"""Orders by the way they came: creators, and sources as the platforms name them (live rooms, search, recommendations). Pure.

An order may have come by a creator and by a source: the two are told apart and never added. An order whose platform tells neither
came by nobody knows what; it is in no line, and in the denominator of every share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chalicelib.domain.metrics import Trail
from chalicelib.domain.rates import Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.worth import Days, Worth

TOP = 10
Kind = Literal["creator", "source"]


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One creator or source of one platform. `gmv` in the merchant's currency; `share` of the gmv of that platform."""

    kind: Kind
    platform: str
    name: str
    orders: int
    gmv: int
    share: Ratio


@dataclass(frozen=True, slots=True)
class PlatformTrails:
    """What a platform tells of the ways its orders came: of `orders`, how many by a creator, and how many by a source."""

    platform: str
    orders: int
    gmv: int
    by_creator: Trail
    by_source: Trail


@dataclass(frozen=True, slots=True)
class Creators:
    """`lines`: the ten largest creators, then the ten largest sources, of `creators` and `sources`."""

    lines: tuple[TrailLine, ...]
    platforms: tuple[PlatformTrails, ...]
    creators: int
    sources: int
    unrated: tuple[str, ...]


def creators(days: Days, rates: Rates) -> Creators | None:
    """Of some days. None where no order tells how it came."""
    found: dict[tuple[str, str, str], Trail] = {}
    wholes: dict[str, Trail] = {}
    unrated: set[str] = set()
    for day, booked in days.items():
        worth = Worth(rates, day, unrated)
        for (platform, _), by_currency in booked.items():
            for currency, sums in by_currency.items():
                gmv = worth.of(sums.gmv, currency)
                if gmv is None:
                    continue
                _add(wholes.setdefault(platform, Trail()), sums.orders, gmv)
                for name, trail in sums.trails.items():
                    kind, _, of = name.partition(":")
                    _add(found.setdefault((kind, platform, of), Trail()), trail.orders, worth.of(trail.gmv, currency) or 0)
    if not found:
        return None
    by_kind = {kind: _lines(kind, found, wholes) for kind in ("creator", "source")}
    platforms = sorted({platform for _, platform, _ in found}, key=lambda name: (-wholes[name].gmv, name))
    return Creators(
        lines=tuple(line for lines in by_kind.values() for line in lines[:TOP]),
        platforms=tuple(_platform(name, found, wholes[name]) for name in platforms),
        creators=len(by_kind["creator"]),
        sources=len(by_kind["source"]),
        unrated=tuple(sorted(unrated)),
    )


def _lines(kind: Kind, found: dict[tuple[str, str, str], Trail], wholes: dict[str, Trail]) -> list[TrailLine]:
    lines = [
        TrailLine(kind, platform, name, trail.orders, trail.gmv, Ratio(trail.gmv, wholes[platform].gmv))
        for (of, platform, name), trail in found.items()
        if of == kind
    ]
    return sorted(lines, key=lambda line: (-line.gmv, -line.orders, line.platform, line.name))


def _platform(platform: str, found: dict[tuple[str, str, str], Trail], whole: Trail) -> PlatformTrails:
    by: dict[str, Trail] = {"creator": Trail(), "source": Trail()}
    for (kind, where, _), trail in found.items():
        if where == platform:
            _add(by[kind], trail.orders, trail.gmv)
    return PlatformTrails(platform, whole.orders, whole.gmv, by["creator"], by["source"])


def _add(trail: Trail, orders: int, gmv: int) -> None:
    trail.orders += orders
    trail.gmv += gmv
