"""Saying something on WeChat: subscribe messages by template, and customer service messages within 48 hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from chalicelib.channels import Recipient
from chalicelib.contract import Api, Sent, Target
from chalicelib.domain.voice import SayLimits, length
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.errcodes import Refused
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.saying import said_once
from connectors.wechat import status
from connectors.wechat.api import asked, said
from connectors.wechat.fields import fitted
from connectors.wechat.values import KEY, OFFICIAL, apps, openid

SUBSCRIBE = "/cgi-bin/message/subscribe/send"
SUBSCRIBE_OFFICIAL = "/cgi-bin/message/subscribe/bizsend"
CUSTOM = "/cgi-bin/message/custom/send"
LIMITS = SayLimits(
    longest=2048, unit="bytes", window=timedelta(hours=48), templates_only=True
)  # window [docs]; the length [memory]
STATES = frozenset({"formal", "trial", "developer"})
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)
_KEY_NAMED = re.compile(r"data\.([A-Za-z_]{1,20}[0-9]{1,3})\.value", re.ASCII)


def check_template(template: str, values: Mapping[str, str]) -> Mapping[str, str]:
    """The values as they will be sent; Permanent("template-refused") names one that cannot be."""
    if not _TEMPLATE.fullmatch(template):
        raise Permanent("template-refused", "not a template id of WeChat's", connector=KEY)
    if not values:
        raise Permanent("template-refused", "a template without values", connector=KEY)
    return {name: fitted(name, value) for name, value in values.items()}


def send_template(to: Recipient, template: str, values: Mapping[str, str], api: Api) -> Sent:
    """One subscribe message, which uses up one permission. The message's own id does not travel: receipts name WeChat's."""
    person = openid(to.id) if to.kind == "user" else None
    if person is None:
        raise Permanent("recipient-refused", "a subscribe message goes to an openid", connector=KEY)
    fit, options = check_template(template, values), api.account.options
    body: dict[str, object] = {
        "touser": person,
        "template_id": template,
        "data": {name: {"value": value} for name, value in fit.items()},
    }
    if page := options.get("page"):
        body["page"] = page
    path = SUBSCRIBE_OFFICIAL if apps(api.account) == {OFFICIAL} else SUBSCRIBE
    if path == SUBSCRIBE:
        body |= {"miniprogram_state": _state(options), "lang": "zh_CN"}
    with said_once(api, KEY) as once:
        try:
            answer = asked(once, path, body, told=True)
        except Refused as error:
            raise _template_refusal(error) from None
    return Sent(ident(said(answer).msgid))


def _state(options: Mapping[str, str]) -> str:
    found = options.get("miniprogram_state", "formal")
    if found not in STATES:
        raise ConfigError("option-malformed", "the option miniprogram_state must be formal, trial or developer", connector=KEY)
    return found


def _template_refusal(error: Refused) -> HuitouError:
    """What the errcode means. Of the message only the name of the value is told, which is our own."""
    code = error.code
    if code == status.PERMISSION_USED:
        return Permanent("permission-used", "the person refused, was never asked, or the permission is used up", connector=KEY)
    if code in status.RECIPIENT_REFUSED:
        return Permanent("recipient-refused", error.detail, connector=KEY)
    if code in status.TEMPLATE_REFUSED:
        named = _KEY_NAMED.search(error.message)
        return Permanent("template-refused", f"{error.detail}, {named[1] if named else 'no value named'}", connector=KEY)
    if code in status.SEND_MISCONFIGURED:
        return ConfigError(status.SEND_MISCONFIGURED[code], error.detail, connector=KEY)
    if code in status.SEND_THROTTLED:
        return Retriable("platform-throttled", error.detail, after=3_600, connector=KEY)
    return Permanent("platform-refused", error.detail, connector=KEY)


def send_message(target: Target, words: str, api: Api) -> Sent:
    """A text to whoever wrote within 48 hours. A buyer of the store cannot be written to by order."""
    person = openid(target.id) if target.kind == "thread" else None
    if person is None:
        raise Permanent("target-refused", "only a person who wrote can be written to", connector=KEY)
    if length(words, LIMITS.unit) > (LIMITS.longest or 0):
        raise Permanent("text-too-long", f"more than {LIMITS.longest} bytes", connector=KEY)
    body = {"touser": person, "msgtype": "text", "text": {"content": words}}
    with said_once(api, KEY) as once:
        try:
            answer = asked(once, CUSTOM, body, told=True)
        except Refused as error:
            raise _message_refusal(error) from None
    return Sent(ident(said(answer).msgid))


def _message_refusal(error: Refused) -> Permanent:
    if error.code == status.WINDOW_CLOSED:
        return Permanent("window-closed", "the person wrote more than 48 hours ago", connector=KEY)
    if error.code == status.LIMIT_USED:
        return Permanent("limit-used", "as many answers as the person's last message allows were given", connector=KEY)
    if error.code in status.RECIPIENT_REFUSED:
        return Permanent("recipient-unreachable", error.detail, connector=KEY)
    return Permanent("platform-refused", error.detail, connector=KEY)
