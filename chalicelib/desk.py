"""The part of the composition root that answers reviews and questions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.adapters.cases import DynamoCases
    from chalicelib.answering import Answering
    from chalicelib.case_sending import CaseSending
    from chalicelib.config_reviews import JudgeTerms
    from chalicelib.deciding import Deciding
    from chalicelib.faq import Faqs
    from chalicelib.handing import Handing
    from chalicelib.notices import Notices
    from chalicelib.reviewing import Reviewing
    from chalicelib.stores import Stores
    from chalicelib.storms import Storms
    from chalicelib.tellings import Tellings
    from chalicelib.understanding.judge import Judge
    from chalicelib.watch import Watch
    from chalicelib.writing import Writing


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
        from chalicelib.judging import Judging
        from chalicelib.reviewing import Reviewing

        app, parts = self._app, self._app.parts
        return Reviewing(
            config=parts.config,
            tellings=self.tellings,
            cases=self.cases,
            connectors=app.hub,
            understand=Judging(config=parts.config, make=_judge, clock=parts.clock, counters=parts.counters),
            writer=TemplateReplies(lambda: parts.config().reviews.banned),
            suggest=self.faqs.suggest,
            queue=self.answering.queue,
            seen=self.storms.on_case,
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
            sending=self.sending,
            vault=parts.vault,
            connectors=app.hub,
            clock=parts.clock,
        )

    @cached_property
    def sending(self) -> CaseSending:
        """What answers and private messages go by."""
        from chalicelib.case_sending import CaseSending

        app, parts = self._app, self._app.parts
        return CaseSending(
            config=parts.config,
            outbox=app.outbox,
            connectors=app.hub,
            handing=self._handing,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def storms(self) -> Storms:
        """Bursts of bad reviews."""
        from chalicelib.adapters.storms import DynamoStorms
        from chalicelib.storms import Storms

        parts = self._app.parts
        return Storms(
            config=parts.config,
            store=DynamoStorms(parts.table),
            tellings=self.tellings,
            notices=self.notices,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def watch(self) -> Watch:
        """Deadlines."""
        from chalicelib.watch import Watch

        app, parts = self._app, self._app.parts
        return Watch(
            config=parts.config,
            cases=self.cases,
            notices=self.notices,
            marks=app.marks,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def notices(self) -> Notices:
        """What the shop's own people are told."""
        from chalicelib.adapters.review_notice import ReviewNotices
        from chalicelib.notices import Notices

        app, parts = self._app, self._app.parts
        words = ReviewNotices(lambda platform: app.hub.connector(platform).info.name)
        return Notices(
            config=parts.config, words=words, vault=parts.vault, archive=parts.archive, outbox=app.outbox, clock=parts.clock
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
            writes=self.writing.is_ours,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def writing(self) -> Writing:
        """Private messages."""
        from chalicelib.writing import Writing

        app, parts = self._app, self._app.parts
        return Writing(
            config=parts.config,
            cases=self.cases,
            tellings=self.tellings,
            sending=self.sending,
            connectors=app.hub,
            owner=self.answering.owner,
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


def _judge(terms: JudgeTerms) -> Judge:
    """The second reader, loaded when the first text is put to it."""
    from chalicelib.adapters.bedrock_judge import BedrockJudge, BedrockSettings

    return BedrockJudge(BedrockSettings(model=terms.model, region=terms.region))
