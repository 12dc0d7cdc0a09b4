"""Several merchants in one deployment: an application for each, over the same parts, with a configuration of its own.

What comes in is led to one merchant's application by what names it: a shop's webhook by platform and account, an envelope and a
row by the merchant in them, a signed link by its stamp. From there on nothing knows that there are others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from chalicelib import logs
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected
from chalicelib.links import stamp, stamp_of
from chalicelib.toolkit.decode import decoder

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.merchants import Merchants
    from chalicelib.parts import Parts


class Runs(Protocol):
    """What an application is here: something over parts."""

    parts: Parts


A = TypeVar("A", bound=Runs)
T = TypeVar("T")
Image = tuple[Any, Any]


class _Named(msgspec.Struct):
    """Of a message on a queue, whose it is; the rest is passed over."""

    merchant: str


class Tenancy(Generic[A]):
    """The applications of one process, each made on first use. With one merchant it is `base`, and nothing else is asked."""

    def __init__(self, base: A, make: Callable[[Parts], A]) -> None:
        self.base = base
        self._make = make
        self._made: dict[str, A] = {}

    @property
    def several(self) -> bool:
        """Whether the deployment serves several merchants. Raises as `of` where there was never a readable configuration."""
        book = getattr(self.base.parts, "merchants", None)
        return book is not None and book.snapshot().several

    def of(self, merchant: str) -> A:
        """A merchant's application; ConfigError("merchant-unknown") for one that this deployment does not serve."""
        if self.several:
            return self._application(merchant)
        if self.base.parts.config().merchant != merchant:
            raise _unknown()
        return self.base

    def merchants(self) -> tuple[str, ...]:
        """All that are served, in the order in which they are configured; those too whose configuration is broken."""
        if self.several:
            return _book(self.base).snapshot().merchants
        return (self.base.parts.config().merchant,)

    def all(self) -> tuple[A, ...]:
        """Their applications. One that is broken is among them: its `parts.config()` says what is wrong."""
        return tuple(self._application(each) for each in self.merchants()) if self.several else (self.base,)

    def readable(self) -> tuple[A, ...]:
        """Those of them whose configuration can be read; `base` alone, whose configuration says so, where none can."""
        return (tuple(self._readable()) if self.several else ()) or (self.base,)

    def owner(self, platform: str, account: str) -> A:
        """The application of the merchant who has a shop; Rejected 404 when nobody does.

        ConfigError while some merchant's configuration cannot be read, and the shop is nobody else's: it may be theirs.
        """
        found = self._owner(platform, account)
        if found is None:
            raise Rejected("account-unknown", "no such account", status=404)
        return found

    def door(self, platform: str, account: str) -> A:
        """Who answers a request for a shop: its owner; for a shop that nobody has anyone, whose answer is then the same 404."""
        if not self.several:
            return self.base
        return self._owner(platform, account) or next(iter(self._readable()), self.base)

    def whose(self, message: str) -> A:
        """The application that a message on a queue is for. Permanent on one that names no merchant."""
        if not self.several:
            return self.base
        try:
            return self._application(decoder(_Named).decode(message.encode()).merchant)
        except msgspec.DecodeError:
            raise Permanent("envelope-malformed", "the message on the queue names no merchant") from None

    def by_rows(self, images: Sequence[Image]) -> list[tuple[A, list[Image]]]:
        """Rows of the table (old, new), by the merchant whose they are; of one merchant they stay in their order.

        Those of a merchant who is served no more are counted and left out.
        """
        if not self.several:
            return [(self.base, list(images))]
        shares: dict[str, list[Image]] = {}
        for old, new in images:
            shares.setdefault(new["pk"]["S"].partition("#")[0], []).append((old, new))
        served = self.merchants()
        if gone := sum(len(share) for merchant, share in shares.items() if merchant not in served):
            self.base.parts.counters.count("rows_unowned", gone)
        return [(self._application(merchant), share) for merchant, share in shares.items() if merchant in served]

    def by_token(self, token: str, act: Callable[[A], T]) -> tuple[A, T]:
        """What `act` makes of a signed link, with the application whose it is. Rejected 404 when it is nobody's.

        The stamp at the token's end only says whom to ask first of all: whose it is, the signature alone decides.
        """
        if not self.several:
            return self.base, act(self.base)
        for app in [each for each in self._readable() if stamp(each.parts.config().merchant) == stamp_of(token)]:
            try:
                return app, act(app)
            except Rejected as error:
                if error.status != 404:
                    raise
        raise Rejected("token-unknown", "no such link", status=404)

    def welcome(self) -> A:
        """Who answers what is nobody's: the first whose configuration can be read."""
        return next(iter(self._readable()), self.base) if self.several else self.base

    def each(self, step: Callable[[A], dict[str, Any]]) -> dict[str, Any]:
        """A scheduled step for every merchant; what it counted, added up.

        One that fails does not hold up the others: it is counted, and named in the result. The only merchant's error is raised.
        Who comes first changes each minute: what one process does not get done is not always the same merchant's.
        """
        if not self.several:
            return step(self.base)
        apps, minute = self.all(), int(self.base.parts.clock.now().timestamp() // 60)
        first = minute % len(apps)
        found: dict[str, Any] = {}
        failed: list[str] = []
        for name, app in _turned(list(zip(self.merchants(), apps, strict=True)), first):
            self._try(name, partial(step, app), found, failed)
        return found | ({"failed": sorted(failed)} if failed else {})

    def _try(self, merchant: str, step: Callable[[], dict[str, Any]], found: dict[str, Any], failed: list[str]) -> None:
        try:
            told = step()
        except Exception as error:  # noqa: BLE001  # counted and named: a bug over one merchant's data must not stop the others
            reason = error.reason if isinstance(error, HuitouError) else type(error).__name__
            self.base.parts.counters.count("merchant_failed", reason=reason)
            logs.note("scheduled step failed", level=logging.WARNING, error=error, merchant=merchant, reason=reason)
            failed.append(merchant)
            return
        for name, amount in told.items():
            found[name] = found[name] + amount if name in found else amount

    def _owner(self, platform: str, account: str) -> A | None:
        if not self.several:
            return self.base if self.base.parts.config().account(platform, account) else None
        found = _book(self.base).snapshot()
        merchant = found.owners.get((platform, account))
        if merchant is None and found.faults:
            raise ConfigError("merchant-unreadable", "a configuration cannot be read, and the shop may be of that merchant")
        return self._application(merchant) if merchant else None

    def _readable(self) -> Iterable[A]:
        found = _book(self.base).snapshot()
        return (self._application(each) for each in found.merchants if each in found.configs)

    def _application(self, merchant: str) -> A:
        book = _book(self.base)
        if merchant not in book.snapshot().merchants:
            raise _unknown()
        made = self._made.get(merchant)
        if made is None:
            # Two threads may both make one: an application only holds what it was given, and what it remembers it may forget.
            made = self._made.setdefault(merchant, self._make(_bound(self.base.parts, partial(book.of, merchant))))
        return made


def _bound(parts: Parts, config: Callable[[], Config]) -> Parts:
    return replace(parts, config=config)


def _book(app: Runs) -> Merchants:
    if app.parts.merchants is None:
        raise _unknown()
    return app.parts.merchants


def _turned(rows: list[T], first: int) -> list[T]:
    return rows[first:] + rows[:first]


def _unknown() -> ConfigError:
    return ConfigError("merchant-unknown", "this deployment serves no such merchant")
