"""Meituan's API: calls signed over their address, orders by the numbers of a day, refunds by kind, reviews by day."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of, whole
from ops.simulator.api.wrapped import CHINA
from ops.simulator.model import State, World
from ops.simulator.platforms.meituan import wire
from ops.simulator.remarks import Remark

Json = dict[str, Any]
WIDEST = 100  # numbers of a day that one call may ask for
UNKNOWN, REFUSED = 806, 705


class Refused(Exception):
    """A refusal by its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class MeituanApi(Base):
    """The API for one shop. `refusals`: codes with which the next calls are refused."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.refusals: list[int] = []
        self._calls: dict[str, Callable[[dict[str, str]], Any]] = {
            "order/getOrderDetail": self._detail,
            "order/getOrderDaySeq": self._last_seq,
            "ecommerce/order/getOrderIdByDaySeq": self._by_seq,
            "ecommerce/order/getOrderRefundDetail": self._refunds,
            "comment/query": self._reviews,
            "poi/comment/add_reply": self._reply,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, always with HTTP 200."""
        given = parameters(request) | dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))
        try:
            self._check(request, given)
            call = self._calls.get(path_of(request).removeprefix("/api/v1/"))
            if call is None:
                raise Refused(708)
            return answer({"data": call(given)})
        except Refused as error:
            return answer({"data": "ng", "error": {"code": error.code, "msg": "refused"}})

    def _check(self, request: HttpRequest, given: dict[str, str]) -> None:
        if given.get("app_id") != self.secrets["app_id"]:
            raise Refused(702)
        told = "&".join(f"{name}={given[name]}" for name in sorted(given) if name != "sig")
        url = urlsplit(request.url)
        signed = f"{url.scheme}://{url.netloc}{url.path}?{told}{self.secrets['app_secret']}"
        if not hmac.compare_digest(hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest(), given.get("sig", "")):
            raise Refused(703)
        if abs(whole(given.get("timestamp"), 0) - self.clock.now().timestamp()) > self.skew_seconds:
            raise Refused(703)
        if self.refusals:
            raise Refused(self.refusals.pop(0))

    def _shown(self, order_id: str) -> State:
        """An order that was paid for; others are never shown."""
        state = self.state(order_id)
        if state is None or not state.released:
            raise Refused(UNKNOWN)
        return state

    def _detail(self, given: dict[str, str]) -> Json:
        return wire.detail_body(self.world, self._shown(given.get("order_id", "")), self.shown_until())

    def _numbered(self, given: dict[str, str], day: str) -> list[State]:
        """A day's orders, the first first."""
        if given.get("app_poi_code") != wire.POI:
            raise Refused(704)
        found = [state for state in self.states() if state.released and wire.day_of(state.order) == day]
        return sorted(found, key=lambda state: (state.order.placed_at, state.order.order_id))

    def _last_seq(self, given: dict[str, str]) -> Json:
        today = self.shown_until().astimezone(CHINA).strftime("%Y%m%d")
        return {"result": "ok", "day_seq": len(self._numbered(given, today))}

    def _by_seq(self, given: dict[str, str]) -> Json:
        first, last = whole(given.get("day_seq_start"), 0), whole(given.get("day_seq_end"), 0)
        if not 1 <= first <= last < first + WIDEST:
            raise Refused(REFUSED)
        rows = self._numbered(given, given.get("date_time", ""))[first - 1 : last]
        if not rows:
            raise Refused(UNKNOWN)
        return {"result": "ok", "order_ids": [int(state.order.order_id) for state in rows]}

    def _refunds(self, given: dict[str, str]) -> list[Json]:
        state = self._shown(given.get("wm_order_id_view", ""))
        kind = given.get("refund_type")
        if kind not in {"1", "2"}:
            raise Refused(701)
        found = [wire.refund_record(state, claim) for claim in state.claims]
        rows = [row for row in found if str(row["refund_type"]) == kind]
        if not rows:
            raise Refused(UNKNOWN)
        return rows

    def _reviews(self, given: dict[str, str]) -> list[Json]:
        first, last, size = _day(given, "start_time"), _day(given, "end_time"), whole(given.get("pagesize"), 0)
        today = self.shown_until().astimezone(CHINA).replace(tzinfo=None)
        if not 1 <= size <= 20 or last.date() >= today.date() or first < today - timedelta(days=31):
            raise Refused(REFUSED)
        rows = [one for one in self.reviews() if first.date() <= one.at.astimezone(CHINA).date() <= last.date()]
        start = whole(given.get("pageoffset"), 0)
        return [_review(one) for one in rows[start : start + size]]

    def _reply(self, given: dict[str, str]) -> str:
        if not self.answered(given.get("comment_id", ""), given.get("reply", "")):
            raise Refused(REFUSED)
        return "ok"


def _day(given: dict[str, str], name: str) -> datetime:
    try:
        return datetime.strptime(given.get(name, ""), "%Y%m%d")  # noqa: DTZ007  # a day of China, compared with one
    except ValueError:
        raise Refused(REFUSED) from None


def _review(one: Remark) -> Json:
    return {
        "comment_id": one.number,
        "comment_content": one.text,
        "comment_time": one.at.astimezone(CHINA).strftime("%Y-%m-%d"),
        "comment_pictures": "",
        "order_comment_score": one.stars,
        "food_comment_score": one.stars,
        "delivery_comment_score": 5,
        "add_comment": "",
        "reply_status": 1 if one.answer else 0,
        "e_reply_content": one.answer or "",
        "e_reply_time": one.answered_at.astimezone(CHINA).strftime("%Y-%m-%d") if one.answered_at else "",
    }
