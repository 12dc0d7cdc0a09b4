"""What every module of the connector shares."""

from __future__ import annotations

from chalicelib.toolkit.loose import Reader

KEY = "tiktokshop"
READ = Reader(KEY)
