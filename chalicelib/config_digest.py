"""`[digest]` of `huitou.toml`: who reads which digests, in which language and as whom, and when they go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from chalicelib.config_table import ConfigTable
from chalicelib.domain.periods import KINDS, Kind
from chalicelib.domain.readers import ROLES
from chalicelib.errors import ConfigError

LOCALES = ("en", "zh-CN")
AT = time(8, 30)
HOLD_UNTIL = time(12, 0)
STALE = ("flag", "hold")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets digests. `channel`: email, with an address as `name`; or robot, an account of the platform `robots`: a chat group.

    `role` says which sections are theirs (domain.readers.SECTIONS).
    """

    channel: str
    name: str
    locale: str = "en"
    role: str = "marketing"
    periods: tuple[Kind, ...] = KINDS


@dataclass(frozen=True, slots=True)
class DigestTerms:
    """The digests. `at`: the local time from which they go out. `locale`: of readers who name none, and of notices.

    `stale`: with a source that is not fresh they go out all the same and say so (flag), or wait for it until `hold_until` (hold).
    """

    readers: tuple[Reader, ...] = ()
    sender: str | None = None
    locale: str = "en"
    at: time = AT
    stale: str = "flag"
    hold_until: time = HOLD_UNTIL

    def owners(self) -> tuple[Reader, ...]:
        """Readers who run the shop: they are told when a source is not fresh."""
        return tuple(reader for reader in self.readers if reader.role == "owner")


def digest_terms_of(table: ConfigTable) -> DigestTerms:
    """Read `[digest]`. `recipients` and `robots` are readers of every period as marketing; `[[digest.readers]]` say more."""
    locale = table.choice("locale", LOCALES, "en")
    readers = [Reader("email", str(name), locale) for name in table.pop("recipients", list, [])]
    readers += [Reader("robot", str(name), locale) for name in table.pop("robots", list, [])]
    readers += [_reader(entry, locale) for entry in table.tables("readers")]
    terms = DigestTerms(
        readers=tuple(readers),
        sender=table.text("sender", None),
        locale=locale,
        at=table.pop("at", time, AT),
        stale=table.choice("stale", STALE, "flag"),
        hold_until=table.pop("hold_until", time, HOLD_UNTIL),
    )
    table.done()
    if terms.stale == "hold" and terms.hold_until <= terms.at:
        raise ConfigError("config-invalid", "later than `at`, or nothing is ever held", path=table.path("hold_until"))
    if len({(reader.channel, reader.name) for reader in readers}) != len(readers):
        raise ConfigError("config-invalid", "a reader is given twice", path=table.path("readers"))
    return terms


def _reader(table: ConfigTable, locale: str) -> Reader:
    channel = "robot" if table.has("robot") else "email"
    reader = Reader(
        channel=channel,
        name=str(table.text("robot" if channel == "robot" else "address", None) or ""),
        locale=table.choice("locale", LOCALES, locale),
        role=table.choice("role", ROLES, "marketing"),
        periods=_periods(table),
    )
    if not reader.name:
        raise ConfigError("config-invalid", "missing: an address, or a robot", path=table.path("address"))
    table.done()
    return reader


def _periods(table: ConfigTable) -> tuple[Kind, ...]:
    told = table.pop("periods", list, list(KINDS))
    if not told or any(kind not in KINDS for kind in told):
        raise ConfigError("config-invalid", f"one or more of {', '.join(KINDS)}", path=table.path("periods"))
    return tuple(kind for kind in KINDS if kind in told)
