"""Robots in chat groups (DingTalk, Feishu and Lark, WeCom): notices and nothing else. Documentation: docs/connectors/robots.md."""

from connectors.robots.connector import CONNECTOR

__all__ = ["CONNECTOR"]
