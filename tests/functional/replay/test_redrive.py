"""Dead letters: a look takes nothing away; a redrive loses none, whoever dies over it, and takes only what is meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.dead_letters import DeadLetterBox, Letter
from chalicelib.domain.selection import Selection
from chalicelib.envelope import Envelope, encode
from chalicelib.errors import ConfigError, Retriable
from chalicelib.pipeline.redrive import Redrive
from ops.quick_moto import own_aws
from tests.functional.replay.letters import LocalPost, Post, SqsPost

AT = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)


def body(number: int, platform: str = "shopify", merchant: str = "demo") -> str:
    """An envelope of a delivery."""
    digest, topic = f"{number:032x}", "orders/paid"
    at = AT + timedelta(minutes=number)
    return encode(Envelope(digest, merchant, platform, "acme", "push", "request", topic, digest, at, sealed="c2VhbGVk"))


MIXED = [body(number, "shopify" if number % 3 else "douyin") for number in range(25)]


@pytest.mark.fault(39)
def test_all_come_back_to_their_queue_and_none_is_left(post: Post) -> None:
    post.give_up(MIXED)
    assert post.letters.depths()["inbound"] == 25
    found = post.redrive.run("inbound")
    assert (found.found, found.sent, dict(found.left)) == (25, 25, {})
    assert dict(found.by) == {("shopify", "acme"): 16, ("douyin", "acme"): 9}
    assert (sorted(post.home()), post.left()) == (sorted(MIXED), [])
    assert post.counters.total("redriven", queue="inbound") == 25


@pytest.mark.fault(39)
def test_a_dry_run_and_a_look_leave_everything_there_at_once(post: Post) -> None:
    post.give_up(MIXED)
    assert post.redrive.run("inbound", dry_run=True).found == 25
    told = post.letters.peek("inbound", Selection(platform="douyin"), limit=5)
    assert [(each.about.platform, each.merchant, each.about.topic) for each in told] == [("douyin", "demo", "orders/paid")] * 5
    assert all(each.about.at is not None and each.about.at < AT + timedelta(hours=1) for each in told)
    assert (post.home(), post.left()) == ([], sorted(MIXED))


@pytest.mark.fault(39)
def test_only_the_selected_come_back_and_the_others_stay(post: Post) -> None:
    post.give_up(MIXED)
    since = Selection(platform="shopify", since=AT + timedelta(minutes=10))
    found = post.redrive.run("inbound", since)
    wanted = [MIXED[number] for number in range(10, 25) if number % 3]
    assert found.sent == len(wanted)
    assert sorted(post.home()) == sorted(wanted)
    assert post.left() == sorted(set(MIXED) - set(wanted))


def test_a_merchant_reaches_only_their_own(post: Post) -> None:
    post.give_up([body(1), body(2, merchant="other"), "no envelope"])
    assert [each.merchant for each in post.letters.peek("inbound", merchant="other")] == ["other"]
    assert post.redrive.run("inbound", merchant="other").sent == 1
    assert post.home() == [body(2, merchant="other")]
    assert post.left() == sorted([body(1), "no envelope"])


def test_a_letter_of_several_queues_goes_home_and_what_it_says_of_a_merchant_is_not_believed(post: Post) -> None:
    post.give_up(['{"merchant":"demo","of":"amazon"}'], "feed-amazon")
    post.give_up(["of shopify"], "feed-shopify")
    assert {each.merchant for each in post.letters.peek("feed")} == {None}
    assert post.redrive.run("feed", merchant="demo").sent == 0
    assert post.redrive.run("feed").sent == 2
    if isinstance(post, SqsPost):  # a queue that the settings do not name
        post.give_up(["from elsewhere"], "feed-shopify")
        post.sources["from elsewhere"] = "arn:aws:sqs:us-east-1:1:elsewhere"
        assert dict(post.redrive.run("feed").left) == {"source-unknown": 1}
        assert post.left("feed") == ["from elsewhere"]
    assert (post.home("feed-amazon"), post.home("feed-shopify")) == (['{"merchant":"demo","of":"amazon"}'], ["of shopify"])


@pytest.mark.fault(39)
def test_what_a_bus_or_a_topic_could_not_deliver_goes_where_it_was_meant_to() -> None:
    with own_aws():
        post = SqsPost()
        post.not_delivered("of a bus", "feed-amazon")
        post.not_delivered("of a topic", None)
        assert {each.about.platform for each in post.letters.peek("feed")} == {"amazon", None}
        found = post.redrive.run("feed")
        assert (found.sent, dict(found.left)) == (1, {"source-unknown": 1})
        assert post.home("feed-amazon") == ["of a bus"]
        with pytest.raises(ConfigError, match="one of: amazon, shopify"):
            post.redrive.run("feed", to="nobody")
        assert post.left("feed") == ["of a topic"]


def test_letters_that_name_no_queue_go_where_they_are_told_to_and_the_others_home() -> None:
    with own_aws():
        post = SqsPost()
        post.not_delivered("of a topic", None)
        post.give_up(["of amazon"], "feed-amazon")
        assert post.redrive.run("feed", to="shopify", dry_run=True).by == {("amazon", "-"): 1, ("shopify", "-"): 1}
        found = post.redrive.run("feed", to="shopify")
        assert (found.sent, dict(found.left), post.left("feed")) == (2, {}, [])
        assert (post.home("feed-amazon"), post.home("feed-shopify")) == (["of amazon"], ["of a topic"])


@pytest.mark.fault(39)
def test_it_is_paced(post: Post) -> None:
    post.give_up(MIXED)
    before = post.clock.at
    post.redrive.run("inbound", rate=5)
    assert post.clock.at - before == timedelta(seconds=24 / 5)


class Dying:
    """A box whose owner dies at the n-th call."""

    def __init__(self, box: DeadLetterBox, at: int) -> None:
        self._box = box
        self.left = at

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self._box, name)

        def counted(*arguments: Any) -> Any:
            self.left -= name in ("receive", "send_back", "delete")
            if self.left < 0 and name != "put_back":
                raise Retriable("queue-unavailable", "died on purpose")
            return found(*arguments)

        return counted


def killed_everywhere(step: type[Redrive] = Redrive) -> tuple[set[str], int]:
    """What was lost, over all places to die; and how many places there were."""
    lost: set[str] = set()
    bodies = MIXED[:6]
    for place in range(50):
        post = LocalPost()
        post.give_up(bodies)
        dying = Dying(post.boxes["inbound"], place)
        whole, post.boxes["inbound"] = post.boxes["inbound"], dying
        made = step(letters=post.letters, stream=lambda: pytest.fail("no stream"), clock=post.clock, counters=post.counters)
        made._pause = lambda _: None
        try:
            made.run("inbound")
            return lost, place
        except Retriable:
            post.boxes["inbound"] = whole
        there = set(post.home()) | set(post.left())
        lost |= set(bodies) - there
        post.queues.close()
    raise AssertionError("never came to an end")


@pytest.mark.fault(39)
def test_killed_anywhere_nothing_is_lost() -> None:
    lost, places = killed_everywhere()
    assert (lost, places > 10) == (set(), True)


@pytest.mark.fault(39, saboteur=True)
def test_saboteur_deleted_before_it_is_sent() -> None:
    class Careless(Redrive):
        def _one(self, box: DeadLetterBox, letter: Letter, again: Any) -> str | None:
            box.delete(letter)
            box.send_back(letter)
            return None

    assert killed_everywhere(Careless)[0]


def test_what_dies_anew_meanwhile_is_not_met_again() -> None:
    post = LocalPost()
    post.give_up([body(1)])
    box, met = post.boxes["inbound"], 0

    class Failing:
        """As if the consumer gave it up again at once."""

        def __getattr__(self, name: str) -> Any:
            return getattr(box, name)

        def send_back(self, letter: Letter) -> bool:
            nonlocal met
            met += 1
            assert met < 5
            post.clock.at += timedelta(seconds=1)
            box.send_back(letter)
            post.give_up([])
            return True

    post.boxes["inbound"] = Failing()  # the rest is passed on
    assert post.redrive.run("inbound").sent == 1
    assert post.left() == [body(1)]
    post.queues.close()


def test_a_queue_that_is_none_is_told() -> None:
    post = LocalPost()
    with pytest.raises(ConfigError, match="inbound"):
        post.redrive.run("nonsense")
    with pytest.raises(ConfigError, match="command line"):
        post.redrive.run("stream")
    post.queues.close()
