"""Orders of Shopee, Lazada, TikTok Shop and AliExpress as their APIs tell them: most fields nobody reads. All invented."""

from __future__ import annotations

from benchmarks.shopify_bodies import Json


def shopee(lines: int, full: bool, number: int = 1) -> Json:
    """get_order_detail beside get_escrow_detail, as hydration puts them together. Money is JSON numbers."""
    name = f"261120TEA{number:05d}"
    paid = {"create_time": 1795253400, "update_time": 1795254400, "pay_time": 1795253900, "pickup_done_time": 0}
    order: Json = {
        "order_sn": name,
        "region": "SG",
        "currency": "SGD",
        "cod": False,
        "total_amount": 49 * lines + 1.99,
        "order_status": "READY_TO_SHIP",
        **paid,
        "buyer_user_id": 9_007_199_254_740_000 + number,
        "buyer_username": "****",
        "item_list": [_shopee_item(index, full=full) for index in range(lines)],
    }
    income: Json = {
        "buyer_total_amount": 49 * lines + 1.99,
        "original_price": 50 * lines,
        "seller_discount": lines,
        "shopee_discount": 0,
        "voucher_from_shopee": 0,
        "buyer_paid_shipping_fee": 1.99,
        "escrow_amount": 45 * lines,
        "items": [_shopee_share(index, full=full) for index in range(lines)],
    }
    escrow: Json = {"order_sn": name, "return_order_sn_list": [], "order_income": income}
    if full:
        boxes = [{"item_id": item["item_id"], "model_id": 2001, "model_quantity": 2} for item in order["item_list"]]
        package = {"package_number": "OFG1", "logistics_status": "LOGISTICS_READY", "shipping_carrier": "SPX", "item_list": boxes}
        order |= _SHOPEE_REST | {"package_list": [package]}
        escrow["order_income"] |= _SHOPEE_INCOME
        escrow["buyer_payment_info"] = _SHOPEE_PAYMENT
    return {"order": order, "returns": [], "escrow": escrow, "tracking": {}}


def _shopee_item(index: int, *, full: bool) -> Json:
    item: Json = {
        "item_id": 23_620_853_561 + index,
        "item_name": "Oolong tea, 250 g",
        "model_id": 2001,
        "model_sku": f"TEA-{index}",
        "model_quantity_purchased": 2,
        "model_original_price": 25,
        "model_discounted_price": 24.5,
    }
    if not full:
        return item
    return item | {
        "add_on_deal": False,
        "add_on_deal_id": 0,
        "image_info": {"image_url": "https://img.example.com/file/sg-11134207-7qukw-lf6guphtf6oad3_tn"},
        "is_b2c_owned_item": False,
        "is_prescription_item": False,
        "item_sku": "",
        "main_item": False,
        "model_name": "250 g (box)",
        "order_item_id": 23_620_853_561 + index,
        "product_location_id": ["SGZ"],
        "promotion_group_id": 0,
        "promotion_id": 779222207758537,
        "promotion_type": "product_promotion",
        "weight": 0.25,
        "wholesale": False,
    }


def _shopee_share(index: int, *, full: bool) -> Json:
    share: Json = {"item_id": 23_620_853_561 + index, "model_id": 2001, "original_price": 50, "discounted_price": 49}
    if not full:
        return share
    return share | {
        "item_name": "Oolong tea, 250 g",
        "item_sku": "",
        "model_name": "250 g (box)",
        "model_sku": f"TEA-{index}",
        "selling_price": 50,
        "seller_discount": 1,
        "shopee_discount": 0,
        "discount_from_coin": 0,
        "discount_from_voucher_shopee": 0,
        "discount_from_voucher_seller": 0,
        "activity_type": "",
        "activity_id": 0,
        "is_main_item": False,
        "quantity_purchased": 2,
        "is_b2c_shop_item": False,
        "ams_commission_fee": 0,
    }


_SHOPEE_REST: Json = {
    "actual_shipping_fee_confirmed": False,
    "buyer_cancel_reason": "",
    "buyer_cpf_id": None,
    "cancel_by": "",
    "cancel_reason": "",
    "days_to_ship": 2,
    "dropshipper": None,
    "dropshipper_phone": None,
    "estimated_shipping_fee": 5,
    "fulfillment_flag": "fulfilled_by_local_seller",
    "goods_to_declare": False,
    "invoice_data": None,
    "message_to_seller": "",
    "note": "",
    "note_update_time": 0,
    "payment_method": "Card",
    "recipient_address": {
        "city": "", "district": "", "full_address": "Ex******", "name": "W******n", "phone": "******64", "region": "SG",
        "state": "", "town": "", "zipcode": "018956",
    },
    "reverse_shipping_fee": 0,
    "ship_by_date": 1795426200,
    "shipping_carrier": "SPX",
    "split_up": False,
}  # fmt: skip
_SHOPEE_INCOME: Json = {
    "cost_of_goods_sold": 49, "original_cost_of_goods_sold": 50, "original_shopee_discount": 0, "voucher_from_seller": 0,
    "coins": 0, "buyer_transaction_fee": 0, "cross_border_tax": 0, "payment_promotion": 0, "commission_fee": 1.2,
    "service_fee": 0.8, "drc_adjustable_refund": 0, "escrow_tax": 0, "final_escrow_product_gst": 0, "final_product_protection": 0,
    "final_shipping_fee": -1.2, "actual_shipping_fee": 0, "order_chargeable_weight": 250, "reverse_shipping_fee": 0,
    "seller_coin_cash_back": 0, "seller_lost_compensation": 0, "seller_return_refund": 0, "seller_shipping_discount": 0,
    "seller_transaction_fee": 0.9, "shopee_shipping_rebate": 1.2, "campaign_fee": 0, "buyer_payment_method": "Card",
    "instalment_plan": "", "credit_card_promotion": 0, "credit_card_transaction_fee": 0,
}  # fmt: skip
_SHOPEE_PAYMENT: Json = {
    "buyer_payment_method": "Card", "buyer_service_fee": 0, "buyer_tax_amount": 0, "buyer_total_amount": 50.99,
    "credit_card_promotion": 0, "icms_tax_amount": 0, "import_tax_amount": 0, "initial_buyer_txn_fee": 0, "insurance_premium": 0,
    "iof_tax_amount": 0, "is_paid_by_credit_card": True, "merchant_subtotal": 50, "seller_voucher": 0, "shipping_fee": 1.99,
    "shipping_fee_sst_amount": 0, "shopee_coins_redeemed": 0, "shopee_voucher": 0,
}  # fmt: skip


def lazada(lines: int, full: bool, number: int = 1) -> Json:
    """order/get beside order/items/get, one row for each unit. Money is decimal text."""
    at = {"created_at": "2026-11-20 16:00:00 +0800", "updated_at": "2026-11-20 16:31:05 +0800"}
    order: Json = {
        "order_id": str(9_260_422_900_000_000_000 + number),
        "statuses": ["pending"],
        "price": f"{50 * lines}.00",
        "shipping_fee": "5.00",
        "voucher_seller": f"{lines}.00",
        "voucher_platform": "0.00",
        **at,
    }
    rows = [{**_lazada_row(index, number, full=full), **at} for index in range(lines)]
    rows[0]["shipping_amount"] = "5.00"
    return {"order": order | (_LAZADA_REST if full else {}), "items": rows}


def _lazada_row(index: int, number: int, *, full: bool) -> Json:
    row: Json = {
        "order_item_id": str(260_422_900_298_300 + index),
        "order_id": str(9_260_422_900_000_000_000 + number),
        "status": "pending",
        "currency": "SGD",
        "item_price": "50.00",
        "paid_price": "49.00",
        "shipping_amount": "0.00",
        "tax_amount": "0.00",
        "voucher_seller": "1.00",
        "sku": f"TEA-{index}",
        "sku_id": str(9_541_954_106 + index),
        "name": "Oolong tea, 250 g",
        "buyer_id": "1001916603",
    }
    return row | {"product_id": str(2_306_372_942 + index), **_LAZADA_ROW_REST} if full else row


_LAZADA_ADDRESS: Json = {
    "country": "Singapore", "address1": "1 Example Road, #02-03", "address2": "", "address3": "Central", "address4": "Singapore",
    "address5": "Bishan", "phone": "65****67", "phone2": "", "city": "Singapore-Singapore-570001", "post_code": "570001",
    "first_name": "M******n", "last_name": "",
}  # fmt: skip
_LAZADA_REST: Json = {
    "order_number": "9260422900000000001", "items_count": 1, "shipping_fee_original": "5.00",
    "shipping_fee_discount_seller": "0.00",
    "shipping_fee_discount_platform": "0.00", "voucher": "1.00", "voucher_code": "91471122422003", "payment_method": "MIXEDCARD",
    "customer_first_name": "M******n", "customer_last_name": "", "gift_option": "0", "gift_message": "",
    "address_updated_at": "null", "extra_attributes": "null", "address_shipping": _LAZADA_ADDRESS,
    "address_billing": _LAZADA_ADDRESS, "national_registration_number": "", "branch_number": "", "tax_code": "", "remarks": "",
    "delivery_info": "", "promised_shipping_times": "", "warehouse_code": "dropshipping",
}  # fmt: skip
_LAZADA_ROW_REST: Json = {
    "voucher_seller_lpi": "0.00", "voucher_platform": "0.00", "voucher_platform_lpi": "0.00", "voucher_amount": "1.00",
    "wallet_credits": "0.00", "shop_sku": "2306372942_SGAMZ-9541954106", "variation": "250 g", "shipment_provider": "LEX SG",
    "tracking_code": "", "tracking_code_pre": "", "package_id": "", "payment_time": "1795161664000", "order_type": "Normal",
    "stage_pay_status": "null", "is_digital": 0, "reason": "", "reason_detail": "", "return_status": "",
    "is_cancel_pending": "false", "need_cancel_confirm": "false", "sla_time_stamp": "2026-11-22T23:59:59+08:00",
    "show_giftwrapping_tag": "false", "purchase_order_id": "", "voucher_code_seller": "", "voucher_code": "91471122422003",
    "biz_group": "70100", "voucher_code_platform": "", "purchase_order_number": "", "gift_wrapping": "",
    "schedule_delivery_start_timeslot": "", "schedule_delivery_end_timeslot": "", "invoice_number": "",
    "show_personalization_tag": "false", "can_escalate_pickup": "false", "cancel_return_initiator": "null-null", "is_reroute": "0",
    "shop_id": "Acme Tea", "order_flag": "NORMAL", "is_fbl": "0", "delivery_option_sof": "0", "fulfillment_sla": "",
    "product_main_image": "https://img.example.com/p/3/oolong-tea-7699-09550735-catalog.jpg",
    "product_detail_url": "https://www.example.com/products/i535590.html", "warehouse_code": "dropshipping",
    "promised_shipping_time": "", "shipping_type": "Dropshipping", "supply_price": "0", "mp3_order": False,
    "shipping_fee_discount_platform": "0.00", "personalization": "", "reverse_order_id": "", "shipping_provider_type": "standard",
    "shipping_fee_original": "0.00", "shipping_service_cost": "0", "shipping_fee_discount_seller": "0.00", "semi_managed": False,
    "priority_fulfillment_tag": "", "supply_price_currency": "", "digital_delivery_info": "", "extra_attributes": "null",
}  # fmt: skip


def tiktokshop(lines: int, full: bool, number: int = 1) -> Json:
    """Get Order Detail, one row for each unit. Money is decimal text."""
    order: Json = {
        "id": str(9_576_461_413_000_000_000 + number),
        "user_id": "7021436810468230477",
        "status": "AWAITING_SHIPMENT",
        "payment": {
            "currency": "USD",
            "sub_total": f"{49 * lines}.00",
            "shipping_fee": "5.00",
            "seller_discount": f"{lines}.00",
            "platform_discount": "0",
            "total_amount": f"{52 * lines + 5}.00",
            "original_total_product_price": f"{50 * lines}.00",
            "original_shipping_fee": "5.00",
            "tax": f"{3 * lines}.00",
        },
        "create_time": 1795161600,
        "paid_time": 1795161660,
        "update_time": 1795161700,
        "line_items": [_tiktokshop_line(index, full=full) for index in range(lines)],
    }
    if full:
        order["payment"] |= _TIKTOKSHOP_PAYMENT
    return {"order": order | (_TIKTOKSHOP_REST if full else {})}


def _tiktokshop_line(index: int, *, full: bool) -> Json:
    line: Json = {
        "id": str(577_086_512_123_755_100 + index),
        "sku_id": str(2_729_382_476_852_921_000 + index),
        "product_id": str(1_729_582_718_312_380_000 + index),
        "product_name": "Crochet cardigan",
        "original_price": "50.00",
        "sale_price": "49.00",
        "platform_discount": "0",
        "seller_discount": "1.00",
        "display_status": "AWAITING_SHIPMENT",
        "seller_sku": f"CARD-{index}",
    }
    return line | _TIKTOKSHOP_LINE_REST if full else line


_TIKTOKSHOP_LINE_REST: Json = {
    "sku_name": "Yellow, M",
    "sku_image": "https://images.example.com/tos-maliva-d-o5syd03w52-us/46123e87d14f40b69b839",
    "currency": "USD",
    "package_id": "1153132168123859123",
    "is_gift": False,
    "shipping_provider_id": "6617675021119438849",
    "shipping_provider_name": "",
    "tracking_number": "",
    "sku_type": "NORMAL",
    "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": "3.00", "tax_rate": "0.0612"}],
    "package_status": "TO_FULFILL",
    "rts_time": 1795248000,
    "small_order_fee": "0",
    "retail_delivery_fee": "0",
    "buyer_service_fee": "0",
    "handling_duration_days": "2",
    "is_dangerous_good": False,
    "needs_prescription": False,
    "gift_retail_price": "",
    "combined_listing_skus": [],
    "unboxing_case_list": [],
    "product_listing_type": "STANDARD",
}
_TIKTOKSHOP_PAYMENT: Json = {
    "payment_platform_discount": "0", "payment_discount_service_fee": "0", "shipping_fee_seller_discount": "0",
    "shipping_fee_platform_discount": "0", "shipping_fee_cofunded_discount": "0", "small_order_fee": "0", "shipping_fee_tax": "0",
    "retail_delivery_fee": "0", "buyer_service_fee": "0", "handling_fee": "0", "shipping_insurance_fee": "0",
    "item_insurance_fee": "0", "item_insurance_tax": "0", "distance_shipping_fee": "0", "distance_fee": "0",
}  # fmt: skip
_TIKTOKSHOP_REST: Json = {
    "recipient_address": {
        "full_address": "1 Example Street", "phone_number": "(+1)213-***-1234", "name": "A***", "first_name": "A***",
        "last_name": "", "region_code": "US", "postal_code": "95110", "address_line1": "1 Exa*****",
        "address_line2": "", "address_line3": "", "address_line4": "", "address_detail": "1 Exa*****",
        "district_info": [
            {"address_level": "L0", "address_level_name": "Country", "address_name": "United States", "iso_code": "US"},
            {"address_level": "L1", "address_level_name": "State", "address_name": "California", "iso_code": "CA"},
            {"address_level": "L2", "address_level_name": "County", "address_name": "Santa Clara"},
            {"address_level": "L3", "address_level_name": "City", "address_name": "San Jose"},
        ],
        "delivery_preferences": {"drop_off_location": ""},
    },
    "buyer_email": "v2b2V5@chat.seller.tiktok.com", "buyer_nickname": "reader213123", "buyer_message": "",
    "packages": [{"id": "1153132168123859123"}], "fulfillment_type": "FULFILLMENT_BY_SELLER", "shipping_type": "TIKTOK",
    "tts_sla_time": 1795421100, "rts_sla_time": 1795421100, "cancel_order_sla_time": 1795593900, "delivery_sla_time": 1795766700,
    "shipping_due_time": 1795421100, "collection_due_time": 1795421100, "delivery_due_time": 1795766700,
    "delivery_type": "HOME_DELIVERY", "is_cod": False, "is_sample_order": False, "is_buyer_request_cancel": False,
    "is_on_hold_order": False, "is_replacement_order": False, "is_exchange_order": False, "is_subscription_order": False,
    "warehouse_id": "6955005333819123123", "split_or_combine_tag": "", "has_updated_recipient_address": False, "cpf": "",
    "delivery_option_id": "7091146663229654785", "delivery_option_name": "Standard shipping", "payment_method_name": "Card",
    "payment_method_code": "pm_pi_ccdc_visa_c_d", "commerce_platform": "TIKTOK_SHOP", "order_type": "NORMAL",
    "buyer_avatar": "https://images.example.com/tos-maliva-d-o5syd03w52-us/46123e87d14f40b69b839",
}  # fmt: skip


def aliexpress(lines: int, full: bool, number: int = 1) -> Json:
    """The answer of findorderbyid. Every amount comes four times: as text, as cents, and in a currency that is spelled out."""
    target: Json = {
        "id": 8_190_000_000_000_000 + number,
        "order_status": "WAIT_SELLER_SEND_GOODS",
        "fund_status": "PAY_SUCCESS",
        "gmt_create": "2026-11-20 00:00:00",
        "gmt_pay_success": "2026-11-20 00:01:10",
        "gmt_modified": "2026-11-20 00:02:00",
        "order_amount": _aliexpress_money(50 * lines + 5, full=full),
        "init_oder_amount": _aliexpress_money(50 * lines + 5, full=full),
        "logistics_amount": _aliexpress_money(5, full=full),
        "child_order_list": {"aeop_tp_child_order_dto": [_aliexpress_line(index, full=full) for index in range(lines)]},
        "buyerloginid": "es1234567890abc",
    }
    return {"aliexpress_trade_new_redefining_findorderbyid_response": {"target": target | (_ALIEXPRESS_REST if full else {})}}


def _aliexpress_money(amount: int, *, full: bool) -> Json:
    money: Json = {"amount": f"{amount}.00", "currency_code": "USD"}
    if not full:
        return money
    currency = {"default_fraction_digits": 2, "currency_code": "USD", "symbol": "$"}
    return money | {"cent": amount * 100, "cent_factor": 100, "currency": currency}


def _aliexpress_line(index: int, *, full: bool) -> Json:
    line: Json = {
        "id": 8_190_000_000_000_100 + index,
        "product_id": 1_005_001_234_567_000 + index,
        "sku_code": f"KETTLE-{index}",
        "product_name": "Enamel kettle",
        "product_count": 2,
        "product_price": _aliexpress_money(25, full=full),
        "init_order_amt": _aliexpress_money(50, full=full),
    }
    if not full:
        return line
    sku = '{"sku":[{"pId":14,"pName":"Color","pValue":"Blue","pValueId":173,"selfDefineValue":"blue"}]}'
    return line | {
        "child_order_id": str(8_190_000_000_000_100 + index),
        "product_unit": "piece",
        "lot_num": 1,
        "logistics_amount": _aliexpress_money(0, full=True),
        "product_attributes": sku,
        "product_img_url": "https://img.example.com/kf/S0f1e2d3c4b5a69788796a5b4c3d2e1f0.jpg",
        "product_snap_url": "https://www.example.com/snapshot/null.html?orderId=8190000000000001",
        "order_status": "WAIT_SELLER_SEND_GOODS",
        "fund_status": "PAY_SUCCESS",
        "frozen_status": "NO_FROZEN",
        "issue_status": "NO_ISSUE",
        "snapshot_id": 1_160_045_860_056_286,
        "goods_prepare_time": 3,
        "logistics_type": "CAINIAO_STANDARD",
        "escrow_fee_rate": "0.08",
        "afflicate_fee_rate": "0.03",
    }


_ALIEXPRESS_REST: Json = {
    "logistics_status": "WAIT_SELLER_SEND_GOODS", "issue_status": "NO_ISSUE", "frozen_status": "NO_FROZEN", "biz_type": "AE_COMMON",
    "settlement_currency": "USD", "pay_amount_by_settlement_cur": "55.00", "payment_type": "MIXEDCARD", "is_phone": False,
    "seller_operator_aliid": 221_000_001, "seller_operator_login_id": "es10000001", "seller_signer_fullname": "Acme Example",
    "buyer_signer_fullname": "T** Example", "order_end_reason": "", "order_detail_url": "https://trade.example.com/order_detail.htm",
    "child_order_ext_info_list": {
        "aeop_tp_order_product_info_dto": [{"product_id": 1_005_001_234_567_000, "product_name": "Enamel kettle", "quantity": 2}]
    },
    "logistic_info_list": {}, "opr_log_dto_list": {}, "over_time_left": "2026-11-25 00:02:00", "escrow_fee_rate": 0.08,
    "buyer_info": {"login_id": "es1234567890abc", "first_name": "T**", "last_name": "Example", "country": "ES"},
    "receipt_address": {
        "contact_person": "T** E******", "detail_address": "Calle de Ejemplo *", "address2": "", "city": "Madrid",
        "province": "Comunidad de Madrid", "country": "ES", "zip": "28001", "phone_country": "+34", "mobile_no": "6*******9",
    },
    "oaid": "Xo1a2b3c",
}  # fmt: skip
