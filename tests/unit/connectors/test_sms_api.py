"""Text messages: V3 signature by the printed vector, sending and its codes, reports read again, answers, AWS's records."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from chalicelib.channels import Recipient
from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, RawRequest, Ref, Secrets
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from connectors.sms import CONNECTOR
from connectors.sms.aliyun import authorization, canonical_request
from connectors.sms.values import from_aliyun, stops, to_aliyun
from tests.unit.connectors.fakes import NOW, FakeHttp, make_api, reply

PATH = "0123456789abcdef0123456789abcdef"
URL = f"https://hooks.example.com/webhooks/sms/acme/{PATH}"
ACCOUNT = Account("demo", "sms", "acme", {"sign_name": "回头"})
REF = Ref(ACCOUNT, "d-1", "push")
SECRETS = {"access_key_id": "testId", "access_key_secret": "testSecret"}
CALL, TEMPLATE, TO = "POST /", "SMS_100000001", Recipient("phone", "+8613800000000")
OK = reply({"Message": "OK", "RequestId": "r", "BizId": "857623737957293027^0", "Code": "OK"})


def api_of(answer: Any, **options: str) -> Api:
    return make_api(Account("demo", "sms", "acme", {**ACCOUNT.options, **options}), SECRETS, FakeHttp({CALL: answer}))


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def push(told: Any, topic: str | None = PATH) -> RawRequest:
    return RawRequest("POST", URL, {}, (), json.dumps(told).encode(), topic)


def report(**told: Any) -> dict[str, Any]:
    base = {"phone_number": "13800000000", "send_time": "2026-11-20 00:30:00", "biz_id": "857623737957293027^0", "success": True}
    return {**base, "report_time": "2026-11-20 16:01:05", "err_code": "DELIVERED", **told}


def test_v3_signature_of_the_printed_example() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    params = [("RegionId", "cn-shanghai"), ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")]

    found = authorization("POST", params, headers, "YourAccessKeyId", "YourAccessKeySecret")

    assert found == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_blanks_and_chinese_are_encoded_as_rfc_3986_says() -> None:
    text = canonical_request("POST", [("TemplateParam", '{"name":"陈 例*~"}')], {"host": "h"})
    assert "TemplateParam=%7B%22name%22%3A%22%E9%99%88%20%E4%BE%8B%2A~%22%7D" in text


def test_a_message_is_sent_once_under_its_signature() -> None:
    api = api_of(OK)
    sent = CONNECTOR.send_template(TO, TEMPLATE, {"name": "陈例"}, "m-1", api)

    (request,) = http_of(api).sent
    assert sent.platform_id == "857623737957293027^0"
    assert request.once and (request.method, request.url) == ("POST", "https://dysmsapi.aliyuncs.com/")
    assert dict(request.query) == {
        "PhoneNumbers": "13800000000",
        "SignName": "回头",
        "TemplateCode": TEMPLATE,
        "TemplateParam": '{"name":"陈例"}',
        "OutId": "m-1",
    }
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-acs-")} | {
        "host": "dysmsapi.aliyuncs.com"
    }
    assert request.headers["authorization"] == authorization("POST", request.query, headers, "testId", "testSecret")
    assert (headers["x-acs-action"], headers["x-acs-date"]) == ("SendSms", NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    again = api_of(OK)
    CONNECTOR.send_template(TO, TEMPLATE, {}, "our id", again)
    assert "TemplateParam" not in dict(http_of(again).sent[0].query) and "OutId" not in dict(http_of(again).sent[0].query)
    assert http_of(again).sent[0].headers["x-acs-signature-nonce"] != headers["x-acs-signature-nonce"]


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("+8613800000000", "13800000000"),
        ("+85260000000", "85260000000"),
        ("+14255550100", "14255550100"),
        ("+8612800000000", None),
        ("+86138000000000", None),
        ("13800000000", None),
        ("+0123456789", None),
        ("+8613800000000,13900000000", None),
        ("", None),
    ],
)
def test_numbers_are_e164_or_none(phone: str, number: str | None) -> None:
    assert to_aliyun(phone) == number
    if number is None:
        with pytest.raises(Permanent, match="recipient-refused") as error:
            CONNECTOR.send_template(Recipient("phone", phone), TEMPLATE, {}, "m-1", api_of(OK))
        assert len(phone) < 5 or phone not in str(error.value)


def test_only_a_phone_of_an_account_with_a_signature_is_sent_to() -> None:
    with pytest.raises(Permanent, match="recipient-refused"):
        CONNECTOR.send_template(Recipient("user", "+8613800000000"), TEMPLATE, {}, "m-1", api_of(OK))
    with pytest.raises(ConfigError, match="option-missing"):
        CONNECTOR.send_template(TO, TEMPLATE, {}, "m-1", api_of(OK, sign_name=""))


@pytest.mark.parametrize(
    ("code", "message", "kind", "reason"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", Retriable, "platform-throttled"),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", Retriable, "platform-throttled"),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", Permanent, "limit-used"),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发号码天级流控Permits:40", Permanent, "limit-used"),
        ("Throttling.User", "", Retriable, "platform-throttled"),
        ("isv.QPS_LIMIT", "", Retriable, "platform-throttled"),
        ("isp.SYSTEM_ERROR", "", Permanent, "outcome-unknown"),
        ("isv.AMOUNT_NOT_ENOUGH", "", ConfigError, "balance-too-low"),
        ("isv.DAY_LIMIT_CONTROL", "", ConfigError, "quota-used"),
        ("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法(不存在或被拉黑)", ConfigError, "sign-name-refused"),
        ("isv.DENY_IP_RANGE", "", ConfigError, "address-not-trusted"),
        ("SignatureDoesNotMatch", "testSecret", ConfigError, "signature-refused"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "13800000000", Permanent, "recipient-refused"),
        ("isv.TEMPLATE_MISSING_PARAMETERS", "", Permanent, "template-refused"),
        ("something 13800000000", "", Permanent, "platform-refused"),
    ],
)
def test_what_a_code_means(code: str, message: str, kind: type[HuitouError], reason: str) -> None:
    with pytest.raises(kind) as error:
        CONNECTOR.send_template(TO, TEMPLATE, {}, "m-1", api_of(reply({"Code": code, "Message": message}, 400)))
    assert error.value.reason == reason
    assert "13800000000" not in str(error.value) and "testSecret" not in str(error.value)


def test_a_lost_answer_is_never_sent_again() -> None:
    def lost(_: HttpRequest) -> HttpResponse:
        raise Retriable("platform-unreachable", "timed out")

    for answer in (lost, reply(b"<html>"), reply({"RequestId": "r"})):
        api = api_of(answer)
        with pytest.raises(Permanent, match="outcome-unknown"):
            CONNECTOR.send_template(TO, TEMPLATE, {}, "m-1", api)
        assert len(http_of(api).sent) == 1


def test_values_are_fitted_or_refused() -> None:
    assert CONNECTOR.check_template(TEMPLATE, {"name": " a\nb ", "thing": "x" * 40}) == {"name": "a b", "thing": "x" * 34 + "…"}
    for template, values in (("LOGIN", {}), (TEMPLATE, {"name": " "}), (TEMPLATE, {"1": "x"}), (TEMPLATE, {"a b": "x"})):
        with pytest.raises(Permanent, match="template-refused"):
            CONNECTOR.check_template(template, values)


def details(**told: Any) -> HttpResponse:
    row = {"PhoneNum": "13800000000", "SendStatus": 3, "ErrCode": "DELIVRD", "ReceiveDate": "2026-11-20 16:01:05", **told}
    return reply({"Code": "OK", "TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}})


def test_a_report_is_read_again_before_it_is_believed() -> None:
    """What it says of itself is not looked at: here it claims that the message arrived."""
    (event,) = CONNECTOR.events(push([report()]), REF)
    api = api_of(details(SendStatus=2, ErrCode="MK:0001"))

    hydrated = CONNECTOR.hydrate(event, api)
    (receipt,) = CONNECTOR.canonical(hydrated.kind, hydrated.payload, REF)

    assert event.thin
    assert (getattr(receipt, "message_id", ""), getattr(receipt, "state", ""), getattr(receipt, "reason", "")) == (
        "857623737957293027^0",
        "failed",
        "MK:0001",
    )
    query = dict(http_of(api).sent[0].query)
    assert query == {
        "PhoneNumber": "13800000000",
        "BizId": "857623737957293027^0",
        "SendDate": "20261120",  # half past midnight there is still the day before in UTC
        "PageSize": "10",
        "CurrentPage": "1",
    }


@pytest.mark.parametrize("waiting", [1, "1"])
def test_a_report_that_is_ahead_of_the_api_is_looked_at_later(waiting: object) -> None:
    """Taken for "sent" it would stay so: no other report comes."""
    (event,) = CONNECTOR.events(push([report()]), REF)
    with pytest.raises(Retriable, match="platform-behind") as error:
        CONNECTOR.hydrate(event, api_of(details(SendStatus=waiting, ErrCode="", ReceiveDate="")))
    assert error.value.after == 1_800


def test_a_report_of_a_message_that_nobody_knows_is_dropped() -> None:
    (event,) = CONNECTOR.events(push([report()]), REF)
    for answer in (reply({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}), reply({"Code": "OK"})):
        with pytest.raises(Skippable, match="resource-missing"):
            CONNECTOR.hydrate(event, api_of(answer))
    with pytest.raises(Retriable):
        CONNECTOR.hydrate(event, api_of(reply({"Code": "Throttling.User"})))
    (odd,) = CONNECTOR.events(push([report(send_time="")]), REF)
    with pytest.raises(Permanent, match="payload-malformed"):
        CONNECTOR.hydrate(odd, api_of(details()))


@pytest.mark.parametrize("word", ["T", " td ", "ＴＤ", "退订", "退訂！", "拒收", "R", "n", "stop", "TD。"])
def test_an_answer_that_ends_it_withdraws_consent(word: str) -> None:
    row = {"phone_number": "13800000000", "content": word, "send_time": "2026-11-20 16:05:00", "sequence_id": 12345678901234567890}
    (event,) = CONNECTOR.events(push([row]), REF)
    hydrated = CONNECTOR.hydrate(event, api_of(OK))
    (consent,) = CONNECTOR.canonical(hydrated.kind, hydrated.payload, REF)

    assert (event.kind, event.thin, event.resource_id) == ("buyer", True, "12345678901234567890")
    assert (getattr(consent, "buyer_id", ""), getattr(consent, "granted", None), getattr(consent, "channel", "")) == (
        "+8613800000000",
        False,
        "sms",
    )


@pytest.mark.parametrize("word", ["", "好的", "退订吗", "TT", "START", "T恤"])
def test_another_answer_is_not_believed(word: str) -> None:
    assert not stops(word)
    (event,) = CONNECTOR.events(push([{"phone_number": "13800000000", "content": word, "sequence_id": "1"}]), REF)
    assert (event.kind, event.thin) == ("other", False)


def test_numbers_of_reports() -> None:
    assert from_aliyun("13800000000") == "+8613800000000"
    assert from_aliyun("85260000000") == "+85260000000"
    for odd in (None, "", "1380000****", "abc", "012345678"):
        assert from_aliyun(odd) is None


def test_the_address_holds_the_secret() -> None:
    secrets = Secrets({"url_secret": ("new", PATH)})
    assert CONNECTOR.verify(push([report()]), ACCOUNT, secrets, NOW).carries_event
    assert not CONNECTOR.verify(push([]), ACCOUNT, secrets, NOW).carries_event
    for topic in (None, "", PATH[:-1], "\ud800", PATH.upper()):
        with pytest.raises(Rejected) as error:
            CONNECTOR.verify(push([report()], topic), ACCOUNT, secrets, NOW)
        assert error.value.status == 404
    with pytest.raises(ConfigError):
        CONNECTOR.verify(push([report()]), ACCOUNT, Secrets({}), NOW)


AWS = {
    "eventType": "TEXT_DELIVERED",
    "messageId": "862a",
    "eventTimestamp": 1795161705470,
    "originationPhoneNumber": "+12065550100",
}


def test_what_only_aws_may_say_is_not_taken_from_the_address() -> None:
    """Whoever knows the secret path could claim a delivery: records come through the queue, which IAM guards."""
    secrets = Secrets({"url_secret": (PATH,)})
    with pytest.raises(Rejected):
        CONNECTOR.verify(push(AWS), ACCOUNT, secrets, NOW)
    with pytest.raises(Permanent):
        CONNECTOR.events(push(AWS), REF)
    for rows in ([AWS], [{**AWS, "biz_id": "1"}]):
        (event,) = CONNECTOR.events(push(rows), REF)
        assert event.kind == "other" or event.thin


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("TEXT_SUCCESSFUL", "sent", None),
        ("TEXT_DELIVERED", "delivered", None),
        ("TEXT_INVALID", "failed", "TEXT_INVALID"),
        ("TEXT_UNKNOWN", "failed", "TEXT_UNKNOWN"),
    ],
)
def test_events_of_aws_are_receipts(word: str, state: str, reason: str | None) -> None:
    body = json.dumps({**AWS, "eventType": word}).encode()
    (event,) = CONNECTOR.events(RawRequest("POST", URL, {}, (), body), REF)
    (receipt,) = CONNECTOR.canonical(event.kind, event.payload, REF)

    assert not event.thin and CONNECTOR.hydrate(event, api_of(OK)) == event
    assert (getattr(receipt, "state", ""), getattr(receipt, "reason", "")) == (state, reason)
    assert CONNECTOR.address(body) == {"origination": "+12065550100"}


def test_a_record_that_names_no_number_of_ours_belongs_to_nobody() -> None:
    for told in ({**AWS, "originationPhoneNumber": None}, {"originationNumber": "+14255550100"}, {}):
        with pytest.raises(Permanent, match="owner-missing"):
            CONNECTOR.address(json.dumps(told).encode())
