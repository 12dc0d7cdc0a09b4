"""A day on AWS, played by moto, with every call that a function makes noted: what its policy has to allow, and no more."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.config import Config as BotoConfig

import app as entry_points
from chalicelib import bootstrap, leaving, stages
from chalicelib.console.routes import ROUTES
from chalicelib.contract import Account, HttpRequest, HttpResponse, RawRequest, Secrets
from chalicelib.domain.coupons import Code
from chalicelib.domain.order import Buyer
from chalicelib.domain.products import ProductInfo
from chalicelib.domain.voice import Review
from chalicelib.envelope import Envelope, encode
from chalicelib.errors import Retriable
from chalicelib.parts import aws_parts
from chalicelib.settings import Settings
from chalicelib.sheet_kinds import PRODUCTS
from connectors import registry
from ops.local import table_schema
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.bundle.template import Template, resolve
from tests.console.browser import Browser

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SECRETS = {
    "generic": {"webhook_secret": "whsec_TWZLUTlyOEdLWXFyVHdqVVBEOElMUFpJbzJMYUxhU3c="},
    "shopify": {"webhook_secret": "a secret of the tests"},
    "douyin": {"app_key": "7000000000000000001", "app_secret": "an-app-secret-of-the-tests"},
    "taobao": {"app_key": "23456789", "app_secret": "an-app-secret-of-the-tests", "access_token": "a"},
    "robots": {"webhook_url": "https://oapi.dingtalk.com/robot/send?access_token=of-the-tests"},
    "ebay": {"client_id": "an-app", "client_secret": "an-app-secret-of-the-tests", "refresh_token": "r"},
}
AMAZON_QUEUE = "arn:aws:sqs:us-east-1:111122223333:amazonfeedqueue"
SES_QUEUE = "arn:aws:sqs:us-east-1:111122223333:sesfeedqueue"
SHOPIFY_QUEUE = "arn:aws:sqs:us-east-1:111122223333:shopifyfeedqueue"
CONFIG = """
merchant = "demo"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "generic"
account = "acme"
pull_minutes = 0
[[accounts]]
platform = "ebay"
account = "acme"
pull_minutes = 0
[[accounts]]
platform = "shopify"
account = "acme"
pull_minutes = 0
options = {shop = "acme"}
[[accounts]]
platform = "douyin"
account = "acme"
options = {shop_id = "95250"}
[[accounts]]
platform = "taobao"
account = "acme"
pull_minutes = 0
options = {user_id = "2207654321098"}
[[accounts]]
platform = "ses"
account = "acme"
pull_minutes = 0
options = {configuration_set = "huitou-mail"}
[[accounts]]
platform = "wecom"
account = "acme"
pull_minutes = 0
options = {tags = "segments"}
[[accounts]]
platform = "robots"
account = "acme"
pull_minutes = 0
options = {kind = "dingtalk"}
[[campaigns]]
key = "back30"
silent_days = 30
template = "winback"
shop_url = "https://shop.example"
offer = {pool = "spring"}
holdout_permille = 0
daily_cap = 10
[[campaigns]]
key = "held"
silent_days = 30
template = "winback"
holdout_permille = 1000
daily_cap = 10
[[campaigns]]
key = "born"
occasion = "birthday"
template = "birthday"
daily_cap = 10
[sending]
enabled = true
sender = "Demo <hello@demo.example>"
reply_to = "hello@demo.example"
postal = "Demo, 1 Example Road"
quiet_from = 00:00:00
quiet_until = 00:00:00
# Daily ones alone: on a Monday, or on a first, there would be more of them.
[digest]
sender = "Demo <digest@demo.example>"
at = 00:00:00
[[digest.readers]]
address = "marketing@demo.example"
periods = ["day"]
[[digest.readers]]
robot = "acme"
periods = ["day"]
[survey]
enabled = true
[reviews]
enabled = true
recipients = ["marketing@demo.example"]
[[console.people]]
address = "owner@demo.example"
role = "owner"
"""
_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_KEY = "arn:aws:kms:us-east-1:111122223333:key/key"


@dataclass(frozen=True, slots=True)
class Call:
    """A call as IAM sees it. `context` are the condition keys it carries."""

    function: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


def permitted(call: Call, statements: list[dict[str, Any]]) -> bool:
    """Whether one of the resolved statements allows the call."""
    return any(grants(statement, call) for statement in statements)


def grants(statement: Mapping[str, Any], call: Call) -> bool:
    """Whether this statement does."""
    named = call.action in statement["Action"] and any(fnmatch.fnmatchcase(call.resource, one) for one in statement["Resource"])
    return named and _holds(statement["Condition"], dict(call.context))


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    for operator, wanted in condition.items():
        if operator not in ("StringEquals", "StringLike", "ForAllValues:StringLike"):
            raise NotImplementedError(operator)
        for name, values in wanted.items():
            patterns = values if isinstance(values, list) else [values]
            if not any(fnmatch.fnmatchcase(context.get(name, ""), pattern) for pattern in patterns):
                return False
    return True


@dataclass
class Recorder:
    """Clients whose calls are noted under the function that runs."""

    calls: set[Call] = field(default_factory=set)
    function: str | None = None

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Inside, calls are this function's."""
        self.function = function
        yield
        self.function = None

    def client(self, make: Callable[..., Any]) -> Callable[..., Any]:
        """`boto3.client` with an ear in it."""

        def made(*arguments: Any, **options: Any) -> Any:
            client = make(*arguments, **options)
            client.meta.events.register("provide-client-params.*.*", self._note)
            return client

        return made

    def _note(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self.function is not None:
            for action, resource, context in _needs(model.service_model.service_name, model.name, params):
                self.calls.add(Call(self.function, action, resource, tuple(sorted(context.items()))))


Need = tuple[str, str, dict[str, str]]


def _needs(service: str, operation: str, params: Mapping[str, Any]) -> list[Need]:
    """What IAM asks for a call, implied calls to KMS included."""
    if service == "dynamodb":
        return _table_needs(operation, params)
    if service == "sqs":
        name = params["QueueUrl"].rpartition("/")[2]
        return [(f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:us-east-1:111122223333:{name}", {})]
    if service == "s3" and operation == "ListObjectsV2":
        return [("s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}", {})]
    if service == "s3":
        implied = {"GetObject": ["kms:Decrypt"], "PutObject": ["kms:GenerateDataKey"], "DeleteObject": []}[operation]
        via = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
        mine: Need = (f"s3:{operation}", f"arn:aws:s3:::{params['Bucket']}/{params['Key']}", {})
        return [mine, *((each, _KEY, via) for each in implied)]
    if service == "kms":
        context = {f"kms:EncryptionContext:{name}": value for name, value in params["EncryptionContext"].items()}
        return [(f"kms:{operation}", _KEY, context)]
    if service == "secretsmanager":
        name = f"{params['SecretId']}-AbCdEf"
        return [(f"secretsmanager:{operation}", f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}", {})]
    if service == "sesv2":
        domain = params["FromEmailAddress"].rpartition("@")[2]
        base = "arn:aws:ses:us-east-1:111122223333"
        places = [f"{base}:identity/{domain}", f"{base}:configuration-set/{params['ConfigurationSetName']}"]
        return [(f"ses:{action}", place, {}) for action in ("SendEmail", "SendRawEmail") for place in places]
    raise NotImplementedError(service)


def _public() -> str:
    told = json.loads((FIXTURES / "ebay/push-order/case.json").read_text())["secrets"]
    return str(next(values[0] for name, values in told.items() if name.startswith("public_key:")))


def _batch_needs(operation: str, requests: Mapping[str, Any]) -> list[Need]:
    """What IAM asks for a batch: the same action for each key in it."""
    found = []
    for table, told in requests.items():
        items = told["Keys"] if operation == "BatchGetItem" else [each["PutRequest"]["Item"] for each in told]
        resource = f"arn:aws:dynamodb:us-east-1:111122223333:table/{table}"
        found += [(f"dynamodb:{operation}", resource, {"dynamodb:LeadingKeys": item["pk"]["S"]}) for item in items]
    return found


def _table_needs(operation: str, params: Mapping[str, Any]) -> list[Need]:
    if "RequestItems" in params:
        return _batch_needs(operation, params["RequestItems"])
    if operation == "TransactWriteItems":
        parts = [(name, part) for action in params["TransactItems"] for name, part in action.items()]
        return [need for name, part in parts for need in _table_needs(_TRANSACTED[name], part)]
    resource = f"arn:aws:dynamodb:us-east-1:111122223333:table/{params['TableName']}"
    if "IndexName" in params:
        resource += f"/index/{params['IndexName']}"
    item = params.get("Key") or params.get("Item")
    leading = item["pk"]["S"] if item else params["ExpressionAttributeValues"][":pk"]["S"]
    return [(f"dynamodb:{operation}", resource, {"dynamodb:LeadingKeys": leading})]


def _kept() -> dict[str, dict[str, Any]]:
    """What TMC keeps: two messages about one trade, the second too large for a queue."""
    told = json.loads((FIXTURES / "taobao/feed-paid/body.json").read_text())
    return {"1": told | {"id": 1}, "2": told | {"id": 2, "noise": os.urandom(300_000).hex()}}


class Platform:
    """Douyin's answers, eBay's key, Taobao's messages and a chat group; `down` it gives none."""

    def __init__(self) -> None:
        self.down = False
        self.kept = _kept()
        # The key and the token that asks for it, in one answer.
        self.ebay = {"access_token": "a", "expires_in": 7200, "key": _public(), "algorithm": "ECDSA", "digest": "SHA1"}
        listed = json.loads((FIXTURES / "douyin/order-list/body.json").read_text())
        row = listed["data"]["shop_order_list"][0] | {"noise": os.urandom(300_000).hex()}
        self._answers = {
            "/token/create": {"access_token": "a", "expires_in": 604800, "refresh_token": "r"},
            "/order/searchList": {"total": 1, "page": 0, "size": 100, "shop_order_list": [row]},
            "/afterSale/List": {"total": 0, "page": 0, "size": 100, "items": []},
            "/order/orderDetail": json.loads((FIXTURES / "douyin/order-detail/body.json").read_text())["data"],
        }

    def send(self, request: HttpRequest) -> HttpResponse:
        """The answer of a path."""
        if self.down:
            raise Retriable("platform-unavailable", "HTTP 503")
        path = "/" + request.url.split("/", 3)[3]
        if "taobao.com" in request.url:
            return HttpResponse(200, {}, json.dumps(self._taobao(dict(parse_qsl((request.body or b"").decode())))).encode())
        if "dingtalk.com" in request.url:
            return HttpResponse(200, {}, b'{"errcode": 0}')
        if "ebay.com" in request.url:
            return HttpResponse(200, {}, json.dumps(self.ebay).encode())
        return HttpResponse(200, {}, json.dumps({"code": 10000, "data": self._answers[path]}).encode())

    def _taobao(self, asked: Mapping[str, str]) -> Any:
        if asked["method"] == "taobao.tmc.messages.consume":
            return {"tmc_messages_consume_response": {"messages": {"tmc_message": list(self.kept.values())}}}
        if asked["method"] == "taobao.tmc.messages.confirm":
            for receipt in asked["s_message_ids"].split(","):
                del self.kept[receipt]
            return {"tmc_messages_confirm_response": {"is_success": True}}
        assert asked["method"] == "taobao.trade.fullinfo.get"
        answer = json.loads((FIXTURES / "taobao/order-paid/body.json").read_text())
        answer["trade_fullinfo_get_response"]["trade"] |= {"tid": int(asked["tid"]), "tid_str": asked["tid"]}
        return answer


class Story:
    """An installation as the template names it, and the functions as Lambda calls them."""

    def __init__(self, template: Template, recorder: Recorder) -> None:
        self.recorder = recorder
        self.platform = Platform()
        self.links: list[str] = []
        self.now = datetime.now(UTC)
        self.dynamodb, self.sqs = boto3.client("dynamodb"), boto3.client("sqs")
        # The SDK would call the streams under a host name with the account's number, which moto does not know.
        self.streams: Any = boto3.client("dynamodbstreams", config=BotoConfig(account_id_endpoint_mode="disabled"))
        self._make_account()
        variables = resolve(template, template["Globals"]["Function"]["Environment"]["Variables"])
        urls = {
            "HUITOU_FEEDS": f"amazon={AMAZON_QUEUE} shopify={SHOPIFY_QUEUE} ses={SES_QUEUE}",
            "HUITOU_INBOUND_URL": self.inbound,
            "HUITOU_BULK_URL": self.bulk,
            "HUITOU_JOBS_URL": self.jobs,
            "HUITOU_KMS_KEY": self.key,
            "HUITOU_QUEUES": " ".join(self._queues(variables["HUITOU_QUEUES"])),
        }
        settings = Settings.from_environ(variables | urls | {"AWS_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "story"})
        self._settings = settings
        # One process a function, as in Lambda: what one keeps in memory, another still has to ask for.
        self._processes: dict[str, bootstrap.Application] = {}
        self.app = self._start()
        self.routes = RouteTable({path: list(methods) for path, methods in entry_points.app.routes.items()})

    def _start(self) -> bootstrap.Application:
        parts = aws_parts(self._settings)
        return bootstrap.Application(replace(parts, http=lambda _info: self.platform, show_link=self.links.append))

    def _queues(self, named: str) -> Iterator[str]:
        """The queues that are looked at, made, by their URLs."""
        for name, _, queue in (each.partition("=") for each in named.split()):
            yield f"{name}={self.sqs.create_queue(QueueName=queue)['QueueUrl']}"

    @contextmanager
    def _process(self, function: str) -> Iterator[None]:
        if function not in self._processes:
            self._processes[function] = self._start()
        bootstrap.install(self._processes[function])
        with self.recorder.running(function):
            yield
        bootstrap.install(None)

    def _make_account(self) -> None:
        make: Any = self.dynamodb.create_table
        self.stream = make(**table_schema("table", indexes=True))["TableDescription"]["LatestStreamArn"]
        make(**table_schema("keystable", indexes=False))
        self.inbound = self.sqs.create_queue(QueueName="inboundqueue")["QueueUrl"]
        self.bulk = self.sqs.create_queue(QueueName="bulkqueue")["QueueUrl"]
        self.jobs = self.sqs.create_queue(QueueName="jobsqueue")["QueueUrl"]
        self.key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        boto3.client("s3").create_bucket(Bucket="bucket")
        boto3.client("s3").put_object(Bucket="bucket", Key="config/huitou.toml", Body=CONFIG.encode())
        for platform, values in SECRETS.items():
            name = f"huitou/demo/{platform}/acme"
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(values))
        boto3.client("sesv2").create_email_identity(EmailIdentity="demo.example")

    def http(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> int:
        """A request through the API; the status."""
        match = self.routes.match(path, method)
        assert match is not None
        event = proxy_event(HttpIn(method, path, "", tuple(headers.items()), body, "192.0.2.1"), match, "api", self.now)
        with self._process("APIHandler"):
            return int(entry_points.app(event, None)["statusCode"])

    def push(self, platform: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """A signed webhook."""
        given = {name: (value,) for name, value in (headers or {}).items()}
        raw = RawRequest("POST", "", given, (), body, None)
        secrets = Secrets({name: (value,) for name, value in SECRETS[platform].items()})
        connector: Any = registry.connector(platform)
        signed = connector.sign(raw, Account("demo", platform, "acme", {"shop_id": "95250", "shop": "acme"}), secrets, self.now)
        sent = {name: values[0] for name, values in signed.headers.items()} | {"content-type": "application/json"}
        return self.http("POST", f"/webhooks/{platform}/acme", sent, body)

    def call(self, function: str, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """A function, as its event source calls it."""
        with self._process(function):
            answer: dict[str, Any] = getattr(entry_points, function.lower())(event or {}, None)
        return answer

    def normalise(self) -> int:
        """All that waits on both queues; nothing may fail. Returns how many messages that were."""
        handled = 0
        for url in (self.inbound, self.bulk):
            while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in found]
                assert self.call("Normalise", {"Records": records}) == {"batchItemFailures": []}
                for one in found:
                    self.sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
                handled += len(found)
        return handled

    def work(self, *kinds: str) -> None:
        """Jobs that Pull has queued, those of an account of Douyin; each begins later than this story waits for."""
        for kind in kinds:
            shop = ("-", "-") if kind in ("tasks", "tags") else ("douyin", "acme")
            body = json.dumps({"merchant": "demo", "kind": kind, "platform": shop[0], "account": shop[1], "asked": True})
            assert self.call("Work", {"Records": [{"messageId": "1", "body": body}]}) == {"batchItemFailures": []}

    def read_stream(self) -> None:
        """The whole stream once more, for both readers: repetition is harmless."""
        records = []
        for shard in self.streams.describe_stream(StreamArn=self.stream)["StreamDescription"]["Shards"]:
            start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = self.streams.get_shard_iterator(StreamArn=self.stream, **start)["ShardIterator"]
            while page := (told := self.streams.get_records(ShardIterator=iterator, Limit=1000))["Records"]:
                records += page
                iterator = told["NextShardIterator"]
        self.call("Project", {"Records": records})
        self.call("Trigger", {"Records": records})

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The table's items of a kind."""
        return [item for item in self.dynamodb.scan(TableName="table")["Items"] if item.get("kind") == {"S": kind}]

    def order(self, number: int, buyer: str, age: timedelta, *coupons: str, **parts: str) -> None:
        """An order of a buyer who may be written to."""
        at = (self.now - age).isoformat()
        order = json.loads((FIXTURES / "generic/push-order/body.json").read_text())
        person = {"id": buyer, "email": f"{buyer}@example.com"}
        stamps = {"placed_at": at, "paid_at": at, "updated_at": at}
        told = {"order_id": str(number), "buyer": person, "attribution": {"coupons": coupons}}
        assert self.push("generic", json.dumps(order | stamps | told | parts).encode()) == 200
        word = {"buyer_id": buyer, "channel": "email", "granted": True, "at": at}
        assert self.push("generic", json.dumps({"type": "consent", "data": word}).encode()) == 200


def play(story: Story) -> None:
    """Orders, a thin push, a large one, kept messages; a digest; win-back, cut short by an order, sent, and left; pulls."""
    lapsed = timedelta(days=31)
    story.order(1, "ann", lapsed)
    story.order(2, "bob", lapsed)
    large = json.loads((FIXTURES / "shopify/order-sample/body.json").read_text()) | {"noise": os.urandom(300_000).hex()}
    assert story.push("shopify", json.dumps(large).encode(), {"x-shopify-topic": "orders/create"}) == 200
    assert story.push("douyin", (FIXTURES / "douyin/push-paid/body.json").read_bytes()) == 200
    assert story.normalise() == 6
    story.read_stream()
    _feed(story)
    _poll(story)
    _report(story)
    _win_back(story)
    _survey(story)
    _review(story)
    _pull(story)
    _console(story)
    _erase(story, large)
    _leave(story)


def _feed(story: Story) -> None:
    """A push under a key that has to be fetched, and records of Shopify's bus, of which one is nobody's."""
    folder = FIXTURES / "ebay/push-order"
    headers = json.loads((folder / "headers.json").read_text()) | {"content-type": "application/json"}
    assert story.http("POST", "/webhooks/ebay/acme", headers, (folder / "body.json").read_bytes()) == 200
    record = json.loads((FIXTURES / "shopify/feed-order/body.json").read_text())
    record["detail"]["payload"]["noise"] = os.urandom(300_000).hex()
    alien = json.loads(json.dumps(record))
    alien["detail"]["metadata"]["X-Shopify-Shop-Domain"] = "somebody-else.myshopify.com"
    told = [
        {"messageId": name, "body": json.dumps(each), "eventSourceARN": SHOPIFY_QUEUE}
        for name, each in (("a", record), ("b", alien))
    ]
    assert story.call("Feed", {"Records": told}) == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    bounce = (FIXTURES / "ses/feed-bounce/body.json").read_text()
    mail = [{"messageId": "c", "body": bounce, "eventSourceARN": SES_QUEUE}]
    assert story.call("Feed", {"Records": mail}) == {"batchItemFailures": []}
    assert story.normalise() == 3


def _poll(story: Story) -> None:
    """What a platform keeps until it is confirmed; it does not answer at first, and all are to know."""
    story.platform.down = True
    assert story.call("Poll") == {"queued": 0}
    story.platform.down = False
    assert story.call("Poll") == {"queued": 2}
    assert story.platform.kept == {}
    assert story.normalise() == 2


def _report(story: Story) -> None:
    goods = [ProductInfo("IPOD2008", 100, "CNY", ("audio",), weight_grams=150)]
    story.app.cost_sheets.take("demo", PRODUCTS, goods, source="products.csv")
    story.order(3, "cid", timedelta(days=1))
    assert story.normalise() == 2
    story.read_stream()
    # To a person and to a chat group; yesterday's cells are summed by nobody yet.
    told = story.call("Digest")
    assert (told["queued"], told["deadlines"]) == (2, 0)
    parked = Envelope("0" * 32, "demo", "generic", "erp", "push", "request", None, "parked", story.now, claim="claims/demo/none")
    story.app.work.park("demo", "k", encode(parked), story.now - timedelta(minutes=1), "platform-down")
    assert story.call("Tick")["unparked"] == 1
    story.read_stream()  # the heartbeat: the gate asks how far the projector has come
    silent = [item for item in story.items("message") if item["pk"]["S"].startswith("demo#M#") and "#stale-" in item["sk"]["S"]]
    assert silent, "shops that were never heard of: whom reviews name is told"
    assert story.call("Deliver") == {"handled": 2 + len(silent)}
    owner = story.app.readership.owner("demo", "email", "marketing@demo.example")
    path = story.app.readership.url("demo", owner).removeprefix("https://hooks.example.com")
    assert story.http("GET", path, {}) == 200
    assert story.http("POST", path, {"content-type": "application/x-www-form-urlencoded"}, b"List-Unsubscribe=One-Click") == 200


def _win_back(story: Story) -> None:
    story.app.offers.add("demo", "spring", {1: Code("SPRING-1"), 2: Code("SPRING-2")})
    for campaign in ("back30", "held", "born"):
        story.app.outreach.trigger.approve(campaign)
    assert story.call("Sweep")["drawn"] == 4  # two members, two campaigns, of which one only holds out
    story.order(4, "ann", timedelta(minutes=1), "SPRING-1")
    assert story.normalise() == 3  # with what was parked, which goes to quarantine
    story.read_stream()
    story.call("Tick")
    story.read_stream()
    story.call("Deliver")
    sent = [json.loads(item["doc"]["B"]) for item in story.items("message") if item["state"]["S"] == "sent"]
    told = sorted(message["kind"] for message in sent if message["template"] != "stale")
    assert told == ["digest", "digest", "winback"]
    ((owner, message_id),) = [(message["owner"], message["message_id"]) for message in sent if message["kind"] == "winback"]
    path = story.app.clicks.url(owner, message_id).removeprefix("https://hooks.example.com")
    assert story.http("GET", path, {}) == 302
    path = story.app.unsubscribe.url("demo", owner).removeprefix("https://hooks.example.com")
    assert story.http("POST", path, {"content-type": "application/x-www-form-urlencoded"}, b"List-Unsubscribe=One-Click") == 200


def _survey(story: Story) -> None:
    """A parcel that came four days ago: asked, looked at, answered badly, and brought by the stream."""
    story.order(5, "dee", timedelta(days=6), delivered_at=(story.now - timedelta(days=4)).isoformat(), status="delivered")
    assert story.normalise() == 2
    story.read_stream()
    assert story.call("Sweep")["surveys"] == 1
    story.call("Tick")
    story.read_stream()
    story.call("Deliver")
    sent = [json.loads(item["doc"]["B"]) for item in story.items("message") if item["state"]["S"] == "sent"]
    ((owner, message_id),) = [(message["owner"], message["message_id"]) for message in sent if message["kind"] == "survey"]
    path = story.app.survey.url(owner, message_id).removeprefix("https://hooks.example.com")
    assert story.http("GET", path, {}) == 200
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert story.http("POST", path, form, b"score=2&words=late") == 200
    story.read_stream()
    assert [json.loads(item["doc"]["B"])["kind"] for item in story.items("case")] == ["survey"]


def _review(story: Story) -> None:
    """Told, kept and brought by the stream: its text is opened, understood and drafted for a person."""
    at = story.now - timedelta(hours=1)
    for number in range(20):  # so many that it is a storm, which is told at once
        place = ("demo", "generic", "erp", f"r-{number}", None, "p-1", None)
        text = "Arrived broken, and it is a fake. I am calling the police."
        review = Review(*place, 1, text, None, buyer=Buyer(id=f"{number}"), created_at=at, updated_at=at)
        story.app.recording.keep(review, source=0, occurred_at=at, keep_raw=lambda: "raw")
    story.read_stream()
    cases = [json.loads(item["doc"]["B"]) for item in story.items("case")]
    assert {(case["kind"], case["band"]) for case in cases} == {("review", "negative"), ("survey", "negative")}


def _erase(story: Story, order: dict[str, Any]) -> None:
    """A shop asks that a buyer be erased, whose words lie among dead letters as well; then an order of theirs comes once more."""
    buyer = order["customer"]["id"]
    redact = {"shop_id": 1, "shop_domain": "acme.myshopify.com", "customer": {"id": buyer}, "orders_to_redact": [order["id"]]}
    assert story.push("shopify", json.dumps(redact).encode(), {"x-shopify-topic": "customers/redact"}) == 200
    assert story.normalise() >= 1  # with what waited
    for words in (str(order["id"]), "somebody-else@example.net"):
        story.sqs.send_message(QueueUrl=story.sqs.get_queue_url(QueueName="inbounddlq")["QueueUrl"], MessageBody=f'"{words}"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "SETTLE", timedelta(0))
        assert story.call("Sweep")["petitions"] == 1
        story.call("Tick")
        story.read_stream()
        story.call("Sweep")
    assert story.app.privacy.erasing.all() == []
    late = order | {"noise": os.urandom(300_000).hex(), "note": "late"}
    assert story.push("shopify", json.dumps(late).encode(), {"x-shopify-topic": "orders/create"}) == 200
    assert story.normalise() >= 1


def _leave(story: Story) -> None:
    """An account goes; of another its platform says that it did, while its API answers."""
    story.app.accounts.leaving.begin("generic", "acme", "ops")
    story.app.accounts.leaving.begin("douyin", "acme", leaving.REMOVED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "DAYS_A_RUN", 10)
        patch.setattr(stages, "SETTLE", timedelta(0))
        story.call("Sweep")
        story.call("Tick")
        story.read_stream()
        story.call("Sweep")
    found = story.app.accounts.leaving.state("generic", "acme")
    assert found is not None and found.stage == "gone" and found.erased >= 3, found


def _pull(story: Story) -> None:
    story.dynamodb.delete_item(TableName="table", Key={"pk": {"S": "demo#T#douyin#acme"}, "sk": {"S": "token"}})
    old = (story.now - timedelta(days=5)).isoformat()
    window = json.dumps({"since": old, "until": old, "cursor": None, "done": True})
    assert story.app.marks.put("demo", "pull#douyin#acme", window, expected_version=0)
    assert story.call("Pull")["jobs"] >= 3
    story.work("orders", "tasks", "tags")  # history, on the bulk lane
    marks = story.app.marks.get("demo", "pull#douyin#acme")
    assert marks is not None
    recent = (story.now - timedelta(hours=1)).isoformat()
    window = json.dumps({"since": recent, "until": recent, "cursor": None, "done": True})
    assert story.app.marks.put("demo", "pull#douyin#acme", window, expected_version=marks[1])
    assert story.call("Pull")["jobs"] >= 1
    story.work("orders")
    assert story.normalise() == 2
    story.platform.down = True  # what cannot be read now goes back to the queue, to wait there
    assert story.push("douyin", (FIXTURES / "douyin/push-paid/body.json").read_bytes()) == 200
    assert story.normalise() == 1


class _Console:
    """The console's function in the place of its front door."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._answer: dict[str, Any] = {}

    def answer(self, event: dict[str, Any]) -> _Console:
        """Call it."""
        self._answer = self._story.call("Console", event)
        return self

    def event(self) -> dict[str, Any]:
        """What it answered."""
        return self._answer


def _console(story: Story) -> None:
    """An owner signs in, looks at every page that is of nothing in particular, and does one deed of each kind."""
    browser = Browser([story.app])
    browser.front = _Console(story)  # type: ignore[assignment]
    form = browser.open("/console/sign-in").form("/sign-in")
    browser.submit(form, address="owner@demo.example")
    link = urlsplit(story.links[-1]).path
    browser.submit(browser.get(link).form(link))
    for route in [route for route in ROUTES if route.method == "GET" and "{" not in route.pattern]:
        got = browser.get(f"/console/m/demo/{route.pattern}".rstrip("/"))
        assert got.status in (200, 303), (route.pattern, got.body)
    account = browser.open("/console/m/demo/accounts/douyin/acme")
    browser.submit(next(form for form in account.forms if form.action.endswith("/pull")))
    browser.submit(account.form("/pause"))
    browser.submit(account.form("/check"))
    browser.submit(next(form for form in account.forms if form.action.endswith("/rotate")), value="another secret of the tests")
    broken = {"id": 1, "line_items": "none", "noise": os.urandom(300_000).hex()}
    assert story.push("shopify", json.dumps(broken).encode(), {"x-shopify-topic": "orders/create"}) == 200
    assert story.normalise() == 1
    lists = browser.open("/console/m/demo/intake?platform=shopify").links
    held = next(link for link in lists if "/m/demo/intake/" in link)
    browser.submit(browser.open(held).form("/reveal"))
    browser.submit(browser.open(held).form("/replay"))
    digests = [link for link in browser.open("/console/m/demo/digests").links if "/m/demo/digests/" in link]
    browser.submit(browser.open(digests[0]).form("/send"))


def recorded(template: Template) -> set[Call]:
    """The calls of the whole story. Needs moto to be on."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setattr(boto3, "client", recorder.client(boto3.client))
        # Of an account that leaves every day is looked at; years of them take moto a minute.
        defaults: Any = leaving.Leaving.__init__.__kwdefaults__
        patch.setitem(defaults, "first_day", datetime.now(UTC).date() - timedelta(days=60))
        story = Story(template, recorder)
        try:
            play(story)
        finally:
            bootstrap.install(None)
    return recorder.calls
