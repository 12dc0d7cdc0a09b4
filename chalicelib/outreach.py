"""The part of the composition root that speaks to members: steps trigger and deliver, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.calendar import DynamoCalendar
    from chalicelib.asking import Asking
    from chalicelib.birthdays import Birthdays
    from chalicelib.campaign_desk import CampaignDesk
    from chalicelib.campaign_results import CampaignResults
    from chalicelib.desk import Desk
    from chalicelib.domain.health import Rights
    from chalicelib.domain.mail import Channel, Mail
    from chalicelib.drawing import Drawing
    from chalicelib.foresight import Foresight
    from chalicelib.handing import Handing, Place
    from chalicelib.occasions import Occasions
    from chalicelib.pipeline.deliver import Deliver
    from chalicelib.pipeline.trigger import Trigger
    from chalicelib.ports import Message
    from chalicelib.ports_cases import Understands
    from chalicelib.reach import Reach
    from chalicelib.speaking import Speaking
    from chalicelib.status import Status
    from chalicelib.stores import Stores
    from chalicelib.surveys import Surveys


class Outreach:
    """Made over stores, each on first use."""

    def __init__(
        self,
        app: Stores,
        *,
        unsubscribe_url: Callable[[str, str], str],
        survey_url: Callable[[str, str], str],
        rights: Callable[[], Rights],
    ) -> None:
        self._app = app
        self._rights = rights
        self._unsubscribe_url = unsubscribe_url
        self._survey_url = survey_url

    @cached_property
    def calendar(self) -> DynamoCalendar:
        """Days on which members are looked at."""
        from chalicelib.adapters.calendar import DynamoCalendar

        return DynamoCalendar(self._app.parts.table)

    @cached_property
    def status(self) -> Status:
        """How the installation is."""
        from chalicelib.adapters.tokens import TokenStates
        from chalicelib.status import Status

        app, parts = self._app, self._app.parts
        return Status(
            config=parts.config,
            connectors=app.hub,
            marks=app.marks,
            work=app.work,
            cells=app.cells,
            cases=self.desk.cases,
            tokens=TokenStates(parts.table),
            gauges=parts.gauges(),
            readers=app.readership,
            leases=app.leases,
            quarantine=app.quarantine.counts,
            pauses=app.pauses,
            rights=self._rights,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def birthdays(self) -> Birthdays:
        """Members' birthdays."""
        from chalicelib.birthdays import Birthdays

        return Birthdays(self.calendar, self._app.parts.vault)

    @cached_property
    def trigger(self) -> Trigger:
        """The trigger step."""
        from chalicelib.pipeline.trigger import Trigger

        app, parts = self._app, self._app.parts
        return Trigger(
            config=parts.config,
            members=app.members,
            outbox=app.outbox,
            occasions=self.occasions,
            drawing=self.drawing,
            offers=app.offers,
            marks=app.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def foresight(self) -> Foresight:
        """What campaigns would do."""
        from chalicelib.foresight import Foresight

        parts = self._app.parts
        return Foresight(
            config=parts.config,
            trigger=self.trigger,
            asking=self.asking,
            renderer=parts.renderer,
            clock=parts.clock,
            fan_out=parts.fan_out,
        )

    @cached_property
    def campaigns(self) -> CampaignDesk:
        """What people decide about campaigns."""
        from chalicelib.campaign_desk import CampaignDesk

        app, parts = self._app, self._app.parts
        return CampaignDesk(
            config=parts.config,
            trigger=self.trigger,
            feedback=app.feedback,
            marks=app.marks,
            counts=app.outbox,
            clock=parts.clock,
        )

    @cached_property
    def results(self) -> CampaignResults:
        """What campaigns brought, kept."""
        from chalicelib.campaign_results import CampaignResults

        app, parts = self._app, self._app.parts
        return CampaignResults(config=parts.config, reports=app.campaign_reports, days=app.days, marks=app.marks, clock=parts.clock)

    @cached_property
    def deliver(self) -> Deliver:
        """The deliver step."""
        from chalicelib.pipeline.deliver import Deliver
        from chalicelib.winback import Winback

        app, parts = self._app, self._app.parts
        winback = Winback(
            outbox=app.outbox,
            members=app.members,
            asking=self.asking,
            speaking=self._speaking,
            handing=self._handing,
            offers=app.offers,
            marks=app.marks,
            unsubscribe_url=self._unsubscribe_url,
            click_url=app.clicks.url,
            survey_url=self._survey_url,
            clock=parts.clock,
            counters=parts.counters,
        )
        return Deliver(
            config=parts.config,
            outbox=app.outbox,
            winback=winback,
            answering=self.desk.answering,
            writing=self.desk.writing,
            handing=self._handing,
            readers=app.readership,
            vault=parts.vault,
            archive=parts.archive,
            connectors=app.hub,
            channel=self._mail,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def desk(self) -> Desk:
        """What answers reviews and questions."""
        from chalicelib.desk import Desk

        return Desk(self._app, self._handing)

    @cached_property
    def surveys(self) -> Surveys:
        """Who is asked after a delivery, and what becomes of answers."""
        from chalicelib.surveys import Surveys

        app, parts = self._app, self._app.parts
        return Surveys(
            config=parts.config,
            calendar=self.calendar,
            orders=app.orders,
            members=app.members,
            outbox=app.outbox,
            answers=app.answers,
            cells=app.cells,
            cases=self.desk.cases,
            understand=_reader,
            vault=parts.vault,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def asking(self) -> Asking:
        """The gate's questions."""
        from chalicelib.asking import Asking

        app, parts = self._app, self._app.parts
        return Asking(
            config=parts.config,
            outbox=app.outbox,
            members=app.members,
            reach=self.reach,
            speaking=self._speaking,
            feedback=app.feedback,
            marks=app.marks,
            clock=parts.clock,
        )

    @cached_property
    def reach(self) -> Reach:
        """Where people are reached."""
        from chalicelib.reach import Reach

        app = self._app
        return Reach(members=app.members, orders=app.orders, vault=app.parts.vault, connectors=app.hub)

    @cached_property
    def occasions(self) -> Occasions:
        """Who has come due."""
        from chalicelib.occasions import Occasions

        app = self._app
        return Occasions(
            members=app.members, calendar=self.calendar, standings=app.standings, offers=app.offers, vault=app.parts.vault
        )

    @cached_property
    def drawing(self) -> Drawing:
        """Draws for campaigns."""
        from chalicelib.drawing import Drawing

        app, parts = self._app, self._app.parts
        return Drawing(members=app.members, outbox=app.outbox, standings=app.standings, clock=parts.clock)

    @cached_property
    def _mail(self) -> Channel:
        return _FirstMail(self._app.parts.channel)

    @cached_property
    def _speaking(self) -> Speaking:
        from chalicelib.speaking import Speaking

        app, parts = self._app, self._app.parts
        return Speaking(renderer=parts.renderer(), channel=self._mail, texts=parts.texts, connectors=app.hub)

    @cached_property
    def _handing(self) -> Handing:
        from chalicelib.handing import Handing

        app, parts = self._app, self._app.parts

        def sent(message: Message, place: Place) -> None:
            task = message.provider_id.partition(":")[0] if place.task and message.provider_id else None
            app.feedback.sent(message, place.platform, place.account, message.provider_id, task=task)

        return Handing(outbox=app.outbox, sent=sent, clock=parts.clock, counters=parts.counters)


def _reader() -> Understands:
    """The reader of texts, loaded when the first bad answer with words comes."""
    from chalicelib.understanding.reading import read

    return read


class _FirstMail:
    """A channel that is made when the first mail goes. Without a mail server mail waits, and every other channel goes on."""

    def __init__(self, make: Callable[[], Channel]) -> None:
        self._make = make
        self._made: Channel | None = None

    def send(self, mail: Mail) -> str:
        """See Channel; ConfigError where there is no mail server."""
        if self._made is None:
            self._made = self._make()
        return self._made.send(mail)
