"""The part of the composition root that makes digests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.campaign_report import CampaignReports
    from chalicelib.daybook import Daybook
    from chalicelib.digest_copies import DigestCopies
    from chalicelib.freshness import Sources
    from chalicelib.measuring import Measuring
    from chalicelib.notices import Notices
    from chalicelib.pipeline.digest import Digest
    from chalicelib.reporting import Reporting
    from chalicelib.stores import Stores
    from chalicelib.storms import Storms


class Press:
    """Made over stores, each on first use.

    `campaigns`: what campaigns brought; `storms`: of bad reviews; `notices`: what goes to the shop's people.
    """

    def __init__(self, app: Stores, *, campaigns: Callable[[], CampaignReports], storms: Storms, notices: Notices) -> None:
        self._app = app
        self._campaigns = campaigns
        self._storms = storms
        self._notices = notices

    @cached_property
    def measuring(self) -> Measuring:
        """The parts of metrics."""
        from chalicelib.measuring import Measuring

        app, parts = self._app, self._app.parts
        return Measuring(config=parts.config, costing=app.costing, sheets=app.cost_sheets, clock=parts.clock)

    @cached_property
    def sources(self) -> Sources:
        """How fresh the sources of orders are."""
        from chalicelib.freshness import Sources

        return Sources(marks=self._app.marks, connectors=self._app.hub, clock=self._app.parts.clock)

    @cached_property
    def daybook(self) -> Daybook:
        """The days, and what was said of them."""
        from chalicelib.daybook import Daybook

        return Daybook(days=self._app.days, cells=self._app.cells, marks=self._app.marks)

    @cached_property
    def copies(self) -> DigestCopies:
        """Digests for whoever looks at them."""
        from chalicelib.digest_copies import DigestCopies

        app, parts = self._app, self._app.parts
        return DigestCopies(
            config=parts.config,
            report=self.reporting.report,
            renderer=parts.renderer,
            readers=app.readership,
            vault=parts.vault,
            archive=parts.archive,
            outbox=app.outbox,
            clock=parts.clock,
        )

    @cached_property
    def reporting(self) -> Reporting:
        """Reports of periods."""
        from chalicelib.findings import Findings
        from chalicelib.reporting import Reporting
        from chalicelib.reporting_trade import ReportingTrade

        app, parts = self._app, self._app.parts
        return Reporting(
            config=parts.config,
            days=app.days,
            daybook=self.daybook,
            reckoning=app.reckoning,
            measuring=self.measuring,
            findings=Findings(costing=app.costing, sheets=app.cost_sheets),
            trade=ReportingTrade(sheets=app.cost_sheets, campaigns=self._campaigns()),
            sources=self.sources,
            storms=self._storms.during,
            work=app.work,
            connectors=app.hub,
            clock=parts.clock,
        )

    @cached_property
    def digest(self) -> Digest:
        """The digest step."""
        from chalicelib.pipeline.digest import Digest

        app, parts = self._app, self._app.parts
        return Digest(
            config=app.pauses.config,
            reporting=self.reporting,
            sources=self.sources,
            readers=app.readership,
            notices=self._notices,
            renderer=parts.renderer(),
            marks=app.marks,
            vault=parts.vault,
            archive=parts.archive,
            outbox=app.outbox,
            clock=parts.clock,
            counters=parts.counters,
        )
