"""Reviews and questions, from the platforms' own lists to the kept record: what simulated buyers wrote, each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ops.local import MemorySecrets
from ops.simulator import traffic
from ops.simulator.api.kit import SimClock
from ops.simulator.remarks import Remark, questions, reviews
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import build
from tests.functional.stack import CONFIG, Stack

STARS = {"ebay": {5: 5, 4: 5, 2: 1}}  # a word there, positive or negative
ASKED = ("mercadolibre",)
SPAN = timedelta(days=12)


def stack_of(engine: Any, key: str) -> tuple[Stack, list[Remark], list[Remark]]:
    """The shop of a simulated platform, connected; and what its buyers said within the span."""
    world = build(6, history=160, today=120, platforms=(key,))
    shop, now = traffic.account_of(world, key), world.closing
    options = "".join(f'{name} = "{value}"\n' for name, value in shop.options.items())
    entry = f'[[accounts]]\nplatform = "{key}"\naccount = "{shop.account}"\npull_minutes = 5\n[accounts.options]\n{options}'
    head, rest = CONFIG.split("[[accounts]]", 1)
    http = SimulatedHttp(Platforms(world, SimClock(now)))
    stack = Stack(engine, f"{head}{entry}[[campaigns]]{rest.split('[[campaigns]]', 1)[1]}", http=lambda _info: http)
    stack.app.parts.secrets = MemorySecrets({(key, shop.account): dict(traffic.secrets_of(world, key).values)})
    stack.clock.at = now
    orders = list(world.of(key))
    states = [state for order in orders if (state := order.at(now))]
    return stack, _within(reviews(states, now), now), _within(questions(orders, now), now)


def _within(found: list[Remark], now: datetime) -> list[Remark]:
    return [each for each in found if each.at >= now - SPAN]


def kept(stack: Stack, key: str, kind: str) -> dict[str, dict[str, Any]]:
    """The records of a kind by id."""
    account = stack.config.accounts[0].account
    keys = list(stack.app.recording._records.keys("demo", key, account, kind))
    return {each.id: stack.app.recording.show(each) or {} for each in keys}


@pytest.mark.parametrize("key", ["ebay", "lazada", "mercadolibre", "shopee", "woocommerce"])
def test_what_buyers_wrote_is_kept_once(moto_engine: Any, key: str) -> None:
    stack, wrote, asked = stack_of(moto_engine, key)
    account = stack.config.accounts[0].account
    for _ in range(2):
        stack.app.pull.account(key, account, stack.clock.now() - SPAN, what="reviews")
        stack.normalise()
    assert stack.app.work.quarantined("demo") == []

    found = kept(stack, key, "review")
    assert len(wrote) > 3, "a world in which nobody writes shows nothing"
    for remark in wrote:
        told = found[str(remark.number)]
        assert told["rating"] == STARS.get(key, {}).get(remark.stars or 0, remark.stars)
        assert (told["text"] or "", told["product_id"]) == (remark.text, remark.item.product.id)
        assert told["created_at"] == remark.at.strftime("%Y-%m-%dT%H:%M:%SZ") or key == "mercadolibre"
        assert remark.answer is None or key in {"mercadolibre", "woocommerce"} or told["reply"]["text"] == remark.answer
    heard = kept(stack, key, "question")
    assert bool(asked and key in ASKED) == bool(heard)
    for remark in asked if key in ASKED else ():
        told = heard[str(remark.number)]
        assert (told["text"], told["status"]) == (remark.text, "answered" if remark.answer else "open")
