"""Whose an order is: the subject that its personal data is sealed under, the member, by what they are known. Used by normalise."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from chalicelib.domain.identity import email_identity, is_guest, phone_identity
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey
from chalicelib.errors import Permanent
from chalicelib.ports import StoredOrder, Vault
from chalicelib.recording import subject_of
from chalicelib.tombstones import is_marked, mark, owner


@dataclass(frozen=True, slots=True)
class Whose:
    """`member` None: a guest. `identities`: keyed hashes. `is_erased`: of what is told of it nothing personal may be kept."""

    subject: str | None
    member: str | None
    identities: tuple[str, ...]
    is_erased: bool = False


class Owning:
    """Knows who was erased; asks only where a data key would be made."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def opened(self, key: OrderKey, stored: StoredOrder) -> Layers | None:
        """The personal data of an order, opened; None where its buyer was erased. Permanent where it does not open otherwise."""
        if is_marked(stored.identities):
            return None
        if stored.personal is None or stored.subject is None:
            return {}
        try:
            opened = self._vault.open(key.merchant, stored.subject, stored.personal, key.place)
        except Permanent:
            if self._vault.erased(key.merchant, stored.subject) is None:
                raise
            return None
        return {Clock(*clock): told for clock, told in msgspec.json.decode(opened)}

    def of(self, key: OrderKey, stored: StoredOrder, order: Order, *, erased: bool, less: bool) -> Whose:
        """Of an order as all its tellings read together. `erased` as `opened` told; `less`: its time is over.

        Who somebody is outlasts the personal data, or sums over people would change when its time is over.
        """
        buyer = order.buyer
        if erased or (less and stored.version and (stored.member or is_guest(buyer.id))):
            return Whose(stored.subject, stored.member, stored.identities, erased)
        subject = subject_of(self._vault, (key.merchant, key.platform, key.account), buyer.id, key.order_id)
        identities = self._identities(key.merchant, order)
        if stored.personal is not None and subject == stored.subject:  # its key is there
            return Whose(subject, None if is_guest(buyer.id) else subject, identities)
        found = owner(self._vault, key.merchant, subject, identities, order.placed_at or order.paid_at)
        known = (mark(found.subject),) if found.is_erased else identities
        return Whose(found.subject, None if is_guest(buyer.id) else found.subject, known, found.is_erased)

    def _identities(self, merchant: str, order: Order) -> tuple[str, ...]:
        unionid = order.extra.get("unionid")
        told = [("email", email_identity(order.buyer.email)), ("phone", phone_identity(order.buyer.phone))]
        told.append(("unionid", unionid if isinstance(unionid, str) else None))
        return tuple(f"{kind}:{self._vault.lookup(merchant, kind, value)}" for kind, value in told if value)
