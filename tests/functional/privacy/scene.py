"""A person who bought at three shops, wrote, answered and was written to, and somebody else; and a search through all that is kept.

The person's words are planted: each is found nowhere else, so that whatever is found was theirs.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.orders import image_of
from chalicelib.adapters.records import record_of
from chalicelib.adapters.vault import KmsVault
from chalicelib.contract import Account, RawRequest
from chalicelib.dead_letters import Letter
from chalicelib.domain.contact import Contact
from chalicelib.domain.order import Buyer
from chalicelib.domain.storm import Finding
from chalicelib.envelope import decode
from chalicelib.erasing import Erasure
from chalicelib.errors import HuitouError
from chalicelib.notices import Quote
from chalicelib.ports import Message
from chalicelib.raw_names import parse
from connectors import registry
from ops.local import KEYS_TABLE, TABLE, MemorySecrets, local_vault
from tests.functional.exactness.surveyed import flow
from tests.functional.stack import CONFIG, NOW, SECRETS, Stack

WOO = "https://velvet.example.com"
TEXT = CONFIG.replace(
    "[[campaigns]]",
    f'[[accounts]]\nplatform = "woocommerce"\naccount = "velvet"\n[accounts.options]\nstore_url = "{WOO}"\n[[campaigns]]',
    1,
)
TEXT += '\n[survey]\nenabled = true\n[reviews]\nrecipients = ["care@demo.example"]\n'
WOO_SECRETS = {("woocommerce", "velvet"): {"webhook_secret": ("woo secret of the tests",)}}
EMAIL, PHONE, NAME, NICKNAME = "zephyrine.quill@example.org", "+8613977001234", "Zephyrine Quillfeather", "zephynick"
ADDRESS, POSTCODE, BUYER, CUSTOMER = "17 Velvetmoss Lane", "Z9X77Q", "buyerzq778899", 77889911
REVIEW, MESSAGE, NOTE, SURVEY = (
    "The plumquartz handle broke",
    "Where is my gallowglass",
    "torn at the whimberry seam",
    "Too tinselwort",
)
PLANTED = (EMAIL, PHONE[1:], NAME.split()[1], NICKNAME, ADDRESS, POSTCODE, BUYER, str(CUSTOMER), REVIEW, MESSAGE, NOTE, SURVEY)
OTHER = "other.reader@example.net"


def at(when: datetime) -> str:
    """A time as platforms write it."""
    return when.isoformat().replace("+00:00", "Z")


def erp_order(number: str, when: datetime, *, buyer: str = BUYER, email: str = EMAIL, **parts: Any) -> dict[str, Any]:
    """An order of the shop that speaks our own JSON."""
    own = buyer == BUYER
    return {
        "order_id": number,
        "status": "paid",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": 2000, "total": 2000, "paid": 2000},
        "placed_at": at(when),
        "paid_at": at(when),
        "updated_at": at(when),
        "buyer": {"id": buyer, "email": email, **({"phone": PHONE, "name": NAME, "nickname": NICKNAME} if own else {})},
        "ship_to": {"country": "CN", **({"name": NAME, "address": ADDRESS, "postcode": POSTCODE, "phone": PHONE} if own else {})},
        "extra": {"unionid": UNION} if own else {},
        "lines": [{"line_id": "1", "product_id": "tea", "title": "Tea", "quantity": 1, "unit_price": 2000, "total": 2000}],
        **parts,
    }


def told(stack: Stack, kind: str, data: dict[str, Any]) -> int:
    """A push of the shop that speaks our own JSON."""
    return stack.push("generic", "erp", json.dumps({"type": kind, "timestamp": at(stack.clock.at), "data": data}).encode())


def shopify_order(number: int, when: datetime, *, customer: int = CUSTOMER, email: str = EMAIL, **parts: Any) -> bytes:
    """An order as Shopify pushes it."""
    own = customer == CUSTOMER
    address = {"name": NAME, "address1": ADDRESS, "city": "Town", "country_code": "US", "zip": POSTCODE} if own else {}
    body = {
        "id": number,
        "name": f"#{number}",
        "created_at": at(when),
        "processed_at": at(when),
        "updated_at": at(when),
        "currency": "CNY",
        "total_price": "20.00",
        "total_line_items_price": "20.00",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "taxes_included": True,
        "financial_status": "paid",
        "customer": {"id": customer, "email": email, "first_name": "Zephyrine", "last_name": "Quillfeather" if own else "Else"},
        "shipping_address": address,
        "line_items": [{"id": number + 5, "title": "Mug", "product_id": 5, "quantity": 1, "price": "20.00"}],
        "fulfillments": [],
    }
    return json.dumps(body | parts).encode()


def shopify(stack: Stack, topic: str, body: bytes) -> int:
    """A push of Shopify's."""
    return stack.push("shopify", "acme", body, {"x-shopify-topic": topic})


def woo_order(stack: Stack, number: int, when: datetime) -> int:
    """An order of a third shop."""
    stamp = when.strftime("%Y-%m-%dT%H:%M:%S")
    person = {
        "first_name": "Zephyrine",
        "last_name": "Quillfeather",
        "address_1": ADDRESS,
        "city": "Town",
        "postcode": POSTCODE,
        "country": "DE",
    }
    body = {
        "id": number,
        "number": f"K-{number}",
        "status": "processing",
        "currency": "CNY",
        "date_created_gmt": stamp,
        "date_modified_gmt": stamp,
        "date_paid_gmt": stamp,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": "20.00",
        "total_tax": "0.00",
        "prices_include_tax": True,
        "customer_id": 778899,
        "billing": {**person, "email": EMAIL, "phone": PHONE},
        "shipping": person,
        "line_items": [
            {"id": 1, "name": "Cup", "product_id": 9, "quantity": 1, "subtotal": "20.00", "total": "20.00", "price": 20}
        ],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
    }
    connector: Any = registry.connector("woocommerce")
    shop = Account("demo", "woocommerce", "velvet", {"store_url": WOO})
    headers = {"x-wc-webhook-topic": ("order.updated",), "x-wc-webhook-source": (WOO,), "x-wc-webhook-delivery-id": (f"w{number}",)}
    raw = RawRequest("POST", stack.config.webhook_url("woocommerce", "velvet"), headers, (), json.dumps(body).encode())
    signed = connector.sign(raw, shop, stack.app.parts.secrets.secrets(shop), stack.clock.now())
    return stack.app.receive.handle("woocommerce", "velvet", signed).status


def scene(engine: Any) -> Stack:
    """The three shops."""
    stack = Stack(engine, TEXT)
    stack.app.parts.secrets = MemorySecrets({**SECRETS, **WOO_SECRETS})
    return stack


def subject(stack: Stack, platform: str, account: str, buyer: object) -> str:
    """A buyer as a keyed hash."""
    return stack.app.parts.vault.lookup("demo", "buyer", f"{platform}\x1f{account}\x1f{buyer}")


def buys(stack: Stack) -> None:
    """The person at three shops, and somebody else at two of them."""
    first = NOW - timedelta(days=40)
    assert shopify(stack, "orders/paid", shopify_order(50_001, first)) == 200
    assert shopify(stack, "orders/paid", shopify_order(50_002, first, customer=12_121_212, email=OTHER)) == 200
    assert told(stack, "order", erp_order("erp-50003", first + timedelta(days=3))) == 200
    assert told(stack, "order", erp_order("erp-50004", first + timedelta(days=3), buyer="somebody", email=OTHER)) == 200
    assert woo_order(stack, 50_005, first + timedelta(days=5)) == 200
    stack.settle()
    stack.app.reckoning.sweep("demo")


class LetterBox:
    """Dead letters in a list."""

    def __init__(self, *bodies: str) -> None:
        self.letters = [Letter(str(number), "", body, NOW, 6) for number, body in enumerate(bodies)]
        self.out: set[str] = set()

    def bodies(self) -> list[str]:
        """What lies there."""
        return [letter.body for letter in self.letters]

    def depth(self) -> int:
        """See the port."""
        return len(self.letters)

    def receive(self, limit: int, hidden: timedelta) -> list[Letter]:  # the port's names
        """See the port."""
        found = [letter for letter in self.letters if letter.id not in self.out][:limit]
        self.out |= {letter.id for letter in found}
        return found

    def send_back(self, letter: Letter) -> bool:  # the port's name
        """See the port."""
        return False

    def delete(self, letter: Letter) -> None:
        """See the port."""
        self.letters = [each for each in self.letters if each.id != letter.id]

    def put_back(self, letters: Sequence[Letter]) -> None:
        """See the port."""
        self.out -= {letter.id for letter in letters}


CONTACT, UNION = "wmcontactzq4455", "unionzq1234567"


def talks(stack: Stack) -> None:
    """The person wrote, is a contact, said yes, and is about to be written to; and some of it lies where things go wrong."""
    when = NOW - timedelta(days=5)
    review = {"review_id": "rv-9", "order_id": "erp-50003", "rating": 1, "text": REVIEW, "created_at": at(when)}
    message = {"message_id": "m-9", "thread_id": EMAIL, "sender": "buyer", "text": MESSAGE, "created_at": at(when)}
    for kind, body in (("review", review), ("message", message)):
        assert told(stack, kind, body | {"buyer": {"id": BUYER, "email": EMAIL, "nickname": NICKNAME}}) == 200
    consent = {"buyer_id": BUYER, "channel": "email", "granted": True, "at": at(when), "source": "a form"}
    assert told(stack, "consent", consent) == 200
    refund = {"refund_id": "r-9", "order_id": "erp-50003", "status": "requested", "amount": 500, "currency": "CNY", "reason": NOTE}
    assert told(stack, "refund", refund | {"requested_at": at(when), "updated_at": at(when)}) == 200
    flow(stack)
    contact = Contact("demo", "generic", "erp", CONTACT, "zhang", "active", UNION, Buyer(id=CONTACT, name=NAME), added_at=when)
    stack.app.asides.take(contact, source=1, occurred_at=when, received_at=NOW, keep_raw=lambda: "")
    me = subject(stack, "generic", "erp", BUYER)
    waiting = Message("demo", "w-1", me, "winback", "email", "winback", "en", "queued", None, NOW, "back30", "treated", 1)
    waiting.values["occasion"] = "2026-11-20"
    assert stack.app.outbox.add(waiting)


def goes_wrong(stack: Stack) -> None:
    """Of the person, and as much of somebody else: quarantined, parked, dead, too large, of a topic that nobody knows, quoted."""
    letters = []
    for number, (buyer, email) in enumerate(((BUYER, EMAIL), ("somebody", OTHER))):
        order = {"buyer": buyer, "email": email}
        assert told(stack, "order", erp_order(f"erp-7{number}001", NOW, currency="ZZZ", **order)) == 200
        stack.normalise()
        assert told(stack, "order", erp_order(f"erp-7{number}002", NOW, **order)) == 200
        stack.app.work.park("demo", f"{number}" * 32, stack.inbound.bodies.pop(), NOW + timedelta(days=1), "platform-down")
        assert told(stack, "order", erp_order(f"erp-7{number}003", NOW, **order)) == 200
        letters.append(stack.inbound.bodies.pop())
        assert shopify(stack, "mystery/made", json.dumps({"customer": {"email": email}}).encode()) == 200
        lines = [{"line_id": str(n), "product_id": f"p{n}", "title": "Tea " * 8, "quantity": 1} for n in range(1700)]
        assert told(stack, "order", erp_order(f"erp-7{number}004", NOW, lines=lines, currency="ZZZ", **order)) == 200
        quote = Quote("generic", 1, REVIEW if buyer == BUYER else "It never came")
        stack.app.outreach.desk.notices.queue(f"storm-{number}", "storm", _quoting(quote))
    flow(stack)
    box = LetterBox(*letters)
    stack.app.parts.dead_letters = lambda: {"inbound": box}


def _quoting(quote: Quote) -> Any:
    return lambda words, config: words.storm(config, Finding(2, 9, 10, 1), None, [quote])


def wait(stack: Stack) -> None:
    """Until every worker has forgotten, and the projector has caught up."""
    stack.clock.at += timedelta(minutes=11)
    stack.app.tick.beat()
    stack.project()


def erase(stack: Stack, buyer: str) -> Erasure:
    """The whole of it."""
    privacy = stack.app.privacy
    asked = privacy.erasing.begin(privacy.belongings.person("demo", [buyer]), "ops")
    assert privacy.erasing.carry_on(asked.id).stage == "settle"
    wait(stack)
    done = privacy.erasing.carry_on(asked.id)
    wait(stack)
    assert done.over
    return done


def sums(stack: Stack) -> dict[str, Any]:
    """Every summary of every day, the member cells' among them, from the rows as they are."""
    stack.app.reckoning.sweep("demo")
    found: dict[str, Any] = {}
    for item in scan(stack, TABLE):
        if "summed" in item and item["pk"]["S"].startswith("demo#D#"):
            kind = item["sk"]["S"].split("#")[1]
            if kind in ("orders", "people", "members", "reviews", "nps", "draws"):
                found[f"{item['pk']['S']} {item['sk']['S']}"] = bytes(item["doc"]["B"])
        elif item.get("kind", {}).get("S") == "profile":
            doc = json.loads(bytes(item["doc"]["B"]))
            found[f"{item['pk']['S']} {item['sk']['S']}"] = doc[:5]
    return found


def scan(stack: Stack, table: str) -> Iterator[dict[str, Any]]:
    """Every item of a table."""
    start: dict[str, Any] = {}
    while True:
        page = stack.dynamodb.scan(TableName=table, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class Search:
    """Opens whatever any key that is left opens, by a vault that remembers nothing, and looks for the planted words."""

    def __init__(self, stack: Stack) -> None:
        vault = stack.app.parts.vault
        assert isinstance(vault, KmsVault)
        self._stack = stack
        self._vault = local_vault(stack.engine, stack.clock, vault._make())
        self.subjects = [item["pk"]["S"].partition("#")[2] for item in scan(stack, KEYS_TABLE) if "k" in item]

    def found(self, planted: tuple[str, ...] = PLANTED) -> dict[str, set[str]]:
        """Which words lie where."""
        hits: dict[str, set[str]] = {}
        for place, data in self.everything():
            said = data.decode("utf-8", "replace")
            for word in planted:
                if word.lower() in said.lower() or json.dumps(word)[1:-1].lower() in said.lower():
                    hits.setdefault(word, set()).add(place)
        return hits

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Each thing with where it lies, as it lies there and as it opens."""
        for table in (TABLE, KEYS_TABLE):
            for item in scan(self._stack, table):
                yield from self._item(f"{table}: {item['pk']['S']} {item['sk']['S']}", item)
        for name, data in self._stack.archive.objects.items():
            yield f"bucket: {name}", name.encode() + b"\n" + data
            yield from ((f"bucket: {name}", opened) for opened in self._object(name, data))
        boxes = self._stack.app.parts.dead_letters().items()
        queues = {name: getattr(self._stack, name).bodies for name in ("inbound", "bulk", "jobs")}
        queues |= {f"{name}-dead": box.bodies() for name, box in boxes}  # type: ignore[attr-defined]
        for name, bodies in queues.items():
            for body in bodies:
                yield f"queue: {name}", body.encode()
                yield from ((f"queue: {name}", opened) for opened in self._envelope(body))
        for index in self._stack.counters.counts:
            yield "metrics", repr(index).encode()

    def _item(self, place: str, item: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
        for name, value in item.items():
            ((kind, data),) = value.items()
            raw = bytes(data if isinstance(data, bytes) else data.value) if kind == "B" else str(data).encode()
            yield f"{place} {name}", raw
            if name == "body":
                yield from ((f"{place} {name}", opened) for opened in self._envelope(raw.decode()))
            if name == "pii":
                yield from ((f"{place} {name}", opened) for opened in self._sealed(raw, sealed_place(item)))
            if name == "doc" and item.get("kind", {}).get("S") == "answer":
                words = json.loads(raw)["words"]
                yield from ((f"{place} words", opened) for opened in self._sealed(base64.b64decode(words or "")))
            if name == "value" and '"known"' in str(data) and json.loads(data)["known"]:
                yield from ((f"{place} known", each) for each in self._sealed(base64.b64decode(json.loads(data)["known"])))

    def _sealed(self, data: bytes, place: str = "") -> Iterator[bytes]:
        for each in self.subjects:
            try:
                yield self._vault.open("demo", each, data, place)
            except HuitouError:
                continue

    def _object(self, name: str, data: bytes) -> Iterator[bytes]:
        raw, last = parse(name), name.rpartition("/")[2]
        for context in (raw.digest if raw else last, f"digest-{last}", f"notice-{last}"):
            try:
                yield self._vault.open_raw("demo", data, context)
            except HuitouError:
                continue

    def _envelope(self, body: str) -> Iterator[bytes]:
        try:
            envelope = decode(body)
            sealed = self._stack.archive.get(envelope.claim) if envelope.claim else base64.b64decode(envelope.sealed or "")
            yield self._vault.open_raw("demo", sealed, envelope.digest)
        except HuitouError:
            return


def sealed_place(item: Mapping[str, Any]) -> str:
    """What the sealed part of an order or a record is bound to."""
    return image_of(item)[0].key.place if item["sk"]["S"] == "order" else record_of(item).place
