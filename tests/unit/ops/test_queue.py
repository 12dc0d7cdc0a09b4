"""The queue does what SQS does: visibility, receive counts, stale handles, delays, dead letters, redrive."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.errors import Retriable
from ops.runtime.queue import Depth, LocalQueue, LocalQueues, open_queues
from ops.runtime.storage import QueueFile
from tests.unit.ops.clock import Clock

INSERT = "INSERT INTO message (queue, id, body, sent_at, visible_at) VALUES ('inbound', 'x', 'y', 0, 0)"
HIDDEN = timedelta(seconds=30)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "file"])
def queues(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[LocalQueues]:
    path = tmp_path / "queues.sqlite3" if request.param == "file" else None
    opened = open_queues(path, now=clock, visibility=HIDDEN, max_receive_count=2)
    yield opened
    opened.close()


def bodies(queue: LocalQueue) -> list[str]:
    return [message.body for message in queue.receive()]


def test_a_received_message_is_invisible_until_its_time_is_over(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["a"])

    assert bodies(queues.inbound) == ["a"]
    clock.tick(29.999)
    assert bodies(queues.inbound) == []
    clock.tick(0.001)
    assert bodies(queues.inbound) == ["a"]


def test_receive_takes_at_most_ten_and_the_longest_visible_first(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send([str(number) for number in range(12)])
    clock.tick(1)
    queues.inbound.send(["later"])

    assert bodies(queues.inbound) == [str(number) for number in range(10)]
    assert bodies(queues.inbound) == ["10", "11", "later"]
    with pytest.raises(ValueError, match="1 to 10"):
        queues.inbound.receive(11)


def test_a_new_receive_makes_older_handles_stale(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["a"])
    (first,) = queues.inbound.receive()
    clock.tick(30)
    (second,) = queues.inbound.receive()

    assert queues.inbound.delete([first.receipt_handle]) == [first.receipt_handle]
    assert queues.inbound.change_visibility([first.receipt_handle], timedelta(0)) == [first.receipt_handle]
    assert queues.inbound.depth() == Depth(0, 1, 0)
    assert queues.inbound.delete([second.receipt_handle]) == []
    assert queues.inbound.depth().total == 0


def test_a_handle_of_nobody_deletes_nothing(queues: LocalQueues) -> None:
    queues.inbound.send(["a"])
    (message,) = queues.inbound.receive()
    strange = ["", "x", "1-", "1-zz", "9" * 30, "１-a", "\ud800", message.receipt_handle + "0"]

    assert queues.inbound.delete(strange) == strange
    assert queues.bulk.delete([message.receipt_handle]) == [message.receipt_handle]
    assert queues.inbound.depth().total == 1


def test_an_expired_message_that_nobody_else_took_can_still_be_deleted(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["a"])
    (message,) = queues.inbound.receive()
    clock.tick(60)

    assert queues.inbound.delete([message.receipt_handle]) == []
    assert bodies(queues.inbound) == []


def test_a_message_is_told_how_often_and_since_when_it_was_received(queues: LocalQueues, clock: Clock) -> None:
    sent = clock()
    queues.inbound.send(["a"])
    clock.tick(5)
    first_received = clock()
    (first,) = queues.inbound.receive()
    clock.tick(30)
    (second,) = queues.inbound.receive()

    assert (first.receive_count, second.receive_count) == (1, 2)
    assert (second.sent_at, second.first_received_at) == (sent, first_received)
    assert first.message_id == second.message_id
    assert queues.inbound.oldest_sent_at() == sent


def test_a_delay_hides_a_message_and_is_counted_apart(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["late"], delay_seconds=10)
    queues.inbound.send(["now", "too"])
    queues.inbound.receive(1)

    assert queues.inbound.depth() == Depth(visible=1, in_flight=1, delayed=1)
    assert (queues.inbound.empty(), queues.bulk.empty()) == (False, True)
    clock.tick(10)
    assert queues.inbound.depth() == Depth(visible=2, in_flight=1, delayed=0)
    with pytest.raises(ValueError, match="delay"):
        queues.inbound.send(["x"], delay_seconds=901)


def test_visibility_can_be_changed_both_ways(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["a"])
    (message,) = queues.inbound.receive()

    queues.inbound.change_visibility([message.receipt_handle], timedelta(seconds=90))
    clock.tick(89)
    assert bodies(queues.inbound) == []
    queues.inbound.change_visibility([message.receipt_handle], timedelta(0))
    assert bodies(queues.inbound) == ["a"]


def test_what_was_received_too_often_goes_to_the_dead_letters_with_its_history(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send(["poison"])
    (first,) = queues.inbound.receive()
    clock.tick(30)
    queues.inbound.receive()
    clock.tick(30)
    queues.inbound.send(["sound"])

    assert bodies(queues.inbound) == ["sound"]
    (dead,) = queues.inbound_dead.receive()
    assert (dead.body, dead.message_id, dead.source) == ("poison", first.message_id, "inbound")
    assert dead.receive_count == 3


def test_a_dead_letter_does_not_make_the_queue_deliver_less_than_asked(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound.send([f"poison {number}" for number in range(10)])
    for _ in range(2):
        queues.inbound.receive()
        clock.tick(30)
    queues.inbound.send([f"sound {number}" for number in range(10)])

    assert len(bodies(queues.inbound)) == 10
    assert queues.inbound_dead.depth().visible == 10


def test_without_a_dead_letter_queue_a_message_comes_for_ever(queues: LocalQueues, clock: Clock) -> None:
    queues.inbound_dead.send(["a"])

    for count in range(1, 9):
        assert [message.receive_count for message in queues.inbound_dead.receive()] == [count]
        clock.tick(30)


def test_redrive_makes_new_messages_of_those_selected(queues: LocalQueues) -> None:
    queues.inbound_dead.send(["shop a", "shop b", "shop a too"])
    before = {message.message_id for message in queues.inbound_dead.peek()}

    assert queues.inbound_dead.redrive_to(queues.bulk, select=lambda body: "a" in body.split(), limit=1) == 1
    assert queues.inbound_dead.redrive_to(queues.bulk, select=lambda body: "a" in body.split()) == 1
    assert queues.inbound_dead.redrive_to(queues.bulk, select=lambda body: "a" in body.split()) == 0
    moved = queues.bulk.receive()
    assert [message.body for message in moved] == ["shop a", "shop a too"]
    assert {message.receive_count for message in moved} == {1}
    assert not before & {message.message_id for message in moved}
    assert [message.body for message in queues.inbound_dead.peek()] == ["shop b"]


def test_redrive_leaves_what_is_in_flight(queues: LocalQueues) -> None:
    queues.inbound_dead.send(["a", "b"])
    queues.inbound_dead.receive(1)

    assert queues.inbound_dead.redrive_to(queues.inbound) == 1
    assert bodies(queues.inbound) == ["b"]


def test_peek_changes_nothing(queues: LocalQueues) -> None:
    queues.inbound.send(["a"], delay_seconds=5)

    assert [(message.body, message.receive_count) for message in queues.inbound.peek()] == [("a", 0)]
    assert queues.inbound.depth() == Depth(0, 0, 1)


@pytest.mark.parametrize("body", ["\x00", "\x0b", "\ufffe", "\ud800", "x" * 1_048_577, "é" * 524_289])
def test_what_sqs_refuses_is_refused_and_nothing_of_the_batch_is_queued(queues: LocalQueues, body: str) -> None:
    with pytest.raises(Retriable, match="queue-refused"):
        queues.inbound.send(["good", body])
    assert queues.inbound.depth().total == 0


def test_the_largest_body_and_all_of_unicode_arrive_unchanged(queues: LocalQueues) -> None:
    sent = ["x" * 1_048_576, "回头客 🎁\t\r\n", ""]
    queues.inbound.send(sent)

    assert bodies(queues.inbound) == sent


def test_a_closed_queue_refuses(queues: LocalQueues) -> None:
    queues.close()

    with pytest.raises(Retriable, match="queue-unavailable"):
        queues.inbound.send(["a"])


def test_a_send_that_cannot_be_committed_raises_and_leaves_nothing(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "queues.sqlite3"
    queues = open_queues(path, now=clock)
    queues.inbound.send(["before"])
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER no_room BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'disk full'); END")

    with pytest.raises(Retriable, match="queue-unavailable"):
        queues.inbound.send(["lost"])
    with sqlite3.connect(path) as other:
        other.execute("DROP TRIGGER no_room")
    queues.inbound.send(["after"])
    assert bodies(queues.inbound) == ["before", "after"]
    queues.close()


def commit_together(file: QueueFile, works: list[Callable[[sqlite3.Connection], None]]) -> list[str]:
    """Run the works in threads so that they land in one commit; how each caller came out, sorted."""
    inside, go = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def hold(_: sqlite3.Connection) -> None:
        inside.set()
        go.wait(10)

    def call(work: Callable[[sqlite3.Connection], None]) -> None:
        try:
            file.run(work)
        except (Retriable, KeyboardInterrupt) as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("committed")

    holder = threading.Thread(target=file.run, args=(hold,))
    holder.start()
    assert inside.wait(10)
    callers = [threading.Thread(target=call, args=(work,)) for work in works]
    for thread in callers:
        thread.start()
    while len(file._pending) < len(works):
        pass
    go.set()
    for thread in [holder, *callers]:
        thread.join()
    return sorted(outcomes)


def insert(db: sqlite3.Connection) -> None:
    db.execute(INSERT)


def test_no_sender_is_told_it_succeeded_when_the_leader_of_the_commit_is_interrupted(tmp_path: Path) -> None:
    """The thread that commits for others may be interrupted (Ctrl-C); the others must not take that for success."""

    def interrupted(_: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    file = QueueFile(tmp_path / "queues.sqlite3")

    assert commit_together(file, [insert, interrupted, insert]) == ["KeyboardInterrupt", "Retriable", "Retriable"]
    assert LocalQueue(file, "inbound").empty()
    assert commit_together(file, [insert, insert]) == ["committed", "committed"]
    assert LocalQueue(file, "inbound").depth().visible == 2
    file.close()


def test_two_processes_see_one_queue(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "queues.sqlite3"
    here, there = open_queues(path, now=clock), open_queues(path, now=clock)
    here.inbound.send(["a"])

    (message,) = there.inbound.receive()
    assert message.body == "a"
    assert bodies(here.inbound) == []
    here.close()
    there.close()


def test_a_reopened_file_holds_everything_and_a_start_releases_what_a_crashed_consumer_held(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "queues.sqlite3"
    first = open_queues(path, now=clock, max_receive_count=3)
    first.inbound.send(["held", "waiting"])
    first.inbound.send(["delayed"], delay_seconds=100)
    first.inbound.receive(1)
    first.close()

    again = open_queues(path, now=clock, max_receive_count=3)
    assert again.inbound.depth() == Depth(1, 1, 1)
    assert again.inbound.release_in_flight() == 1
    assert {(message.body, message.receive_count) for message in again.inbound.receive()} == {("held", 2), ("waiting", 1)}
    assert again.inbound.depth() == Depth(0, 2, 1)
    again.close()


def test_sixty_four_senders_share_commits(tmp_path: Path) -> None:
    """Group commit: while one transaction is being written, the senders that arrive wait for a common next one."""
    file = QueueFile(tmp_path / "queues.sqlite3")
    transactions: list[str] = []
    assert file._connection is not None
    file._connection.set_trace_callback(transactions.append)
    assert commit_together(file, [insert] * 64) == ["committed"] * 64
    assert transactions.count(INSERT) == 64
    assert transactions.count("COMMIT") == 2
    file.close()


def test_two_receivers_never_get_the_same_message(tmp_path: Path) -> None:
    queues = open_queues(tmp_path / "queues.sqlite3", visibility=timedelta(hours=1))
    queues.inbound.send([str(number) for number in range(400)])
    got: list[str] = []

    def work() -> None:
        while messages := queues.inbound.receive():
            got.extend(message.body for message in messages)
            assert queues.inbound.delete([message.receipt_handle for message in messages]) == []

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got, key=int) == [str(number) for number in range(400)]
    queues.close()


def test_a_dead_letter_queue_in_another_file_is_refused() -> None:
    other = LocalQueue(QueueFile(), "dead")
    with pytest.raises(ValueError, match="file of its source"):
        LocalQueue(QueueFile(), "inbound", dead_letter=other)


def test_a_waiter_wakes_when_something_was_sent() -> None:
    queues = open_queues()
    seen = queues.inbound.changes
    sender = threading.Thread(target=queues.inbound.send, args=(["a"],))
    sender.start()
    queues.inbound.wait(seen, timeout_seconds=30)
    sender.join()

    assert bodies(queues.inbound) == ["a"]
    queues.close()
