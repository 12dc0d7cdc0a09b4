"""The open platform that two of the marketplaces run on: signed calls, tokens, and errors in a 200."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.contract import HttpRequest
from ops.simulator.api.kit import Base, SimClock, parameters, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import World

Json = dict[str, Any]


class Refused(Exception):
    """The platform's own refusal: its `code` and `kind` (ISV: the caller's fault, SYSTEM: its own)."""

    def __init__(self, code: str, text: str = "", kind: str = "ISV") -> None:
        super().__init__(text or code)
        self.code, self.kind, self.text = code, kind, text or code


class Iop(Base):
    """One shop's API. `refusals`: codes that the next calls are refused with, one each, whatever they ask."""

    skew_seconds = 7200
    once = False
    access_life, refresh_life = timedelta(days=30), timedelta(days=180)

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.refusals: list[str] = []
        first = self.secrets["refresh_token"]
        access, refresh = self.access_life, self.refresh_life
        self.tokens = Tokens(world.seed, self.platform, clock, first, access=access, refresh=refresh, once=self.once)

    def given(self, request: HttpRequest) -> dict[str, str]:
        """All parameters of a call, those of the query and of the form."""
        return parameters(request) | dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))

    def check(self, signed_path: str, given: Mapping[str, str]) -> None:
        """Refuse a wrong key, signature or time, and what is to be refused next."""
        if given.get("app_key") != self.secrets["app_key"]:
            raise Refused("InvalidAppKey", "The specified App Key is invalid")
        if given.get("sign_method") != "sha256":
            raise Refused("MissingSignMethod", "The input parameter sign_method is not valid")
        rest = {name: value for name, value in given.items() if name != "sign"}
        text = signed_path + "".join(name + rest[name] for name in sorted(rest))
        made = hmac.new(self.secrets["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if not hmac.compare_digest(made, given.get("sign", "")):
            raise Refused("IncompleteSignature", "The request signature does not conform to platform standards")
        late = abs(whole(given.get("timestamp"), 0) - self.clock.now().timestamp() * 1000)
        if late > self.skew_seconds * 1000:
            raise Refused("IllegalTimestamp", "The specified timestamp is out of range")
        if self.refusals:
            code = self.refusals.pop(0)
            raise Refused(code, kind="SYSTEM" if code.startswith("Service") else "ISV")

    def require_token(self, token: str) -> None:
        """Refuse an access token that is over or nobody's."""
        if not self.tokens.alive(token):
            raise Refused("IllegalAccessToken", "The specified access token is invalid or expired")

    def renewed(self, given: Mapping[str, str]) -> Json:
        """What /auth/token/refresh answers; lives in seconds."""
        issued = self.tokens.renew(given.get("refresh_token", ""))
        if issued is None:
            raise Refused("IllegalRefreshToken", "The specified refresh token is invalid or expired")
        now = self.clock.now()
        return {
            "access_token": issued.access,
            "refresh_token": issued.refresh,
            "expires_in": int((issued.access_until - now).total_seconds()),
            "refresh_expires_in": int((issued.refresh_until - now).total_seconds()),
            "account": "shop@example.com",
            "account_platform": "seller_center",
        }


REQUEST_ID = "0ba2887315178178017221014"
