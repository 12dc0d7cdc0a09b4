"""Stands for the `aws` command: plays CloudFormation and S3 over a folder. On the PATH as a script, or called by a test.

The folder holds `script.json` (what AWS plays), `calls` (a line a call), `deployed` and `proposed` (URLs of templates), and `s3/`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/huitou-dev/1"
CHANGE = ("Action", "LogicalResourceId", "ResourceType", "Replacement")
FUNCTION = ["Modify", "Normalise", "AWS::Lambda::Function", "False"]


class Refused(Exception):
    """The command ends with an error."""


class FakeAws:
    """One call."""

    def __init__(self, home: Path, words: Sequence[str]) -> None:
        self.home, self.words = home, list(words)
        self.script: dict[str, Any] = json.loads((home / "script.json").read_text())

    def play(self) -> Any:
        """Its answer, or Refused."""
        with (self.home / "calls").open("a") as calls:
            calls.write(json.dumps(self.words) + "\n")
        name = self.words[0] if self.words[0] == "s3" else self.words[1]
        act: Callable[[], Any] = getattr(self, "on_" + name.replace("-", "_"))
        return act() or {}

    def option(self, name: str) -> str:
        """The word behind an option."""
        return self.words[self.words.index(name) + 1] if name in self.words else ""

    def place(self, url: str) -> Path:
        """Where an object lies, by any of its addresses."""
        host, _, path = url.split("//", 1)[1].partition("/")
        return self.home / "s3" / host.split(".")[0] / path

    def on_s3(self) -> None:
        source, target = (self.place(each) if each.startswith("s3://") else Path(each) for each in self.words[2:4])
        if "--recursive" in self.words:
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(self.option("--exclude")))
            return
        if not source.exists():
            raise Refused("fatal error: An error occurred (404) when calling the HeadObject operation: Not Found")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def on_describe_stacks(self) -> Any:
        if not (self.home / "deployed").exists():
            raise Refused("An error occurred (ValidationError): Stack with id huitou-dev does not exist")
        told = {"Bucket": "data", "EndpointURL": self.script["url"], "APIHandlerName": "api"}
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in told.items()]
        return {"Stacks": [{"StackStatus": self.script.get("status", "UPDATE_COMPLETE"), "Outputs": outputs}]}

    def on_package(self) -> None:
        shutil.copy(self.option("--template-file"), self.option("--output-template-file"))

    def on_detect_stack_drift(self) -> Any:
        return {"StackDriftDetectionId": "1"}

    def on_describe_stack_drift_detection_status(self) -> Any:
        return {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "DRIFTED" if self.script.get("drift") else "IN_SYNC"}

    def on_describe_stack_resource_drifts(self) -> Any:
        return {"StackResourceDrifts": [{"LogicalResourceId": "Table", "StackResourceDriftStatus": "MODIFIED"}]}

    def on_get_template(self) -> Any:
        return {"TemplateBody": self.place((self.home / "deployed").read_text()).read_text()}

    def on_describe_stack_resource(self) -> Any:
        name = self.option("--logical-resource-id")
        told = {"StackId": STACK_ID, "PhysicalResourceId": name, "ResourceType": "AWS::CloudWatch::CompositeAlarm"}
        return {"StackResourceDetail": told}

    def on_create_change_set(self) -> None:
        (self.home / "proposed").write_text(self.option("--template-url"))

    def on_describe_change_set(self) -> Any:
        changes = [dict(zip(CHANGE, each, strict=True)) for each in self.script.get("changes", [FUNCTION])]
        return {"StatusReason": self.script.get("refusal", ""), "Changes": [{"ResourceChange": each} for each in changes]}

    def on_delete_change_set(self) -> None:
        (self.home / "proposed").unlink()

    def on_wait(self) -> None:
        fault = {"change-set-create-complete": "refusal", "stack-update-complete": "update_fails"}.get(self.words[2])
        if fault and self.script.get(fault):
            raise Refused(f"Waiter {self.words[2]} failed")

    def on_execute_change_set(self) -> None:
        if not self.script.get("update_fails"):
            (self.home / "deployed").write_text((self.home / "proposed").read_text())

    def on_describe_stack_events(self) -> Any:
        event = {"LogicalResourceId": "Normalise", "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "an alarm"}
        return {"StackEvents": [event]}

    def on_get_function_configuration(self) -> Any:
        return {"Environment": {"Variables": {"HUITOU_TABLE": "table"}}}


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(FakeAws(Path(os.environ["FAKE_AWS"]), sys.argv[1:]).play()))
    except Refused as refused:
        sys.stderr.write(str(refused))
        sys.exit(254)
