"""The composition root: settings to adapters to steps. Nothing is built before it is asked for."""

from __future__ import annotations

import gc
import logging
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.parts import aws_parts
from chalicelib.settings import Settings
from chalicelib.stores import Stores

if TYPE_CHECKING:
    from chalicelib.asides import Asides
    from chalicelib.deadlines import Deadlines
    from chalicelib.greeting import Greeting
    from chalicelib.intake import Intake
    from chalicelib.outreach import Outreach
    from chalicelib.pipeline.deliver import Deliver
    from chalicelib.pipeline.digest import Digest
    from chalicelib.pipeline.hold import Hold
    from chalicelib.pipeline.normalise import Normalise
    from chalicelib.pipeline.poll import Poll
    from chalicelib.pipeline.project import Change, Project
    from chalicelib.pipeline.pull import Pull
    from chalicelib.pipeline.receive import Receive
    from chalicelib.pipeline.replay import Replay
    from chalicelib.pipeline.tick import Tick
    from chalicelib.pipeline.trigger import Trigger
    from chalicelib.pipeline.unsubscribe import Unsubscribe
    from chalicelib.ports import RecordKey
    from chalicelib.tags import Tags
    from chalicelib.tasks import Tasks


class Application(Stores):
    """The steps over a set of parts, each made on first use."""

    @cached_property
    def intake(self) -> Intake:
        """The way in."""
        from chalicelib.intake import Intake

        parts = self.parts
        return Intake(
            config=parts.config,
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
            connectors=self.hub,
            secrets=parts.secrets,
            keys=lambda: self.public_keys,
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
        )

    @cached_property
    def tags(self) -> Tags:
        """Segments as tags of contacts."""
        from chalicelib.tags import Tags

        parts = self.parts
        return Tags(
            config=parts.config,
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
        )

    @cached_property
    def outreach(self) -> Outreach:
        """What speaks to members."""
        from chalicelib.outreach import Outreach

        return Outreach(self, unsubscribe_url=self.unsubscribe.url)

    @property
    def trigger(self) -> Trigger:
        """The trigger step."""
        return self.outreach.trigger

    @property
    def deliver(self) -> Deliver:
        """The deliver step."""
        return self.outreach.deliver

    @cached_property
    def digest(self) -> Digest:
        """The digest step."""
        from chalicelib.pipeline.digest import Digest

        parts = self.parts
        return Digest(
            config=parts.config,
            reckoning=self.reckoning,
            marks=self.marks,
            work=self.work,
            connectors=self.hub,
            renderer=parts.renderer(),
            vault=parts.vault,
            archive=parts.archive,
            outbox=self.outbox,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def tasks(self) -> Tasks:
        """Tasks that have to be asked about."""
        from chalicelib.adapters.feedback import DynamoFeedback
        from chalicelib.tasks import Tasks

        parts = self.parts
        return Tasks(
            config=parts.config,
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

        return Poll(config=self.parts.config, connectors=self.hub, intake=self.intake, counters=self.parts.counters)

    @cached_property
    def hold(self) -> Hold:
        """The hold step, for a long-lived worker."""
        from chalicelib.pipeline.hold import Hold

        parts = self.parts
        return Hold(
            config=parts.config,
            connectors=self.hub,
            secrets=parts.secrets,
            intake=self.intake,
            clock=parts.clock,
            counters=parts.counters,
        )

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
    def replay(self) -> Replay:
        """The replay step."""
        from chalicelib.pipeline.replay import Replay

        parts = self.parts
        return Replay(
            config=parts.config,
            orders=self.orders,
            work=self.work,
            archive=parts.archive,
            queue=parts.bulk,
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
        return Unsubscribe(config=parts.config, members=self.members, orders=self.orders, vault=parts.vault, clock=parts.clock)

    def failed(self, error: Exception) -> None:
        """Count a record that stays on its queue. The log gets the error's type and our own words, never a foreign message."""
        reason = getattr(error, "reason", type(error).__name__)
        self.parts.counters.count("record_failed", reason=str(reason))
        logging.getLogger("huitou").warning("record stays on the queue: %s", reason)


_installed: Application | None = None


def application() -> Application:
    """The application of this process: the installed one, else AWS's, built on first use.

    A process on AWS then looks for garbage less often. The descriptions of five services are some hundred thousand objects,
    none of them garbage; to walk them again and again while they are read is a tenth of a cold start.
    """
    global _installed  # noqa: PLW0603  # one per process is what a Lambda is
    if _installed is None:
        gc.set_threshold(100_000)
        _installed = Application(aws_parts(Settings.from_environ()))
    return _installed


def install(app: Application | None) -> None:
    """Make `app` the application of this process; None forgets it."""
    global _installed  # noqa: PLW0603
    _installed = app


def changes_of(images: list[tuple[Any, Any]]) -> list[Change]:
    """The order changes of a stream batch."""
    from chalicelib.adapters.orders import image_of
    from chalicelib.pipeline.project import Change

    found = []
    for old, new in images:
        if new.get("kind", {}).get("S") != "order":
            continue
        after, identities = image_of(new)
        before, earlier = image_of(old) if old else (None, ())
        found.append(Change(before, after, earlier, identities))
    return found


def records_of(images: list[tuple[Any, Any]]) -> list[RecordKey]:
    """The reviews and questions of a stream batch, each once."""
    from chalicelib.adapters.records import record_of

    kinds = ("review", "question")
    return list(dict.fromkeys(record_of(new) for _, new in images if new.get("kind", {}).get("S") in kinds))


def beats_of(images: list[tuple[Any, Any]]) -> list[datetime]:
    """The heartbeats of a stream batch."""
    from chalicelib.adapters.state import beat_time

    return [at for _, new in images if (at := beat_time(new)) is not None]
