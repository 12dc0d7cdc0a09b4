"""The part of the composition root that brings back what went wrong: archived requests, quarantine, dead letters."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.reconciling import Reconciling

if TYPE_CHECKING:
    from chalicelib.dead_letters import DeadLetters, StreamRecords
    from chalicelib.pipeline.redrive import Redrive
    from chalicelib.pipeline.replay import Replay


class Repairing(Reconciling):
    """Made over stores, each on first use."""

    @cached_property
    def replay(self) -> Replay:
        """The replay step."""
        from chalicelib.pipeline.replay import Replay

        parts = self.parts
        return Replay(
            config=parts.config,
            orders=self.orders,
            quarantine=self.quarantine,
            archive=parts.archive,
            unsealing=self.unsealing,
            marks=self.marks,
            queue=parts.bulk,
            clock=parts.clock,
            counters=parts.counters,
        )

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """What queues gave up."""
        from chalicelib.dead_letters import DeadLetters

        return DeadLetters(self.parts.dead_letters, self.parts.feeds)

    @cached_property
    def redrive(self) -> Redrive:
        """The redrive step."""
        from chalicelib.errors import ConfigError
        from chalicelib.pipeline.redrive import Redrive

        parts = self.parts

        def stream() -> StreamRecords:
            if parts.stream is None:
                raise ConfigError("no-stream", "this installation's stream cannot be read again")
            return parts.stream()

        return Redrive(letters=self.dead_letters, stream=stream, clock=parts.clock, counters=parts.counters)
