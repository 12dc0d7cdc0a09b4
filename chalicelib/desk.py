"""The part of the composition root that answers reviews and questions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.cases import DynamoCases
    from chalicelib.answering import Answering
    from chalicelib.deciding import Deciding
    from chalicelib.faq import Faqs
    from chalicelib.handing import Handing
    from chalicelib.reviewing import Reviewing
    from chalicelib.stores import Stores
    from chalicelib.tellings import Tellings


class Desk:
    """Made over stores, each on first use: the reader of texts loads its words when the first review comes."""

    def __init__(self, app: Stores, handing: Handing) -> None:
        self._app = app
        self._handing = handing

    @cached_property
    def cases(self) -> DynamoCases:
        """Cases in the table."""
        from chalicelib.adapters.cases import DynamoCases

        return DynamoCases(self._app.parts.table)

    @cached_property
    def tellings(self) -> Tellings:
        """What was told last."""
        from chalicelib.tellings import Tellings

        return Tellings(self._app.records, self._app.parts.vault)

    @cached_property
    def reviewing(self) -> Reviewing:
        """From records to cases."""
        from chalicelib.adapters.replies import TemplateReplies
        from chalicelib.reviewing import Reviewing
        from chalicelib.understanding.reading import read

        app, parts = self._app, self._app.parts
        return Reviewing(
            config=parts.config,
            tellings=self.tellings,
            cases=self.cases,
            connectors=app.hub,
            understand=read,
            writer=TemplateReplies(lambda: parts.config().reviews.banned),
            queue=self.answering.queue,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def answering(self) -> Answering:
        """From cases to platforms."""
        from chalicelib.answering import Answering

        app, parts = self._app, self._app.parts
        return Answering(
            config=parts.config,
            cases=self.cases,
            tellings=self.tellings,
            outbox=app.outbox,
            vault=parts.vault,
            connectors=app.hub,
            handing=self._handing,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def deciding(self) -> Deciding:
        """What people decide."""
        from chalicelib.deciding import Deciding

        app, parts = self._app, self._app.parts
        return Deciding(
            config=parts.config,
            cases=self.cases,
            tellings=self.tellings,
            connectors=app.hub,
            queue=self.answering.queue,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def faqs(self) -> Faqs:
        """Repeated questions and their agreed answers."""
        from chalicelib.adapters.faq import DynamoFaqs
        from chalicelib.faq import Faqs

        parts = self._app.parts
        return Faqs(config=parts.config, store=DynamoFaqs(parts.table), cases=self.cases, tellings=self.tellings, clock=parts.clock)
