"""Orders of eBay and Amazon as their APIs tell them: most fields nobody reads. All invented."""

from __future__ import annotations

from benchmarks.shopify_bodies import Json


def _usd(value: str) -> Json:
    return {"value": value, "currency": "USD"}


def ebay(lines: int, full: bool, number: int = 1) -> Json:
    """GET /order/{id} of the fulfilment API. Money is decimal text with its currency each time."""
    order: Json = {
        "orderId": f"12-{number:05d}-89012",
        "creationDate": "2026-11-20T16:00:00.250Z",
        "lastModifiedDate": "2026-11-20T16:05:00.000Z",
        "orderFulfillmentStatus": "NOT_STARTED",
        "orderPaymentStatus": "PAID",
        "sellerId": "acme-outlet",
        "buyer": {"username": "ada_example"},
        "pricingSummary": {
            "priceSubtotal": _usd(f"{50 * lines}.00"),
            "deliveryCost": _usd("5.00"),
            "total": _usd(f"{50 * lines + 5}.00"),
        },
        "paymentSummary": {"refunds": [], "payments": [{"paymentDate": "2026-11-20T16:00:00.500Z", "paymentStatus": "PAID"}]},
        "lineItems": [_ebay_line(index, full=full) for index in range(lines)],
    }
    if not full:
        return order
    order["pricingSummary"] |= {"priceDiscount": _usd(f"-{lines}.00"), "tax": _usd(f"{3 * lines}.00")}
    order["pricingSummary"]["total"] = _usd(f"{52 * lines + 5}.00")
    return order | _EBAY_REST


def _ebay_line(index: int, *, full: bool) -> Json:
    line: Json = {
        "lineItemId": str(1_000_123_456_789_000_000 + index),
        "legacyItemId": str(110_000_000_000 + index),
        "title": "Enamel mug",
        "sku": f"MUG-{index}",
        "quantity": 2,
        "lineItemCost": _usd("50.00"),
    }
    if not full:
        return line
    when = {"minEstimatedDeliveryDate": "2026-11-24T08:00:00.000Z", "maxEstimatedDeliveryDate": "2026-11-28T08:00:00.000Z"}
    return line | {
        "discountedLineItemCost": _usd("49.00"),
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": "EBAY_US",
        "purchaseMarketplaceId": "EBAY_US",
        "lineItemFulfillmentStatus": "NOT_STARTED",
        "total": _usd("52.00"),
        "deliveryCost": {"shippingCost": _usd("0.0")},
        "appliedPromotions": [{"promotionId": "9", "description": "Mugs", "discountAmount": _usd("1.00")}],
        "taxes": [{"amount": _usd("3.00"), "taxType": "STATE_SALES_TAX"}],
        "ebayCollectAndRemitTaxes": [{"taxType": "STATE_SALES_TAX", "amount": _usd("3.00"), "collectionMethod": "NET"}],
        "refunds": [],
        "properties": {"buyerProtection": True, "fromBestOffer": False, "soldViaAdCampaign": False},
        "lineItemFulfillmentInstructions": {**when, "shipByDate": "2026-11-23T07:59:59.000Z", "guaranteedDelivery": False},
        "itemLocation": {"location": "Shippington", "countryCode": "US", "postalCode": "40003"},
    }


_EBAY_CONTACT: Json = {"addressLine1": "1 Example Road", "city": "Shippington", "stateOrProvince": "KY", "postalCode": "40003"}
_EBAY_REST: Json = {
    "legacyOrderId": "110000000001-10001234567890",
    "buyer": {
        "username": "ada_example",
        "taxAddress": {"stateOrProvince": "KY", "postalCode": "40003", "countryCode": "US"},
        "buyerRegistrationAddress": {
            "fullName": "Ada Example",
            "contactAddress": {**_EBAY_CONTACT, "countryCode": "US"},
            "primaryPhone": {"phoneNumber": "+1 555 0100"},
            "email": "4f2c0d9e8b7a6c5d4e3f@members.ebay.com",
        },
    },
    "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
    "paymentSummary": {
        "totalDueSeller": _usd("48.10"),
        "refunds": [],
        "payments": [
            {
                "paymentMethod": "EBAY",
                "paymentReferenceId": "P-1",
                "paymentDate": "2026-11-20T16:00:00.500Z",
                "amount": _usd("48.10"),
                "paymentStatus": "PAID",
            }
        ],
    },
    "fulfillmentStartInstructions": [
        {
            "fulfillmentInstructionsType": "SHIP_TO",
            "minEstimatedDeliveryDate": "2026-11-24T08:00:00.000Z",
            "maxEstimatedDeliveryDate": "2026-11-28T08:00:00.000Z",
            "ebaySupportedFulfillment": False,
            "shippingStep": {
                "shipTo": {
                    "fullName": "Bo Example",
                    "contactAddress": {**_EBAY_CONTACT, "addressLine2": "Flat 3", "countryCode": "US"},
                    "primaryPhone": {"phoneNumber": "+1 555 0101"},
                    "email": "x@members.ebay.com",
                },
                "shippingCarrierCode": "USPS",
                "shippingServiceCode": "USPSPriority",
            },
        }
    ],
    "fulfillmentHrefs": [],
    "ebayCollectAndRemitTax": True,
    "salesRecordReference": "1001",
    "totalFeeBasisAmount": _usd("57.00"),
    "totalMarketplaceFee": _usd("5.40"),
}


def _amount(value: str) -> Json:
    return {"amount": value, "currencyCode": "USD"}


def _parts(**parts: str) -> list[Json]:
    return [{"type": name, "subtotal": _amount(value)} for name, value in parts.items()]


def amazon(lines: int, full: bool, number: int = 1) -> Json:
    """The answer of getOrder, version 2026-01-01. Money is decimal text, each time with its currency, by kind below each item."""
    less = {"DISCOUNT": f"-{lines}.00", "TAX": f"{3 * lines}.00"} if full else {}
    total = f"{(52 if full else 50) * lines + 6}.00"
    order: Json = {
        "orderId": f"114-{number:07d}-8901234",
        "createdTime": "2026-11-20T16:00:00Z",
        "lastUpdatedTime": "2026-11-20T16:30:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "buyer": {"buyerEmail": "a1b2c3d4e5f6g7@marketplace.amazon.com"},
        "proceeds": {"grandTotal": _amount(total), "breakdowns": _parts(ITEM=f"{50 * lines}.00", SHIPPING="6.00", **less)},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [_amazon_item(index, full=full) for index in range(lines)],
    }
    if full:
        order["fulfillment"] |= _AMAZON_WINDOWS
        order["buyer"]["buyerName"] = "Ada Example"
    return {"order": order | (_AMAZON_REST if full else {})}


def _amazon_item(index: int, *, full: bool) -> Json:
    shipping = {"SHIPPING": "6.00"} if index == 0 else {}
    item: Json = {
        "orderItemId": str(90_071_992_547_000_000 + index),
        "quantityOrdered": 2,
        "product": {
            "asin": f"B0{index:08d}",
            "title": "Enamel mug",
            "sellerSku": f"MUG-{index}",
            "price": {"unitPrice": _amount("25.00")},
        },
        "proceeds": {"breakdowns": _parts(ITEM="50.00", **shipping)},
    }
    if not full:
        return item
    item["product"] |= {
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW", "conditionNote": ""},
        "serialNumbers": [],
        "customization": None,
    }
    off = {"type": "DISCOUNT", "subtotal": _amount("-1.00"), "detailedBreakdowns": [{"subtype": "ITEM", "value": _amount("-1.00")}]}
    item["proceeds"] = {"proceedsTotal": _amount("52.00"), "breakdowns": [*_parts(ITEM="50.00", TAX="3.00", **shipping), off]}
    return item | {
        "programs": [],
        "fulfillment": {
            "quantityFulfilled": 0,
            "quantityUnfulfilled": 2,
            "packing": {"giftOption": {"giftMessage": "", "giftWrapLevel": ""}},
            "shipping": {"scheduledDeliveryWindow": None, "shippingConstraints": {"palletDelivery": None}},
        },
        "tax": {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}]},
        "promotion": {"breakdowns": [{"promotionId": "MUGS-10"}]},
    }


_AMAZON_WINDOWS: Json = {
    "fulfillmentServiceLevel": "STANDARD",
    "shipByWindow": {"earliestDateTime": "2026-11-21T08:00:00Z", "latestDateTime": "2026-11-24T07:59:59Z"},
    "deliverByWindow": {"earliestDateTime": "2026-11-25T08:00:00Z", "latestDateTime": "2026-11-30T07:59:59Z"},
    "labelPrintingWindow": {"earliestDateTime": "2026-11-21T08:00:00Z"},
}
_AMAZON_REST: Json = {
    "orderAliases": [{"aliasId": "SHOP-1001", "aliasType": "SELLER_ORDER_ID"}],
    "programs": ["PRIME"],
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER", "marketplaceName": "Amazon.com"},
    "recipient": {
        "deliveryAddress": {
            "name": "Bo Example",
            "companyName": "",
            "addressLine1": "2 Example Road",
            "addressLine2": "Flat 3",
            "addressLine3": "",
            "city": "Shippington",
            "districtOrCounty": "",
            "stateOrRegion": "KY",
            "municipality": "",
            "postalCode": "40003",
            "countryCode": "US",
            "phone": "+1 555 0101",
            "extendedFields": {"streetName": "Example Road", "streetNumber": "2", "complement": "Flat 3", "neighborhood": ""},
            "addressType": "RESIDENTIAL",
        },
        "deliveryPreference": {"dropOffLocation": "DOORMAN", "addressInstruction": "", "deliveryTime": None},
    },
    "packages": [],
}
