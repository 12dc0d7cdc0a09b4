"""Shapes of payloads, only the fields that are read."""

from __future__ import annotations

import msgspec

from chalicelib.toolkit.loose import Id

ABSENT = msgspec.Raw()


class Row(msgspec.Struct, gc=False):
    """An element of a push of Aliyun's: a report (`biz_id`), or what a person answered (`sequence_id`)."""

    phone_number: Id = None
    send_time: str | None = None
    report_time: str | None = None
    biz_id: Id = None
    content: str | None = None
    sequence_id: Id = None


class Answer(msgspec.Struct, gc=False):
    """What every call of Aliyun's answers."""

    Code: str | None = None
    Message: str | None = None
    BizId: Id = None


class RawDetails(msgspec.Struct, gc=False):
    """The list within QuerySendDetails, as it came."""

    SmsSendDetailDTO: list[msgspec.Raw] | None = None


class Queried(msgspec.Struct, gc=False):
    """QuerySendDetails."""

    SmsSendDetailDTOs: RawDetails | None = None


class Detail(msgspec.Struct, gc=False):
    """One message in QuerySendDetails; times are local without a zone."""

    PhoneNum: Id = None
    SendStatus: Id = None
    ErrCode: str | None = None
    ReceiveDate: str | None = None
    SendDate: str | None = None
    OutId: str | None = None


class Context(msgspec.Struct, gc=False):
    """What travelled along with a message of AWS's."""

    message: str | None = None


class Record(msgspec.Struct, gc=False):
    """A document of ours (`biz_id` and `details`), an answer, or a record of AWS's; SNS puts an envelope around it."""

    biz_id: Id = None
    details: list[Detail] | None = None
    phone_number: Id = None
    content: str | None = None
    send_time: str | None = None
    sequence_id: Id = None
    Type: str | None = None
    Message: str | None = None
    eventType: str | None = None
    eventTimestamp: Id = None
    messageId: str | None = None
    context: Context | None = None
    originationPhoneNumber: str | None = None
    destinationPhoneNumber: str | None = None
    originationNumber: str | None = None
    destinationNumber: str | None = None
    messageBody: str | None = None
    inboundMessageId: str | None = None
