"""WeCom (企业微信): customers as members, tags, group-send tasks, welcome messages. Documentation: docs/connectors/wecom.md."""

from connectors.wecom.connector import CONNECTOR

__all__ = ["CONNECTOR"]
