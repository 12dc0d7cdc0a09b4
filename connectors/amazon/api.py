"""The Selling Partner API: hosts, tokens, rates, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from chalicelib.toolkit.oauth2 import renewed
from chalicelib.toolkit.saying import said_once
from connectors.amazon.payloads import ApiErrors, Grant, Refusal
from connectors.amazon.values import KEY, READ

TOKEN_HOST = "api.amazon.com"  # noqa: S105 - a host
REGIONS = ("na", "eu", "fe")
HOSTS = tuple(f"{prefix}sellingpartnerapi-{region}.amazon.com" for prefix in ("", "sandbox.") for region in REGIONS)
AGENT = "Huitou/1.0 (Language=Python)"
_YEAR = 366 * 86_400
_CODE = re.compile(r"[A-Za-z]{1,40}", re.ASCII)
_REVOKED = frozenset({"invalid_grant", "access_denied"})
_APPLICATION = frozenset({"invalid_client", "unauthorized_client"})

# Default usage plans [model]: requests a second and burst.
SEARCH_ORDERS = Rate("searchOrders", every=1 / 0.0056, burst=20)
GET_ORDER = Rate("getOrder", every=2.0, burst=30)
TRANSACTIONS = Rate("listTransactions", every=2.0, burst=10)
MESSAGING = Rate("messaging", every=1.0, burst=5)
SOLICITATIONS = Rate("solicitations", every=1.0, burst=5)


def host(account: Account) -> str:
    """The host of the account's region. ConfigError when an option is none of the known words."""
    region, environment = account.options.get("region", "na"), account.options.get("environment", "production")
    if region not in REGIONS or environment not in ("production", "sandbox"):
        raise ConfigError("region-unknown", "option region must be na, eu or fe, environment production or sandbox", connector=KEY)
    return f"{'sandbox.' if environment == 'sandbox' else ''}sellingpartnerapi-{region}.amazon.com"


def get(api: Api, path: str, query: Sequence[tuple[str, str]], rate: Rate) -> bytes:
    """Read `path`. Skippable on 404, Permanent on the other refusals."""
    answer = _send(api, HttpRequest("GET", path, tuple(query), rate=rate))
    if answer.status == 200:
        return answer.body
    if answer.status == 404:
        raise Skippable("resource-missing", f"Amazon has no such {path.split('/')[1]}", connector=KEY)
    raise Permanent("platform-refused", f"{path.split('/')[1]} answers HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def speak(api: Api, path: str, query: Sequence[tuple[str, str]], body: Mapping[str, object] | None, rate: Rate) -> None:
    """Send something to a buyer, once; see toolkit.saying. Permanent with Amazon's own code where it refuses."""
    with said_once(api, KEY) as once:
        sent = msgspec.json.encode(body) if body is not None else None
        answer = _send(once, HttpRequest("POST", path, tuple(query), body=sent, rate=rate))
    if not 200 <= answer.status < 300:
        raise Permanent("message-refused", f"Amazon refuses it: HTTP {answer.status}, {_codes(answer)}", connector=KEY)


def _send(api: Api, request: HttpRequest) -> HttpResponse:
    """Send to the account's host; `request` names the path alone. A token that is over is renewed once."""
    url = f"https://{host(api.account)}{request.url}"
    for _ in range(2):
        token = api.tokens.get(lambda last: renew(api, last))
        headers = {
            "x-amz-access-token": token,
            "x-amz-date": api.now().strftime("%Y%m%dT%H%M%SZ"),
            "user-agent": AGENT,
            "accept": "application/json",
            "content-type": "application/json",
        }
        answer = api.http.send(replace(request, url=url, headers=headers))
        # An expired token is told with 401, and on some operations with 403 and the same word.
        if answer.status != 401 and not (answer.status == 403 and b"expired" in answer.body):
            return answer
        api.tokens.expire(token)
    raise Retriable("token-refused", "the platform refuses a token that was just renewed", connector=KEY)


def _codes(answer: HttpResponse) -> str:
    """The codes of the errors: their texts may repeat what was sent."""
    try:
        found = READ.decode(ApiErrors, answer.body, None).errors or []
    except Permanent:
        found = []
    return ", ".join(each.code for each in found if each.code and _CODE.fullmatch(each.code)) or "no code"


def renew(api: Api, last: Token | None) -> Token:
    """A new access token by Login with Amazon. Permanent("token-revoked") when the seller must authorise again."""

    def refreshed(refresh_token: str) -> Token:
        grant = _grant(api, refresh_token)
        seconds = 3_600 if grant.expires_in is None else max(0, min(grant.expires_in, _YEAR))
        return Token(grant.access_token, api.now() + timedelta(seconds=seconds), grant.refresh_token or refresh_token)

    return renewed(last.refresh_token if last else None, api.secrets.all("refresh_token"), refreshed, connector=KEY)


def _grant(api: Api, refresh_token: str) -> Grant:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": api.secrets.one("client_id"),
        "client_secret": api.secrets.one("client_secret"),
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json", "user-agent": AGENT}
    url = f"https://{TOKEN_HOST}/auth/o2/token"
    answer = api.http.send(HttpRequest("POST", url, headers=headers, body=urlencode(form).encode()))
    if answer.status == 200:
        return READ.decode(Grant, answer.body, None)
    try:
        error = READ.decode(Refusal, answer.body, None).error
    except Permanent:
        error = None
    if error in _REVOKED:
        raise Permanent("token-revoked", "the refresh token is over or revoked: the seller must authorise again", connector=KEY)
    if error in _APPLICATION or answer.status in (401, 403):
        raise ConfigError("application-refused", "client_id or client_secret is refused", connector=KEY)
    if error in ("server_error", "temporarily_unavailable"):
        raise Retriable("token-unavailable", "no token is to be had for the moment", connector=KEY)
    raise Permanent("platform-refused", f"the token address answers HTTP {answer.status}", connector=KEY)
