"""Personal data of an order, opened for a person who asked for it. Whoever calls this has put it on record first."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.record import OrderKey, refunds, unite, view
from chalicelib.errors import Permanent
from chalicelib.ports import OrderStore, Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """An order with its personal data. `erased`: its key was destroyed, and nobody can open it any more."""

    order: Order
    refunds: tuple[Refund, ...]
    erased: bool = False


class Revealing:
    """Opens."""

    def __init__(self, *, orders: OrderStore, vault: Vault) -> None:
        self._orders = orders
        self._vault = vault

    def order(self, key: OrderKey) -> Opened | None:
        """An order, opened; None when there is none."""
        stored = self._orders.read(key)
        if not stored.version:
            return None
        layers, erased = stored.layers, False
        if stored.personal is not None and stored.subject is not None:
            try:
                layers = unite(layers, self._layers(key, stored.subject, stored.personal))
            except Permanent as error:
                if error.reason != "seal-broken":
                    raise
                erased = True
        return Opened(view(key, layers), refunds(key, layers), erased)

    def _layers(self, key: OrderKey, subject: str, sealed: bytes) -> Layers:
        opened = self._vault.open(key.merchant, subject, sealed, key.place)
        return {Clock(*clock): told for clock, told in msgspec.json.decode(opened)}
