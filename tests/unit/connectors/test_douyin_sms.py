"""Text messages of Douyin shop: what is sent, to whom, and what is refused before anything was said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.channels import Recipient
from chalicelib.contract import Account
from chalicelib.errors import ConfigError, Permanent, Retriable
from connectors.douyin import CONNECTOR
from tests.unit.connectors.fakes import FakeHttp, make_api, reply

OPTIONS = {"shop_id": "95250", "sms_account": "huitou", "sms_sign": "回头小店"}
SECRETS = {"app_key": "6838370429421454862", "app_secret": "7ab5a1d0-2c3e-4f50-8a6b-0123456789ab"}
TO = Recipient("phone", "+8613800000001")
SEND = "POST /sms/send"


def send(answer: Any, to: Recipient = TO, options: dict[str, str] = OPTIONS, **values: str) -> tuple[Any, FakeHttp]:
    http = FakeHttp({SEND: answer})
    api = make_api(Account("demo", "douyin", "95250", options), SECRETS, http)
    return CONNECTOR.send_template(to, "ST_1001", values or {"name": "小鹿", "days": "30"}, "message-1", api), http


def ok(**data: Any) -> Any:
    return reply({"code": 10000, "msg": "success", "data": {"code": 0, "message": "ok", **data}})


def test_a_message_is_sent_once_with_our_own_id() -> None:
    sent, http = send(ok(message_id="987"))
    (request,) = http.sent
    assert sent.platform_id == "987" and request.once
    assert json.loads(request.body or b"") == {
        "sms_account": "huitou",
        "sign": "回头小店",
        "template_id": "ST_1001",
        "template_param": '{"days":"30","name":"小鹿"}',
        "post_tel": "13800000001",
        "tag": "message-1",
    }


@pytest.mark.parametrize("to", [Recipient("user", "1@#x"), Recipient("phone", "+15550100987"), Recipient("phone", "+86571000000")])
def test_only_mobile_numbers_of_the_mainland(to: Recipient) -> None:
    with pytest.raises(Permanent, match="recipient-refused"):
        send(ok(), to)


@pytest.mark.parametrize("name", ["sms_account", "sms_sign"])
def test_channel_and_signature_are_needed(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        send(ok(), options={key: value for key, value in OPTIONS.items() if key != name})


def test_values_are_looked_at_before() -> None:
    assert CONNECTOR.check_template("ST_1", {"name": " 小鹿\n爱喝茶 "}) == {"name": "小鹿 爱喝茶"}
    for template, values in (("ST 1", {}), ("ST_1", {"a-b": "x"}), ("ST_1", {"name": " "})):
        with pytest.raises(Permanent, match="template-refused"):
            CONNECTOR.check_template(template, values)


def test_how_a_sending_ends() -> None:
    with pytest.raises(Permanent, match="platform-refused"):
        send(ok(code=628002001))
    with pytest.raises(Permanent, match="outcome-unknown"):
        send(reply({"code": 20000, "sub_code": "isp.service-error:500", "data": None}))
    for odd in (reply({"code": 10000, "data": None}), ok(code="x"), reply({"code": 10000, "data": []})):
        with pytest.raises(Permanent, match="outcome-unknown"):
            send(odd)
    with pytest.raises(Retriable, match="platform-throttled"):
        send(reply({"code": 60000, "sub_code": "isv.limit", "data": None}))
