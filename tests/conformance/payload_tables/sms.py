"""Answers, reports and events of text messages."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "aliyun_smsreport.json": Told("message", "permanent"),  # a push proves nothing, and its number is masked
    "aliyun_smsreport_intl.json": Told("message", "permanent"),
    "aliyun_smsup.json": Told("buyer", "permanent"),  # a list: its rows are events
    "aliyun_querysenddetails.json": Told("message", "permanent"),  # tells no BizId: read with the one it was asked for
    "aliyun_querysenddetails.xml": Told("message", "permanent"),
    "aliyun_sendsms_ok.json": Told("message", "permanent"),
    "aliyun_sendsms_limit_day10.json": Told("message", "permanent"),
    "aliyun_sendsms_signature_illegal.json": Told("message", "permanent"),
    "aliyun_push_ack.json": Told("message", "permanent"),
    "aliyun_rpc_v1_vectors.json": Told("message", "permanent"),  # the older signature, which is not used
    "aliyun_v3_vector.json": Told("message", "permanent"),  # tests/unit/connectors/test_sms_api.py
    "aws_sms_event_text_successful.json": Told("message", "accept"),
    "aws_sms_two_way_inbound.json": Told("buyer", "skippable"),
    "aws_sns_sms_log_failure.json": Told("message", "permanent"),  # of SNS itself, which is not used
    "aws_sns_sms_log_success.json": Told("message", "permanent"),
}
