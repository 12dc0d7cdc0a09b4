"""From a push whose body nobody vouches for to what is kept: nothing but what the platform's API says when it is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.contract import HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.record import OrderKey, view
from chalicelib.ports import RecordKey
from connectors.kuaishou import push as kuaishou
from connectors.registry import connector
from ops.local import MemorySecrets
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import Case, load
from tests.unit.connectors.fakes import FakeHttp, reply

PERSON = "GET /2/eps/user/info.json"
POST = {
    "id": 5100000000000002,
    "idstr": "5100000000000002",
    "created_at": "Sat Nov 21 10:00:00 +0800 2026",
    "text": "@回头小店 的杯子真好",
    "user": {"id": 2489510002, "idstr": "2489510002", "screen_name": "旅行的猫"},
}


def stack_of(engine: Any, case: Case, routes: dict[str, Any], **secrets: str) -> tuple[Stack, FakeHttp]:
    """A stack with the case's account, its secrets, and a platform that answers `routes` alone."""
    options = "".join(f'{name} = "{value}"\n' for name, value in case.account.options.items())
    entry = f'[[accounts]]\nplatform = "{case.key}"\naccount = "{case.account.account}"\npull_minutes = 0\n'
    entry += f"[accounts.options]\n{options}"
    http = FakeHttp(routes)
    stack = Stack(engine, CONFIG.replace("[[campaigns]]", f"{entry}[[campaigns]]", 1), http=lambda _info: http)
    own = {**case.secrets.values, **{name: (value,) for name, value in secrets.items()}}
    stack.app.parts.secrets = MemorySecrets({(case.key, case.account.account): own})
    stack.clock.at = case.now
    return stack, http


def send(stack: Stack, case: Case, request: RawRequest | None = None) -> tuple[int, str]:
    given = request or case.request
    answer = stack.app.receive.handle(case.key, case.account.account, given)
    return answer.status, answer.body


def weibo(engine: Any, name: str, routes: dict[str, Any]) -> tuple[Stack, Case]:
    case = load("weibo", name)
    info = reply({"uid": 1902530001, "expire_in": 86_400})
    stack, _ = stack_of(engine, case, {"POST /oauth2/get_token_info": info, **routes}, access_token="token-one")
    for _ in range(2):
        assert send(stack, case) == (200, "")
        stack.normalise()
    assert stack.app.work.quarantined("demo") == []
    return stack, case


def kept(stack: Stack, key: RecordKey) -> Any:
    return stack.app.recording.show(key)


def test_a_message_is_kept_once_with_the_person_as_the_api_tells_them(moto_engine: Any) -> None:
    stack, case = weibo(moto_engine, "push-message", {PERSON: reply({"id": 2489510001, "nickname": "小鹿爱喝茶", "follow": 1})})
    message_id = case.expected["events"][0]["delivery_id"]
    found = kept(stack, RecordKey("demo", "weibo", "acme", "message", f"2489510001\x1f{message_id}"))
    assert found["buyer"]["nickname"] == "小鹿爱喝茶"
    assert found["text"].startswith("你好")


def test_a_follower_is_one_only_where_the_api_says_so(moto_engine: Any) -> None:
    stack, _ = weibo(moto_engine, "push-follow", {PERSON: reply({"id": 2489510001, "nickname": "x", "follow": 0, "subscribe": 0})})
    assert kept(stack, RecordKey("demo", "weibo", "acme", "contact", "2489510001\x1f"))["state"] == "left"


def test_a_mention_is_what_the_post_says(moto_engine: Any) -> None:
    stack, _ = weibo(moto_engine, "push-mention", {"GET /2/statuses/mentions.json": reply({"statuses": [POST]})})
    assert kept(stack, RecordKey("demo", "weibo", "acme", "review", "mention:5100000000000002"))["text"] == POST["text"]


REPLAYED = {
    "push-message": ("message", {PERSON: reply({"id": 2489510001, "nickname": "小鹿爱喝茶", "follow": 1})}),
    "push-follow": ("contact", {PERSON: reply({"id": 2489510001, "nickname": "x", "follow": 1, "subscribe": 1})}),
    "push-mention": ("review", {"GET /2/statuses/mentions.json": reply({"statuses": [POST]})}),
}


@pytest.mark.parametrize("name", REPLAYED)
def test_a_delivery_that_is_replayed_has_no_second_effect(moto_engine: Any, name: str) -> None:
    """The nonce is not remembered: within the tolerance the same signature is accepted again, and changes nothing."""
    case = load("weibo", name)
    info = reply({"uid": 1902530001, "expire_in": 86_400})
    stack, _ = stack_of(moto_engine, case, {"POST /oauth2/get_token_info": info, **REPLAYED[name][1]}, access_token="token-one")
    assert send(stack, case) == (200, "")
    stack.normalise()
    once = everything(stack)
    assert any(REPLAYED[name][0] in str(row) for row in once), "the first one is kept"
    for _ in range(3):
        assert send(stack, case) == (200, "")
        stack.normalise()
    assert everything(stack) == once
    assert stack.app.work.quarantined("demo") == []


def test_saboteur_a_message_known_by_its_delivery(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(9))
    monkeypatch.setattr("connectors.weibo.voices.mark_of", lambda _push: f"delivery-{next(numbers)}")
    with pytest.raises(AssertionError):
        test_a_delivery_that_is_replayed_has_no_second_effect(moto_engine, "push-message")


def everything(stack: Stack) -> list[Any]:
    """All rows of all tables but the account's marks (when it was last heard of)."""
    names = sorted(stack.dynamodb.list_tables()["TableNames"])
    rows = [row for name in names for row in stack.dynamodb.scan(TableName=name)["Items"]]
    return sorted((row for row in rows if "heard" not in str(row)), key=str)


def view_of(stack: Stack, platform: str, order_id: str) -> Any:
    """The order as it is kept."""
    key = OrderKey("demo", platform, "acme", order_id)
    return view(key, stack.app.orders.read(key).layers)


def kuaishou_routes() -> tuple[dict[str, Any], str]:
    document = json.loads(load("kuaishou", "order-paid").body)

    def ok(data: Any) -> HttpResponse:
        return reply({"result": 1, "data": data})

    routes = {
        "GET /open/order/detail": ok(document["order"]),
        "GET /open/seller/order/fee/detail": ok(document["fees"]),
        "POST /oauth2/refresh_token": ok(None),
    }
    routes["POST /oauth2/refresh_token"] = reply(
        {"result": 1, "access_token": "token-one", "expires_in": 172800, "refresh_token": "refresh-two"}
    )
    return routes, str(document["order"]["orderBaseInfo"]["oid"])


KUAISHOU = {"app_secret": "a", "sign_secret": "s", "refresh_token": "refresh-one"}


def test_an_encrypted_push_is_opened_read_again_and_kept(moto_engine: Any) -> None:
    case = load("kuaishou", "push-paid")
    routes, order_id = kuaishou_routes()
    stack, http = stack_of(moto_engine, case, routes, **KUAISHOU)
    assert send(stack, case) == (200, '{"result":1}')
    stack.normalise()
    stored = view_of(stack, "kuaishou", order_id)
    assert [path for path in http.paths() if path != "/oauth2/refresh_token"] == [
        "/open/order/detail",
        "/open/seller/order/fee/detail",
    ]
    assert stack.app.work.quarantined("demo") == [] and stored.amounts.total == 11700


def test_heartbeats_forgeries_and_other_shops_leave_nothing_on_the_queue(moto_engine: Any) -> None:
    case = load("kuaishou", "push-paid")
    stack, _ = stack_of(moto_engine, case, {}, **KUAISHOU)
    heartbeat = case.with_body(kuaishou.sealed(b'{"test":true}', case.secrets))
    assert send(stack, case, heartbeat) == (200, '{"result":1}')
    plain = connector("kuaishou").verify(case.request, case.account, case.secrets, case.now).opened  # type: ignore[attr-defined]
    other = case.with_body(kuaishou.sealed(plain.replace(b"2000000101", b"2000000999"), case.secrets))
    assert send(stack, case, other)[0] == 404, "no account is that shop"
    bodies = [b"", plain, case.body[:-4] + b"AAAA", kuaishou.sealed(plain.replace(b"appKey", b"bppKey"), case.secrets)]
    answers = {send(stack, case, case.with_body(body)) for body in bodies}
    assert answers == {(401, '{"error": "body-refused"}')}, "whatever is wrong, the answer is one"
    assert stack.inbound.bodies == []


@pytest.mark.parametrize("name", ["push-forged", "push-unsigned", "push-stale"])
@pytest.mark.parametrize("key", ["weibo", "xiaohongshu"])
def test_what_is_not_signed_leaves_nothing_on_the_queue(moto_engine: Any, key: str, name: str) -> None:
    case = load(key, name)
    stack, _ = stack_of(moto_engine, case, {})
    assert send(stack, case)[0] == 401
    assert stack.inbound.bodies == []


def test_a_body_that_the_signature_leaves_out_is_asked_about(moto_engine: Any) -> None:
    """A signed address with another body: whatever it claims, the order is as the API tells it."""
    case = load("xiaohongshu", "push-status")
    document = json.loads(load("xiaohongshu", "order-paid").body)
    told = json.loads(case.body)
    data = json.loads(told[0]["data"])
    told[0]["data"] = json.dumps({**data, "orderStatus": 9})  # cancelled, it says

    def answer(request: HttpRequest) -> HttpResponse:
        method = json.loads(request.body or b"")["method"]
        if method == "oauth.refreshToken":
            return reply({"error_code": 0, "success": True, "data": {"accessToken": "t", "refreshToken": "r"}})
        assert method == "order.getOrderDetail"
        return reply({"error_code": 0, "success": True, "data": document["order"]})

    stack, http = stack_of(moto_engine, case, {"POST /ark/open_api/v3/common_controller": answer}, refresh_token="r")
    assert send(stack, case, case.with_body(json.dumps(told).encode()))[0] == 200
    stack.normalise()
    assert len(http.sent) == 2 and stack.app.work.quarantined("demo") == []
    assert view_of(stack, "xiaohongshu", document["order"]["orderId"]).status == "paid"
