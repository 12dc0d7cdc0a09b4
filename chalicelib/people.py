"""Members read from the table: the person behind a buyer. Used by project, trigger, deliver and unsubscribe."""

from __future__ import annotations

from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.graph import Member, member_of
from chalicelib.ports import MemberStore


class People:
    """Who is who. Every answer is read afresh and consistently."""

    def __init__(self, members: MemberStore) -> None:
        self._members = members

    def member(self, merchant: str, buyer: str) -> Member:
        """The person that a buyer is, with all their order rows."""
        return member_of(buyer, _Of(self._members, merchant))


class _Of:
    """The graph of one merchant."""

    def __init__(self, members: MemberStore, merchant: str) -> None:
        self._members = members
        self._merchant = merchant

    def rows(self, buyer: str) -> list[MemberOrder]:
        """See Sources."""
        return self._members.orders(self._merchant, buyer)

    def seen_with(self, identity: str, limit: int) -> list[str]:
        """See Sources."""
        return self._members.linked(self._merchant, identity, limit)

    def severed(self, buyer: str) -> frozenset[str]:
        """See Sources."""
        return self._members.severed(self._merchant, buyer)
