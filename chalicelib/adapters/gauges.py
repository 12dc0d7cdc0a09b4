"""How full SQS's queues are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.health import QueueDepth
from chalicelib.errors import Retriable

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

    from chalicelib.ports import Clock

COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
LOOKED_BACK = timedelta(minutes=10)  # SQS tells ages to CloudWatch each minute, some minutes late


class SqsGauges:
    """Gauges on SQS: counts of its own, ages from CloudWatch. Whoever may not ask CloudWatch gets the counts without ages.

    `cloudwatch` None: it is not asked at all.
    """

    def __init__(self, sqs: SQSClient, cloudwatch: Any, urls: Mapping[str, str], clock: Clock) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._urls = urls
        self._clock = clock

    def depths(self) -> list[QueueDepth]:
        """See the port."""
        try:
            counts = {name: self._counts(url) for name, url in self._urls.items()}
        except (ClientError, BotoCoreError) as error:
            raise Retriable("queue-unavailable", type(error).__name__) from error
        ages = self._ages([name for name, told in counts.items() if any(told)])
        return [QueueDepth(name, *told, ages.get(name), dead=name.endswith("-dead")) for name, told in counts.items()]

    def _counts(self, url: str) -> tuple[int, int, int]:
        told: Mapping[str, str] = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))["Attributes"]  # type: ignore[assignment,arg-type]  # names as plain text
        waiting, in_flight, delayed = (int(told.get(name, "0")) for name in COUNTS)
        return waiting, in_flight, delayed

    def _ages(self, names: list[str]) -> dict[str, datetime]:
        """When the oldest message was sent, of the queues that hold any."""
        if not names or self._cloudwatch is None:
            return {}
        now = self._clock.now()
        try:
            told = self._cloudwatch.get_metric_data(
                MetricDataQueries=[_query(f"q{index}", self._urls[name]) for index, name in enumerate(names)],
                StartTime=now - LOOKED_BACK,
                EndTime=now,
                ScanBy="TimestampDescending",
            )
        except (ClientError, BotoCoreError):  # the counts are worth telling without ages
            return {}
        latest = {each["Id"]: each["Values"][0] for each in told["MetricDataResults"] if each.get("Values")}
        return {name: now - timedelta(seconds=latest[f"q{index}"]) for index, name in enumerate(names) if f"q{index}" in latest}


def _query(name: str, url: str) -> Any:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
    }
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
