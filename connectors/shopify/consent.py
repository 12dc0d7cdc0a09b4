"""Shopify's consent: its page, the signed way back, the code exchanged for a token, and taking it back.

Source: shopify.dev, authorization code grant; uninstall an app with an API call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from chalicelib.contract import Account, Api, Authorised, HttpRequest, Secrets, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected
from chalicelib.toolkit.consents import code_of, page
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.signing import hmac_sha256, require_any
from connectors.shopify.api import _Grant, _renew, root
from connectors.shopify.headers import shop_of

SCOPE = "read_orders,read_customers,read_fulfillments,read_returns"
TOLERANCE = timedelta(seconds=90)


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. Option `scope`: other rights than those that orders need."""
    asked = [("client_id", secrets.one("client_id")), ("scope", account.options.get("scope", SCOPE))]
    return page(f"{_shop(account)}/admin/oauth/authorize", [*asked, ("redirect_uri", redirect_uri), ("state", state)])


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract. What the owner came back with is signed with the application's secret, and says when and for which shop."""
    _signed(answer, api)
    body = {
        "client_id": api.secrets.one("client_id"),
        "client_secret": api.secrets.one("client_secret"),
        "code": code_of(answer, connector="shopify"),
    }
    url, headers = f"{_shop(api.account)}/admin/oauth/access_token", {"content-type": "application/json"}
    told = api.http.send(HttpRequest("POST", url, (), headers, json.dumps(body).encode()))
    if told.status in (401, 403):
        raise ConfigError("application-refused", "client_id or client_secret is refused", connector="shopify")
    if not 200 <= told.status < 300:
        raise Rejected("code-refused", f"the token address answers HTTP {told.status}", status=400, connector="shopify")
    grant = read(decoder(_Grant), told.body, connector="shopify")
    ends = None if grant.expires_in is None else api.now() + timedelta(seconds=grant.expires_in)
    return Authorised(Token(grant.access_token, ends))


def revoke(api: Api) -> None:
    """Remove the application from the shop, and with it its tokens and webhooks. A token that is over says that it is done."""
    try:
        token = api.tokens.get(lambda last: _renew(api, last))
    except HuitouError as error:
        if error.reason in ("token-revoked", "account-paused"):
            return
        raise
    url = f"{_shop(api.account)}/admin/api_permissions/current.json"
    answer = api.http.send(HttpRequest("DELETE", url, (), {"x-shopify-access-token": token, "accept": "application/json"}))
    if answer.status not in (200, 204, 401, 403, 404):
        raise Permanent("revoke-refused", f"the shop answers HTTP {answer.status}", connector="shopify")


def _signed(answer: Mapping[str, str], api: Api) -> None:
    signed = urlencode(sorted((name, value) for name, value in answer.items() if name not in ("hmac", "signature")))
    keys = api.secrets.all("client_secret")
    require_any((hmac_sha256(key.encode(), signed.encode()).hex().encode() for key in keys), answer.get("hmac"), reason="hmac")
    if not (stamp := answer.get("timestamp", "")).isdecimal() or len(stamp) > 12:
        raise Rejected("timestamp-malformed", "no time in what the owner came back with", connector="shopify")
    if abs(api.now() - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
        raise Rejected("timestamp-old", "the owner came back long ago", connector="shopify")
    if answer.get("shop") != shop_of(api.account):
        raise Rejected("shop-mismatch", "another shop than this account's gave its consent", status=400, connector="shopify")


def _shop(account: Account) -> str:
    return root(account).partition("/admin/")[0]
