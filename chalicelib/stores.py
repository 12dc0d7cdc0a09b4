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
    from chalicelib.adapters.knocks import Knocks
    from chalicelib.adapters.members import DynamoMembers
    from chalicelib.adapters.outbox import DynamoOutbox
    from chalicelib.adapters.public_keys import PublicKeys
    from chalicelib.adapters.state import DynamoMarks, DynamoWork
    from chalicelib.adapters.surveys import DynamoAnswers
    from chalicelib.audit import Audit
    from chalicelib.campaign_report import CampaignReports
    from chalicelib.cell_check import CellChecks
    from chalicelib.cost_sheets import CostSheets
    from chalicelib.costing import Costing
    from chalicelib.days import Days
    from chalicelib.feedback import Feedback
    from chalicelib.keeping import KeptOrders, KeptRecords
    from chalicelib.leases import Leases
    from chalicelib.offers import Offers
    from chalicelib.opinions import AnswerTimes, Opinions
    from chalicelib.pausing import Pauses
    from chalicelib.people import People
    from chalicelib.pipeline.click import Clicks
    from chalicelib.quarantine import Quarantine
    from chalicelib.readership import Readership
    from chalicelib.reckoning import Reckoning
    from chalicelib.recording import Recording
    from chalicelib.sheets import Sheets
    from chalicelib.signing_in import SigningIn
    from chalicelib.spending import Spending
    from chalicelib.standings import Standings
    from chalicelib.surveys import NpsReader
    from chalicelib.unsealing import Unsealing


class Stores:
    """What the steps read and write, each made on first use: a Lambda that only receives loads nothing else."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.hub = Hub(parts)

    @cached_property
    def orders(self) -> KeptOrders:
        """Orders in the table, their personal data for as long as it may be kept."""
        from chalicelib.adapters.orders import DynamoOrders
        from chalicelib.keeping import KeptOrders

        return KeptOrders(DynamoOrders(self.parts.table), self.parts.config, self.parts.clock)

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
    def records(self) -> KeptRecords:
        """The same as they lie there, their personal data for as long as it may be kept."""
        from chalicelib.adapters.records import DynamoRecords
        from chalicelib.keeping import KeptRecords

        return KeptRecords(DynamoRecords(self.parts.table), self.parts.config, self.parts.clock)

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
    def signing_in(self) -> SigningIn:
        """Who may open the console."""
        from chalicelib.adapters.sessions import DynamoSessions
        from chalicelib.signing_in import SigningIn

        parts = self.parts
        return SigningIn(config=parts.config, store=DynamoSessions(parts.table), vault=parts.vault, clock=parts.clock)

    @cached_property
    def knocks(self) -> Knocks:
        """How often somebody may ask to."""
        from chalicelib.adapters.knocks import Knocks

        parts = self.parts
        return Knocks(merchant=lambda: parts.config().merchant, table=parts.table, vault=parts.vault, clock=parts.clock)

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        from chalicelib.adapters.audit import DynamoAudit
        from chalicelib.audit import Audit

        return Audit(DynamoAudit(self.parts.table), self.parts.clock)

    @cached_property
    def runs(self) -> DynamoMarks:
        """Marks of jobs, in a partition of their own: leases, pauses, backfills."""
        from chalicelib.adapters.state import DynamoMarks

        return DynamoMarks(self.parts.table, "H", "runs")

    @cached_property
    def leases(self) -> Leases:
        """Who is at work on what."""
        from chalicelib.leases import Leases

        return Leases(marks=self.runs, clock=self.parts.clock)

    @cached_property
    def pauses(self) -> Pauses:
        """Accounts that a person holds."""
        from chalicelib.pausing import Pauses

        return Pauses(config=self.parts.config, marks=self.runs, clock=self.parts.clock)

    @cached_property
    def unsealing(self) -> Unsealing:
        """What envelopes hold."""
        from chalicelib.unsealing import Unsealing

        return Unsealing(self.parts.vault, self.parts.archive)

    @cached_property
    def quarantine(self) -> Quarantine:
        """What a person has to look at."""
        from chalicelib.adapters.quarantine import DynamoQuarantine
        from chalicelib.quarantine import Quarantine

        return Quarantine(DynamoQuarantine(self.parts.table, self.parts.clock), self.unsealing, self.audit)

    @cached_property
    def readership(self) -> Readership:
        """Who reads digests."""
        from chalicelib.adapters.state import DynamoMarks
        from chalicelib.readership import Readership

        parts = self.parts
        # Apart from other marks: the function that faces the internet writes here, and must not move a pull's cursor.
        words = DynamoMarks(parts.table, "H", "readers")
        return Readership(config=parts.config, words=words, vault=parts.vault, clock=parts.clock)

    @cached_property
    def work(self) -> DynamoWork:
        """Parked work and quarantine in the table."""
        from chalicelib.adapters.state import DynamoWork

        return DynamoWork(self.parts.table, self.parts.clock)

    @cached_property
    def opinions(self) -> Opinions:
        """Reviews by day."""
        from chalicelib.opinions import Opinions

        return Opinions(config=self.parts.config, cells=self.cells)

    @cached_property
    def answer_times(self) -> AnswerTimes:
        """Cases by day."""
        from chalicelib.opinions import AnswerTimes

        return AnswerTimes(config=self.parts.config, cells=self.cells)

    @cached_property
    def reckoning(self) -> Reckoning:
        """Sums over cells."""
        from chalicelib.reckoning import Reckoning

        config = self.parts.config
        return Reckoning(
            self.cells,
            self.orders,
            lambda: config().members.rates,
            goods=lambda: self.cost_sheets.goods(config().merchant),
            rhythm=lambda: config().members.rhythm,
        )

    @cached_property
    def cell_checks(self) -> CellChecks:
        """Whether cells say what orders say."""
        from chalicelib.cell_check import CellChecks

        parts = self.parts
        return CellChecks(
            config=parts.config,
            cells=self.cells,
            orders=self.orders,
            reckoning=self.reckoning,
            goods=lambda: self.cost_sheets.goods(parts.config().merchant),
            fan_out=parts.fan_out,
        )

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
    def sheets(self) -> Sheets:
        """Tables that the merchant gave us."""
        from chalicelib.sheets import Sheets

        return Sheets(marks=self.marks, archive=self.parts.archive, vault=self.parts.vault, clock=self.parts.clock)

    @cached_property
    def cost_sheets(self) -> CostSheets:
        """The same as what they mean."""
        from chalicelib.cost_sheets import CostSheets

        return CostSheets(self.sheets)

    @cached_property
    def days(self) -> Days:
        """Days from their cells."""
        from chalicelib.days import Days

        return Days(self.reckoning)

    @cached_property
    def costing(self) -> Costing:
        """What days cost."""
        from chalicelib.costing import Costing

        return Costing(config=self.parts.config, days=self.days, sheets=self.cost_sheets, spending=self.spending)

    @cached_property
    def spending(self) -> Spending:
        """What advertising cost."""
        from chalicelib.spending import Spending

        parts = self.parts
        return Spending(
            config=parts.config,
            connectors=self.hub,
            records=self.records,
            recording=self.recording,
            marks=self.marks,
            archive=parts.archive,
            vault=parts.vault,
            clock=parts.clock,
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
    def answers(self) -> DynamoAnswers:
        """Answers to surveys in the table."""
        from chalicelib.adapters.surveys import DynamoAnswers

        return DynamoAnswers(self.parts.table)

    @cached_property
    def nps(self) -> NpsReader:
        """What they come to, by day."""
        from chalicelib.surveys import NpsReader

        return NpsReader(self.days)

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
