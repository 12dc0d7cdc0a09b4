"""Who may do what in the console: a seat is one person at one merchant, in one role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """What a page or a deed asks for."""

    READ = "read"  # everything but personal data
    REVEAL = "reveal"  # personal data, one record at a time, on record
    REPLY = "reply"  # decide on answers to reviews and questions
    CAMPAIGN = "campaign"  # approve, start and stop campaigns
    DIGEST = "digest"  # have a digest sent to oneself
    OPERATE = "operate"  # pull, pause, replay, redrive
    SECRETS = "secrets"  # connect, rotate and remove accounts
    OVERSEE = "oversee"  # who is signed in, and what was done


ROLES: Mapping[str, frozenset[Right]] = MappingProxyType(
    {
        "viewer": frozenset({Right.READ}),
        "marketing": frozenset({Right.READ, Right.REVEAL, Right.REPLY, Right.CAMPAIGN, Right.DIGEST}),
        "ops": frozenset({Right.READ, Right.DIGEST, Right.OPERATE, Right.SECRETS}),
        "owner": frozenset(Right),
    }
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place at a merchant. `address` is lower-case; `locale` None: as their browser asks."""

    address: str
    role: str
    locale: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the role has a right; a role that nobody knows has none."""
        return right in ROLES.get(self.role, frozenset())
