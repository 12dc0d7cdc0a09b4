"""Dead-letter queues on SQS, and the table's stream, read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.dead_letters import AT_ONCE, Letter
from chalicelib.errors import Retriable

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

TARGET = "TARGET_ARN"  # EventBridge's word for the queue that it could not reach (user guide, dead-letter queues)
WAIT_SECONDS = 2  # SQS asks only some of its servers when it may not wait, and then finds nothing where there is something


class SqsDeadLetters:
    """DeadLetterBox on SQS.

    `home` is the URL of the queue whose letters these are; None where there are several: each letter then says from which it
    comes, and only those of `sources` (ARNs) are sent back.
    """

    def __init__(
        self,
        client: Callable[[], SQSClient],
        url: str,
        *,
        home: str | None = None,
        sources: Sequence[str] = (),
        wait_seconds: int = WAIT_SECONDS,
    ) -> None:
        self._make = client
        self._client: SQSClient | None = None
        self._url = url
        self._home = home
        self._sources = frozenset(sources)
        self._wait = wait_seconds
        self._urls: dict[str, str] = {}

    def depth(self) -> int:
        """See the port."""
        told = self._call("get_queue_attributes", QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(told["Attributes"]["ApproximateNumberOfMessages"])

    def receive(self, limit: int, hidden: timedelta) -> list[Letter]:
        """See the port."""
        told = self._call(
            "receive_message",
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, AT_ONCE),
            VisibilityTimeout=int(hidden.total_seconds()),
            WaitTimeSeconds=self._wait,
            AttributeNames=["All"],
            MessageAttributeNames=[TARGET],
        )
        return [_letter(each) for each in told.get("Messages", ())]

    def send_back(self, letter: Letter) -> bool:
        """See the port."""
        url = self._home or self._home_of(letter.source)
        if url is None:
            return False
        self._call("send_message", QueueUrl=url, MessageBody=letter.body)
        return True

    def delete(self, letter: Letter) -> None:
        """See the port."""
        self._call("delete_message", QueueUrl=self._url, ReceiptHandle=letter.handle)

    def put_back(self, letters: Sequence[Letter]) -> None:
        """See the port."""
        for start in range(0, len(letters), AT_ONCE):
            entries = [
                {"Id": str(index), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
                for index, letter in enumerate(letters[start : start + AT_ONCE])
            ]
            try:
                self._call("change_message_visibility_batch", QueueUrl=self._url, Entries=entries)
            except Retriable:
                return

    def _home_of(self, source: str | None) -> str | None:
        """The URL of the queue that a letter came from, if it is one of those we know."""
        if source is None or source not in self._sources:
            return None
        if source not in self._urls:
            self._urls[source] = str(self._call("get_queue_url", QueueName=source.rpartition(":")[2])["QueueUrl"])
        return self._urls[source]

    def _call(self, action: str, **arguments: Any) -> Any:
        if self._client is None:
            self._client = self._make()
        try:
            return getattr(self._client, action)(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise Retriable("queue-unavailable", type(error).__name__) from error


def _letter(message: Mapping[str, Any]) -> Letter:
    told = message.get("Attributes", {})
    target = message.get("MessageAttributes", {}).get(TARGET, {}).get("StringValue")
    return Letter(
        id=message["MessageId"],
        handle=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC),
        receives=int(told.get("ApproximateReceiveCount", "0")),
        source=told.get("DeadLetterQueueSourceArn", target),
    )


class DynamoStream:
    """StreamRecords on DynamoDB's streams. `client` makes a `dynamodbstreams` client."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._make = client

    def read(self, arn: str, shard: str, first: str, last: str) -> list[Mapping[str, Any]] | None:
        """See the port. Sequence numbers are compared as numbers: DynamoDB Local pads them."""
        client = self._make()
        found: list[Mapping[str, Any]] = []
        try:
            where = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": first}
            iterator = client.get_shard_iterator(**where)["ShardIterator"]
            while iterator:
                page = client.get_records(ShardIterator=iterator, Limit=1000)
                wanted = [each for each in page["Records"] if int(first) <= _number(each) <= int(last)]
                found += wanted
                if not page["Records"] or _number(page["Records"][-1]) >= int(last):
                    break
                iterator = page.get("NextShardIterator")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("TrimmedDataAccessException", "ResourceNotFoundException"):
                return None
            raise Retriable("stream-unavailable", type(error).__name__) from error
        except BotoCoreError as error:
            raise Retriable("stream-unavailable", type(error).__name__) from error
        return found or None


def _number(record: Mapping[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])
