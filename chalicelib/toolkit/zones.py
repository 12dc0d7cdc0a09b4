"""Which time zones a country has: the table `zone.tab` that comes with the time zone database."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from zoneinfo import ZoneInfo

# Where one clock is kept by law throughout, whatever the table has of local custom: the whole of China keeps Beijing time.
OFFICIAL = MappingProxyType({"CN": ("Asia/Shanghai",)})


def zones_of(country: str | None) -> tuple[ZoneInfo, ...]:
    """All zones of a country (ISO 3166-1 alpha-2, as orders have it), none where it is not known."""
    code = (country or "").upper()
    names = OFFICIAL.get(code) or _table().get(code, ())
    # Several names may be the same clock; the rules are kept once by zoneinfo itself.
    return tuple(ZoneInfo(name) for name in names)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            found.setdefault(country, []).append(name)
    return {country: tuple(names) for country, names in found.items()}
