"""eBay's consent: its page, and the code exchanged for a token. Source: developer.ebay.com, authorisation code grant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Account, Api, Authorised, Secrets, Token
from chalicelib.toolkit.consents import code_of, needed, page
from connectors.ebay.api import _grant, host
from connectors.ebay.values import KEY

PAGES = {"api.ebay.com": "auth.ebay.com", "api.sandbox.ebay.com": "auth.sandbox.ebay.com"}


def authorise_url(account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG001
    """See the contract. eBay knows the way back by its name (RuName): option `ru_name`; option `scope`: the scopes, by spaces."""
    asked = [("client_id", secrets.one("client_id")), ("redirect_uri", needed(account.options, "ru_name", connector=KEY))]
    scope = needed(account.options, "scope", connector=KEY)
    return page(
        f"https://{PAGES[host(account)]}/oauth2/authorize", [*asked, ("response_type", "code"), ("scope", scope), ("state", state)]
    )


def exchange(answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:  # noqa: ARG001
    """See the contract."""
    back = needed(api.account.options, "ru_name", connector=KEY)
    form = {"grant_type": "authorization_code", "code": code_of(answer, connector=KEY), "redirect_uri": back}
    grant = _grant(api, form)
    return Authorised(Token(grant.access_token, api.now() + grant.life, grant.refresh_token))
