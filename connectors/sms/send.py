"""Sending a text message by a template that Aliyun approved."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chalicelib.channels import Recipient
from chalicelib.contract import Api, Sent
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.saying import said_once
from connectors.sms.aliyun import call
from connectors.sms.values import KEY, to_aliyun

LONGEST = 35  # characters of a value [memory]
_TEMPLATE = re.compile(r"SMS_[0-9]{1,20}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_OUR_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
_BLANKS = re.compile(r"\s+")


def check_template(template: str, values: Mapping[str, str]) -> Mapping[str, str]:
    """The values as they will be sent, in one line and cut; Permanent("template-refused") names one that cannot be."""
    if not _TEMPLATE.fullmatch(template):
        raise Permanent("template-refused", "not a template code of Aliyun's", connector=KEY)
    fit: dict[str, str] = {}
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            raise Permanent("template-refused", "a value whose name is none", connector=KEY)
        text = _BLANKS.sub(" ", value).strip()
        if not text:
            raise Permanent("template-refused", f"{name} is empty", connector=KEY)
        fit[name] = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return fit


def send_template(to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
    """One message to one number, once. Our id travels as OutId; reports name Aliyun's BizId, which is answered."""
    number = to_aliyun(to.id) if to.kind == "phone" else None
    if number is None:
        raise Permanent("recipient-refused", "not a phone number that Aliyun reaches", connector=KEY)
    sign_name = api.account.options.get("sign_name")
    if not sign_name:
        raise ConfigError("option-missing", "the option sign_name (the approved signature) is not configured", connector=KEY)
    fit = check_template(template, values)
    params = [("PhoneNumbers", number), ("SignName", sign_name), ("TemplateCode", template)]
    if fit:
        params.append(("TemplateParam", msgspec.json.encode(fit).decode()))
    if _OUR_ID.fullmatch(message_id):
        params.append(("OutId", message_id))
    with said_once(api, KEY) as once:
        answer, _ = call(once, "SendSms", params)
    return Sent(ident(answer.BizId))
