"""The local queues' dead letters, as the core reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from chalicelib.dead_letters import AT_ONCE, Letter
from ops.runtime.queue import LocalQueue, LocalQueues, Message


class LocalDeadLetters:
    """DeadLetterBox over a local queue. `homes`: the queues whose letters these are."""

    def __init__(self, queue: LocalQueue, homes: Sequence[LocalQueue]) -> None:
        self._queue = queue
        self._homes = {home.name: home for home in homes}

    def depth(self) -> int:
        """See the port."""
        return self._queue.depth().total

    def receive(self, limit: int, hidden: timedelta) -> list[Letter]:
        """See the port."""
        return [self._letter(each) for each in self._queue.receive(min(limit, AT_ONCE), visibility=hidden)]

    def send_back(self, letter: Letter) -> bool:
        """See the port."""
        home = next((each for each in self._homes.values() if each.arn == letter.source), None)
        if home is None:
            return False
        home.send([letter.body])
        return True

    def delete(self, letter: Letter) -> None:
        """See the port."""
        self._queue.delete([letter.handle])

    def put_back(self, letters: Sequence[Letter]) -> None:
        """See the port."""
        if letters:
            self._queue.change_visibility([letter.handle for letter in letters], timedelta(0))

    def _letter(self, message: Message) -> Letter:
        home = self._homes.get(message.source or "")
        source = home.arn if home else None
        return Letter(message.message_id, message.receipt_handle, message.body, message.sent_at, message.receive_count, source)


def local_dead_letters(queues: LocalQueues) -> Mapping[str, LocalDeadLetters]:
    """By the name of the queue, as on AWS."""
    return {
        "inbound": LocalDeadLetters(queues.inbound_dead, [queues.inbound]),
        "bulk": LocalDeadLetters(queues.bulk_dead, [queues.bulk]),
        "jobs": LocalDeadLetters(queues.jobs_dead, [queues.jobs]),
        "feed": LocalDeadLetters(queues.feed_dead, list(queues.feeds.values())),
        "stream": LocalDeadLetters(queues.stream_dead, []),
    }
