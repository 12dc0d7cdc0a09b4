"""Unsubscribe: a signed token without personal data; looking changes nothing, a POST does. For members, and for digests' readers.

A member's POST withdraws consent and suppresses, a reader's ends their digests. Which of the two a token is for is signed with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from chalicelib.config import Config
from chalicelib.domain.events import Consent
from chalicelib.domain.record import OrderKey
from chalicelib.links import stamp
from chalicelib.people import People
from chalicelib.ports import Clock, MemberStore, OrderStore, Vault
from chalicelib.readership import Readership


class Unsubscribe:
    """The step. Idempotent; it works after erasure, since nothing of the person is read to answer."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        members: MemberStore,
        orders: OrderStore,
        readers: Readership,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._config = config
        self._members = members
        self._who = People(members)
        self._orders = orders
        self._readers = readers
        self._vault = vault
        self._clock = clock

    def url(self, merchant: str, member: str) -> str:
        """The link for one member's mails."""
        return f"{self._config().base_url}/unsubscribe/{member}.{self._signature(merchant, member)}"

    def check(self, token: str) -> str:
        """The language of whoever the token speaks for; Rejected 404 on any that is none. Changes nothing."""
        if self._member(token) is not None:
            return self._config().locale
        return self._locale(self._readers.reader_of(token))

    def withdraw(self, token: str) -> str:
        """Do what the token is for; returns the language as `check` does."""
        member = self._member(token)
        if member is not None:
            self._withdraw_consent(member)
            return self._config().locale
        reader = self._readers.reader_of(token)
        self._readers.say(self._config().merchant, reader, left=True, source="link")
        return self._locale(reader)

    def _withdraw_consent(self, member: str) -> None:
        """The person's consent to mail, for each of their buyers; and every address seen with their orders is suppressed."""
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

    def _member(self, token: str) -> str | None:
        member, _, signature = token.partition(".")
        expected = self._signature(self._config().merchant, member)
        return member if hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")) else None

    def _locale(self, owner: str) -> str:
        """A reader's. One who is configured no more may still leave."""
        reader = self._readers.configured(owner)
        return reader.locale if reader else self._config().digest.locale

    def _signature(self, merchant: str, member: str) -> str:
        return self._vault.lookup(merchant, "unsubscribe", member) + stamp(merchant)
