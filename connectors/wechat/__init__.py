"""WeChat: WeChat Store (微信小店), mini-program messages, official account. Documentation: docs/connectors/wechat.md."""

from connectors.wechat.connector import CONNECTOR

__all__ = ["CONNECTOR"]
