"""The Amazon Ads API: regions, the account's token, what its answers mean, and files that lie elsewhere."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

import msgspec

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.bearer import renewed_by_form, with_token
from chalicelib.toolkit.decode import as_json
from chalicelib.toolkit.loose import Reader
from connectors.amazonads.connector import KEY, REGIONS

READ = Reader(KEY)
LARGEST = 64 * 1024 * 1024  # bytes of a report once it is unpacked
_PROFILE = re.compile(r"[0-9]{1,20}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)
_GZIP = b"\x1f\x8b"


class _Problem(msgspec.Struct, gc=False):
    code: str | int | None = None


def hosts(account: Account) -> tuple[str, str]:
    """The hosts of the API and of its tokens. ConfigError when the region is none."""
    found = REGIONS.get(account.options.get("region", "na"))
    if found is None:
        raise ConfigError("region-unknown", "the option region must be na, eu or fe", connector=KEY)
    return found


def profile_of(account: Account) -> str:
    """The number of the advertising profile. ConfigError when it is none."""
    told = account.options.get("profile_id") or ""
    if not _PROFILE.fullmatch(told):
        raise ConfigError("option-missing", "the option profile_id is no number of an advertising profile", connector=KEY)
    return told


def call(
    api: Api, method: str, path: str, body: Mapping[str, object] | None = None, content_type: str | None = None
) -> HttpResponse:
    """Call `path` for the account's profile; a token that is over is renewed once. Any answer but 401."""

    def send(token: str) -> HttpResponse:
        headers = {
            "authorization": f"Bearer {token}",
            "amazon-advertising-api-clientid": api.secrets.one("client_id"),
            "amazon-advertising-api-scope": profile_of(api.account),
            "accept": "application/json",
            **({"content-type": content_type} if content_type else {}),
        }
        sent = None if body is None else msgspec.json.encode(body)
        return api.http.send(HttpRequest(method, f"https://{hosts(api.account)[0]}{path}", (), headers, sent))

    answer = with_token(api.tokens, lambda last: renew(api, last), send, connector=KEY)
    if answer.status == 200:
        as_json(answer.body, connector=KEY)
    return answer


def refusal(answer: HttpResponse, path: str) -> HuitouError:
    """The error that an answer stands for, by status and code; its text may repeat what was sent."""
    try:
        code = str(READ.decode(_Problem, answer.body, None).code)
    except Permanent:
        code = "no code"
    shown = f"{path} answers HTTP {answer.status}, {code if _CODE.fullmatch(code) else 'no code'}"
    if answer.status == 403:
        return Permanent("permission-missing", f"the owner of the token may not read this profile: {shown}", connector=KEY)
    return Permanent("platform-refused", shown, connector=KEY)


def download(api: Api, url: str) -> bytes:
    """A file at an address that Amazon signed, without our token; unpacked. The client calls no host but Amazon's stores."""
    answer = api.http.send(HttpRequest("GET", url))
    if answer.status != 200:
        raise Retriable("report-unavailable", f"the report's file answers HTTP {answer.status}", after=60, connector=KEY)
    if not answer.body.startswith(_GZIP):
        return answer.body  # unpacked on the way
    unpack = zlib.decompressobj(wbits=31)
    try:
        found = unpack.decompress(answer.body, LARGEST)
    except zlib.error:
        raise Retriable("answer-malformed", "the report's file is damaged", connector=KEY) from None
    if unpack.unconsumed_tail:
        raise Permanent("report-too-large", f"a report of more than {LARGEST} bytes", connector=KEY, path="$")
    if not unpack.eof:
        raise Retriable("answer-malformed", "the report's file is cut short", connector=KEY)
    return found


def renew(api: Api, last: Token | None) -> Token:
    """A new access token by Login with Amazon. Permanent("token-revoked") when the owner must authorise again."""
    url = f"https://{hosts(api.account)[1]}/auth/o2/token"
    return renewed_by_form(api, last, url, request=HttpRequest, token=Token, connector=KEY)
