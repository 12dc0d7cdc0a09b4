"""A shop with every channel: its accounts, the platforms behind them as scripted HTTP, and people who can be reached."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.adapters.aws_sms import AwsSms, SmsSettings
from chalicelib.contract import Account, Event, HttpRequest, HttpResponse, Page
from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.coupons import Code
from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.order import Buyer
from chalicelib.errors import Retriable
from chalicelib.ports import Message
from chalicelib.recording import subject_of
from ops.local import MemorySecrets
from tests.functional.exactness.test_one_person import OTHER
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import SECRETS, Stack
from tests.unit.connectors.fakes import FakeHttp, reply

BOUGHT = "2026-10-21T04:00:00Z"
FIXTURES = Path(__file__).parents[2] / "fixtures"
TEMPLATE = "tTests00000000000000000001"  # of WeChat
OPENID = "oBuyer_0000000000000000000001"
UNIONID = "u_000000000000000000000001"
CONTACT, EMPLOYEE = "wmTests0001", "lihua"
CHINA, WORLD = "+8613800000001", "+447700900001"
HEAD = """
merchant = "demo"
name = "Demo"
time_zone = "Asia/Shanghai"
currency = "CNY"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "generic"
account = "erp"
pull_minutes = 0
[[accounts]]
platform = "sms"
account = "cn"
options = {sign_name = "示例", "template.winback" = "SMS_1001", "values.winback" = "shop=shop_name,code=offer"}
[[accounts]]
platform = "sms"
account = "world"
options = {origination = "+15005550006"}
[[accounts]]
platform = "wechat"
account = "shop"
pull_minutes = 0
[accounts.options]
app = "store,miniprogram"
"template.winback" = "tTests00000000000000000001"
"values.winback" = "thing1=shop_name,character_string2=offer"
[[accounts]]
platform = "wecom"
account = "corp"
pull_minutes = 0
[[accounts]]
platform = "meta"
account = "wa"
pull_minutes = 0
[accounts.options]
phone_number_id = "1010"
template_language = "en"
"template.winback" = "back_again"
"values.winback" = "1=shop_name,2=offer"
"""
TAIL = """
[sending]
enabled = true
sender = "Demo <hello@demo.example>"
reply_to = "hello@demo.example"
postal = "Demo, 1 Example Road"
"""
CAMPAIGN = """
[[campaigns]]
key = "{key}"
silent_days = 30
window_days = 0
template = "winback"
channels = [{channels}]
holdout_permille = 0
daily_cap = 1000
{more}
[campaigns.offer]
pool = "spring"
cost = 500
"""


def config(*channels: str, more: str = "", campaigns: tuple[str, ...] = ("back30",), tail: str = "") -> str:
    """The shop, with one campaign (or several alike) on these channels."""
    listed = ", ".join(f'"{channel}"' for channel in channels)
    told = "".join(CAMPAIGN.format(key=key, channels=listed, more=more) for key in campaigns)
    return HEAD + told + TAIL + tail


@dataclass
class AwsNumbers:
    """The client of AWS's text messages: keeps what it is given; `faults` are raised instead, once each."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def send_text_message(self, **call: Any) -> dict[str, Any]:
        """See boto3."""
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(call)
        return {"MessageId": f"aws-{len(self.sent)}"}


SECRETS_OF_CHANNELS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("sms", "cn"): {"access_key_id": ("id of the tests",), "access_key_secret": ("key of the tests",)},
    ("wechat", "shop"): {"app_id": ("wx0011223344556677",), "app_secret": ("wechat secret of the tests",)},
    ("wecom", "corp"): {"corp_id": ("ww00112233445566aa",), "corp_secret": ("wecom secret of the tests",)},
    ("meta", "wa"): {"access_token": ("meta token of the tests",), "app_secret": ("meta secret of the tests",)},
}
SMS, WECHAT = "POST /", "POST /cgi-bin/message/subscribe/send"
WECOM, META = "POST /cgi-bin/externalcontact/add_msg_template", "POST /v25.0/1010/messages"
SENDS = (SMS, WECHAT, WECOM, META)


def routes() -> dict[str, Any]:
    """Every platform takes what it is sent."""
    return {
        SMS: reply({"Code": "OK", "Message": "OK", "BizId": "9006195469^0", "RequestId": "r"}),
        "POST /cgi-bin/stable_token": reply({"access_token": "wechat-token", "expires_in": 7200}),
        WECHAT: reply({"errcode": 0, "errmsg": "ok", "msgid": 4_294_967_297}),
        "GET /cgi-bin/gettoken": reply({"errcode": 0, "errmsg": "ok", "access_token": "wecom-token", "expires_in": 7200}),
        WECOM: reply({"errcode": 0, "errmsg": "ok", "fail_list": [], "msgid": "msgTests1"}),
        META: reply({"messages": [{"id": "wamid.Tests1"}]}),
    }


class Shop(Stack):
    """The whole core with every channel; `http` answers for the platforms, `numbers` for AWS."""

    def __init__(self, engine: Any, told: str, answers: Mapping[str, Any] | None = None, codes: int = 3) -> None:
        self.http = FakeHttp({**routes(), **(answers or {})})
        self.numbers = AwsNumbers()
        super().__init__(engine, told, http=lambda _info: self.http)
        self.app.parts.secrets = MemorySecrets({**SECRETS, **SECRETS_OF_CHANNELS})
        self.app.parts.texts = self._texts
        self.app.offers.add("demo", "spring", {line: Code(f"BACK-{line:04d}", date(2027, 1, 31)) for line in range(1, codes + 1)})

    def _texts(self, account: Account) -> AwsSms:
        return AwsSms(lambda: self.numbers, {"line": "{text}"}, SmsSettings(account.options["origination"]))

    def sends(self, *only: str) -> list[dict[str, Any]]:
        """The bodies (of Aliyun: the query) of what was asked to be said over HTTP, in order; `only` by these routes."""
        told = []
        for request in self.http.sent:
            name = f"{request.method} /{request.url.split('/', 3)[3]}"
            if name in (only or SENDS):
                told.append(json.loads(request.body) if request.body else dict(request.query))
        return told

    def said(self) -> int:
        """How many messages left, on whichever channel."""
        return len(self.sends()) + len(self.numbers.sent) + len(self.channel.mails)

    def told(self, *things: Canonical) -> None:
        """What a connector made of something."""
        for thing in things:
            self.app.asides.take(thing, source=1, occurred_at=None, received_at=self.clock.now(), keep_raw=lambda: "raw")

    def later(self, **time: float) -> None:
        """Time passes, and the projector keeps up."""
        self.clock.at += timedelta(**time)
        self.app.tick.beat()
        self.project()

    def message(self, owner: str | None = None, campaign: str = "back30") -> Message:
        """A person's message of a campaign; the first person's."""
        (found,) = [each for each in self.app.outbox.of("demo", owner or member(self)) if each.campaign == campaign]
        return found

    def code(self, owner: str | None = None) -> str | None:
        """The code that it names."""
        found = self.app.offers.code_of("demo", self.message(owner).message_id)
        return found.text if found else None

    def outcome(self, owner: str | None = None, campaign: str = "back30") -> tuple[str, str | None, str]:
        """(state, reason, channel) of it."""
        found = self.message(owner, campaign)
        return found.state, found.reason, found.channel


def order(
    person: int = 1, at: str = BOUGHT, *, phone: str | None = None, email: bool = False, unionid: str | None = None
) -> Delivery:
    """An order in the merchant's own shop."""
    money = {"items": 500, "discount_seller": 0, "discount_platform": 0, "shipping": 0, "tax": 0, "other": 0}
    buyer = {"id": f"g{person}", "phone": phone, "email": f"person{person}@example.com" if email else None}
    told = OTHER | {
        "order_id": f"G{person}-{at}",
        "amounts": money | {"total": 500, "paid": 500, "refunded": 0},
        "placed_at": at,
        "paid_at": at,
        "updated_at": at,
        "buyer": {name: value for name, value in buyer.items() if value},
        "lines": [],
        "extra": {"unionid": unionid} if unionid else {},
    }
    return Delivery("generic", "erp", None, json.dumps({"type": "order", "timestamp": at, "data": told}).encode())


def consent(channel: str, *, person: int = 1, granted: bool = True, at: datetime | None = None) -> Consent:
    """Their word, as their own shop tells it."""
    return Consent("demo", "generic", "erp", f"g{person}", channel, granted, at or datetime(2026, 10, 1, tzinfo=UTC), "form")


def permission(name: str = "p1", openid: str = OPENID) -> Permission:
    """One message of the template, allowed in the mini-program."""
    return Permission("demo", "wechat", "shop", name, openid, TEMPLATE, True, datetime(2026, 11, 1, tzinfo=UTC))


def contact(employee: str = EMPLOYEE, **changes: Any) -> Contact:
    """A customer that an employee has."""
    told = Contact("demo", "wecom", "corp", CONTACT, employee, "active", unionid=UNIONID, buyer=Buyer(id=CONTACT))
    return replace(told, updated_at=datetime(2026, 11, 1, tzinfo=UTC), **changes)


def member(shop: Stack, person: int = 1) -> str:
    """A person's buyer in the merchant's own shop."""
    return shop.app.parts.vault.lookup("demo", "buyer", f"generic\x1ferp\x1fg{person}")


def buys(shop: Shop, *deliveries: Delivery) -> None:
    """Orders come in and are projected."""
    deliver(shop, deliveries)
    shop.settle()


def buys_at_wechat(shop: Shop) -> None:
    """An order of the WeChat Store thirty days ago, as its connector reads it."""
    body = (FIXTURES / "wechat" / "order-paid" / "body.json").read_text()
    told = re.sub(r"\b17951616[0-9]{2}\b", lambda found: str(int(found[0]) - 30 * 86_400), body).replace("1795161700", "1792569700")
    event = Event("d-1", "channels_ec_order_pay", "order", "1", None, thin=False, payload=told.encode())
    page = Page((event,), None)
    pull: Any = shop.app.pull
    pull._page(Account("demo", "wechat", "shop", {}), page, "live")
    shop.settle()


def runs(shop: Shop, times: int = 1) -> None:
    """The outbox, so many times."""
    for _ in range(times):
        shop.app.deliver.run()


def wechat_member(shop: Stack) -> str:
    """The buyer of the WeChat Store."""
    return subject_of(shop.app.parts.vault, ("demo", "wechat", "shop"), OPENID)


def fault(request: HttpRequest) -> HttpResponse:
    """A line that is cut after the request has left: what the HTTP client makes of it."""
    raise Retriable("platform-unreachable", f"{request.method} was cut")
