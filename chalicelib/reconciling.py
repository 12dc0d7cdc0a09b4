"""The part of the composition root that holds platforms' lists against ours, and looks after their pushes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.stores import Stores

if TYPE_CHECKING:
    from chalicelib.coverage import Coverages
    from chalicelib.notices import Notices
    from chalicelib.pipeline.reconcile import Reconcile
    from chalicelib.registering import Registering


class Reconciling(Stores, ABC):
    """Made over stores, each on first use."""

    @property
    @abstractmethod
    def notices(self) -> Notices:
        """What the shop's own people are told; whoever is made of this says how."""

    @cached_property
    def registering(self) -> Registering:
        """Subscriptions to pushes."""
        from chalicelib.registering import Registering

        parts = self.parts
        return Registering(config=parts.config, connectors=self.hub, marks=self.marks, clock=parts.clock, counters=parts.counters)

    @cached_property
    def coverage(self) -> Coverages:
        """By which way orders were seen."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.coverage import Coverages
        from chalicelib.notices import PushNotices

        parts = self.parts
        return Coverages(
            config=parts.config,
            connectors=self.hub,
            secrets=parts.secrets,
            cells=self.cells,
            orders=self.orders,
            marks=self.marks,
            ledger=lambda platform, account: DynamoMarks(parts.table, "H", "coverage", platform, account),
            mend=self.registering.mend,
            notify=PushNotices(config=parts.config, readers=self.readership, notices=self.notices).dry,
            clock=parts.clock,
            counters=parts.counters,
            fan_out=parts.fan_out,
        )

    @cached_property
    def reconcile(self) -> Reconcile:
        """The reconcile step."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.pipeline.reconcile import Reconcile

        parts = self.parts
        return Reconcile(
            config=parts.config,
            connectors=self.hub,
            orders=self.orders,
            coverages=self.coverage,
            marks=self.marks,
            pages=lambda platform, account: DynamoMarks(parts.table, "H", "listed", platform, account),
            vault=parts.vault,
            archive=parts.archive,
            bulk=parts.bulk,
            clock=parts.clock,
            counters=parts.counters,
            fan_out=parts.fan_out,
        )
