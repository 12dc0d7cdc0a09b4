"""Every test that takes `engine` runs on moto and on DynamoDB Local."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functional.replay.letters import LocalPost, Post, SqsPost


@pytest.fixture(params=["sqs", "local"])
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """One after the other."""
    if request.param == "sqs":
        request.getfixturevalue("moto_engine")
        made = SqsPost()
        yield made
        for url in made.urls.values():
            made.sqs.delete_queue(QueueUrl=url)
        return
    local = LocalPost()
    yield local
    local.queues.close()
