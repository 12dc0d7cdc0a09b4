"""Text messages: Aliyun SMS, and the delivery events of AWS End User Messaging. Documentation: docs/connectors/sms.md."""

from connectors.sms.connector import CONNECTOR

__all__ = ["CONNECTOR"]
