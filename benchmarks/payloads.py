"""Order bodies of every platform in several sizes, as the platforms write them, with the fields that nobody reads.

All data is invented. A size is a target: the body is the smallest with at least as many bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.asian_bodies import aliexpress, lazada, shopee, tiktokshop
from benchmarks.repeated import ORDERS, account, repeated
from benchmarks.shop_bodies import magento, woocommerce
from benchmarks.shopify_bodies import Json, dump, shopify
from benchmarks.western_bodies import amazon, ebay
from chalicelib.contract import Account, Ref

SIZES = (800, 2_000, 4_000, 12_000, 19_000)
ACCOUNTS = {
    "shopify": Account("demo", "shopify", "acme", {"shop": "acme"}),
    "douyin": Account("demo", "douyin", "95250", {"shop_id": "95250"}),
    "mercadolibre": Account("demo", "mercadolibre", "loja", {"user_id": "100000001"}),
    "generic": Account("demo", "generic", "erp", {}),
    "woocommerce": Account("demo", "woocommerce", "kessel", {"store_url": "https://shop.example.com"}),
    "magento": Account("demo", "magento", "garden", {"store_url": "https://garden.example.com"}),
    "shopee": Account("demo", "shopee", "700001", {"shop_id": "700001", "region": "SG"}),
    "lazada": Account("demo", "lazada", "acme", {"country": "sg", "seller_id": "500176629136"}),
    "tiktokshop": Account("demo", "tiktokshop", "acme", {"shop_id": "7495540735365777507"}),
    "aliexpress": Account("demo", "aliexpress", "acme", {}),
    "ebay": Account("demo", "ebay", "acme-outlet", {"username": "acme-outlet"}),
    "amazon": Account("demo", "amazon", "A3EXAMPLE0SHOP", {"seller_id": "A3EXAMPLE0SHOP", "marketplace_ids": "ATVPDKIKX0DER"}),
}


@dataclass(frozen=True, slots=True)
class Body:
    """One order's body."""

    platform: str
    data: bytes
    lines: int

    @property
    def ref(self) -> Ref:
        """Where it came from."""
        known = ACCOUNTS.get(self.platform)
        return Ref(known or account(self.platform), "delivery-1", "push")


def body(platform: str, size: int) -> Body:
    """The body of about `size` bytes: small ones are thin in fields, large ones full, and lines make up the rest."""
    if platform in ORDERS:
        return _repeated(platform, size)
    make = MAKERS[platform]
    full = size >= 3_000
    lines = 1
    while len(data := dump(make(lines, full))) < size:
        lines += 1
    return Body(platform, data, lines)


def _repeated(platform: str, size: int) -> Body:
    times = 1
    while len((made := repeated(platform, times))[0]) < size:
        times += 1
    return Body(platform, *made)


def douyin(lines: int, full: bool, number: int = 1) -> Json:
    """The answer of the order detail call: every value is text, most fields nobody reads."""
    order: Json = {
        "order_id": str(6_900_000_000_000_000_000 + number),
        "shop_id": "95250",
        "order_status": "2",
        "main_status": "2",
        "pay_type": "1",
        "create_time": "1795190300",
        "pay_time": "1795190400",
        "update_time": "1795190700",
        "order_amount": str(5000 * lines),
        "pay_amount": str(5000 * lines - 100 + 800),
        "post_amount": "800",
        "promotion_shop_amount": "100",
        "promotion_platform_amount": "0",
        "modify_amount": "0",
        "doudian_open_id": f"open-id-{number}",
        "sku_order_list": [_douyin_line(index, number, full=full) for index in range(lines)],
    }
    return {"data": {"shop_order_detail": order | (_DOUYIN_REST if full else {})}, "code": 10000, "msg": "success"}


def _douyin_line(index: int, number: int, *, full: bool) -> Json:
    line: Json = {
        "order_id": str(6_900_000_000_000_000_000 + number * 100 + index),
        "product_id_str": str(3_500_000_000_000_000_000 + index),
        "sku_id": str(1_700_000_000_000_000 + index),
        "code": f"TEA-{index}",
        "product_name": "春茶 100 克 礼盒",
        "item_num": "1",
        "origin_amount": "5000",
        "pay_amount": "4900",
        "promotion_amount": "100",
        "after_sale_info": {"after_sale_status": "0", "after_sale_type": "0", "refund_status": "0"},
    }
    if not full:
        return line
    region = {"id": "330106", "name": "西湖区"}
    return line | {
        "ad_env_type": "live",
        "author_id": "880088",
        "author_name": "茶人示例",
        "biz_desc": "小店",
        "campaign_info": [{"campaign_id": "7200000000000000001", "campaign_type": "150", "campaign_name": "春茶节"}],
        "first_cid": "20000",
        "second_cid": "20001",
        "given_product_type": "",
        "goods_price": "5000",
        "inventory_list": [{"count": "1", "inventory_type": "1", "out_warehouse_id": "HZ-2"}],
        "logistics_receipt_time": "0",
        "out_sku_id": "OUT-1",
        "post_addr": {"province": region, "city": region, "town": region, "street": region, "encrypt_detail": "##cipher##"},
        "product_pic": "https://img.example.com/spring-tea/100g/cover.jpeg",
        "spec": [{"name": "净含量", "value": "100 克"}, {"name": "包装", "value": "礼盒"}],
        "sum_amount": "5000",
        "theme_type_desc": "直播",
        "trade_type_desc": "普通",
        "update_time": "1795190700",
    }


_DOUYIN_ADDRESS = {
    "province": {"id": "330000", "name": "浙江省"},
    "city": {"id": "330100", "name": "杭州市"},
    "town": {"id": "330106", "name": "西湖区"},
    "street": {"id": "330106", "name": "和平街道"},
    "encrypt_detail": "##cipher-of-an-address##",
}
_DOUYIN_REST: Json = {
    "app_id": "1128",
    "b_type": "2",
    "b_type_desc": "抖音",
    "biz": "2",
    "biz_desc": "小店自卖",
    "buyer_words": "",
    "channel_payment_no": "PAY000000000001",
    "encrypt_post_receiver": "##cipher-of-a-name##",
    "encrypt_post_tel": "$$cipher-of-a-phone$$",
    "mask_post_receiver": "测**",
    "mask_post_tel": "138****0000",
    "exp_ship_time": "1795363200",
    "main_status_desc": "备货中",
    "order_level": "2",
    "order_status_desc": "备货中",
    "order_type_desc": "普通订单",
    "post_addr": _DOUYIN_ADDRESS,
    "mask_post_addr": _DOUYIN_ADDRESS,
    "post_insurance_amount": "0",
    "post_origin_amount": "800",
    "promotion_detail": {
        "shop_discount_detail": {
            "coupon_amount": "100",
            "coupon_info": [
                {"coupon_id": "1", "coupon_meta_id": "7200000000000000001", "coupon_amount": "100", "coupon_name": "店铺券"}
            ],
            "full_discount_info": [],
        },
        "platform_discount_detail": {"coupon_info": [], "full_discount_info": []},
        "kol_discount_detail": None,
    },
    "seller_remark_stars": "0",
    "shop_name": "青禾示例旗舰店",
    "shop_order_tag_ui": [{"key": "pre_sale", "text": "", "help_doc": ""}],
    "sub_b_type_desc": "抖音",
    "total_promotion_amount": "100",
    "user_id_info": {"encrypt_id_card_no": "", "encrypt_id_card_name": ""},
}


def mercadolibre(lines: int, full: bool, number: int = 1) -> Json:
    """GET /orders/{id}; a whole one beside its shipment, as hydration puts them together."""
    order: Json = {
        "id": 2_000_003_500_000_000 + number,
        "date_created": "2026-11-20T17:01:30.000-04:00",
        "date_closed": "2026-11-20T17:01:33.000-04:00",
        "last_updated": "2026-11-20T17:03:32.000-04:00",
        "total_amount": 50 * lines,
        "paid_amount": 50 * lines,
        "order_items": [_mercadolibre_line(index, full=full) for index in range(lines)],
        "currency_id": "BRL",
        "payments": [_mercadolibre_payment(number, 50 * lines)],
        "shipping": {"id": 41_297_000_000 + number},
        "status": "paid",
        "tags": ["paid", "not_delivered"],
        "buyer": {"id": 100_000_000 + number, "nickname": f"COMPRADOR{number}"},
        "seller": {"id": 100_000_001},
    }
    if not full:
        return order
    order |= {
        "pack_id": None,
        "fulfilled": None,
        "mediations": [],
        "coupon": {"id": None, "amount": 0},
        "taxes": {"amount": None, "currency_id": None},
        "context": {"channel": "marketplace", "site": "MLB", "flows": []},
        "order_request": {"return": None, "change": None},
        "feedback": {"buyer": None, "seller": None},
        "status_detail": None,
    }
    return {"order": order, "shipment": _MERCADOLIBRE_SHIPMENT}


def _mercadolibre_line(index: int, *, full: bool) -> Json:
    item: Json = {
        "id": f"MLB{2_608_000_000 + index}",
        "title": "Chá verde 100g",
        "variation_id": None,
        "seller_sku": f"CHA-{index}",
    }
    line: Json = {
        "item": item,
        "quantity": 1,
        "unit_price": 50,
        "full_unit_price": 50,
        "currency_id": "BRL",
        "sale_fee": 6.5,
    }
    if full:
        item |= {
            "category_id": "MLB31447",
            "variation_attributes": [
                {"id": "SIZE", "name": "Tamanho", "value_id": "2282666", "value_name": "100 g"},
                {"id": "COLOR", "name": "Cor", "value_id": "52049", "value_name": "Verde"},
            ],
            "seller_custom_field": None,
            "warranty": "Sem garantia",
            "condition": "new",
            "global_price": None,
            "net_weight": None,
        }
        line |= {
            "requested_quantity": {"value": 1, "measure": "unit"},
            "picked_quantity": None,
            "manufacturing_days": None,
            "listing_type_id": "gold_special",
            "element_id": index,
            "base_currency_id": None,
            "base_exchange_rate": None,
        }
    return line


def _mercadolibre_payment(number: int, amount: int) -> Json:
    return {
        "id": 21_463_000_000 + number,
        "order_id": 2_000_003_500_000_000 + number,
        "status": "approved",
        "status_detail": "accredited",
        "payment_method_id": "account_money",
        "currency_id": "BRL",
        "installments": 1,
        "transaction_amount": amount,
        "transaction_amount_refunded": 0,
        "shipping_cost": 0,
        "date_approved": "2026-11-20T17:01:32.000-04:00",
        "date_last_modified": "2026-11-20T17:01:44.000-04:00",
    }


_MERCADOLIBRE_SHIPMENT: Json = {
    "id": 41_297_000_001,
    "status": "ready_to_ship",
    "substatus": "printed",
    "tracking_number": "BR000000001",
    "tracking_method": "Correios",
    "last_updated": "2026-11-21T09:00:00.000-04:00",
    "logistic": {"mode": "me2", "type": "drop_off", "direction": "forward"},
    "lead_time": {"cost": 0, "currency_id": "BRL", "shipping_method": {"id": 100009, "type": "standard", "name": "Normal"}},
    "destination": {
        "receiver_id": 100_000_002,
        "receiver_name": "Compradora de Teste",
        "receiver_phone": "XXXXXXX",
        "shipping_address": {
            "address_line": "Rua Exemplo 12",
            "street_name": "Rua Exemplo",
            "street_number": "12",
            "zip_code": "01001000",
            "city": {"id": None, "name": "São Paulo"},
            "state": {"id": "BR-SP", "name": "São Paulo"},
            "country": {"id": "BR", "name": "Brasil"},
            "neighborhood": {"id": None, "name": "Centro"},
        },
    },
}


def generic(lines: int, full: bool, number: int = 1) -> Json:
    """Canonical JSON as a shop's own system hands it in: every field is read."""
    order: Json = {
        "order_id": f"E-{number}",
        "status": "paid",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": 5000 * lines, "discount_seller": 0, "discount_platform": 0, "shipping": 0, "tax": 0, "other": 0,
                    "total": 5000 * lines, "paid": 5000 * lines, "refunded": 0},
        "placed_at": "2026-11-20T16:00:00.250Z",
        "paid_at": "2026-11-21T00:01:00+08:00",
        "updated_at": "2026-11-20T16:05:00Z",
        "buyer": {"id": f"b-{number}", "nickname": "茶客"},
        "lines": [
            {"line_id": str(index), "product_id": f"p-{(number * 7 + index) % 200}", "merchant_sku": f"TEA-{index}",
             "title": "春茶 100 g", "quantity": 1, "unit_price": 5000, "discount": 0}
            for index in range(lines)
        ],
    }  # fmt: skip
    if full:
        order |= {
            "order_no": f"NO-{number}",
            "refund_status": "none",
            "test": False,
            "ship_to": {"name": "李小雅", "country": "CN", "province": "浙江省", "city": "杭州市", "district": "西湖区",
                        "address": "文三路 9 号", "postcode": "310000"},
            "shipments": [{"carrier": "SF", "tracking_no": "SF100"}],
            "attribution": {"source": "erp", "coupons": ["SPRING"]},
            "extra": {"warehouse": "HZ-2"},
        }  # fmt: skip
    return order


MAKERS: dict[str, Callable[[int, bool], Json]] = {
    "shopify": shopify,
    "douyin": douyin,
    "mercadolibre": mercadolibre,
    "generic": generic,
    "woocommerce": woocommerce,
    "magento": magento,
    "shopee": shopee,
    "lazada": lazada,
    "tiktokshop": tiktokshop,
    "aliexpress": aliexpress,
    "ebay": ebay,
    "amazon": amazon,
}
