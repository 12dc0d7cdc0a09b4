"""The composition root: settings to adapters to steps. Nothing is built before it is asked for."""

from __future__ import annotations

import gc
import logging
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib import logs
from chalicelib.parts import aws_parts
from chalicelib.repairing import Repairing
from chalicelib.settings import Settings
from chalicelib.tenancy import Tenancy

if TYPE_CHECKING:
    from chalicelib.asides import Asides
    from chalicelib.backfill import Backfills
    from chalicelib.deadlines import Deadlines
    from chalicelib.greeting import Greeting
    from chalicelib.intake import Intake
    from chalicelib.jobs import Jobs
    from chalicelib.lookups import Lookups
    from chalicelib.notices import Notices
    from chalicelib.outreach import Outreach
    from chalicelib.pipeline.deliver import Deliver
    from chalicelib.pipeline.digest import Digest
    from chalicelib.pipeline.hold import Hold
    from chalicelib.pipeline.normalise import Normalise
    from chalicelib.pipeline.poll import Poll
    from chalicelib.pipeline.project import Project
    from chalicelib.pipeline.pull import Pull
    from chalicelib.pipeline.receive import Receive
    from chalicelib.pipeline.survey import Survey
    from chalicelib.pipeline.tick import Tick
    from chalicelib.pipeline.trigger import Trigger
    from chalicelib.pipeline.unsubscribe import Unsubscribe
    from chalicelib.press import Press
    from chalicelib.privacy import Privacy
    from chalicelib.reporting import Reporting
    from chalicelib.shopkeeping import Shopkeeping
    from chalicelib.status import Status
    from chalicelib.tags import Tags
    from chalicelib.tasks import Tasks


class Application(Repairing):
    """The steps over a set of parts, each made on first use."""

    @cached_property
    def intake(self) -> Intake:
        """The way in."""
        from chalicelib.intake import Intake

        parts = self.parts
        return Intake(
            config=parts.config,
            configs=parts.configs,
            connectors=self.hub,
            vault=parts.vault,
            queue=parts.inbound,
            archive=parts.archive,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def receive(self) -> Receive:
        """The receive step."""
        from chalicelib.pipeline.receive import Receive

        parts = self.parts
        return Receive(
            config=parts.config,
            configs=parts.configs,
            connectors=self.hub,
            secrets=parts.secrets,
            keys=lambda: self.public_keys,
            vault=parts.vault,
            intake=self.intake,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def greeting(self) -> Greeting:
        """Greetings of new contacts."""
        from chalicelib.greeting import Greeting

        parts = self.parts
        return Greeting(config=parts.config, outbox=self.outbox, connectors=self.hub, clock=parts.clock, counters=parts.counters)

    @cached_property
    def asides(self) -> Asides:
        """What is told beside orders."""
        from chalicelib.asides import Asides

        parts = self.parts
        return Asides(
            recording=self.recording,
            greeting=self.greeting,
            feedback=self.feedback,
            members=self.members,
            directory=self.directory,
            vault=parts.vault,
            counters=parts.counters,
            leave=lambda *told: self.accounts.leaving.told_by_platform(*told),  # noqa: PLW0108  # made when it is needed
            ask=lambda *asked: self.privacy.petitions.take(*asked),  # noqa: PLW0108  # the same
        )

    @cached_property
    def tags(self) -> Tags:
        """Segments as tags of contacts."""
        from chalicelib.tags import Tags

        parts = self.parts
        return Tags(
            config=self.pauses.config,
            directory=self.directory,
            recording=self.recording,
            people=self.people,
            standings=self.standings,
            connectors=self.hub,
            marks=self.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def deadlines(self) -> Deadlines:
        """Orders that have to be confirmed in time."""
        from chalicelib.deadlines import Deadlines

        return Deadlines(orders=self.orders, work=self.work, clock=self.parts.clock, counters=self.parts.counters)

    @cached_property
    def normalise(self) -> Normalise:
        """The normalise step."""
        from chalicelib.pipeline.normalise import Normalise

        parts = self.parts
        return Normalise(
            config=parts.config,
            connectors=self.hub,
            vault=parts.vault,
            archive=parts.archive,
            orders=self.orders,
            asides=self.asides,
            deadlines=self.deadlines,
            work=self.work,
            marks=self.marks,
            live=parts.inbound,
            bulk=parts.bulk,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def lookups(self) -> Lookups:
        """What people look things up with."""
        from chalicelib.lookups import Lookups

        return Lookups(self)

    @cached_property
    def project(self) -> Project:
        """The project step."""
        from chalicelib.pipeline.project import Project

        parts = self.parts
        return Project(
            config=parts.config,
            cells=self.cells,
            members=self.members,
            orders=self.orders,
            clock=parts.clock,
            counters=parts.counters,
            fan_out=parts.fan_out,
            numbers=self.lookups.numbers,
        )

    @cached_property
    def outreach(self) -> Outreach:
        """What speaks to members."""
        from chalicelib.outreach import Outreach

        return Outreach(self, unsubscribe_url=self.unsubscribe.url, survey_url=self.survey.url, rights=lambda: self.privacy.asked())  # noqa: PLW0108

    @property
    def notices(self) -> Notices:
        """What the shop's own people are told."""
        return self.outreach.desk.notices

    @property
    def status(self) -> Status:
        """How the installation is."""
        return self.outreach.status

    @property
    def trigger(self) -> Trigger:
        """The trigger step."""
        return self.outreach.trigger

    @property
    def deliver(self) -> Deliver:
        """The deliver step."""
        return self.outreach.deliver

    @cached_property
    def press(self) -> Press:
        """What makes digests."""
        from chalicelib.press import Press

        desk = self.outreach.desk
        return Press(self, campaigns=lambda: self.campaign_reports, storms=desk.storms, notices=desk.notices)

    @property
    def reporting(self) -> Reporting:
        """Reports of periods."""
        return self.press.reporting

    @property
    def digest(self) -> Digest:
        """The digest step."""
        return self.press.digest

    @cached_property
    def tasks(self) -> Tasks:
        """Tasks that have to be asked about."""
        from chalicelib.adapters.feedback import DynamoFeedback
        from chalicelib.tasks import Tasks

        parts = self.parts
        return Tasks(
            config=self.pauses.config,
            store=DynamoFeedback(parts.table),
            connectors=self.hub,
            intake=self.intake,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def poll(self) -> Poll:
        """The poll step."""
        from chalicelib.pipeline.poll import Poll

        return Poll(config=self.pauses.config, connectors=self.hub, intake=self.intake, counters=self.parts.counters)

    @cached_property
    def hold(self) -> Hold:
        """The hold step, for a long-lived worker."""
        from chalicelib.pipeline.hold import Hold

        parts = self.parts
        return Hold(
            config=self.pauses.config,
            connectors=self.hub,
            secrets=parts.secrets,
            intake=self.intake,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def accounts(self) -> Shopkeeping:
        """What connects accounts."""
        from chalicelib.shopkeeping import Shopkeeping

        return Shopkeeping(self)

    @cached_property
    def privacy(self) -> Privacy:
        """What erases people."""
        from chalicelib.privacy import Privacy

        return Privacy(self)

    @cached_property
    def pull(self) -> Pull:
        """The pull step."""
        from chalicelib.pipeline.pull import Pull

        parts = self.parts
        return Pull(
            config=parts.config,
            connectors=self.hub,
            vault=parts.vault,
            archive=parts.archive,
            live=parts.inbound,
            bulk=parts.bulk,
            marks=self.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def backfills(self) -> Backfills:
        """History that is pulled."""
        from chalicelib.backfill import Backfills

        return Backfills(config=self.parts.config, pull=self.pull, marks=self.runs, clock=self.parts.clock)

    @cached_property
    def jobs(self) -> Jobs:
        """What is asked to be done for an account."""
        from chalicelib.chores import chores_of, errands_of
        from chalicelib.jobs import Jobs

        parts = self.parts
        return Jobs(
            pauses=self.pauses,
            leases=self.leases,
            chores=chores_of(
                config=parts.config,
                connectors=self.hub,
                pull=self.pull,
                backfills=self.backfills,
                reconcile=lambda platform, account, day: self.reconcile.account(platform, account, day).sent,
                clock=parts.clock,
            ),
            errands=errands_of(config=parts.config, connectors=self.hub, tasks=self.tasks, tags=self.tags),
            queue=parts.jobs,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def tick(self) -> Tick:
        """The tick step."""
        from chalicelib.pipeline.tick import Tick

        parts = self.parts
        return Tick(config=parts.config, work=self.work, marks=self.marks, live=parts.inbound, bulk=parts.bulk, clock=parts.clock)

    @cached_property
    def unsubscribe(self) -> Unsubscribe:
        """The unsubscribe step."""
        from chalicelib.pipeline.unsubscribe import Unsubscribe

        parts = self.parts
        return Unsubscribe(
            config=parts.config,
            members=self.members,
            orders=self.orders,
            readers=self.readership,
            vault=parts.vault,
            clock=parts.clock,
        )

    @cached_property
    def survey(self) -> Survey:
        """The survey step."""
        from chalicelib.pipeline.survey import Survey

        parts = self.parts
        return Survey(
            config=parts.config,
            outbox=self.outbox,
            answers=self.answers,
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )

    def failed(self, error: Exception) -> None:
        """Count a record that stays on its queue. The log gets the error's type and our own words, never a foreign message."""
        reason = getattr(error, "reason", type(error).__name__)
        self.parts.counters.count("record_failed", reason=str(reason))
        logs.note("not done, and tried again", level=logging.WARNING, error=error)


_installed: Tenancy[Application] | None = None


def tenancy() -> Tenancy[Application]:
    """The merchants' applications of this process: over the installed one's parts, else AWS's, built on first use.

    A process on AWS then looks for garbage less often. The descriptions of five services are some hundred thousand objects,
    none of them garbage; to walk them again and again while they are read is a tenth of a cold start.
    """
    global _installed  # noqa: PLW0603  # one per process is what a Lambda is
    if _installed is None:
        gc.set_threshold(100_000)
        settings = Settings.from_environ()
        if settings.function:  # anybody else's standard output is for data
            logs.install()
        _installed = Tenancy(Application(aws_parts(settings)), Application)
    return _installed


def application() -> Application:
    """The only merchant's application. Where there are several, its configuration raises ConfigError("merchant-unnamed")."""
    return tenancy().base


def install(app: Application | None) -> None:
    """Make `app` the application of this process, and of its parts those of further merchants; None forgets it."""
    global _installed  # noqa: PLW0603
    _installed = None if app is None else Tenancy(app, Application)
