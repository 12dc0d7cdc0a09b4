"""Identity links: written when an identity is new to an order, and when its order comes to belong to somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.domain.facts import Image
from chalicelib.domain.order import Amounts, Buyer, Order
from chalicelib.domain.record import explode, key_of
from chalicelib.pipeline.project import Change
from tests.functional.stack import Stack

AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
ORDER = Order(
    merchant="demo",
    platform="generic",
    account="erp",
    order_id="L1",
    order_no=None,
    status="paid",
    platform_status="paid",
    refund_status="none",
    test=False,
    currency="CNY",
    tax_included=True,
    amounts=Amounts(total=100, paid=100),
    placed_at=AT,
    paid_at=AT,
    shipped_at=None,
    delivered_at=None,
    completed_at=None,
    cancelled_at=None,
    updated_at=AT,
    buyer=Buyer(id="b1"),
)
EMAIL = "email:hash-of-an-address"
GUEST = Image(key_of(ORDER), 1, 0, None, explode(ORDER, source=0, occurred_at=None))
MEMBER = replace(GUEST, version=2, member="member-1")


def test_an_order_that_turns_out_to_be_a_members_links_what_it_already_told(moto_stack: Stack) -> None:
    moto_stack.app.project.handle([Change(None, GUEST, (), (EMAIL,))])
    before = moto_stack.app.members.linked("demo", EMAIL)
    moto_stack.app.project.handle([Change(GUEST, MEMBER, (EMAIL,), (EMAIL,))])

    assert before == []
    assert moto_stack.app.members.linked("demo", EMAIL) == ["member-1"]


def test_a_new_order_of_a_member_links_its_identities(moto_stack: Stack) -> None:
    moto_stack.app.project.handle([Change(None, replace(MEMBER, version=1), (), (EMAIL,))])

    assert moto_stack.app.members.linked("demo", EMAIL) == ["member-1"]
