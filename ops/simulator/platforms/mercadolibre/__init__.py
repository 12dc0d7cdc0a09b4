"""Mercado Libre: thin unsigned notifications. Coupons the platform bears, milliseconds, one parcel an order, one refund at most."""

from ops.simulator.model import Shop
from ops.simulator.platforms.mercadolibre import wire
from ops.simulator.platforms.mercadolibre.api import MercadoLibreApi
from ops.simulator.traits import Ids, Lives, Platform, Secret, Tells, Trade, Voices, Wire, decimal, every, in_steps, shifted

PLATFORM = Platform(
    shop=Shop("mercadolibre", "700100200", "BRL", "pt", "BR", carrier="PAC"),
    secrets={
        "application_id": Secret(make=decimal, public=True),
        "url_secret": Secret(),
        "client_id": Secret(make=decimal, public=True, like="application_id"),  # one number on this platform
        "client_secret": Secret(),
        "refresh_token": Secret(make=lambda digits: f"TG-{digits}"),
    },
    options={"user_id": "700100200"},
    ids=Ids(
        order=in_steps(2000003508897196),
        buyer=every(310000001),
        product=lambda number: f"MLB{2608564000 + number}",
        line=lambda order_id, index: f"{order_id}:{index}",
        parcel=shifted(-1_999_961_999_999_989),
        refund=shifted(-1_999_961_999_999_993),
    ),
    trade=Trade(prices=(1, 2), coupons=True),
    lives=Lives(
        stories={
            "normal": 66, "unpaid": 6, "late_pay": 5, "cancelled_before": 5, "cancelled_after": 5, "refund_line": 12,
            "refund_full": 6, "deposit": 2, "test": 1,
        },
        milliseconds=True,
        cancel_refunds=True,
        bare=frozenset({"refund_full", "cancelled_after", "deposit"}),
    ),
    tells=Tells(allots_coupons=False),
    wire=Wire(
        deliveries=wire.deliveries,
        snapshot=wire.snapshot,
        signed=False,  # nothing authenticates its bodies: the resource is read again instead
        acknowledged=lambda status, _body: status == 200,
        api=MercadoLibreApi,
        hosts=("api.mercadolibre.com",),
    ),
    voices=Voices(asks=True),  # answers go to questions; its reviews take none
)  # fmt: skip
