"""Stores and what is made of them alone, over a set of parts. Nothing is built before it is asked for."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.hub import Hub
from chalicelib.parts import Parts

if TYPE_CHECKING:
    from chalicelib.adapters.cells import DynamoCells
    from chalicelib.adapters.clicks import DynamoClicks
    from chalicelib.adapters.directory import DynamoDirectory
    from chalicelib.adapters.members import DynamoMembers
    from chalicelib.adapters.orders import DynamoOrders
    from chalicelib.adapters.outbox import DynamoOutbox
    from chalicelib.adapters.public_keys import PublicKeys
    from chalicelib.adapters.records import DynamoRecords
    from chalicelib.adapters.state import DynamoMarks, DynamoWork
    from chalicelib.campaign_report import CampaignReports
    from chalicelib.feedback import Feedback
    from chalicelib.offers import Offers
    from chalicelib.people import People
    from chalicelib.pipeline.click import Clicks
    from chalicelib.reckoning import Reckoning
    from chalicelib.recording import Recording
    from chalicelib.standings import Standings


class Stores:
    """What the steps read and write, each made on first use: a Lambda that only receives loads nothing else."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.hub = Hub(parts)

    @cached_property
    def orders(self) -> DynamoOrders:
        """Orders in the table."""
        from chalicelib.adapters.orders import DynamoOrders

        return DynamoOrders(self.parts.table)

    @cached_property
    def cells(self) -> DynamoCells:
        """Cells in the table."""
        from chalicelib.adapters.cells import DynamoCells

        return DynamoCells(self.parts.table)

    @cached_property
    def members(self) -> DynamoMembers:
        """Members in the table."""
        from chalicelib.adapters.members import DynamoMembers

        return DynamoMembers(self.parts.table)

    @cached_property
    def directory(self) -> DynamoDirectory:
        """Contacts in the table."""
        from chalicelib.adapters.directory import DynamoDirectory

        return DynamoDirectory(self.parts.table)

    @cached_property
    def people(self) -> People:
        """Members, as the persons they are."""
        from chalicelib.people import People

        return People(self.members)

    @cached_property
    def recording(self) -> Recording:
        """Reviews, questions, messages, receipts and spend in the table."""
        from chalicelib.recording import Recording

        return Recording(self.records, self.parts.vault)

    @cached_property
    def records(self) -> DynamoRecords:
        """The same as they lie there."""
        from chalicelib.adapters.records import DynamoRecords

        return DynamoRecords(self.parts.table)

    @cached_property
    def outbox(self) -> DynamoOutbox:
        """The outbox in the table."""
        from chalicelib.adapters.outbox import DynamoOutbox

        return DynamoOutbox(self.parts.table)

    @cached_property
    def offers(self) -> Offers:
        """Unique coupon codes."""
        from chalicelib.adapters.offers import DynamoOffers
        from chalicelib.offers import Offers

        return Offers(DynamoOffers(self.parts.table))

    @cached_property
    def marks(self) -> DynamoMarks:
        """Marks in the table."""
        from chalicelib.adapters.state import DynamoMarks

        return DynamoMarks(self.parts.table)

    @cached_property
    def work(self) -> DynamoWork:
        """Parked work and quarantine in the table."""
        from chalicelib.adapters.state import DynamoWork

        return DynamoWork(self.parts.table, self.parts.clock)

    @cached_property
    def reckoning(self) -> Reckoning:
        """Sums over cells."""
        from chalicelib.reckoning import Reckoning

        return Reckoning(self.cells, self.orders, lambda: self.parts.config().members.rates)

    @cached_property
    def standings(self) -> Standings:
        """Where members stand."""
        from chalicelib.standings import Standings

        return Standings(
            config=self.parts.config,
            cells=self.cells,
            orders=self.orders,
            marks=self.marks,
            reckoning=self.reckoning,
            clock=self.parts.clock,
        )

    @cached_property
    def public_keys(self) -> PublicKeys:
        """Keys that platforms sign with."""
        from chalicelib.adapters.public_keys import PublicKeys

        return PublicKeys(self.parts.table, self.parts.clock, time.sleep)

    @cached_property
    def feedback(self) -> Feedback:
        """What became of messages."""
        from chalicelib.adapters.feedback import DynamoFeedback
        from chalicelib.feedback import Feedback

        parts = self.parts
        return Feedback(
            config=parts.config,
            store=DynamoFeedback(parts.table),
            outbox=self.outbox,
            members=self.members,
            marks=self.marks,
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def first_clicks(self) -> DynamoClicks:
        """First clicks in the table."""
        from chalicelib.adapters.clicks import DynamoClicks

        return DynamoClicks(self.parts.table)

    @cached_property
    def campaign_reports(self) -> CampaignReports:
        """What campaigns brought."""
        from chalicelib.campaign_report import CampaignReports

        parts = self.parts
        return CampaignReports(
            config=parts.config,
            cells=self.cells,
            members=self.members,
            orders=self.orders,
            outbox=self.outbox,
            offers=self.offers,
            clicks=self.first_clicks,
            clock=parts.clock,
            fan_out=parts.fan_out,
        )

    @cached_property
    def clicks(self) -> Clicks:
        """The click step."""
        from chalicelib.pipeline.click import Clicks

        parts = self.parts
        return Clicks(
            config=parts.config,
            outbox=self.outbox,
            clicks=self.first_clicks,
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )
