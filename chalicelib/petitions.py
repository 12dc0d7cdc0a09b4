"""What platforms ask on behalf of their buyers: to be erased, or told what is held of them. Noted at once, seen to by the sweep.

Erasing needs nobody. What is handed out goes through a person, who knows whom they give it to: such a petition stays until it is
handed out, and `huitou status` names it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from chalicelib.belongings import Belongings, Seed, order_named
from chalicelib.config import Config
from chalicelib.domain.events import PrivacyRequest
from chalicelib.erasing import PROMISED, Erasing
from chalicelib.errors import HuitouError, Permanent, Retriable
from chalicelib.ports import Clock, Counters, Marks, Vault
from chalicelib.ports_privacy import PersonalRows
from chalicelib.recording import subject_of
from chalicelib.tombstones import generations

HANDED = timedelta(days=30)  # what Shopify, and the law in most places, leave for handing out
TRIES = 8


@dataclass(frozen=True, slots=True)
class Petition:
    """One of them. `subject`: the buyer as a keyed hash, None where orders alone are named (platform/account/order_id)."""

    id: str
    kind: Literal["erase", "export"]
    platform: str
    account: str
    subject: str | None
    orders: tuple[str, ...]
    at: str
    due: str


class Petitions:
    """Notes them, and sees to them."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        notes: Marks,
        rows: PersonalRows,
        belongings: Belongings,
        erasing: Callable[[], Erasing],
        vault: Vault,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._notes = notes
        self._rows = rows
        self._belongings = belongings
        self._erasing = erasing
        self._vault = vault
        self._clock = clock
        self._counters = counters

    def take(self, asked: PrivacyRequest, received_at: datetime) -> None:
        """Note it; told again it is the same one. Permanent where it names nobody: a person has to look at it."""
        shop = (asked.merchant, asked.platform, asked.account)
        kind: Literal["erase", "export"] = "erase" if asked.kind == "erase_buyer" else "export"
        subject = subject_of(self._vault, shop, asked.buyer_id) if asked.buyer_id else None
        orders = tuple(sorted(f"{asked.platform}/{asked.account}/{order}" for order in asked.order_ids))
        if subject is None and not orders:
            raise Permanent("petition-of-nobody", "it names neither a buyer nor an order", connector=asked.platform)
        told = "\x1f".join((kind, asked.platform, asked.account, subject or "", *orders))
        at = asked.requested_at or received_at
        due = at + (PROMISED if kind == "erase" else HANDED)
        name = self._vault.lookup(asked.merchant, "petition", told)
        fresh = Petition(name, kind, asked.platform, asked.account, subject, orders, at.isoformat(), due.isoformat())
        for _ in range(TRIES):
            stored = self._notes.get(asked.merchant, name)
            if stored and _petition(stored[0]).at >= fresh.at:
                return
            if self._notes.put(asked.merchant, name, json.dumps(asdict(fresh)), expected_version=stored[1] if stored else 0):
                self._counters.count("petition", platform=asked.platform, reason=kind)
                return
        raise Retriable("petition-contended", f"{TRIES} writers were faster")

    def open(self) -> list[Petition]:
        """Those that nobody has seen to yet, the one that is due first in front."""
        told = self._notes.named(self._config().merchant, "").values()
        return sorted((_petition(each) for each in told), key=lambda each: (each.due, each.id))

    def late(self) -> list[Petition]:
        """Those that should have been seen to by now."""
        now = self._clock.now().isoformat()
        return [each for each in self.open() if each.due < now]

    def run(self) -> int:
        """Begin the erasures that were asked for; one that fails does not hold up the others. Returns how many were begun."""
        count = 0
        for each in self.open():
            if each.kind != "erase":
                continue
            try:
                count += self._erase(each)
            except HuitouError as error:
                self._counters.count("erasure_failed", reason=error.reason)
        if late := len(self.late()):
            self._counters.count("petition_late", late)
        return count

    def seed(self, petition: Petition) -> Seed:
        """Who is meant."""
        merchant = self._config().merchant
        buyers = generations(self._vault, merchant, petition.subject) if petition.subject else ()
        return self._belongings.person(merchant, buyers, [order_named(merchant, name) for name in petition.orders])

    def done(self, petition: Petition) -> None:
        """It was seen to."""
        self._rows.forget_petition(self._config().merchant, petition.id)

    def find(self, name: str) -> Petition | None:
        """One that is open, by its id."""
        stored = self._notes.get(self._config().merchant, name)
        return _petition(stored[0]) if stored else None

    def _erase(self, petition: Petition) -> int:
        """The person behind it. Whom nobody knows here is noted as erased: what is told of them later stays out all the same."""
        merchant, at = self._config().merchant, datetime.fromisoformat(petition.at)
        seed = self.seed(petition)
        known = seed.orders or any(self._vault.has_key(merchant, buyer) for buyer in seed.buyers)
        if not known and not self._belongings.of(merchant, seed).orders:
            for buyer in seed.buyers:
                self._vault.shut(merchant, buyer, at)
            self.done(petition)
            return 0
        self._erasing().begin(seed, f"platform:{petition.platform}", [(petition.platform, petition.account)], at=at)
        self.done(petition)
        return 1


def _petition(text: str) -> Petition:
    told: dict[str, Any] = json.loads(text)
    return Petition(**{**told, "orders": tuple(told["orders"])})
