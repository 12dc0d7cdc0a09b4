"""Taobao, Tmall and Xianyu: messages asked for by TMC, trades, refunds, ratings and answers through TOP."""

from connectors.taobao.connector import CONNECTOR

__all__ = ["CONNECTOR"]
