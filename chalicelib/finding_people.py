"""Members by whatever somebody knows of them. For the console and the CLI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from chalicelib.config import Config
from chalicelib.domain.identity import email_identity, is_guest, phone_identity
from chalicelib.finding_orders import FindingOrders
from chalicelib.people import People
from chalicelib.ports import CellStore, MemberStore, Vault
from chalicelib.recording import subject_of

MOST = 12  # people that are listed; an identity of more is shared, and nobody's


class FindingPeople:
    """Finds. Of the configured merchant; returns the names of persons, which tell nothing of them."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        members: MemberStore,
        people: People,
        orders: FindingOrders,
        cells: CellStore,
        vault: Vault,
    ) -> None:
        self._config = config
        self._members = members
        self._people = people
        self._orders = orders
        self._cells = cells
        self._vault = vault

    def is_personal(self, asked: str) -> bool:
        """Whether this is somebody's own address or number: to be told that it is known is to be told something of them."""
        return email_identity(asked.strip()) is not None or phone_identity(asked.strip()) is not None

    def of_day(self, day: date, limit: int) -> list[tuple[str, bool]]:
        """Who bought on a day, by account, and whether for the first time; at most `limit`."""
        found: dict[str, bool] = {}
        for head in sorted(self._cells.heads(self._config().merchant, day), key=lambda head: head.cell):
            if head.cell.kind == "people" and len(found) < limit:
                found |= {name: bool(row["new"]) for name, row in self._cells.page(head.cell, "", "", limit - len(found))}
        return list(found.items())

    def find(self, asked: str) -> list[str]:
        """By an e-mail address, a phone number with its country, a member's or buyer's name here, an order, a buyer of a platform.

        The first of these that finds anybody decides. Addresses and numbers are looked up by their keyed hashes.
        """
        told = asked.strip()
        if not told:
            return []
        for look in (self._by_identity, self._by_name, self._by_order, self._by_buyer):
            found = sorted({self._people.member(self._config().merchant, buyer).name for buyer in look(told)[:MOST]})
            if found:
                return found
        return []

    def _by_identity(self, told: str) -> list[str]:
        merchant, found = self._config().merchant, []
        for kind, value in (("email", email_identity(told)), ("phone", phone_identity(told))):
            if value is not None:
                identity = f"{kind}:{self._vault.lookup(merchant, kind, value)}"
                seen = self._members.linked(merchant, identity, MOST)
                found += [buyer for buyer in seen if self._members.orders(merchant, buyer)]
        return found

    def _by_name(self, told: str) -> list[str]:
        return [told] if self._members.orders(self._config().merchant, told) else []

    def _by_order(self, told: str) -> list[str]:
        return [found.stored.member for found in self._orders.find(told) if found.stored.member is not None]

    def _by_buyer(self, told: str) -> list[str]:
        """A buyer by the platform's own id, at every account: hashed as buyers of orders are."""
        config = self._config()
        if is_guest(told):
            return []
        shops = [(config.merchant, each.platform, each.account) for each in config.accounts]
        return [
            buyer
            for buyer in (subject_of(self._vault, shop, told) for shop in shops)
            if self._members.orders(config.merchant, buyer)
        ]
