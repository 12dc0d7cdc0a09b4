"""Gateways that sign by a message between two secrets, and write local times of China."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from chalicelib.contract import HttpRequest
from ops.simulator.api.kit import Base, SimClock
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import State, World

T = TypeVar("T")
CHINA = ZoneInfo("Asia/Shanghai")


class Refused(Exception):
    """The gateway's own refusal, by its code."""

    def __init__(self, code: str, sub: str = "") -> None:
        super().__init__(code)
        self.code, self.sub = code, sub


def stamp(at: datetime | None, never: str | None = None) -> str | None:
    """A time as these platforms write it; `never` where there is none."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else never


def instant(text: str) -> datetime:
    """The instant of a local time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)


def form(request: HttpRequest) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))


def signed(secret: str, given: Mapping[str, str]) -> str:
    """Upper-case hex MD5 over all parameters but `sign`, between two secrets."""
    text = "".join(name + given[name] for name in sorted(given) if name != "sign")
    return hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def page_of(rows: Sequence[T], number: int, size: int) -> list[T]:
    """A page, counted from 1."""
    return list(rows[(number - 1) * size : number * size])


class Gateway(Base):
    """One shop's API: tokens that are given out for the refresh token that the merchant has."""

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        first, lives = self.secrets["refresh_token"], timedelta(days=1)
        self.tokens = Tokens(world.seed, self.platform, clock, first, access=lives, refresh=timedelta(days=180), once=False)
        self._kept: tuple[datetime, list[State]] | None = None

    def states(self) -> list[State]:
        """All orders as of now; kept while now stays, since a list by half hours asks again and again."""
        now = self.shown_until()
        if self._kept is None or self._kept[0] != now:
            self._kept = now, super().states()
        return self._kept[1]

    def renewed(self, token: str) -> dict[str, Any] | None:
        """What a refresh answers; None where it is refused."""
        issued = self.tokens.renew(token)
        if issued is None:
            return None
        seconds = int((issued.access_until - self.clock.now()).total_seconds())
        return {"access_token": issued.access, "expires_in": seconds, "refresh_token": issued.refresh}

    def require_time(self, at: datetime) -> None:
        """Refuse a call whose own time is off."""
        if abs((at - self.clock.now()).total_seconds()) > self.skew_seconds:
            raise Refused("31")
