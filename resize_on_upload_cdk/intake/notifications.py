"""The notifications of the original bucket: what S3 sends, and where to.

The permission that S3 needs stays when its notification has moved to a queue: for some
minutes, S3 may still send by the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications

from resize_on_upload_cdk.configuration.operation import intake

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue

_WRITTEN = {
    s3.EventType.OBJECT_CREATED: "s3:ObjectCreated:*",
    s3.EventType.OBJECT_RESTORE_COMPLETED: "s3:ObjectRestore:Completed",
}
_DELETED = {
    s3.EventType.OBJECT_REMOVED: "s3:ObjectRemoved:*",
    s3.EventType.LIFECYCLE_EXPIRATION: "s3:LifecycleExpiration:*",
}


def notify_of_new(
    bucket: s3.Bucket, resizer: Resizer, queue: IntakeQueue | None, settings: Settings
) -> None:
    """Make the notification part of the bucket's resource.

    CDK's method would add a second function.
    """
    resource = cast("s3.CfnBucket", bucket.node.default_child)
    resource.add_resource_dependency(resizer.allow_original_bucket())
    events = _events(settings).values()
    made = s3.CfnBucket.NotificationConfigurationProperty
    if queue and settings.intake == intake.QUEUE:
        resource.add_resource_dependency(queue.policy)
        resource.notification_configuration = made(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event=event, queue=queue.queue.queue_arn
                )
                for event in events
            ]
        )
        return
    resource.notification_configuration = made(
        lambda_configurations=[
            s3.CfnBucket.LambdaConfigurationProperty(
                event=event, function=resizer.function.function_arn
            )
            for event in events
        ]
    )


def notify_of_existing(
    bucket: s3.IBucket, resizer: Resizer, queue: IntakeQueue | None, settings: Settings
) -> None:
    """Add the notification to an existing bucket."""
    destination: s3.IBucketNotificationDestination
    if queue and settings.intake == intake.QUEUE:
        resizer.allow_original_bucket()
        destination = _Queue(queue)
    else:
        destination = notifications.LambdaDestination(resizer.function)
    for event in _events(settings):
        bucket.add_event_notification(event, destination)


@jsii.implements(s3.IBucketNotificationDestination)
class _Queue:
    """The queue, whose own policy is stricter than what CDK's class would add."""

    def __init__(self, queue: IntakeQueue) -> None:
        self._queue = queue

    def bind(
        self,
        scope: Construct,  # noqa: ARG002 - the interface's
        bucket: object,  # noqa: ARG002 - the interface's
    ) -> s3.BucketNotificationDestinationConfig:
        return s3.BucketNotificationDestinationConfig(
            arn=self._queue.queue.queue_arn,
            type=s3.BucketNotificationDestinationType.QUEUE,
            dependencies=[self._queue.policy],
        )


def _events(settings: Settings) -> dict[s3.EventType, str]:
    """The events of a change: CDK's name → S3's name.

    Deleting a version may restore an older one, so it counts as a change.
    """
    return _WRITTEN | (_DELETED if settings.mirror_deletes else {})
