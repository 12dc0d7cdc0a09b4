"""WeCom from the sealed push to the greeting: once, within the life of its code, and what leaving withdraws."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.contract import HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.contact import Contact
from chalicelib.domain.events import Consent
from chalicelib.domain.order import Buyer
from chalicelib.errors import Retriable
from chalicelib.ports import RecordKey
from chalicelib.toolkit.wechat_aes import seal, signature
from ops.local import TABLE, MemorySecrets
from tests.functional.stack import CONFIG, NOW, Stack
from tests.unit.connectors.fakes import FakeHttp, reply

TOKEN, KEY, CORP = "HuitouTestsToken", "HuitouOfTestsEncodingAesKey0123456789ABCDEF", "ww00112233445566aa"
SECRETS = {"token": TOKEN, "aes_key": KEY, "receive_id": CORP, "corp_id": CORP, "corp_secret": "secret of the tests"}
SHOP = '[[accounts]]\nplatform = "wecom"\naccount = "acme"\npull_minutes = 0\noptions = {welcome = "你好，欢迎回来"}\n'
WITH_WECOM = CONFIG.replace("[[campaigns]]", SHOP + "[[campaigns]]", 1)
WHO, CODE = "wmTests0001", "WelcomeCodeOfTests"
CALLS = "/cgi-bin/externalcontact/"
WELCOME, DETAILS = f"{CALLS}send_welcome_msg", f"{CALLS}get"


class WeComAt(FakeHttp):
    """The platform's API: a token, the customer's details, and the greeting."""

    def __init__(self) -> None:
        customer = {"external_userid": WHO, "name": "陈例", "unionid": "u_1"}
        follow = {"userid": "lihua", "createtime": int(NOW.timestamp()), "tags": [{"tag_name": "VIP", "type": 1}]}
        super().__init__(
            {
                "GET /cgi-bin/gettoken": reply({"errcode": 0, "access_token": "t", "expires_in": 7200}),
                f"GET {DETAILS}": reply({"errcode": 0, "external_contact": customer, "follow_user": [follow]}),
                f"POST {WELCOME}": reply({"errcode": 0, "errmsg": "ok"}),
            }
        )

    def greetings(self) -> list[dict[str, Any]]:
        """What was said."""
        return [json.loads(request.body or b"{}") for request in self.sent if request.url.endswith(WELCOME)]


class Place:
    """A stack with one company on it."""

    def __init__(self, engine: Any, config: str = WITH_WECOM) -> None:
        self.http = WeComAt()
        self.stack = Stack(engine, config, http=lambda _info: self.http)
        self.stack.app.parts.secrets = MemorySecrets({("wecom", "acme"): {name: (value,) for name, value in SECRETS.items()}})
        self.subject = self.stack.app.parts.vault.lookup("demo", "buyer", f"wecom\x1facme\x1f{WHO}")

    def push(self, change: str, nonce: str = "n", prefix: bytes = b"0" * 16, **more: str) -> int:
        """One sealed push as WeCom makes it, stamped now; each try is sealed anew."""
        stamp = str(int(self.stack.clock.now().timestamp()))
        told = {"ToUserName": CORP, "CreateTime": more.pop("at", stamp), "MsgType": "event", "Event": "change_external_contact"}
        told |= {"ChangeType": change, "UserID": "lihua", "ExternalUserID": WHO, **more}
        text = "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in told.items()) + "</xml>"
        sealed = seal(text.encode(), CORP, KEY, prefix)
        query = (("msg_signature", signature(TOKEN, stamp, nonce, sealed)), ("timestamp", stamp), ("nonce", nonce))
        body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        url = self.stack.config.webhook_url("wecom", "acme")
        reply = self.stack.app.receive.handle("wecom", "acme", RawRequest("POST", url, {}, query, body))
        assert (reply.status, reply.body) == (200, "success")
        return len(self.stack.inbound.bodies)

    def outcomes(self) -> list[tuple[str, str | None]]:
        """What the outbox says of greetings."""
        return [(message.state, message.reason) for message in self.stack.app.outbox.of("demo", self.subject)]

    def contact(self) -> dict[str, Any]:
        """The record, opened."""
        shown = self.stack.app.recording.show(RecordKey("demo", "wecom", "acme", "contact", f"{WHO}\x1flihua"))
        assert shown is not None
        return shown


def test_a_new_customer_is_greeted_once_however_often_it_is_told(engine: Any) -> None:
    place = Place(engine)
    at = str(int(NOW.timestamp()))
    place.push("add_external_contact", WelcomeCode=CODE, State="qr7")
    place.stack.normalise()
    place.stack.clock.at += timedelta(seconds=6)
    place.push("add_external_contact", nonce="m", prefix=b"1" * 16, at=at, WelcomeCode=CODE, State="qr7")
    place.stack.normalise()

    assert place.http.greetings() == [{"welcome_code": CODE, "text": {"content": "你好，欢迎回来"}}]
    assert [request.once for request in place.http.sent if request.url.endswith(WELCOME)] == [True]
    assert place.outcomes() == [("sent", None)]
    shown = place.contact()
    assert (shown["state"], shown["buyer"]["nickname"], shown["unionid"], shown["tags"]) == ("active", "陈例", "u_1", ["VIP"])
    stored = str(place.stack.dynamodb.scan(TableName=TABLE)["Items"]) + str(place.stack.counters.counts)
    assert CODE not in stored and "陈例" not in stored and "u_1" not in stored


def test_the_greeting_goes_while_the_details_cannot_be_read(moto_engine: Any) -> None:
    """The code lives 20 seconds: it waits for nothing else."""
    place = Place(moto_engine)
    place.http.routes[f"GET {DETAILS}"] = reply({"errcode": 45009, "errmsg": "x"})
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.app.normalise.handle(place.stack.inbound.bodies.pop())

    assert len(place.http.greetings()) == 1
    assert place.contact()["state"] == "active"


def test_a_walk_through_the_directory_that_was_faster_takes_no_greeting_away(moto_engine: Any) -> None:
    place = Place(moto_engine)
    walked = Contact("demo", "wecom", "acme", WHO, "lihua", "active", buyer=Buyer(id=WHO), added_at=NOW)
    later = NOW + timedelta(seconds=3)
    place.stack.app.recording.keep(walked, source=1, occurred_at=later, keep_raw=lambda: "raw")
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.clock.at = NOW + timedelta(seconds=5)
    place.stack.normalise()

    assert len(place.http.greetings()) == 1


def test_added_and_confirmed_later_is_one_greeting(engine: Any) -> None:
    """Each has a code of its own. Another employee greets for themselves, and whoever comes back another day is greeted anew."""
    place = Place(engine)
    place.push("add_half_external_contact", WelcomeCode="CodeOne")
    place.stack.normalise()
    place.stack.clock.at += timedelta(minutes=4)
    place.push("add_external_contact", WelcomeCode="CodeTwo")
    place.push("add_external_contact", WelcomeCode="CodeThree", UserID="wangwu")
    place.stack.normalise()
    place.stack.clock.at += timedelta(days=2)
    place.push("add_external_contact", WelcomeCode="CodeFour")
    place.stack.normalise()

    assert [said["welcome_code"] for said in place.http.greetings()] == ["CodeOne", "CodeThree", "CodeFour"]
    assert sorted(place.outcomes(), key=str) == [("cancelled", "greeted")] + [("sent", None)] * 3


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply({"errcode": 41051, "errmsg": "x"}), ("failed", "welcome-over")),
        (reply({"errcode": -1, "errmsg": "x"}), ("unknown", "outcome-unknown")),
        (reply({"errcode": 45009, "errmsg": "x"}), ("failed", "platform-throttled")),
        (reply({}), ("unknown", "outcome-unknown")),
    ],
)
def test_a_greeting_that_did_not_go_is_not_said_later(moto_engine: Any, answer: HttpResponse, outcome: tuple[str, str]) -> None:
    place = Place(moto_engine)
    place.http.routes[f"POST {WELCOME}"] = [answer]  # a second call would be one too many
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.normalise()
    place.push("add_external_contact", nonce="m", prefix=b"1" * 16, WelcomeCode=CODE)
    place.stack.normalise()
    place.stack.clock.at += timedelta(hours=2)
    place.stack.app.deliver.run()

    assert place.outcomes() == [outcome]


def test_a_lost_answer_leaves_the_greeting_unknown(moto_engine: Any) -> None:
    def lost(_: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unavailable", "ReadTimeout")

    place = Place(moto_engine)
    place.http.routes[f"POST {WELCOME}"] = lost
    for nonce in ("n", "m"):
        place.push("add_external_contact", nonce=nonce, WelcomeCode=CODE)
        place.stack.normalise()

    assert len(place.http.greetings()) == 1
    assert place.outcomes() == [("unknown", "outcome-unknown")]


@pytest.mark.parametrize(
    ("config", "seconds", "outcome"),
    [
        (WITH_WECOM, 21, [("cancelled", "too-late")]),
        (WITH_WECOM.replace("enabled = true", "enabled = false"), 0, [("cancelled", "sending_off")]),
        (WITH_WECOM.replace('options = {welcome = "你好，欢迎回来"}\n', ""), 0, []),
    ],
)
def test_too_late_switched_off_or_without_a_text_nothing_is_said(
    moto_engine: Any, config: str, seconds: int, outcome: list[tuple[str, str]]
) -> None:
    place = Place(moto_engine, config)
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.clock.at += timedelta(seconds=seconds)
    place.stack.normalise()

    assert place.http.greetings() == []
    assert place.outcomes() == outcome


def test_leaving_withdraws_consent_with_that_employee_alone(engine: Any) -> None:
    place = Place(engine)
    members = place.stack.app.members
    for channel in ("wecom:lihua", "wecom:wangwu"):
        members.put_consent(Consent("demo", "wecom", "acme", WHO, channel, True, NOW - timedelta(days=9), "tests"), place.subject)
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.clock.at += timedelta(minutes=1)
    place.push("del_follow_user")
    place.stack.normalise()

    assert members.consent("demo", [place.subject], "wecom:lihua") is False
    assert members.consent("demo", [place.subject], "wecom:wangwu") is True
    assert place.contact()["state"] == "left"


def test_adding_an_employee_grants_nothing(moto_engine: Any) -> None:
    place = Place(moto_engine)
    place.push("add_external_contact", WelcomeCode=CODE)
    place.stack.normalise()

    assert place.stack.app.members.consent("demo", [place.subject], "wecom:lihua") is None
    assert place.stack.app.members.consent("demo", [place.subject], "wecom") is None


def test_a_withdrawal_of_no_known_time_holds_as_of_its_arrival(moto_engine: Any) -> None:
    """As the oldest word it would lose to the consent that it withdraws."""
    place = Place(moto_engine)
    members = place.stack.app.members
    members.put_consent(Consent("demo", "wecom", "acme", WHO, "wecom:lihua", True, NOW - timedelta(days=9), "t"), place.subject)
    place.push("del_follow_user", at="")
    place.stack.normalise()
    assert members.consent("demo", [place.subject], "wecom:lihua") is False

    later = NOW + timedelta(days=1)
    members.put_consent(Consent("demo", "wecom", "acme", WHO, "wecom:lihua", True, later, "t"), place.subject)
    assert members.consent("demo", [place.subject], "wecom:lihua") is True
