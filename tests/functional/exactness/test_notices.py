"""The daily digest in chat groups: once for each robot, never again on a guess, and not to one that is no reader any more."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Account, HttpRequest, HttpResponse
from chalicelib.domain.mail import reader_name
from chalicelib.errors import ConfigError, Retriable
from chalicelib.handing import RETRY
from chalicelib.pipeline.deliver import DIGEST_AGAIN, LEFT
from chalicelib.ports import Message
from ops.local import TABLE, MemorySecrets
from tests.functional.exactness.world import deliver, erp, stamp
from tests.functional.stack import CONFIG, Stack
from tests.unit.connectors.fakes import FakeHttp, reply

ROUTES = {
    "dingtalk": ("https://oapi.dingtalk.com/robot/send?access_token=TokenOfTests", "POST /robot/send"),
    "feishu": ("https://open.feishu.cn/open-apis/bot/v2/hook/TokenOfTests", "POST /open-apis/bot/v2/hook/TokenOfTests"),
    "wecom": ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=TokenOfTests", "POST /cgi-bin/webhook/send"),
}
TAKEN = {"dingtalk": {"errcode": 0}, "feishu": {"code": 0}, "wecom": {"errcode": 0}}


def config_of(*kinds: str) -> str:
    """The configuration with a robot of each kind as reader, named as its kind, and nobody by mail."""
    shops = "".join(f'[[accounts]]\nplatform = "robots"\naccount = "{kind}"\noptions = {{kind = "{kind}"}}\n' for kind in kinds)
    readers = ", ".join(f'"{kind}"' for kind in kinds)
    digest = f'robots = [{readers}]\nlocale = "zh-CN"'
    return CONFIG.replace("[[campaigns]]", shops + "[[campaigns]]", 1).replace('recipients = ["marketing@demo.example"]', digest)


class Group:
    """A stack whose digest goes to robots; `http` is all of their platforms."""

    def __init__(self, engine: Any, *kinds: str) -> None:
        self.http = FakeHttp({ROUTES[kind][1]: reply(TAKEN[kind]) for kind in kinds})
        self.stack = Stack(engine, config_of(*kinds), http=lambda _info: self.http)
        secrets = {("robots", kind): {"webhook_url": (ROUTES[kind][0],), "secret": ("SEC of the tests",)} for kind in kinds}
        known = self.stack.app.parts.secrets.secrets
        erp_secrets = {("generic", "erp"): known(Account("demo", "generic", "erp")).values}
        self.stack.app.parts.secrets = MemorySecrets(secrets | erp_secrets)

    def queue(self) -> int:
        """Yesterday's digest."""
        return self.stack.app.digest.run()

    def work(self, times: int = 1) -> None:
        """Let what is due be sent, again and again over half an hour each."""
        for _ in range(times):
            self.stack.app.deliver.run()
            self.stack.clock.at += timedelta(minutes=30)

    def message(self, kind: str) -> Message:
        """The row of one robot."""
        owner = self.stack.app.parts.vault.lookup("demo", "reader", reader_name("robot", kind))
        (found,) = self.stack.app.outbox.of("demo", owner)
        return found

    def outcome(self, kind: str) -> tuple[str, str | None]:
        """What became of it."""
        found = self.message(kind)
        return found.state, found.reason


def test_the_digest_reaches_every_group_once(engine: Any) -> None:
    group = Group(engine, *ROUTES)
    yesterday = {"placed_at": stamp(18 * 24), "paid_at": stamp(18 * 24)}
    deliver(group.stack, [erp("E1", 18 * 24, "paid", 12_345, buyer="b1", **yesterday)])
    group.stack.settle()
    assert group.queue() == 3
    group.work(4)
    assert group.queue() == 0
    group.work(2)

    assert len(group.http.sent) == 3 and all(request.once for request in group.http.sent)
    assert {kind: group.outcome(kind) for kind in ROUTES} == dict.fromkeys(ROUTES, ("sent", None))
    for request in group.http.sent:
        text = (request.body or b"").decode()
        assert "净销售额：¥123.45" in text and "2026年11月19日" in text
        assert "Buyer b1" not in text and "b1@example.com" not in text
    assert group.stack.channel.mails == []


def test_no_address_or_secret_of_a_robot_is_stored_or_counted(moto_engine: Any) -> None:
    group = Group(moto_engine, "dingtalk")
    group.queue()
    group.work()

    kept = str(group.message("dingtalk")) + str(group.stack.counters.counts) + str(list(group.stack.archive.objects.items()))
    assert "TokenOfTests" not in kept and "SEC of" not in kept
    assert b"TokenOfTests" not in json.dumps(group.stack.dynamodb.scan(TableName=TABLE)["Items"], default=str).encode()


def _lost(_: HttpRequest) -> HttpResponse:
    raise Retriable("platform-unavailable", "ReadTimeout")


@pytest.mark.parametrize("answer", [_lost, reply({}), reply(b"<html>")])
def test_an_unknown_outcome_stays_unknown_and_is_never_posted_again(engine: Any, answer: Any) -> None:
    group = Group(engine, "dingtalk")
    group.http.routes[ROUTES["dingtalk"][1]] = answer
    group.queue()
    group.work(8)
    group.queue()
    group.stack.clock.at += timedelta(hours=12)
    group.work(2)

    assert len(group.http.sent) == 1
    assert group.outcome("dingtalk") == ("unknown", "outcome-unknown")


class Died(BaseException):
    """The worker is gone."""


def test_a_group_whose_worker_died_gets_no_second_one_where_a_mail_would(moto_engine: Any) -> None:
    """A mail goes once more under its own Message-ID; a group would just see the same digest twice."""

    def dies(_: HttpRequest) -> HttpResponse:
        raise Died

    group = Group(moto_engine, "wecom")
    group.http.routes[ROUTES["wecom"][1]] = [dies]
    group.queue()
    with pytest.raises(Died):
        group.stack.app.deliver.run()
    assert group.outcome("wecom")[0] == "sending"
    group.stack.clock.at += LEFT + DIGEST_AGAIN + timedelta(minutes=1)
    group.work(3)

    assert len(group.http.sent) == 1
    assert group.outcome("wecom") == ("unknown", "worker-died")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply({"errcode": 130101, "errmsg": "send too fast"}), "platform-throttled"),
        (reply({"errcode": 310000, "errmsg": "sign not match"}), "security-refused"),
    ],
)
def test_what_was_not_taken_goes_later(moto_engine: Any, answer: HttpResponse, reason: str) -> None:
    group = Group(moto_engine, "dingtalk")
    group.http.routes[ROUTES["dingtalk"][1]] = [answer, reply({"errcode": 0})]
    group.queue()
    group.stack.app.deliver.run()
    assert group.outcome("dingtalk") == ("deferred", reason)
    group.stack.app.deliver.run()
    assert len(group.http.sent) == 1, "not before its time"
    group.stack.clock.at += RETRY + timedelta(seconds=1)
    group.work(3)

    assert group.outcome("dingtalk") == ("sent", None)
    signs = [dict(request.query)["timestamp"] for request in group.http.sent]
    assert len(set(signs)) == 2, "signed when it is sent, not when it was queued"


def test_a_robot_that_is_no_reader_any_more_is_cancelled(engine: Any) -> None:
    group = Group(engine, "dingtalk", "feishu")
    group.queue()
    digest = group.stack.config.digest
    group.stack.config = replace(
        group.stack.config, digest=replace(digest, readers=tuple(each for each in digest.readers if each.name != "dingtalk"))
    )
    group.work(3)

    assert group.outcome("dingtalk") == ("cancelled", "no-reader")
    assert group.outcome("feishu") == ("sent", None)
    assert [request.url for request in group.http.sent] == [ROUTES["feishu"][0]]


def test_a_refused_notice_is_final_and_the_next_day_has_its_own(moto_engine: Any) -> None:
    group = Group(moto_engine, "feishu")
    group.http.routes[ROUTES["feishu"][1]] = [reply({"code": 11246, "msg": "x"}), reply({"code": 0})]
    group.queue()
    group.work(3)
    assert group.outcome("feishu") == ("failed", "notice-refused")
    group.stack.clock.at += timedelta(days=1)
    assert group.queue() == 1
    group.work(2)

    assert len(group.http.sent) == 2


def test_a_robot_named_without_an_account_is_a_mistake_told_at_once() -> None:
    told = config_of("dingtalk").replace('robots = ["dingtalk"]', 'robots = ["ops"]')
    with pytest.raises(ConfigError, match="no account robots/ops"):
        parse(told)


def test_saboteur_a_mails_second_chance_given_to_a_group(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would see it: with the channel's name taken away, the second one goes."""
    group = Group(moto_engine, "wecom")
    group.queue()
    row = group.message("wecom")
    sending = replace(row, state="sending", channel="email", sent_at=group.stack.clock.now(), version=row.version + 1)
    assert group.stack.app.outbox.save(sending)
    group.stack.clock.at += LEFT + DIGEST_AGAIN + timedelta(minutes=1)
    monkeypatch.setattr("chalicelib.pipeline.deliver.Deliver._digest", lambda *_: None)
    group.stack.app.deliver.run()
    assert group.outcome("wecom") == ("queued", "again")
