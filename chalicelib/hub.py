"""Connectors and their access to platforms: the one place of the core that knows the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connectors import registry

if TYPE_CHECKING:
    from chalicelib.contract import Account, Api, Connector, HttpClient
    from chalicelib.parts import Parts


class Hub:
    """Connectors on the registry, with API access for an account."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._http: dict[str, HttpClient] = {}

    def connector(self, key: str) -> Connector:
        """See the port."""
        return registry.connector(key)

    def api(self, account: Account) -> Api:
        """See the port."""
        from chalicelib.adapters.rests import Rests
        from chalicelib.adapters.throttle import RatedHttp, Throttle
        from chalicelib.adapters.tokens import TokenStore
        from chalicelib.contract import Api

        parts, secrets = self._parts, self._parts.secrets.secrets(account)
        tokens = TokenStore(parts.table, parts.vault, account, secrets, clock=parts.clock, counters=parts.counters)
        clock = parts.limits or parts.clock
        http = RatedHttp(self._client(account), Throttle(parts.table, clock, account), Rests(parts.table, clock, account))
        return Api(account, secrets, http, tokens, parts.clock.now)

    def _client(self, account: Account) -> HttpClient:
        """The client of a platform; of a shop of the merchant's own, one for its host alone."""
        info = self.connector(account.platform).info
        name = account.platform
        if info.host_option and account.options.get(info.host_option):
            from chalicelib.toolkit.hosts import shop_address

            host = shop_address(account.options[info.host_option], connector=info.key, option=info.host_option).host
            info, name = replace(info, api_hosts=(*info.api_hosts, host)), f"{name}/{host}"
        if name not in self._http:
            self._http[name] = self._parts.http(info)
        return self._http[name]
