"""The local runtime: API Gateway, SQS, DynamoDB streams and schedules on one machine, calling the same handlers."""
