"""Group-send tasks, which an employee confirms in the app; what became of them; and the one greeting of a new customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from chalicelib.channels import Task
from chalicelib.contract import Api, Event, Ref
from chalicelib.domain.voice import Receipt, length
from chalicelib.errors import Permanent
from chalicelib.toolkit.errcodes import Refused
from chalicelib.toolkit.loose import Odd, epoch
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.saying import said_once
from connectors.wecom import status
from connectors.wecom.api import asked, call
from connectors.wecom.payloads import Made, RawSentPage, SentPage, TaskPage
from connectors.wecom.values import KEY, READ, known

LONGEST = 4_000  # bytes of a text [docs 92135]
MOST = 10_000  # customers of one task [docs 92135]
SIZE = 1_000  # rows a page [docs]


def send_task(employee: str, contacts: Sequence[str], text: str, api: Api) -> Task:
    """Make the task, once. It sends nothing yet: the employee confirms it. Whom it cannot reach is in `failed`."""
    if known(employee) is None or not contacts or len(contacts) > MOST or not all(known(each) for each in contacts):
        raise Permanent("target-refused", f"a task is for one employee and 1 to {MOST} customers", connector=KEY)
    _fits(text)
    body = {"chat_type": "single", "external_userid": list(contacts), "sender": employee, "text": {"content": text}}
    with said_once(api, KEY) as once:
        try:
            answer = asked(once, "add_msg_template", body)
        except Refused as error:
            reason = "recipient-refused" if error.code == status.NOBODY else "platform-refused"
            raise Permanent(reason, error.detail, connector=KEY) from None
    made = _made(answer)
    if not made.msgid:
        raise Permanent("outcome-unknown", "a task may have been made, its id is not told", connector=KEY)
    return Task(made.msgid, tuple(made.fail_list or ()))


def _made(answer: bytes) -> Made:
    try:
        return READ.decode(Made, answer, None)
    except Permanent:
        return Made()


def _fits(text: str) -> None:
    if not text.strip() or length(text, "bytes") > LONGEST:
        raise Permanent("text-too-long" if text.strip() else "text-empty", f"a text has 1 to {LONGEST} bytes", connector=KEY)


def welcome(code: str, text: str, api: Api) -> None:
    """Greet, once, within 20 seconds. Permanent("welcome-over") when the code is used or too old."""
    _fits(text)
    with said_once(api, KEY) as once:
        try:
            asked(once, "send_welcome_msg", {"welcome_code": code, "text": {"content": text}})
        except Refused as error:
            reason = "welcome-over" if error.code in status.WELCOME_OVER else "platform-refused"
            raise Permanent(reason, error.detail, connector=KEY) from None


def receipts(task_id: str, api: Api) -> tuple[Event, ...]:
    """What became of a task, a page of customers an event. Those whose employee has not sent yet have no receipt."""
    found: list[Event] = []
    for employee in _employees(task_id, api):
        for raws, _ in paged(partial(_page, task_id, employee, api), None, connector=KEY):
            payload = msgspec.json.encode({"msgid": task_id, "send_list": raws})
            mark = hashlib.sha256(payload).hexdigest()[:32]
            found.append(
                Event(f"receipt:{mark}", "get_groupmsg_send_result", "message", task_id, None, thin=False, payload=payload)
            )
    return tuple(found)


def _employees(task_id: str, api: Api) -> Iterator[str]:
    def fetch(cursor: str | None) -> tuple[TaskPage, str | None]:
        body = {"msgid": task_id, "limit": SIZE} | ({"cursor": cursor} if cursor else {})
        page = READ.decode(TaskPage, call(api, "get_groupmsg_task", body), None)
        if page.task_list is None:
            raise READ.malformed("a page without a list", "$.task_list", None)
        return page, page.next_cursor or None

    for page, _ in paged(fetch, None, connector=KEY):
        yield from [row.userid for row in page.task_list or () if row.userid]


def _page(task_id: str, employee: str, api: Api, cursor: str | None) -> tuple[list[msgspec.Raw], str | None]:
    body = {"msgid": task_id, "userid": employee, "limit": SIZE} | ({"cursor": cursor} if cursor else {})
    page = READ.decode(RawSentPage, call(api, "get_groupmsg_send_result", body), None)
    if page.send_list is None:
        raise READ.malformed("a page without a list", "$.send_list", None)
    return page.send_list, page.next_cursor or None


def to_receipts(payload: bytes, ref: Ref) -> tuple[Receipt, ...]:
    """The receipts of a page, one for each customer that something became of. Permanent on a state that is not known."""
    page = READ.decode(SentPage, payload, ref.delivery_id)
    if page.msgid is None or page.send_list is None:
        raise READ.malformed("not a task's results", "$.msgid", ref.delivery_id)
    found: list[Receipt] = []
    for index, row in enumerate(page.send_list):
        path = f"$.send_list[{index}]"
        if row.status == 0 or not row.external_userid:
            continue  # not sent yet, or a group's row
        state = status.RECEIPTS.get(row.status or 0)
        if state is None:
            raise READ.malformed("a state of no known kind", f"{path}.status", ref.delivery_id)
        try:
            at = epoch(row.send_time, "send_time")
        except Odd as odd:
            raise READ.of(odd, path, ref.delivery_id) from None
        message_id = f"{page.msgid}:{row.external_userid}"
        found.append(Receipt(ref.account.merchant, KEY, ref.account.account, message_id, *state, at))
    return tuple(found)
