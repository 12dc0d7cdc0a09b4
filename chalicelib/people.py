"""Members read from the table: the person behind a buyer. Used by project, trigger, deliver and unsubscribe."""

from __future__ import annotations

from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.graph import LOOKED_AT, Member, member_of
from chalicelib.ports import MemberStore


class People:
    """Who is who. Every answer is read afresh and consistently."""

    def __init__(self, members: MemberStore) -> None:
        self._members = members

    def member(self, merchant: str, buyer: str) -> Member:
        """The person that a buyer is, with all their order rows."""
        return member_of(buyer, _Of(self._members, merchant))

    def known_by(self, merchant: str, identity: str) -> Member | None:
        """The one person who carries an identity; None where nobody does, or several who are not one."""
        seen = self._members.linked(merchant, identity, LOOKED_AT + 1)
        if len(seen) > LOOKED_AT:
            return None
        persons: dict[str, Member] = {}
        for buyer in seen:
            if identity in self._members.severed(merchant, buyer):
                continue
            person = self.member(merchant, buyer)
            if any(row.member == buyer and identity in row.identities for row in person.rows):
                persons[person.name] = person
        return next(iter(persons.values())) if len(persons) == 1 else None


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
