"""Selections: all conditions together, and none of what does not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.selection import SEVERAL, About, Selection

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ONE = About("shopify", "acme", "orders/paid", "payload-malformed", AT, "4f0c12")


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), True),
        (Selection("shopify", "acme", "orders/paid", "payload-malformed", AT, AT + timedelta(seconds=1), "4f0c"), True),
        (Selection(platform="douyin"), False),
        (Selection(account="other"), False),
        (Selection(topic="orders/create"), False),
        (Selection(reason="other"), False),
        (Selection(since=AT + timedelta(seconds=1)), False),
        (Selection(until=AT), False),
        (Selection(digest="0c12"), False),
    ],
)
def test_each_condition_holds(selection: Selection, taken: bool) -> None:
    assert selection.takes(ONE) is taken


@pytest.mark.parametrize(
    "selection", [Selection(platform="a"), Selection(topic="a"), Selection(since=AT), Selection(until=AT), Selection(digest="a")]
)
def test_what_does_not_say_is_not_meant(selection: Selection) -> None:
    assert not selection.takes(About())
    assert Selection().takes(About())


def test_a_request_of_several_topics_is_among_them() -> None:
    assert Selection(topic="orders/paid").takes(About(topic=SEVERAL))


def test_words_and_name() -> None:
    some = Selection(platform="shopify", since=AT)
    assert (Selection().words(), some.words()) == ("all", "platform=shopify since=2026-11-20T08:00:00+00:00")
    assert some.name() == Selection(platform="shopify", since=AT).name() != Selection(platform="shopify").name()
