"""Robots in chat groups: notices. The address of a robot is its secret; the answer is the only receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl, urlsplit

import msgspec

from chalicelib.channels import Notice
from chalicelib.contract import Api, Capability, ConnectorInfo, EventKind, HttpRequest, HttpResponse, Ref, Sent
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.errcodes import Refused, checked
from chalicelib.toolkit.loose import Id, Reader
from chalicelib.toolkit.saying import said_once
from connectors.robots.kinds import HOSTS, KINDS, Kind, dingtalk_sign, feishu_sign
from connectors.robots.text import plain

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

KEY = "robots"
READ = Reader(KEY)
JSON = {"content-type": "application/json; charset=utf-8"}


class _Code(msgspec.Struct, gc=False):
    """Feishu's own spelling of an errcode; old robots have the second only."""

    code: Id = None
    StatusCode: Id = None


class Robots:
    """Stateless; see docs/connectors/robots.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Robots",
        capabilities=frozenset({Capability.POSTS_NOTICES}),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("webhook_url", "secret"),
        push_headers=frozenset(),
        api_hosts=HOSTS,
        doc="docs/connectors/robots.md",
    )

    def post(self, notice: Notice, api: Api) -> Sent:
        """Post once. Retriable when it was certainly not taken; Permanent("outcome-unknown") when nobody knows.

        ConfigError when the robot is gone or its security settings refuse us, Permanent("notice-refused") for the message.
        """
        name, kind = _kind(api)
        message = kind.render(notice, _title(notice, api))
        url, query = _address(name, kind, api)
        secret = (api.secrets.values.get("secret") or ("",))[0]
        if secret and name == "dingtalk":  # signed when it is sent: a signature lives an hour
            stamp = str(to_millis(api.now()))
            query = [*query, ("timestamp", stamp), ("sign", dingtalk_sign(secret, stamp))]
        elif secret and name == "feishu":
            stamp = str(to_millis(api.now()) // 1000)
            message = {"timestamp": stamp, "sign": feishu_sign(secret, stamp), **message}
        request = HttpRequest("POST", url, tuple(query), JSON, msgspec.json.encode(message), kind.rate)
        with said_once(api, KEY) as once:
            _require_taken(kind, name, once.http.send(request))
        return Sent(None)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:  # noqa: ARG002
        """Nothing: robots only speak."""
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


def _kind(api: Api) -> tuple[str, Kind]:
    name = api.account.options.get("kind", "")
    if name not in KINDS:
        raise ConfigError("option-missing", "the option kind must be one of " + ", ".join(sorted(KINDS)), connector=KEY)
    return name, KINDS[name]


def _title(notice: Notice, api: Api) -> str:
    """The title, with the keyword that the robot's settings may ask for in every message."""
    title, keyword = plain(notice.title)[:100], api.account.options.get("keyword", "")
    return f"{keyword} {title}" if keyword and keyword not in title else title


def _address(name: str, kind: Kind, api: Api) -> tuple[str, list[tuple[str, str]]]:
    """The robot's address, only ever on the platform's own host. It is never shown."""
    try:
        parts = urlsplit(api.secrets.one("webhook_url"))
        fits = parts.scheme == "https" and parts.netloc in kind.hosts and not parts.fragment
    except ValueError:
        parts, fits = urlsplit(""), False
    fits = fits and (parts.path.startswith(kind.path) if kind.path.endswith("/") else parts.path == kind.path)
    if not fits:
        raise ConfigError("webhook-url-refused", f"webhook_url is not the address of a robot of {name}", connector=KEY)
    return f"https://{parts.netloc}{parts.path}", parse_qsl(parts.query, keep_blank_values=True)


def _require_taken(kind: Kind, name: str, response: HttpResponse) -> None:
    """Raise what the answer means. Feishu's refusals come with HTTP 400 as well."""
    body, status = response.body, response.status
    if name == "feishu":
        try:
            told = READ.decode(_Code, body, None)
        except Permanent:
            told = _Code()
        code = told.code if told.code is not None else told.StatusCode
        if code is not None or status == 200:
            body, status = msgspec.json.encode({"errcode": "unreadable" if code is None else code}), 200
    try:
        checked(f"the robot of {name}", status, body, kind.codes, connector=KEY, told=True)
    except Refused as error:
        _refuse(kind, error)


def _refuse(kind: Kind, error: Refused) -> NoReturn:
    reason = "notice-refused" if error.code in kind.refused else "platform-refused"
    raise Permanent(reason, error.detail, connector=KEY) from None


CONNECTOR = Robots()
