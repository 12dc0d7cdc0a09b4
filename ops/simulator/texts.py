"""Aliyun's text messages as their API takes them: checked as it checks, kept instead of sent, and reported as delivered."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import SimClock, answer, header, parameters
from ops.simulator.model import made_secret

if TYPE_CHECKING:
    from ops.simulator.wall import Wall

KEY, HOST = "sms", "dysmsapi.aliyuncs.com"
ACCOUNT, SIGN_NAME, TEMPLATE = "aliyun", "回头演示", "SMS_500000001"
PLACES = ("shop", "code")
OPTIONS: Mapping[str, str] = {
    "sign_name": SIGN_NAME,
    "template.winback": TEMPLATE,
    "values.winback": "shop=shop_name,code=offer",
}
LONGEST = 35


def secrets(seed: int) -> dict[str, tuple[str, ...]]:
    """What the merchant was given."""
    names = ("access_key_id", "access_key_secret", "url_secret")
    return {name: (made_secret(seed, KEY, name),) for name in names}


class TextMessages:
    """`SendSms` and `QuerySendDetails`. `said`: the numbers that a message went to, in E.164."""

    skew_seconds = 900
    horizon: datetime | None = None
    limits: Callable[[], datetime] | None = None
    wall: Wall | None = None  # nobody speaks in public here

    def __init__(self, seed: int, clock: SimClock) -> None:
        self.clock = clock
        self.said: list[str] = []
        self._sent: dict[str, tuple[str, str, str]] = {}  # by BizId: number, when it was sent and when it arrived
        self._reported = 0
        self._id, self._secret = (secrets(seed)[name][0] for name in ("access_key_id", "access_key_secret"))

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call. A refusal is a code, most of them with HTTP 400."""
        told = parameters(request)
        code = self._refusal(request, told)
        if code:
            return answer({"Code": code, "Message": "refused", "RequestId": "0"}, 400)
        if header(request, "x-acs-action") == "QuerySendDetails":
            return answer({"Code": "OK", "Message": "OK", "RequestId": "0", "SmsSendDetailDTOs": self._details(told)})
        self.said.append(f"+86{told['PhoneNumbers']}")
        own, now = f"9{len(self.said):017d}^0", self.clock.now()
        self._sent[own] = told["PhoneNumbers"], _local(now), _local(now + timedelta(seconds=4))
        return answer({"Code": "OK", "Message": "OK", "BizId": own, "RequestId": "0"})

    def reports(self) -> bytes:
        """The delivery reports of what was sent since this was asked last, as they are pushed; none: b""."""
        fresh = list(self._sent.items())[self._reported :]
        self._reported = len(self._sent)
        rows = [
            {"phone_number": number, "send_time": sent, "report_time": got, "success": True, "err_code": "DELIVERED", "biz_id": own}
            for own, (number, sent, got) in fresh
        ]
        return json.dumps(rows).encode() if rows else b""

    def _details(self, told: Mapping[str, str]) -> dict[str, object]:
        number, sent, got = self._sent.get(told.get("BizId", ""), ("", "", ""))
        known = number and number == told.get("PhoneNumber") and sent[:10].replace("-", "") == told.get("SendDate")
        row = {"PhoneNum": number, "SendStatus": 3, "ErrCode": "DELIVERED", "SendDate": sent, "ReceiveDate": got}
        return {"SmsSendDetailDTO": [row] if known else []}

    def _refusal(self, request: HttpRequest, told: Mapping[str, str]) -> str | None:
        if header(request, "authorization") != self._authorization(request, told):
            return "SignatureDoesNotMatch"
        stamp = datetime.fromisoformat(header(request, "x-acs-date"))
        if abs((stamp - self.clock.now()).total_seconds()) > self.skew_seconds:
            return "InvalidTimeStamp.Expired"
        if header(request, "x-acs-action") == "QuerySendDetails":
            return None
        if header(request, "x-acs-action") != "SendSms":
            return "InvalidAction.NotFound"
        if told.get("SignName") != SIGN_NAME:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        if told.get("TemplateCode") != TEMPLATE:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        number, values = told.get("PhoneNumbers", ""), json.loads(told.get("TemplateParam", "{}"))
        if len(number) != 11 or not number.isdigit():
            return "isv.MOBILE_NUMBER_ILLEGAL"
        if set(values) != set(PLACES) or not all(0 < len(value) <= LONGEST for value in values.values()):
            return "isv.TEMPLATE_PARAMS_ILLEGAL"
        return None

    def _authorization(self, request: HttpRequest, told: Mapping[str, str]) -> str:
        """ACS3-HMAC-SHA256, as Aliyun documents it."""
        body = hashlib.sha256(request.body or b"").hexdigest()
        signed = {name.lower(): value.strip() for name, value in request.headers.items() if name.lower().startswith("x-acs-")}
        signed["host"] = urlsplit(request.url).hostname or ""
        names = ";".join(sorted(signed))
        query = "&".join(f"{quote(name, safe='-_.~')}={quote(told[name], safe='-_.~')}" for name in sorted(told))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        whole = "\n".join((request.method, "/", query, lines, names, body))
        digest = hashlib.sha256(whole.encode()).hexdigest()
        signature = hmac.new(self._secret.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()
        return f"ACS3-HMAC-SHA256 Credential={self._id},SignedHeaders={names},Signature={signature}"


def _local(at: datetime) -> str:
    """Aliyun's times are Beijing's, without a zone."""
    return at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
