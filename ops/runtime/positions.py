"""How far a stream reader is, kept across restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path


class Positions:
    """How far a reader is, per shard: sequence number of the last record done with. `path` None: in memory.

    The file is replaced at each step but not flushed to disk: after a power cut a reader begins a little too early, and
    records come again.
    """

    def __init__(self, arn: str, path: Path | None = None) -> None:
        self._arn = arn
        self._path = path
        self._shards: dict[str, str] = self._load()

    def get(self, shard_id: str) -> str | None:
        """The last record done with, None at the beginning."""
        return self._shards.get(shard_id)

    def put(self, shard_id: str, sequence_number: str) -> None:
        """Remember."""
        if self._shards.get(shard_id) != sequence_number:
            self._shards[shard_id] = sequence_number
            self._save()

    def keep(self, shard_ids: set[str]) -> None:
        """Forget shards that the stream no longer lists."""
        self._shards = {shard_id: number for shard_id, number in self._shards.items() if shard_id in shard_ids}

    def _load(self) -> dict[str, str]:
        """Empty when there is no file, or it speaks of another stream: a table made anew has a new stream."""
        if self._path is None or not self._path.exists():
            return {}
        saved = json.loads(self._path.read_text())
        return dict(saved["shards"]) if saved["arn"] == self._arn else {}

    def _save(self) -> None:
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps({"arn": self._arn, "shards": self._shards}))
        os.replace(beside, self._path)  # noqa: PTH105  atomic, and says so
