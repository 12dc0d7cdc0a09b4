"""Unsubscribe: a signed token without personal data; looking changes nothing, a POST withdraws consent and suppresses."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from chalicelib.config import Config
from chalicelib.domain.events import Consent
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Rejected
from chalicelib.people import People
from chalicelib.ports import Clock, MemberStore, OrderStore, Vault


class Unsubscribe:
    """The step. Idempotent; it works after erasure, since nothing of the person is read to answer."""

    def __init__(
        self, *, config: Callable[[], Config], members: MemberStore, orders: OrderStore, vault: Vault, clock: Clock
    ) -> None:
        self._config = config
        self._members = members
        self._who = People(members)
        self._orders = orders
        self._vault = vault
        self._clock = clock

    def url(self, merchant: str, member: str) -> str:
        """The link for one member's mails."""
        return f"{self._config().base_url}/unsubscribe/{member}.{self._signature(merchant, member)}"

    def check(self, token: str) -> str:
        """The member that a token speaks for; Rejected 404 on any other token."""
        member, _, signature = token.partition(".")
        expected = self._signature(self._config().merchant, member)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):
            raise Rejected("token-unknown", "no such link", status=404)
        return member

    def withdraw(self, token: str) -> None:
        """Withdraw the person's consent to mail, for each of their buyers, and suppress every address seen with their orders."""
        member = self.check(token)
        merchant = self._config().merchant
        now = self._clock.now()
        person = self._who.member(merchant, member)
        for buyer in {member, *person.buyers}:
            self._members.put_consent(Consent(merchant, "-", "-", "-", "email", False, now, "unsubscribe link"), buyer)
        for row in person.rows:
            stored = self._orders.read(OrderKey(merchant, row.platform, row.account, row.order_id))
            for identity in stored.identities:
                kind, _, address = identity.partition(":")
                if kind == "email":
                    self._members.suppress(merchant, address, "unsubscribed")

    def _signature(self, merchant: str, member: str) -> str:
        return self._vault.lookup(merchant, "unsubscribe", member)
