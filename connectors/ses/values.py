"""What every module of the connector shares."""

from __future__ import annotations

from typing import Final

from chalicelib.toolkit.loose import Reader

KEY = "ses"
READ = Reader(KEY)
CHANNEL: Final = "email"
TAG = "message"  # the mail tag that carries our reference
TOPIC_OPTION, SET_OPTION = "topic_arn", "configuration_set"
