"""WeCom's API: tokens, details of customers, the walk through the directory, tasks, greetings, tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, RawRequest, Ref
from chalicelib.domain.contact import Contact
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.wecom import CONNECTOR
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "wecom", "acme")
REF = Ref(ACCOUNT, "d-1", "push")
SECRETS = {"corp_id": "ww00112233445566aa", "corp_secret": "secret-of-tests"}
ROOT = "/cgi-bin/externalcontact/"
TOKEN, GET, STAFF = "GET /cgi-bin/gettoken", f"GET {ROOT}get", f"GET {ROOT}get_follow_user_list"
BATCH, TAGS, ADD_TAG = f"POST {ROOT}batch/get_by_user", f"POST {ROOT}get_corp_tag_list", f"POST {ROOT}add_corp_tag"
MARK, TASK, WELCOME = f"POST {ROOT}mark_tag", f"POST {ROOT}add_msg_template", f"POST {ROOT}send_welcome_msg"
TASK_STATE, RESULT = f"POST {ROOT}get_groupmsg_task", f"POST {ROOT}get_groupmsg_send_result"
WHO = "wmTests0001"
GROUPS = [
    {"group_id": "g1", "group_name": "Old", "tag": [{"id": "t1", "name": "VIP"}, {"id": "t0", "name": "gone", "deleted": True}]},
    {"group_id": "g2", "group_name": "Huitou", "tag": [{"id": "t2", "name": "回头客"}, {"id": "t3", "name": "VIP"}]},
]


def ok(**told: Any) -> HttpResponse:
    return reply({"errcode": 0, "errmsg": "ok", **told})


def refused(code: int) -> HttpResponse:
    return reply({"errcode": code, "errmsg": "Ada Example"})


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, **options: str) -> Api:
    return make_api(Account("demo", "wecom", "acme", options), SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def bodies(api: Api) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in http_of(api).sent if request.body]


def customer(**told: Any) -> dict[str, Any]:
    return {"external_userid": WHO, "name": "陈例", "unionid": "u_1", "type": 1, **told}


def follow(employee: str = "lihua", **told: Any) -> dict[str, Any]:
    return {"userid": employee, "createtime": 1795000000, "state": "channel-7", "remark_mobiles": ["13800000000"], **told}


def thin(kind: str = "edit_external_contact") -> Event:
    told = {
        "ToUserName": "ww1",
        "CreateTime": 1795161700,
        "Event": "change_external_contact",
        "ChangeType": kind,
        "UserID": "lihua",
        "ExternalUserID": WHO,
    }
    return CONNECTOR.events(RawRequest("POST", "https://x", {}, (), json.dumps(told).encode()), REF)[-1]


def contacts(event: Event) -> list[Contact]:
    found = CONNECTOR.canonical(event.kind, event.payload, REF)
    assert all(isinstance(each, Contact) for each in found)
    return [each for each in found if isinstance(each, Contact)]


def test_details_are_read_until_the_employee_is_found() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        cursor = dict(request.query).get("cursor")
        if cursor is None:
            return ok(external_contact=customer(), follow_user=[follow("wangwu")], next_cursor="c2")
        return ok(external_contact=customer(), follow_user=[follow(tags=[{"tag_name": "VIP", "type": 1}])], next_cursor="")

    api = api_of({GET: page})
    (contact,) = contacts(CONNECTOR.hydrate(thin(), api))

    assert (contact.employee, contact.tags, contact.unionid, contact.state) == ("lihua", ("VIP",), "u_1", "active")
    assert (contact.buyer.nickname, contact.buyer.phone) == ("陈例", None), (
        "a number that an employee noted is not the customer's word"
    )
    assert contact.updated_at is not None and contact.updated_at.timestamp() == 1795161700
    assert len(http_of(api).sent) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(84061), Skippable),
        (refused(40096), Skippable),
        (ok(external_contact=customer(), follow_user=[follow("wangwu")]), Skippable),
        (refused(40058), Permanent),
        (ok(follow_user=[follow()]), Permanent),
        (refused(-1), Retriable),
        (refused(45009), Retriable),
        (refused(48002), ConfigError),
        (refused(60020), ConfigError),
    ],
)
def test_what_reading_details_refuses(answer: HttpResponse, kind: type[HuitouError]) -> None:
    with pytest.raises(kind) as error:
        CONNECTOR.hydrate(thin(), api_of({GET: answer}))
    assert "Ada" not in str(error.value)


def test_a_token_that_is_over_is_renewed_once() -> None:
    tokens = FakeTokens()
    answers = [refused(42001), ok(external_contact=customer(), follow_user=[follow()])]
    api = api_of({GET: answers, TOKEN: ok(access_token="two", expires_in=7200)}, tokens)

    assert contacts(CONNECTOR.hydrate(thin(), api))
    assert (tokens.refreshes, tokens.stored.access_token if tokens.stored else None) == (1, "two")
    with pytest.raises(Retriable, match="token-refused"):
        CONNECTOR.hydrate(thin(), api_of({GET: refused(40014), TOKEN: ok(access_token="two", expires_in=7200)}))


@pytest.mark.parametrize(
    ("code", "kind"), [(40001, ConfigError), (40013, ConfigError), (40014, ConfigError), (9, ConfigError), (-1, Retriable)]
)
def test_what_the_token_call_refuses(code: int, kind: type[HuitouError]) -> None:
    with pytest.raises(kind) as error:
        CONNECTOR.hydrate(thin(), api_of({GET: refused(42001), TOKEN: refused(code)}))
    assert "secret-of-tests" not in str(error.value)


def directory(employees: int, customers: int) -> dict[str, Any]:
    """Each employee has as many customers; the platform's cursor counts pairs and belongs to the employees that were asked for."""
    names = [f"staff{number:03d}" for number in range(employees)]

    def batch(request: HttpRequest) -> HttpResponse:
        told = json.loads(request.body or b"{}")
        assert len(told["userid_list"]) <= 100 and told["limit"] == 100
        asked, _, start = (told.get("cursor") or f"{told['userid_list'][0]}:0").partition(":")
        assert asked == told["userid_list"][0], "a cursor of other employees"
        pairs = [(each, number) for each in told["userid_list"] for number in range(customers)]
        begin = int(start)
        rows = [
            {"external_contact": customer(external_userid=f"wm{who}{number}"), "follow_info": follow(who, tag_id=["t2", "t9"])}
            for who, number in pairs[begin : begin + 100]
        ]
        more = f"{asked}:{begin + 100}" if begin + 100 < len(pairs) else ""
        return ok(external_contact_list=rows, next_cursor=more)

    return {STAFF: ok(follow_user=list(reversed(names))), BATCH: batch, TAGS: ok(tag_group=GROUPS)}


def test_the_whole_directory_is_walked() -> None:
    pages = list(CONNECTOR.pull_contacts(None, api_of(directory(150, 3))))
    found = [contact for page in pages for event in page.events for contact in contacts(event)]

    assert len({(each.contact_id, each.employee) for each in found}) == len(found) == 450
    assert {each.tags for each in found} == {("回头客",)}, "ids become names; a tag that is gone has none"
    assert [page.cursor is None for page in pages] == [False] * 4 + [True]
    assert {event.occurred_at for page in pages for event in page.events} == {NOW}


def test_the_walk_goes_on_from_every_cursor() -> None:
    whole = list(CONNECTOR.pull_contacts(None, api_of(directory(150, 3))))
    for place, page in enumerate(whole[:-1]):
        assert list(CONNECTOR.pull_contacts(page.cursor, api_of(directory(150, 3)))) == whole[place + 1 :]
    for cursor in ("x", "a|b", "a b|c|", "||"):
        with pytest.raises(Permanent, match="cursor-malformed"):
            list(CONNECTOR.pull_contacts(cursor, api_of(directory(1, 1))))


def test_pushed_and_pulled_say_the_same_of_a_customer() -> None:
    tags = [{"tag_name": "回头客", "tag_id": "t2", "type": 1}]
    (hydrated,) = contacts(
        CONNECTOR.hydrate(thin(), api_of({GET: ok(external_contact=customer(), follow_user=[follow(tags=tags)])}))
    )
    rows = [{"external_contact": customer(), "follow_info": follow(tag_id=["t2"])}]
    routes = {STAFF: ok(follow_user=["lihua"]), BATCH: ok(external_contact_list=rows), TAGS: ok(tag_group=GROUPS)}
    (page,) = CONNECTOR.pull_contacts(None, api_of(routes))
    (pulled,) = contacts(page.events[0])

    for name in ("contact_id", "employee", "state", "unionid", "buyer", "tags", "source", "added_at"):
        assert getattr(hydrated, name) == getattr(pulled, name)


def test_a_directory_without_employees_or_customers_is_empty() -> None:
    assert [page.events for page in CONNECTOR.pull_contacts(None, api_of({STAFF: ok(follow_user=[])}))] == [()]
    routes = {STAFF: ok(follow_user=["lihua"]), BATCH: refused(84061), TAGS: ok(tag_group=[])}
    assert [page.events for page in CONNECTOR.pull_contacts(None, api_of(routes))] == [()]


@pytest.mark.parametrize(
    "routes",
    [
        {STAFF: ok()},
        {STAFF: ok(follow_user=["lihua"]), BATCH: ok(), TAGS: ok(tag_group=[])},
        {STAFF: ok(follow_user=["lihua"]), BATCH: ok(external_contact_list=[{"external_contact": {}}]), TAGS: ok(tag_group=[])},
        {STAFF: ok(follow_user=["lihua"]), BATCH: refused(40058), TAGS: ok(tag_group=[])},
        {STAFF: ok(follow_user=["lihua"]), BATCH: ok(external_contact_list=[], next_cursor="same"), TAGS: ok(tag_group=[])},
    ],
)
def test_a_walk_that_is_not_whole_is_an_error(routes: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        list(CONNECTOR.pull_contacts(None, api_of(routes)))


def test_a_task_is_made_once_and_tells_whom_it_cannot_reach() -> None:
    api = api_of({TASK: ok(fail_list=["wm2"], msgid="msg-1")})

    task = CONNECTOR.send_task("lihua", ["wm1", "wm2"], "新品到店", api)

    assert (task.platform_id, task.failed) == ("msg-1", ("wm2",))
    assert http_of(api).sent[0].once
    assert bodies(api) == [
        {"chat_type": "single", "external_userid": ["wm1", "wm2"], "sender": "lihua", "text": {"content": "新品到店"}}
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(41048), "recipient-refused"),
        (refused(40058), "platform-refused"),
        (refused(-1), "outcome-unknown"),
        (ok(fail_list=[]), "outcome-unknown"),
        (ok(msgid=7), "outcome-unknown"),
        (reply(b"<html>"), "outcome-unknown"),
    ],
)
def test_what_making_a_task_refuses(answer: HttpResponse, reason: str) -> None:
    with pytest.raises(Permanent) as error:
        CONNECTOR.send_task("lihua", ["wm1"], "x", api_of({TASK: answer}))
    assert error.value.reason == reason
    assert "Ada" not in str(error.value)


def test_a_task_that_cannot_be_is_never_asked_for() -> None:
    for employee, people in (("li hua", ["wm1"]), ("lihua", []), ("lihua", ["wm 1"]), ("lihua", ["wm1"] * 10_001)):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.send_task(employee, people, "x", api_of({}))
    for text, reason in (("回" * 1334, "text-too-long"), (" ", "text-empty")):
        with pytest.raises(Permanent, match=reason):
            CONNECTOR.send_task("lihua", ["wm1"], text, api_of({}))
        with pytest.raises(Permanent, match=reason):
            CONNECTOR.welcome("CODE", text, api_of({}))
    assert CONNECTOR.send_task("lihua", ["wm1"], "回" * 1333, api_of({TASK: ok(msgid="m")})).platform_id == "m"


def test_a_throttled_task_was_not_made() -> None:
    with pytest.raises(Retriable, match="platform-throttled"):
        CONNECTOR.send_task("lihua", ["wm1"], "x", api_of({TASK: refused(45009)}))


def test_results_are_read_for_every_employee_and_page() -> None:
    def state(request: HttpRequest) -> HttpResponse:
        cursor = json.loads(request.body or b"{}").get("cursor")
        rows = [{"userid": "wangwu", "status": 0}] if cursor else [{"userid": "lihua", "status": 2}]
        return ok(task_list=rows, next_cursor="" if cursor else "c2")

    def result(request: HttpRequest) -> HttpResponse:
        told = json.loads(request.body or b"{}")
        page = {"lihua": [{"external_userid": "wm1", "status": 1}], "wangwu": [{"external_userid": "wm2", "status": 0}]}
        if told["userid"] == "lihua" and not told.get("cursor"):
            return ok(send_list=page["lihua"], next_cursor="c2")
        rows = [{"external_userid": "wm3", "status": 3}] if told.get("cursor") else page[told["userid"]]
        return ok(send_list=rows, next_cursor="")

    events = CONNECTOR.task_receipts("msg-1", api_of({TASK_STATE: state, RESULT: result}))
    found = [each for event in events for each in CONNECTOR.canonical(event.kind, event.payload, REF)]

    told = [(getattr(each, "message_id", ""), getattr(each, "state", ""), getattr(each, "reason", "")) for each in found]
    assert told == [("msg-1:wm1", "sent", None), ("msg-1:wm3", "failed", "another-message")]
    with pytest.raises(Permanent, match="cursor-repeated"):
        CONNECTOR.task_receipts("m", api_of({TASK_STATE: ok(task_list=[], next_cursor="c")}))


@pytest.mark.parametrize(
    "routes",
    [
        {TASK_STATE: ok()},
        {TASK_STATE: ok(task_list=[{"userid": "lihua", "status": 2}]), RESULT: ok()},
        {TASK_STATE: ok(task_list=[{"userid": "lihua", "status": 2}]), RESULT: ok(next_cursor="c")},
    ],
)
def test_results_without_a_list_are_not_no_results(routes: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="payload-malformed"):
        CONNECTOR.task_receipts("msg-1", api_of(routes))


def test_a_greeting_that_nothing_confirms_is_of_unknown_outcome() -> None:
    with pytest.raises(Permanent, match="outcome-unknown"):
        CONNECTOR.welcome("CODE", "欢迎", api_of({WELCOME: reply({})}))


def test_a_greeting_is_said_once() -> None:
    api = api_of({WELCOME: ok()})
    CONNECTOR.welcome("CODE", "欢迎", api)
    assert bodies(api) == [{"welcome_code": "CODE", "text": {"content": "欢迎"}}]
    assert http_of(api).sent[0].once
    for code, reason in ((41050, "welcome-over"), (41051, "welcome-over"), (40058, "platform-refused"), (-1, "outcome-unknown")):
        with pytest.raises(Permanent, match=reason):
            CONNECTOR.welcome("CODE", "欢迎", api_of({WELCOME: refused(code)}))


def test_tags_are_named_and_our_own_group_comes_first() -> None:
    api = api_of({TAGS: ok(tag_group=GROUPS), MARK: ok()})
    CONNECTOR.set_tags("lihua", WHO, ["VIP"], ["回头客", "never seen"], api)
    assert bodies(api)[-1] == {"userid": "lihua", "external_userid": WHO, "add_tag": ["t3"], "remove_tag": ["t2"]}


def test_tags_that_lack_are_made_in_our_group() -> None:
    made = {"group_id": "g2", "tag": [{"id": "t7", "name": "新客"}]}
    api = api_of({TAGS: ok(tag_group=GROUPS), ADD_TAG: ok(tag_group=made), MARK: ok()})
    CONNECTOR.set_tags("lihua", WHO, ["新客"], [], api)
    assert bodies(api)[1:] == [
        {"group_id": "g2", "tag": [{"name": "新客"}]},
        {"userid": "lihua", "external_userid": WHO, "add_tag": ["t7"], "remove_tag": []},
    ]
    first = api_of({TAGS: ok(tag_group=[]), ADD_TAG: ok(tag_group=made), MARK: ok()}, tag_group="Segments")
    CONNECTOR.set_tags("lihua", WHO, ["新客"], [], first)
    assert bodies(first)[1] == {"group_name": "Segments", "tag": [{"name": "新客"}]}


def test_a_tag_that_another_worker_made_meanwhile_is_taken() -> None:
    later = [*GROUPS, {"group_id": "g3", "group_name": "Huitou", "tag": [{"id": "t7", "name": "新客"}]}]
    api = api_of({TAGS: [ok(tag_group=GROUPS), ok(tag_group=later)], ADD_TAG: refused(40071), MARK: ok()})
    CONNECTOR.set_tags("lihua", WHO, ["新客"], [], api)
    assert bodies(api)[-1]["add_tag"] == ["t7"]
    with pytest.raises(Permanent, match="tag-missing"):
        CONNECTOR.set_tags("lihua", WHO, ["新客"], [], api_of({TAGS: ok(tag_group=GROUPS), ADD_TAG: refused(40071)}))


def test_nothing_to_tag_is_nothing_to_call() -> None:
    CONNECTOR.set_tags("lihua", WHO, [], [], api_of({}))
    CONNECTOR.set_tags("lihua", WHO, [], ["never seen"], api_of({TAGS: ok(tag_group=GROUPS)}))
    for employee, person in (("", WHO), ("lihua", "a b")):
        with pytest.raises(Permanent, match="target-refused"):
            CONNECTOR.set_tags(employee, person, ["VIP"], [], api_of({}))
    for code, reason in ((84061, "contact-gone"), (40068, "platform-refused")):
        with pytest.raises(Permanent, match=reason):
            CONNECTOR.set_tags("lihua", WHO, ["VIP"], [], api_of({TAGS: ok(tag_group=GROUPS), MARK: refused(code)}))
