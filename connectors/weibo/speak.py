"""Saying something on Weibo: answers to comments and mentions, messages of the fans' service."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chalicelib.contract import Api, Sent, Target
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from connectors.weibo import status
from connectors.weibo.api import MESSAGES as HOST
from connectors.weibo.api import address, call, is_business, problem_of, refusal, send
from connectors.weibo.payloads import Said
from connectors.weibo.values import KEY, READ
from connectors.weibo.voices import MENTION

REPLIES = {"review": SayLimits(longest=140)}  # [docs, comments/reply]
# Free within 48 hours of what the person did; after a mention one message only [docs, messages/reply].
MESSAGES = SayLimits(longest=300, window=timedelta(hours=48))
URL = f"https://{HOST}/2/messages/reply.json"


def reply(target: Target, words: str, api: Api) -> Sent:
    """Answer a comment, or comment on a post that names the account."""
    if target.kind != "review":
        raise _unknown()
    head, _, rest = target.id.partition(":")
    if head == MENTION:
        post = _digits(rest)
        params, name = [("id", post), ("comment", words)], "comments/create"
    else:
        comment, post = _digits(target.id), _digits(target.product_id)
        params, name = [("cid", comment), ("id", post), ("comment", words), ("without_mention", "0")], "comments/reply"
    params += _business(api)
    with said_once(api, KEY) as once:
        body = call(once, address(api, name), params, method="POST")
    try:
        said = READ.decode(Said, body, None)
    except Permanent:  # it was said, whatever its id is
        return Sent(None)
    return Sent(ident(said.idstr) or ident(said.id))


def _business(api: Api) -> list[tuple[str, str]]:
    """The business API asks for the address of whoever writes."""
    if not is_business(api):
        return []
    address_of = api.account.options.get("rip")
    if not address_of:
        raise ConfigError("option-missing", "the option rip (the operator's public IP address) is not configured", connector=KEY)
    return [("rip", address_of)]


def send_message(target: Target, words: str, api: Api) -> Sent:
    """Write to a person of a thread. The platform refuses it outside the window and after an unfollow."""
    if target.kind != "thread":
        raise _unknown()
    data = msgspec.json.encode({"text": words}).decode()
    params = [("type", "text"), ("receiver_id", _digits(target.id)), ("save_sender_box", "1"), ("data", data)]
    own = api.secrets.values.get("fans_token", ())
    with said_once(api, KEY) as once:
        if own and own[0]:
            _with_own(once, params, own[0])
        else:
            call(once, URL, params, method="POST")
    return Sent(None)


def _with_own(api: Api, params: list[tuple[str, str]], token: str) -> None:
    """By the token that the console of the fans' service hands out, which nothing renews."""
    answer = send(api, URL, params, token, "POST")
    code = problem_of(answer)
    if code in status.TOKEN_DEAD:
        raise ConfigError(
            "token-refused", "the token of the fans' service is refused: make a new one in its console", connector=KEY
        )
    if code is not None:
        raise refusal(URL, code, answer.status)


def _digits(value: str | None) -> str:
    found = digits(value)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> Permanent:
    return Permanent("target-unknown", "not a comment, mention or thread of Weibo's", connector=KEY)
