"""The Google Analytics Data API: the property's token, reports."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError
from chalicelib.toolkit.bearer import renewed_by_form, with_token
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.google import TOKEN_URL, refusal
from connectors.ga4.connector import HOST, KEY

VERSION = "v1beta"
_VERSION = re.compile(r"v[0-9]{1,2}(alpha|beta)?", re.ASCII)
_PROPERTY = re.compile(r"[0-9]{1,20}", re.ASCII)


def property_of(account: Account) -> str:
    """The property's number. ConfigError when it is none."""
    told = (account.options.get("property_id") or "").removeprefix("properties/")
    if not _PROPERTY.fullmatch(told):
        raise ConfigError("option-missing", "the option property_id is no number of a property", connector=KEY)
    return told


def run_report(api: Api, body: Mapping[str, object]) -> bytes:
    """One page of a report. Retriable on quotas and faults of theirs, Permanent on other refusals."""
    version = api.account.options.get("api_version", VERSION)
    if not _VERSION.fullmatch(version):
        raise ConfigError("version-malformed", "the option api_version is written as v1beta", connector=KEY)
    url = f"https://{HOST}/{version}/properties/{property_of(api.account)}:runReport"

    def send(token: str) -> HttpResponse:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": "application/json"}
        return api.http.send(HttpRequest("POST", url, (), headers, msgspec.json.encode(body)))

    answer = with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY)
    if answer.status == 200:
        return as_json(answer.body, connector=KEY)
    raise refusal(answer.status, answer.body, connector=KEY)


def renew(api: Api, last: Token | None) -> Token:
    """A new access token. Permanent("token-revoked") when the owner must authorise again."""
    return renewed_by_form(api, last, TOKEN_URL, request=HttpRequest, token=Token, connector=KEY)
