"""People in a platform's own directory, and what they allow once. Times are the platform's, aware and in UTC, or None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import NOBODY

State = Literal["active", "pending", "left", "removed"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as one employee (or one account) has them.

    `contact_id` is the platform's id of the person, `employee` whose contact it is (None: the account's own follower).
    `state`: active; pending (not yet confirmed); left, the person ended it, which withdraws consent on this channel with this
    employee; removed, the shop did. `unionid` links the same person across accounts of one owner. `welcome`: a code for one
    greeting, short-lived; never kept.
    """

    merchant: str
    platform: str
    account: str
    contact_id: str
    employee: str | None
    state: State
    unionid: str | None = None
    buyer: Buyer = NOBODY
    tags: tuple[str, ...] = ()
    source: str | None = None
    added_at: datetime | None = None
    updated_at: datetime | None = None
    welcome: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """A person allowed one message of a template. Each is used up by one send.

    `granted` False: refused, or withdrawn; what was granted before it and not used is void.
    """

    merchant: str
    platform: str
    account: str
    permission_id: str
    buyer_id: str
    template: str
    granted: bool
    at: datetime | None
