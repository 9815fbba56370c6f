"""A deployed stack without a fault, as AWS describes it; tests add some."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.session import Session
from botocore.validate import ParamValidator

from resize_on_upload import __version__
from tests.support.fake_stack import JOBS, ORIGINAL, RESIZED, FakeStack

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN = "arn:aws:lambda:eu-central-1:1:function:resize"
ACCOUNT, CONCURRENCY = "get_account_settings", "get_function_concurrency"
NOTIFICATIONS = "get_bucket_notification_configuration"
SUBSCRIPTIONS, ALARMS = "list_subscriptions_by_topic", "describe_alarms"
SOURCES, RETRIES = "list_event_source_mappings", "get_function_event_invoke_config"
LOGS, METRICS, KEY = "describe_log_groups", "get_metric_statistics", "describe_key"
BLOCK, POLICY = "get_public_access_block", "get_bucket_policy_status"
ENCRYPTION, DISTRIBUTION = "get_bucket_encryption", "get_distribution"
TABLES, WORKGROUP = "get_bucket_metadata_configuration", "get_work_group"
CATALOG = "get_catalog"


def _answers() -> dict[Any, Any]:
    """Return operation → response; by bucket, metric or function where they differ."""
    events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    target = {"LambdaFunctionArn": ARN, "Events": events}
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy")
    block = dict.fromkeys((*blocks, "RestrictPublicBuckets"), True)
    alarm = {"StateValue": "OK", "ActionsEnabled": True}
    confirmed = {"Endpoint": "a@b.c", "SubscriptionArn": "arn:aws:sns:r:1:t:2"}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {
        ACCOUNT: {"AccountLimit": {"ConcurrentExecutions": 1_000}},
        CONCURRENCY: {},
        RETRIES: {"DestinationConfig": {"OnFailure": {"Destination": "arn"}}},
        SOURCES: {"EventSourceMappings": []},
        (NOTIFICATIONS, ORIGINAL): {"LambdaFunctionConfigurations": [target]},
        NOTIFICATIONS: {},
        BLOCK: {"PublicAccessBlockConfiguration": block},
        POLICY: {"PolicyStatus": {"IsPublic": False}},
        ENCRYPTION: {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        METRICS: {"Datapoints": []},
        ALARMS: {"MetricAlarms": [{"AlarmName": "ResizeOnUpload-Errors", **alarm}]},
        SUBSCRIPTIONS: {"Subscriptions": [confirmed]},
        LOGS: {"logGroups": [{"logGroupName": "log", "retentionInDays": 30}]},
        KEY: {"KeyMetadata": {"KeyState": "Enabled"}},
        TABLES: tables(),
        WORKGROUP: {"WorkGroup": {"State": "ENABLED"}},
        CATALOG: {"Catalog": {}},
        DISTRIBUTION: {
            "Distribution": {
                "Status": "Deployed",
                "DistributionConfig": {"Enabled": True},
            }
        },
    }


def tables(inventory: str = "ACTIVE", **journal: Any) -> dict[str, Any]:
    """Return what S3 says of a bucket's tables, in states of one's choice."""
    result = {
        "InventoryTableConfigurationResult": {
            "ConfigurationState": "ENABLED",
            "TableStatus": inventory,
        },
        "JournalTableConfigurationResult": {"TableStatus": "ACTIVE", **journal},
    }
    found = {"MetadataConfigurationResult": result}
    return {"GetBucketMetadataConfigurationResult": found}


class DiagnosedStack(FakeStack):
    """The stack.

    Attributes:
        answers: Operation, or that and a bucket, metric or function → its response, or
            an error.
    """

    def __init__(self, sizes: str) -> None:
        super().__init__(sizes)
        self.answers = _answers()
        for service in ("lambda", "s3", "cloudwatch", "sns", "logs", "kms"):
            real = self._clients.get(service)
            self._clients[service] = _Client(service, self.answers, real)
        for service in ("cloudfront", "athena", "glue"):
            self._clients[service] = _Client(service, self.answers, None)
        self.outputs.update(
            Version=__version__, LogGroupName="log", AlarmTopicArn="arn:aws:sns:r:1:t"
        )
        deployed = {"LastModified": datetime.now(UTC).isoformat(), "State": "Active"}
        vars(self)["function"].update(deployed, LastUpdateStatus="Successful")

    @property
    def buckets(self) -> tuple[str, ...]:
        """All buckets."""
        return ORIGINAL, RESIZED, JOBS


class _Client:
    """Gives the answers, to requests that botocore would send."""

    def __init__(self, service: str, answers: dict[Any, Any], real: Any) -> None:
        self._service, self._answers, self._real = service, answers, real

    def __getattr__(self, name: str) -> Any:
        if name not in _inputs(self._service) or name not in self._answers:
            return getattr(self._real, name)
        return lambda **call: self._answer(name, call)

    def _answer(self, name: str, call: dict[str, Any]) -> Any:
        problems = ParamValidator().validate(call, _inputs(self._service)[name])
        assert not problems.has_errors(), problems.generate_report()
        names = (call.get(one) for one in ("Bucket", "MetricName", "FunctionName"))
        about = next(filter(None, names), None)
        found = self._answers.get((name, about), self._answers[name])
        if isinstance(found, Exception):
            raise found
        return found

    def get_paginator(self, name: str) -> Any:
        if name not in self._answers:
            return self._real.get_paginator(name)

        def paginate(**call: Any) -> Iterator[Any]:
            yield self._answer(name, call)

        return type("Paginator", (), {"paginate": staticmethod(paginate)})


@cache
def _inputs(service: str) -> dict[str, Any]:
    model = Session().get_service_model(service)
    return {
        xform_name(name): model.operation_model(name).input_shape
        for name in model.operation_names
    }
