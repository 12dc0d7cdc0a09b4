"""Where a person is reached: on each channel the newest address that the terms of its platform let us use. Used by winback.

Nothing of this is stored: orders, contacts and permissions are read when a message is about to go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from chalicelib.config import Config
from chalicelib.domain.campaign import SPEAKS_FOR
from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.graph import Member
from chalicelib.domain.identity import email_identity, phone_identity
from chalicelib.domain.merge import Clock as Instant
from chalicelib.domain.merge import Layers
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey, unite, view
from chalicelib.ports import Connectors, MemberStore, OrderStore, Vault
from chalicelib.recording import subject_of

MOST_OPENED = 12  # orders that are opened in search of an address, the newest first
MAINLAND = "+86"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A person on a channel. Its repr never shows it.

    `to`: e-mail address, E.164 number, platform user id or contact id. `account`: the one of ours that speaks; None for e-mail.
    `subject`: who the platform knows there, beside the person's buyers; None where it is one of them. `also`: who they are to our
    other accounts of that platform, where it knows them by the same number. `known_as`: what suppression is looked up by.
    """

    channel: str
    to: str
    known_as: str
    account: str | None = None
    employee: str | None = None
    subject: str | None = None
    also: tuple[str, ...] = ()


def _any(_: Address) -> bool:
    return True


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who a message is for, as far as needed now; never stored. `allowed`: channels that some platform's terms open to us."""

    name: str | None
    country: str | None
    last_day: date | None
    allowed: frozenset[str]
    addresses: Mapping[str, Address]


class Reach:
    """Reads a person's newest orders and contacts for addresses."""

    def __init__(self, *, members: MemberStore, orders: OrderStore, vault: Vault, connectors: Connectors) -> None:
        self._members = members
        self._orders = orders
        self._vault = vault
        self._connectors = connectors

    def person(self, config: Config, member: Member, channels: Collection[str], prefer: Callable[[Address], bool] = _any) -> Person:
        """The person on these channels. Permanent("seal-broken") where their data are erased.

        `prefer`: of several employees who have them, or several openids of theirs, the first is taken that it says yes to.
        """
        rows = sorted((row for row in member.rows if row.counts), key=_age, reverse=True)
        opened = _Opened(self, config.merchant, rows)
        first = opened.newest()
        found = {channel: address for channel in channels if (address := self._address(config, channel, member, opened, prefer))}
        terms = {row.platform: self._connectors.connector(row.platform).info.marketing for row in rows}
        return Person(
            name=first.buyer.name if first else None,
            country=opened.country(),
            last_day=max((row.day for row in rows), default=None),
            # Who made an employee their contact, or allowed a message, allowed the channel by that.
            allowed=frozenset().union(*terms.values()) | {channel for channel in ("wechat", "wecom") if channel in found},
            addresses=found,
        )

    def open(self, merchant: str, row: MemberOrder) -> Order | None:
        """An order with its personal data; None where it holds none."""
        key = OrderKey(merchant, row.platform, row.account, row.order_id)
        stored = self._orders.read(key)
        if stored.personal is None or stored.subject is None:
            return None
        opened = self._vault.open(merchant, stored.subject, stored.personal, key.place)
        personal: Layers = {Instant(*clock): told for clock, told in msgspec.json.decode(opened)}
        return view(key, unite(stored.layers, personal))

    def allows(self, row: MemberOrder, channel: str) -> bool:
        """Whether the terms of an order's platform open a channel."""
        return channel in self._connectors.connector(row.platform).info.marketing

    def _address(
        self, config: Config, channel: str, member: Member, opened: _Opened, prefer: Callable[[Address], bool]
    ) -> Address | None:
        merchant = config.merchant
        if channel == "email":
            identity = opened.first(channel, lambda order: email_identity(order.buyer.email))
            return Address(channel, identity, self._vault.lookup(merchant, channel, identity)) if identity else None
        if channel in ("sms", "whatsapp"):
            number = opened.first(channel, lambda order: phone_identity(order.buyer.phone))
            account = _speaker(config, channel, number) if number else None
            if number is None or account is None:
                return None
            buyer, platform = number if channel == "sms" else number.removeprefix("+"), SPEAKS_FOR[channel]
            ours = {
                each.account: subject_of(self._vault, (merchant, platform, each.account), buyer)
                for each in config.accounts
                if each.platform == platform
            }
            subject = ours.pop(account)
            known_as = self._vault.lookup(merchant, "phone", number)
            return Address(channel, number, known_as, account, None, subject, tuple(sorted(ours.values())))
        found = self._contacts(config, channel, member, opened)
        return next(filter(prefer, found), found[0] if found else None)

    def _contacts(self, config: Config, channel: str, member: Member, opened: _Opened) -> list[Address]:
        """In a directory: buyers of the platform's own shop, the newest first, and who is found by unionid."""
        merchant, platform = config.merchant, SPEAKS_FOR[channel]
        known = [(account, buyer, "") for account, buyer in opened.buyers(platform)] if channel == "wechat" else []
        for identity in self._unionids(merchant, member):
            found = sorted(place[1:] for place in self._members.contacts(merchant, identity) if place[0] == platform)
            known += found
        addresses = []
        for account, contact, employee in dict.fromkeys(known):
            entry = config.account(platform, account)
            if entry is None or entry.paused:
                continue
            subject = subject_of(self._vault, (merchant, platform, account), contact)
            known_as = self._vault.lookup(merchant, channel, contact)
            addresses.append(Address(channel, contact, known_as, account, employee or None, subject))
        return addresses

    def _unionids(self, merchant: str, member: Member) -> list[str]:
        """Of the person's orders, without those that ops cut the buyer from."""
        carried = {(row.member, each) for row in member.rows for each in row.identities if each.startswith("unionid:")}
        cut = {buyer: self._members.severed(merchant, buyer) for buyer, _ in carried}
        return sorted({identity for buyer, identity in carried if identity not in cut[buyer]})


class _Opened:
    """A person's orders, the newest first, each opened at most once and only when asked for."""

    def __init__(self, reach: Reach, merchant: str, rows: list[MemberOrder]) -> None:
        self._reach = reach
        self._merchant = merchant
        self._rows = rows
        self._orders: dict[int, Order | None] = {}

    def newest(self) -> Order | None:
        """The newest that holds personal data."""
        return next((order for index in range(len(self._rows)) if (order := self._order(index))), None)

    def country(self) -> str | None:
        """Where the newest order went that went anywhere: a voucher tells nothing, and quiet hours rest on it."""
        orders = (order for index in range(len(self._rows)) if (order := self._order(index)))
        return next((order.ship_to.country for order in orders if order.ship_to.country), None)

    def first(self, channel: str, read: Any) -> str | None:
        """The newest order's word, among orders of platforms that open the channel."""
        for index, row in enumerate(self._rows):
            order = self._order(index) if self._reach.allows(row, channel) else None
            if order is not None and (found := read(order)):
                return str(found)
        return None

    def buyers(self, platform: str) -> list[tuple[str, str]]:
        """(account, buyer id) on a platform, the newest first."""
        orders = [self._order(index) for index, row in enumerate(self._rows) if row.platform == platform]
        return [(order.account, order.buyer.id) for order in orders if order and order.buyer.id]

    def _order(self, index: int) -> Order | None:
        if index not in self._orders:
            if len(self._orders) >= MOST_OPENED:
                return None
            self._orders[index] = self._reach.open(self._merchant, self._rows[index])
        return self._orders[index]


def _age(row: MemberOrder) -> tuple[date, str, str, str]:
    return row.day, row.platform, row.account, row.order_id


def _speaker(config: Config, channel: str, number: str) -> str | None:
    """The account that speaks to a number: of Meta's one with a WhatsApp number; of text messages' Aliyun's signature for the
    mainland, AWS's number for the rest.
    """
    accounts = [entry for entry in config.accounts if entry.platform == SPEAKS_FOR[channel] and not entry.paused]
    needed = "phone_number_id"
    if channel == "sms":
        needed = "sign_name" if number.startswith(MAINLAND) else "origination"
    return next((entry.account for entry in accounts if needed in entry.options), None)
