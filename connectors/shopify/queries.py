"""The GraphQL documents. Field names follow the Admin API's schema; the ones not confirmed are listed in the documentation."""

from __future__ import annotations

_SHOP = "{shopMoney{amount currencyCode}}"

LINES = (
    "pageInfo{hasNextPage endCursor} nodes{id sku title quantity product{id} variant{id} "
    f"originalUnitPriceSet{_SHOP} discountAllocations{{allocatedAmountSet{_SHOP}}}}}"
)

ORDER = f"""
id legacyResourceId name createdAt updatedAt processedAt cancelledAt closedAt currencyCode presentmentCurrencyCode
test taxesIncluded displayFinancialStatus displayFulfillmentStatus returnStatus email phone paymentGatewayNames discountCodes
totalDiscountsSet{_SHOP} totalShippingPriceSet{_SHOP} totalTaxSet{_SHOP} totalTipReceived{{amount currencyCode}}
originalTotalDutiesSet{_SHOP} totalPriceSet{_SHOP} currentTotalPriceSet{_SHOP} totalReceivedSet{_SHOP}
customer{{id displayName}}
shippingAddress{{name phone address1 address2 city province provinceCode zip countryCodeV2}}
shippingLines(first:5){{nodes{{originalPriceSet{_SHOP} discountedPriceSet{_SHOP}}}}}
lineItems(first:50){{{LINES}}}
fulfillments{{id status displayStatus createdAt deliveredAt trackingInfo{{company number}}}}
refunds{{id createdAt note totalRefundedSet{_SHOP} transactions(first:5){{nodes{{kind status processedAt amountSet{_SHOP}}}}}}}
transactions(first:25){{kind status processedAt amountSet{_SHOP}}}
"""

ORDERS = f"""query($q:String!,$first:Int!,$after:String){{
orders(first:$first, after:$after, sortKey:UPDATED_AT, query:$q){{pageInfo{{hasNextPage endCursor}} nodes{{{ORDER}}}}}}}"""

ONE_ORDER = f"query($id:ID!){{order(id:$id){{{ORDER}}}}}"

MORE_LINES = f"query($id:ID!,$after:String){{order(id:$id){{lineItems(first:250, after:$after){{{LINES}}}}}}}"

ORDER_OF = """query($id:ID!){node(id:$id){... on Refund{order{id}} ... on Fulfillment{order{id}}}}"""

CUSTOMER = """query($id:ID!){customer(id:$id){legacyResourceId
emailMarketingConsent{marketingState consentUpdatedAt} smsMarketingConsent{marketingState consentUpdatedAt}}}"""
