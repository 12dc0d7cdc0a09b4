"""What offers and the links of messages need from the outside, as Protocols."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from chalicelib.domain.coupons import Code, Issued, Pooled
from chalicelib.domain.record import OrderKey


class ClickStore(Protocol):
    """First uses of messages' links."""

    def put_click(self, merchant: str, owner: str, message_id: str, at: datetime) -> bool:
        """Keep the first; False: there was one."""

    def clicks(self, merchant: str, owner: str) -> Mapping[str, datetime]:
        """Those of an owner's messages, by message id."""


class OfferStore(Protocol):
    """Pools of unique coupon codes. Each code is given to one message at most, and each message has one at most."""

    def known(self, merchant: str, names: Collection[str]) -> dict[str, Pooled]:
        """Those codes (by name) that lie in any pool."""

    def add(self, merchant: str, pool: str, codes: Sequence[Code]) -> bool:
        """Put at most 50 new codes into a pool, all or none. False: one of them is known."""

    def free(self, merchant: str, pool: str, shelf: int, since: date, limit: int | None = None) -> list[Code]:
        """Codes of a shelf that nobody has and that are still taken on `since`, those that expire first in front."""

    def held(self, merchant: str, message_id: str) -> Issued | None:
        """The code that a message has."""

    def issue(self, merchant: str, issued: Issued) -> bool:
        """Give a free code to a message that has none. False: somebody has the code, or the message has one."""

    def release(self, merchant: str, issued: Issued) -> bool:
        """Take a code back, so that it is free. False: the message has it no more."""

    def issued(self, merchant: str, pool: str, shelf: int, last_day: date | None = None) -> Iterator[Issued]:
        """Codes of a shelf that were given to messages; with `last_day`, those that are taken for the last time on that day."""

    def put_use(self, merchant: str, pooled: Pooled, order: OrderKey, version: int, *, used: bool) -> None:
        """Keep whether an order uses a code; what an older version of the order told is refused."""

    def used(self, merchant: str, pool: str, shelf: int, last_day: date | None = None) -> set[str]:
        """The codes of a shelf (by name) that an order uses; `last_day` as in `issued`."""
