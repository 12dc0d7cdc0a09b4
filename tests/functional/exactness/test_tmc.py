"""Taobao's messages through the whole core: consumed, queued, confirmed, and the trade read again into an order."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.contract import HttpRequest, HttpResponse
from chalicelib.domain.order import Order
from chalicelib.domain.record import OrderKey, view
from chalicelib.errors import Retriable
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import FIXTURES

TID = "3291847560218937655"
SHOP = '[[accounts]]\nplatform = "taobao"\naccount = "{name}"\npull_minutes = 0\noptions = {{user_id = "{seller}"}}\n'
SHOPS = SHOP.format(name="tea", seller=2207654321098) + SHOP.format(name="cups", seller=2207654321099)
APP = {"app_key": ("12345678",), "app_secret": ("secret of the tests",), "access_token": ("session of the tests",)}


def message(number: int, seller: int = 2207654321098, tid: str = TID) -> dict[str, Any]:
    """A paid trade of a seller, as TMC tells it."""
    told: dict[str, Any] = json.loads((FIXTURES / "taobao/feed-paid/body.json").read_text())
    return {**told, "id": number, "user_id": seller, "content": json.dumps({"tid": int(tid), "oid": int(tid) + 1})}


class Top:
    """TOP: keeps messages until they are confirmed, and knows every trade. `stack` counts what was queued by then."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.kept = {str(each["id"]): each for each in messages}
        self.stack: Stack | None = None
        self.confirmed: list[tuple[str, int]] = []
        self.sessions: list[tuple[str, str | None]] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """An answer by method."""
        asked = dict(parse_qsl((request.body or b"").decode(), strict_parsing=True))
        self.sessions.append((asked["method"].rpartition("taobao.")[2], asked.get("session")))
        answer = getattr(self, "_" + asked["method"].split(".")[-1])(asked)
        return HttpResponse(200, {}, json.dumps(answer).encode())

    def _consume(self, asked: dict[str, str]) -> Any:
        shown = list(self.kept.values())[: int(asked["quantity"])]
        return {"tmc_messages_consume_response": {"messages": {"tmc_message": shown} if shown else {}}}

    def _confirm(self, asked: dict[str, str]) -> Any:
        assert self.stack is not None
        for receipt in asked["s_message_ids"].split(","):
            del self.kept[receipt]
            self.confirmed.append((receipt, len(self.stack.inbound.bodies)))
        return {"tmc_messages_confirm_response": {"is_success": True}}

    def _get(self, asked: dict[str, str]) -> Any:
        answer = json.loads((FIXTURES / "taobao/order-paid/body.json").read_text())
        answer["trade_fullinfo_get_response"]["trade"] |= {"tid": int(asked["tid"]), "tid_str": asked["tid"]}
        return answer


def stack_of(engine: Any, top: Top) -> Stack:
    """Two shops of one application over it."""
    stack = Stack(engine, CONFIG + SHOPS, http=lambda _info: top)
    stack.app.parts.secrets = MemorySecrets({("taobao", "tea"): APP, ("taobao", "cups"): APP})
    top.stack = stack
    return stack


def order_of(stack: Stack, key: OrderKey) -> Order | None:
    """An order as it is stored."""
    return view(key, stack.app.orders.read(key).layers)


def test_a_message_becomes_the_order_that_the_trade_is_now(engine: Any) -> None:
    top = Top(message(1), message(2, seller=2207654321099, tid="3291847560218937999"), message(3))
    stack = stack_of(engine, top)
    assert stack.app.poll.run() == 3
    assert top.kept == {}
    assert top.confirmed == [("1", 3), ("2", 3), ("3", 3)]  # the batch was on the queue first
    stack.settle()
    order = order_of(stack, OrderKey("demo", "taobao", "tea", TID))
    other = order_of(stack, OrderKey("demo", "taobao", "cups", "3291847560218937999"))
    assert order is not None
    assert other is not None
    told = json.loads((FIXTURES / "taobao/order-paid/expected.json").read_text())[0]
    assert (order.status, order.amounts.total) == (told["status"], told["amounts"]["total"])
    assert {session for name, session in top.sessions if name.startswith("tmc.")} == {None}  # asked in the application's name
    assert {session for name, session in top.sessions if name == "trade.fullinfo.get"} == {"session of the tests"}


def test_what_was_not_confirmed_comes_again_and_changes_nothing(engine: Any) -> None:
    top = Top(message(1))
    stack = stack_of(engine, top)
    stack.inbound.refuse = True
    assert stack.app.poll.run() == 0
    assert list(top.kept) == ["1"]
    stack.inbound.refuse = False
    assert stack.app.poll.run() == 1
    top.kept = {"1": message(1)}  # as if the confirmation had been lost
    assert stack.app.poll.run() == 1
    stack.settle()
    assert stack.app.orders.read(OrderKey("demo", "taobao", "tea", TID)).version == 1


def test_a_shop_that_fails_holds_up_no_other(moto_engine: Any) -> None:
    """The first account's secrets are missing; the second asks for the application's messages all the same."""
    top = Top(message(1), message(2, seller=2207654321099))
    stack = stack_of(moto_engine, top)
    stack.app.parts.secrets = MemorySecrets({("taobao", "cups"): APP})
    assert stack.app.poll.run() == 2
    assert stack.counters.total("poll_failed") == 1


def test_one_message_that_cannot_be_read_stops_no_other(moto_engine: Any) -> None:
    """It waits in quarantine under the account that fetched it; what has no id cannot be confirmed, and says so at the end."""
    odd = {**message(1), "content": {"not": "text"}, "user_id": {"nor": "this"}}
    top = Top(odd, message(2))
    top.kept["no id"] = {"topic": "taobao_trade_TradeBuyerPay"}
    stack = stack_of(moto_engine, top)
    stack.app.poll.run()
    assert list(top.kept) == ["no id"]
    assert len(stack.inbound.bodies) == 2
    assert stack.counters.total("poll_failed") == 2  # once for each account that asked: it is still there


def test_a_platform_that_is_down_is_counted(moto_engine: Any) -> None:
    class Down(Top):
        def send(self, request: HttpRequest) -> HttpResponse:
            raise Retriable("platform-unavailable", "HTTP 503")

    stack = stack_of(moto_engine, Down())
    assert stack.app.poll.run() == 0
    assert stack.counters.total("poll_failed") == 2
