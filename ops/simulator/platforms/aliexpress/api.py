"""AliExpress's API: business methods behind one address, tokens, a list by change in US Pacific time, orders one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.iop import REQUEST_ID, Iop, Refused
from ops.simulator.api.kit import SimClock, answer, path_of
from ops.simulator.model import World
from ops.simulator.platforms.aliexpress import wire

Json = dict[str, Any]
MAX_SIZE, MAX_ROWS = 50, 5_000


class AliExpressApi(Iop):
    """The API for one shop. Nothing is pushed: an account has to say how pushes are signed, and nobody has published it."""

    platform = wire.KEY
    access_life, refresh_life = timedelta(days=365), timedelta(days=730)  # of an application of the seller's own

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._methods: dict[str, tuple[str, Callable[[Json], Json]]] = {
            "aliexpress.trade.new.redefining.findorderbyid": ("param1", self._detail),
            "aliexpress.solution.order.get": ("param0", self._list),
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, a refusal too with HTTP 200: business methods spell it otherwise than the others."""
        given, path = self.given(request), path_of(request)
        if path == "/sync":
            return answer(self._business(given))
        try:
            if path != "/rest/auth/token/refresh":
                raise Refused("InvalidApiPath", "The specified API is not there")
            self.check(path.removeprefix("/rest"), given)
            return answer({"code": "0", **self.renewed(given), "request_id": REQUEST_ID})
        except Refused as error:
            return answer({"code": error.code, "type": error.kind, "message": error.text, "request_id": REQUEST_ID})

    def _business(self, given: dict[str, str]) -> Json:
        method = given.get("method", "")
        try:
            self.check("", given)
            self.require_token(given.get("session", ""))
            if method not in self._methods:
                raise Refused("InvalidApiPath", "The specified method is not there")
            name, call = self._methods[method]
            told = call(_parameter(given, name))
        except Refused as error:
            return {"error_response": {"type": error.kind, "code": error.code, "msg": error.text, "request_id": REQUEST_ID}}
        return {f"{method.replace('.', '_')}_response": {**told, "request_id": REQUEST_ID}}

    def _detail(self, told: Json) -> Json:
        state = self.state(str(told.get("order_id", "")))
        return {"target": wire.order_detail(state)} if state else {}

    def _list(self, told: Json) -> Json:
        """Times are compared as they are written, without a zone."""
        page, size = int(told.get("current_page") or 1), int(told.get("page_size") or 20)
        low, high = told.get("modified_date_start"), told.get("modified_date_end")
        if page < 1 or not 1 <= size <= MAX_SIZE or (page - 1) * size > MAX_ROWS:
            return {"result": {"success": False, "error_code": "PAGE_OUT_OF_RANGE", "error_message": "page out of range"}}
        if not (_is_time(low) and _is_time(high)):
            return {"result": {"success": False, "error_code": "DATE_FORMAT", "error_message": "yyyy-MM-dd HH:mm:ss"}}
        found = [state for state in self.states() if str(low) <= str(wire.stamp(state.updated_at)) <= str(high)]
        rows = [wire.order_row(state) for state in found[(page - 1) * size : page * size]]
        paging = {"total_count": len(found), "total_page": -(-len(found) // size), "current_page": page, "page_size": size}
        return {"result": {"success": True, **paging, "target_list": {"order_dto": rows} if rows else {}}}


def _parameter(given: dict[str, str], name: str) -> Json:
    try:
        told = json.loads(given.get(name, ""))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refused("MissingParameter", f"{name} is mandatory")
    return told


def _is_time(text: object) -> bool:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").tzinfo is None  # noqa: DTZ007 (it has none)
    except ValueError:
        return False
