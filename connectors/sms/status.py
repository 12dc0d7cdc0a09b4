"""Vocabularies as data. Sources: [docs] help.aliyun.com and docs.aws.amazon.com by page, [memory]."""

from __future__ import annotations

# Code of an answer of Aliyun's [docs 101346].
THROTTLED = ("Throttling", "isv.QPS")  # beginnings
UNAVAILABLE = frozenset({"isp.SYSTEM_ERROR", "ServiceUnavailable", "InternalError"})
LIMITED = "isv.BUSINESS_LIMIT_CONTROL"
LIMITS: dict[str, int] = {"分钟级": 60, "小时级": 3_600}  # of a number, by the words of the message; a day's is for good
MISCONFIGURED: dict[str, str] = {
    "isv.DAY_LIMIT_CONTROL": "quota-used",
    "isv.MONTH_LIMIT_CONTROL": "quota-used",
    "isv.AMOUNT_NOT_ENOUGH": "balance-too-low",
    "isv.OUT_OF_SERVICE": "account-suspended",
    "isv.PRODUCT_UN_SUBSCRIPT": "account-suspended",
    "isv.PRODUCT_UNSUBSCRIBE": "account-suspended",
    "isv.ACCOUNT_NOT_EXISTS": "account-suspended",
    "isv.ACCOUNT_ABNORMAL": "account-suspended",
    "isv.SMS_SIGNATURE_ILLEGAL": "sign-name-refused",
    "isv.SMS_SIGN_ILLEGAL": "sign-name-refused",
    "isv.SIGN_STATE_ILLEGAL": "sign-name-refused",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "sign-name-refused",
    "isv.DENY_IP_RANGE": "address-not-trusted",
    "isp.RAM_PERMISSION_DENY": "permission-missing",
    "SignatureDoesNotMatch": "signature-refused",
    "InvalidAccessKeyId.NotFound": "access-key-refused",
    "InvalidTimeStamp.Expired": "clock-refused",
    "SignatureNonceUsed": "signature-refused",
}
RECIPIENT_REFUSED = frozenset(
    {"isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_LIST"}
)
TEMPLATE_REFUSED = frozenset(
    {
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_CONTENT_ILLEGAL",
    }
)

# SendStatus of QuerySendDetails [docs 419277]; a number, also as text.
WAITING, FAILED, DELIVERED = 1, 2, 3
STATES: dict[int, str] = {WAITING: "sent", FAILED: "failed", DELIVERED: "delivered"}
ARRIVED = frozenset({"DELIVERED", "DELIVRD"})  # in reports, in details

# eventType of AWS [docs nx-features-messaging-events]; what is pending says nothing yet.
AWS_STATES: dict[str, str] = {
    "TEXT_SUCCESSFUL": "sent",  # the carrier has it; a later one may tell more
    "TEXT_DELIVERED": "delivered",
    "TEXT_INVALID": "failed",
    "TEXT_INVALID_MESSAGE": "failed",
    "TEXT_BLOCKED": "failed",
    "TEXT_CARRIER_BLOCKED": "failed",
    "TEXT_SPAM": "failed",
    "TEXT_PROTECT_BLOCKED": "failed",
    "TEXT_UNREACHABLE": "failed",
    "TEXT_CARRIER_UNREACHABLE": "failed",
    "TEXT_TTL_EXPIRED": "failed",
    "TEXT_UNKNOWN": "failed",
}
# Of these alone the number itself is at fault, for good [docs]: the others may be off, blocked or slow today.
AWS_NO_NUMBER = frozenset({"TEXT_INVALID"})
AWS_PENDING = frozenset({"TEXT_PENDING", "TEXT_QUEUED"})
