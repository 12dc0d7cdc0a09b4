"""Aliyun's text messages: checked as Aliyun checks them, reported once, and read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.channels import Recipient
from chalicelib.contract import Account, Api, HttpRequest, RawRequest, Ref, Secrets
from chalicelib.domain.voice import Receipt
from chalicelib.errors import ConfigError, HuitouError, Permanent
from connectors.registry import connector
from ops.simulator import texts
from ops.simulator.api.kit import SimClock
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import build

NOW = datetime(2026, 11, 20, 3, 5, tzinfo=UTC)
TO = Recipient("phone", "+8619903010001")
FIT = {"shop": "Demo", "code": "HUITOU10"}


class Bench:
    """The connector face to face with the simulated Aliyun."""

    def __init__(self) -> None:
        world, self.clock = build(1, history=4, today=1, platforms=("generic",)), SimClock(NOW)
        self.platforms = Platforms(world, self.clock, text_messages=True)
        api: Any = self.platforms.apis[texts.KEY]
        self.aliyun: texts.TextMessages = api
        self.sms: Any = connector(texts.KEY)

    def api(self, options: dict[str, str] | None = None, secrets: dict[str, tuple[str, ...]] | None = None) -> Api:
        account = Account("demo", texts.KEY, texts.ACCOUNT, {**texts.OPTIONS, **(options or {})})
        tokens: Any = None
        return Api(account, Secrets(secrets or texts.secrets(1)), SimulatedHttp(self.platforms), tokens, self.clock.now)


def test_a_message_goes_and_its_report_is_read_again() -> None:
    bench = Bench()
    sent = bench.sms.send_template(TO, texts.TEMPLATE, FIT, "m-1", bench.api())
    assert bench.aliyun.said == [TO.id]
    body = bench.aliyun.reports()
    assert bench.aliyun.reports() == b""
    account = bench.api().account
    (event,) = bench.sms.events(request(body), Ref(account, "d-1", "push"))
    hydrated = bench.sms.hydrate(event, bench.api())
    (receipt,) = bench.sms.canonical(hydrated.kind, hydrated.payload, Ref(account, "d-1", "pull"))
    assert isinstance(receipt, Receipt)
    assert (receipt.message_id, receipt.state, receipt.at) == (sent.platform_id, "delivered", NOW + timedelta(seconds=4))


def request(body: bytes) -> RawRequest:
    """As it is pushed."""
    return RawRequest("POST", "https://hooks.example/webhooks/sms/aliyun/x", {}, (), body, "x")


@pytest.mark.parametrize(
    ("options", "secrets", "template", "values", "kind"),
    [
        ({}, {**texts.secrets(1), "access_key_secret": ("wrong",)}, texts.TEMPLATE, FIT, ConfigError),
        ({"sign_name": "somebody else"}, None, texts.TEMPLATE, FIT, ConfigError),
        ({}, None, "SMS_1", FIT, Permanent),
        ({}, None, texts.TEMPLATE, {"shop": "Demo"}, Permanent),
    ],
)
def test_what_aliyun_refuses(options: Any, secrets: Any, template: str, values: dict[str, str], kind: type[HuitouError]) -> None:
    bench = Bench()
    with pytest.raises(HuitouError) as error:
        bench.sms.send_template(TO, template, values, "m-1", bench.api(options, secrets))
    assert bench.aliyun.said == []
    assert isinstance(error.value, (kind, Permanent))


def test_a_changed_call_is_refused() -> None:
    bench = Bench()
    seen: list[HttpRequest] = []
    honest = bench.aliyun.handle

    def keep(given: HttpRequest) -> Any:
        seen.append(given)
        return honest(given)

    bench.platforms.apis[texts.KEY].handle = keep  # type: ignore[method-assign, assignment]
    bench.sms.send_template(TO, texts.TEMPLATE, FIT, "m-1", bench.api())
    (call,) = seen
    other = tuple((name, "19900000000" if name == "PhoneNumbers" else value) for name, value in call.query)
    changed = honest(HttpRequest(call.method, call.url, other, call.headers, call.body))
    assert json.loads(changed.body)["Code"] == "SignatureDoesNotMatch"
    bench.clock.advance(NOW + timedelta(hours=1))
    assert json.loads(honest(call).body)["Code"] == "InvalidTimeStamp.Expired"
