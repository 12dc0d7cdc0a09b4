"""What a connector may have beside its contract: subscriptions to pushes that are looked up and made through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from chalicelib.contract import Account, Api


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """What a platform pushes to us. `topic` in its own words; `id`: what it is changed by, None where there is none.

    `active` False: the platform has switched it off, as some do after failed deliveries.
    """

    topic: str
    id: str | None = None
    active: bool = True


@runtime_checkable
class RegistersPush(Protocol):
    """The core looks first, and makes what is missing."""

    def push_topics(self, account: Account) -> tuple[str, ...]:
        """The topics that an account needs for its orders."""

    def subscriptions(self, address: str, api: Api) -> tuple[PushSubscription, ...]:
        """All that push to `address`, whatever their topic."""

    def subscribe(self, topic: str, address: str, off: PushSubscription | None, api: Api) -> None:
        """Have a topic pushed to `address`; `off`: the one that is there and switched off, to be switched on again.

        Permanent where the platform refuses; Retriable as it goes.
        """
