"""Calls to the Admin API: the shop's host, the token, and what Shopify's answers mean for the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from chalicelib.toolkit.decode import as_json, decoder, read
from chalicelib.toolkit.signing import same
from connectors.shopify.headers import shop_of
from connectors.shopify.payloads import ABSENT, present

DEFAULT_VERSION = "2026-07"
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com", re.ASCII)
_VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}|unstable", re.ASCII)


def root(account: Account) -> str:
    """The address of the API of the account's shop and version. ConfigError when it is not one of Shopify's hosts."""
    shop = shop_of(account)
    if shop is None or not _SHOP.fullmatch(shop):
        raise ConfigError("shop-missing", "option shop must be a myshopify.com domain", connector="shopify")
    version = account.options.get("api_version", DEFAULT_VERSION)
    if not _VERSION.fullmatch(version):
        raise ConfigError("api-version-malformed", "option api_version is not a version", connector="shopify")
    return f"https://{shop}/admin/api/{version}"


def uses_rest(account: Account) -> bool:
    """Whether option `api` says "rest" (default "graphql"); anything else is a ConfigError."""
    chosen = account.options.get("api", "graphql")
    if chosen not in ("graphql", "rest"):
        raise ConfigError("api-unknown", "option api must be graphql or rest", connector="shopify")
    return chosen == "rest"


def call(api: Api, request: HttpRequest) -> HttpResponse:
    """Send with the access token; a refused token is renewed once. Permanent on other 4xx, Skippable("gone") on 404."""
    for _ in range(2):
        token = api.tokens.get(lambda last: _renew(api, last))
        headers = {**request.headers, "x-shopify-access-token": token, "accept": "application/json"}
        answer = api.http.send(HttpRequest(request.method, request.url, request.query, headers, request.body))
        if answer.status != 401:
            _checked(answer)
            if request.method == "GET":
                as_json(answer.body, connector="shopify")
            return answer
        api.tokens.expire(token)
    raise Permanent("token-revoked", "the shop refuses the access token", connector="shopify")


def _checked(answer: HttpResponse) -> HttpResponse:
    if 200 <= answer.status < 300:
        return answer
    if answer.status in (404, 410):
        raise Skippable("resource-gone", "the shop has no such resource", connector="shopify")
    if answer.status == 429:
        raise Retriable("throttled", "the shop's call limit is used up", after=retry_after(answer.headers), connector="shopify")
    if answer.status >= 500:
        raise Retriable("api-unavailable", f"the API answered {answer.status}", connector="shopify")
    raise Permanent("api-refused", f"the API answered {answer.status}", connector="shopify")


def retry_after(headers: Mapping[str, str]) -> int:
    """Whole seconds of Retry-After (Shopify writes `2.0`), at least 1; 2 where it says nothing readable."""
    found = re.match(r"([0-9]{1,5})(\.[0-9]+)?$", headers.get("retry-after", ""))
    return max(1, int(found[1]) + (1 if found[2] and found[2].strip(".0") else 0)) if found else 2


class _Grant(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int | None = None


def _renew(api: Api, last: Token | None) -> Token:
    """The offline token as configured, or a new one by the client-credentials grant of an own-organisation store."""
    if api.secrets.values.get("access_token"):
        fixed = api.secrets.one("access_token")
        if last is not None and same(last.access_token.encode(), fixed.encode()):
            raise Permanent("token-revoked", "the shop refuses the access token", connector="shopify")
        return Token(fixed, None)
    body = {
        "grant_type": "client_credentials",
        "client_id": api.secrets.one("client_id"),
        "client_secret": api.secrets.one("client_secret"),
    }
    shop = root(api.account).partition("/admin/")[0]
    answer = api.http.send(
        HttpRequest("POST", f"{shop}/admin/oauth/access_token", (), {"content-type": "application/json"}, json.dumps(body).encode())
    )
    if not 200 <= answer.status < 300:
        raise Permanent("token-revoked", f"no token was granted ({answer.status})", connector="shopify")
    grant = read(decoder(_Grant), as_json(answer.body, connector="shopify"), connector="shopify")
    expires = None if grant.expires_in is None else api.now() + timedelta(seconds=grant.expires_in)
    return Token(grant.access_token, expires)


class TooCostly(Exception):
    """The query costs more than one query may; ask for less. Never leaves this package."""


class _Extensions(msgspec.Struct, frozen=True):
    code: str | None = None


class _Error(msgspec.Struct, frozen=True):
    extensions: _Extensions | None = None


class _Throttle(msgspec.Struct, frozen=True, rename="camel"):
    currently_available: float = 0
    restore_rate: float = 0


class _Cost(msgspec.Struct, frozen=True, rename="camel"):
    requested_query_cost: float | None = None
    throttle_status: _Throttle | None = None


class _Costs(msgspec.Struct, frozen=True):
    cost: _Cost | None = None


class _Answer(msgspec.Struct, frozen=True):
    data: msgspec.Raw = ABSENT
    errors: list[_Error] | None = None
    extensions: _Costs | None = None


@dataclass(frozen=True, slots=True)
class GraphQL:
    """One shop's GraphQL endpoint."""

    api: Api

    def ask(self, query: str, variables: Mapping[str, Any]) -> bytes:
        """The bytes of `data`. Errors come with HTTP 200: Retriable(after) when throttled, TooCostly, else Permanent."""
        body = json.dumps({"query": query, "variables": dict(variables)}).encode()
        url = f"{root(self.api.account)}/graphql.json"
        answer = call(self.api, HttpRequest("POST", url, (), {"content-type": "application/json"}, body))
        told = read(decoder(_Answer), as_json(answer.body, connector="shopify"), connector="shopify")
        if told.errors:
            _raise(told)
        if not present(told.data):
            raise Permanent("api-malformed", "an answer without data", connector="shopify", path="$.data")
        return bytes(told.data)


def _raise(told: _Answer) -> None:
    codes = [each.extensions.code for each in told.errors or () if each.extensions is not None and each.extensions.code]
    if "THROTTLED" in codes:
        raise Retriable("throttled", "the shop's query budget is used up", after=_pause(told), connector="shopify")
    if "MAX_COST_EXCEEDED" in codes:
        raise TooCostly
    if "INTERNAL_SERVER_ERROR" in codes or "TIMEOUT" in codes:
        raise Retriable("api-unavailable", "the API failed inside", connector="shopify")
    shown = ", ".join(each for each in codes if re.fullmatch(r"[A-Z_]{1,40}", each)) or "no code"
    raise Permanent("api-refused", f"the query was refused: {shown}", connector="shopify")


def _pause(told: _Answer) -> int:
    """Seconds until the bucket holds what the query needs, at least 1."""
    cost = None if told.extensions is None else told.extensions.cost
    throttle = None if cost is None else cost.throttle_status
    if cost is None or throttle is None or not throttle.restore_rate > 0:
        return 2
    missing = (cost.requested_query_cost or 0) - throttle.currently_available
    return min(60, max(1, int(missing / throttle.restore_rate) + 1))
