"""WhatsApp's message templates: the only words that go to somebody who wrote nothing for 24 hours.

Shape: developers.facebook.com, "Send message templates". Values by name: `1`, `2` ... or the names of the template's own
parameters fill the body, `header` a text header, `button.0` the end of a link on the button at that place, `language`
chooses among the template's languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.channels import Recipient
from chalicelib.contract import Api, Sent
from chalicelib.errors import ConfigError, Permanent
from connectors.meta.api import speak
from connectors.meta.values import KEY, ident

LANGUAGE, HEADER = "language", "header"
# Characters of a value. [docs]
LONGEST: dict[str, int] = {"body": 1024, HEADER: 60, "button": 2000}
OURS = 512  # characters of biz_opaque_callback_data [code]
MOST = 20  # values of one template; nobody approves more
_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]?", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_BUTTON = re.compile(r"button\.([0-9])", re.ASCII)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_BLANKS = re.compile(r"\s+")


def checked(template: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are sent: no line breaks, no runs of blanks (the platform refuses both), none too long.

    Permanent("template-refused") names a value that is empty or has no place, and places that are not 1 to n.
    """
    if not _TEMPLATE.fullmatch(template):
        raise _refused("the template's name is lower-case letters, digits and underscores")
    if len(values) > MOST:
        raise _refused(f"more than {MOST} values")
    found = {}
    for name, told in values.items():
        text = _BLANKS.sub(" ", told).strip()
        if not text:
            raise _refused(f"the value {_shown(name)} is empty")
        if name == LANGUAGE and not _LANGUAGE.fullmatch(text):
            raise _refused("the language is written as en or en_US")
        found[name] = text[: LONGEST[_part(name)]]
    body = [name for name in found if name != LANGUAGE and _part(name) == "body"]
    places = sorted(int(name) for name in body if _PLACE.fullmatch(name))
    if places and (len(places) < len(body) or places != list(range(1, len(places) + 1))):
        raise _refused("the body's values are 1 to n, or names alone")
    return found


def _part(name: str) -> str:
    """The part of the template that a value fills."""
    if name in {LANGUAGE, HEADER}:
        return HEADER
    if _BUTTON.fullmatch(name):
        return "button"
    if _PLACE.fullmatch(name) or _NAME.fullmatch(name):
        return "body"
    raise _refused(f"the value {_shown(name)} has no place in a template")


def _shown(name: str) -> str:
    """A value's name, where it is one."""
    return name if name.isascii() and len(name) < 61 and name.replace(".", "_").isidentifier() else "without a plain name"


def send(to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
    """Send once, from the number of option `phone_number_id`. The platform takes it; whether it arrives its receipts tell."""
    given = checked(template, values)
    number, options = ident(api.account.options.get("phone_number_id")), api.account.options
    if number is None:
        raise ConfigError("option-missing", "the option phone_number_id (WhatsApp's) is not configured", connector=KEY)
    language = given.pop(LANGUAGE, options.get("template_language", ""))
    if not _LANGUAGE.fullmatch(language):
        raise ConfigError("option-missing", "neither the value nor the option template_language tells a language", connector=KEY)
    message: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": _person(to),
        "type": "template",
        "template": {"name": template, "language": {"code": language}, "components": components(given)},
        "biz_opaque_callback_data": message_id[:OURS],
    }
    try:
        return Sent(speak(api, f"/{number}/messages", message))
    except Permanent as error:
        if error.reason in ("opted-out", "recipient-unreachable"):
            raise Permanent("recipient-refused", error.detail, connector=KEY) from None
        raise


def components(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The values in the parts of the template, in its order."""
    body: list[dict[str, str]] = []
    places = sorted((name for name in values if _PLACE.fullmatch(name)), key=int)
    for name in places or [name for name in values if _part(name) == "body"]:
        named = {} if places else {"parameter_name": name}
        body.append({"type": "text", **named, "text": values[name]})
    found: list[dict[str, Any]] = []
    if HEADER in values:
        found.append({"type": "header", "parameters": [{"type": "text", "text": values[HEADER]}]})
    if body:
        found.append({"type": "body", "parameters": body})
    for name in sorted(values):
        if button := _BUTTON.fullmatch(name):
            link = {"type": "text", "text": values[name]}
            found.append({"type": "button", "sub_type": "url", "index": button[1], "parameters": [link]})
    return found


def _person(to: Recipient) -> str:
    """A number without its plus, or the id that WhatsApp knows somebody by."""
    found = to.id.removeprefix("+") if to.kind == "phone" and _PHONE.fullmatch(to.id) else None
    found = ident(to.id) if to.kind == "user" else found
    if found is None:
        raise Permanent("target-unknown", "not a person that WhatsApp knows", connector=KEY)
    return found


def _refused(detail: str) -> Permanent:
    return Permanent("template-refused", detail, connector=KEY)
