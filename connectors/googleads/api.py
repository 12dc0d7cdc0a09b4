"""The Google Ads API over REST: the account's token, searches."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Rate, Token
from chalicelib.errors import ConfigError
from chalicelib.toolkit.bearer import renewed_by_form, with_token
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.google import TOKEN_URL, refusal
from connectors.googleads.connector import HOST, KEY

VERSION = "v26"
OPERATIONS = Rate("operations", every=86_400 / 15_000, burst=100)  # basic access: 15,000 a day for a developer token [memory]
_VERSION = re.compile(r"v[0-9]{1,3}", re.ASCII)
_CUSTOMER = re.compile(r"[0-9]{1,20}", re.ASCII)


def customer_of(account: Account, option: str = "customer_id") -> str:
    """An account's number, digits alone. ConfigError when it is none."""
    told = (account.options.get(option) or "").replace("-", "")
    if not _CUSTOMER.fullmatch(told):
        raise ConfigError("option-missing", f"the option {option} is no number of a Google Ads account", connector=KEY)
    return told


def search(api: Api, query: str, page_token: str | None) -> bytes:
    """One page of a search. Retriable on quotas and faults of theirs, Permanent on other refusals."""
    version = api.account.options.get("api_version", VERSION)
    if not _VERSION.fullmatch(version):
        raise ConfigError("version-malformed", "the option api_version is written as v26", connector=KEY)
    url = f"https://{HOST}/{version}/customers/{customer_of(api.account)}/googleAds:search"
    body: dict[str, Any] = {"query": query, **({"pageToken": page_token} if page_token else {})}

    def send(token: str) -> HttpResponse:
        headers = {
            "authorization": f"Bearer {token}",
            "developer-token": api.secrets.one("developer_token"),
            "content-type": "application/json",
            "accept": "application/json",
        }
        if api.account.options.get("login_customer_id"):
            headers["login-customer-id"] = customer_of(api.account, "login_customer_id")
        return api.http.send(HttpRequest("POST", url, (), headers, msgspec.json.encode(body), OPERATIONS))

    answer = with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY)
    if answer.status == 200:
        return as_json(answer.body, connector=KEY)
    raise refusal(answer.status, answer.body, connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new access token. Permanent("token-revoked") when the owner must authorise again."""
    return renewed_by_form(api, last, TOKEN_URL, request=HttpRequest, token=Token, connector=KEY)
