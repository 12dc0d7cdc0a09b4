"""Text messages of Douyin shop, by templates that the platform approved: the one way to write to a buyer."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chalicelib.channels import Recipient
from chalicelib.contract import Api, Sent
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.saying import said_once
from connectors.douyin.api import call
from connectors.douyin.payloads import SmsData
from connectors.douyin.values import KEY, decode, text, whole

METHOD = "sms.send"
UNREADABLE = frozenset({"answer-empty", "payload-malformed"})  # of an answer: the call was taken
MAX_TAG = 512  # characters of `tag`, which comes back with the receipt [sdk]
_TEMPLATE = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_MAINLAND = re.compile(r"\+86(1[0-9]{10})", re.ASCII)


def check(template: str, values: Mapping[str, str]) -> Mapping[str, str]:
    """The values as they will be sent: on one line. Permanent("template-refused") on an id or a name that is none, or no words.

    The platform names no length where we could read.
    """
    if not _TEMPLATE.fullmatch(template):
        raise Permanent("template-refused", "not a template id of Douyin's", connector=KEY)
    found = {name: " ".join(value.split()) for name, value in values.items()}
    for name, value in found.items():
        if not _NAME.fullmatch(name) or not value:
            raise Permanent("template-refused", "a value without a name, or without words", connector=KEY)
    return found


def send(to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
    """Send once, to a number of the mainland. Options `sms_account` and `sms_sign`: the channel and the approved signature."""
    number = _MAINLAND.fullmatch(to.id) if to.kind == "phone" else None
    if number is None:
        raise Permanent("recipient-refused", "text messages go to a mobile number of the mainland", connector=KEY)
    fit, options = check(template, values), api.account.options
    missing = [name for name in ("sms_account", "sms_sign") if not options.get(name)]
    if missing:
        raise ConfigError("option-missing", f"the option {missing[0]} is not configured", connector=KEY)
    params = {
        "sms_account": options["sms_account"],
        "sign": options["sms_sign"],
        "template_id": template,
        "template_param": msgspec.json.encode(fit, order="sorted").decode(),
        "post_tel": number[1],
        "tag": message_id[:MAX_TAG],
    }
    try:
        with said_once(api, KEY) as once:
            data = decode(SmsData, bytes(call(once, METHOD, params)), None, "$.data")
        code = whole(data.code, "$.data.code", None)
    except Permanent as error:
        if error.reason in UNREADABLE:
            raise Permanent("outcome-unknown", f"it may have been sent: {error.reason}", connector=KEY) from None
        raise
    if code not in (None, 0):
        raise Permanent("platform-refused", f"{METHOD} answers {code}", connector=KEY)
    return Sent(text(data.message_id))
