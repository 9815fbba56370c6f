"""Have S3 delete dropped sizes: a lifecycle rule for each prefix, next to others.

A rule deletes whatever is below its prefix, so one is only made if nothing but
variants is there, and has to be removed before a size has this name again.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli.errors import UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.compare.dropped_sizes import ForeignPrefix
    from resize_on_upload_cli.stack.deployment import Deployment

MANY = 100_000
"""Variants of a dropped size from which a rule is recommended."""

_ID = "resize-on-upload-dropped-"
_MAX_RULES = 1_000
_ABSENT = "NoSuchLifecycleConfiguration"
_REFUSED = ("AccessDenied", "AccessDeniedException", "403")


def can_expire(prefix: ForeignPrefix) -> bool:
    """Return whether nothing but variants of a dropped size is below a prefix."""
    return prefix.dropped and prefix.removable == prefix.objects


def rule(name: str) -> dict[str, Any]:
    """Return the rule for a prefix, which ends with a slash."""
    return {
        "ID": _ID + name.removesuffix("/"),
        "Status": "Enabled",
        "Filter": {"Prefix": name},
        "Expiration": {"Days": 1},
    }


def set_rules(
    deployment: Deployment, names: Iterable[str], sizes: Sequence[Size]
) -> list[str]:
    """Add rules for prefixes, and remove those that are not needed any more.

    Returns:
        The prefixes whose rules were removed: they are empty, or a size has them.

    Raises:
        UnfinishedError: the bucket would have more rules than S3 allows.
    """
    found = _configuration(deployment)
    wanted = {name: rule(name) for name in names}
    removed = [
        name
        for name, _ in _own_rules(found["Rules"])
        if name not in wanted and _is_over(deployment, name, sizes)
    ]
    replaced = {_ID + name.removesuffix("/") for name in (*removed, *wanted)}
    kept = [one for one in found["Rules"] if one.get("ID") not in replaced]
    rules = [*kept, *wanted.values()]
    if len(rules) > _MAX_RULES:
        msg = f"{deployment.resized} would have more than {_MAX_RULES} lifecycle rules"
        raise UnfinishedError(msg)
    if rules != found["Rules"]:
        _put(deployment, {**found, "Rules": rules})
    return removed


def require_none(deployment: Deployment, sizes: Sequence[Size]) -> None:
    """Ensure that S3 does not delete what a backfill makes.

    Raises:
        UnfinishedError: a size has the name of a dropped one with a rule.
    """
    if names := _seen(deployment, sizes):
        msg = (
            f"a lifecycle rule of {deployment.resized} deletes all that is below "
            f"{', '.join(names)}, as this size was dropped before: remove it with "
            "`resize-on-upload prune --expire --yes` first"
        )
        raise UnfinishedError(deployment.addressed(msg))


def warnings(deployment: Deployment, sizes: Sequence[Size]) -> list[str]:
    """Return what to do about such rules, if any; sizes may not be deployed yet."""
    when = "" if deployment.makes(sizes) else " right after the next `cdk deploy`"
    found = (
        f"S3 deletes every variant below {name} a day after it was made, as this size "
        "was dropped before: remove its lifecycle rule with `resize-on-upload prune "
        f"--expire --yes`{when}."
        for name in _seen(deployment, sizes)
    )
    return list(map(deployment.addressed, found))


def _seen(deployment: Deployment, sizes: Sequence[Size]) -> list[str]:
    """Return the prefixes with such rules; none if the rules may not be read."""
    try:
        return expiring_sizes(deployment, sizes)
    except ClientError as error:
        if error.response["Error"]["Code"] in _REFUSED:
            return []  # it is a precaution, and needs a right of its own
        raise


def expiring_sizes(deployment: Deployment, sizes: Sequence[Size]) -> list[str]:
    """Return the prefixes of sizes for which there are rules of this module."""
    names = {f"{size.name}/" for size in sizes}
    own = _own_rules(_configuration(deployment)["Rules"])
    return [name for name, one in own if name in names and one["Status"] == "Enabled"]


def _own_rules(rules: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the rules of this module, and the prefix of each.

    A rule that someone has given another filter is not one of them.
    """
    for one in rules:
        name = one.get("Filter", {}).get("Prefix", "")
        if one.get("ID") == rule(name)["ID"]:
            yield name, one


def _is_over(deployment: Deployment, name: str, sizes: Sequence[Size]) -> bool:
    if name in {f"{size.name}/" for size in sizes}:
        return True
    pages = deployment.reader.objects(deployment.resized, name)
    return not any(page.entries for page in pages)


def _configuration(deployment: Deployment) -> dict[str, Any]:
    """Return the bucket's rules, and what else a new configuration has to repeat."""
    try:
        found = deployment.client("s3").get_bucket_lifecycle_configuration(
            Bucket=deployment.resized
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _ABSENT:
            raise
        return {"Rules": []}
    rules = [_with_filter(dict(one)) for one in found["Rules"]]
    configuration: dict[str, Any] = {"Rules": rules}
    if size := found.get("TransitionDefaultMinimumObjectSize"):
        configuration["TransitionDefaultMinimumObjectSize"] = size
    return configuration


def _with_filter(existing: dict[str, Any]) -> dict[str, Any]:
    """Return a rule in the newer form; S3 refuses a mixture of both."""
    if "Prefix" in existing and "Filter" not in existing:
        existing["Filter"] = {"Prefix": existing.pop("Prefix")}
    return existing


def _put(deployment: Deployment, configuration: dict[str, Any]) -> None:
    rules: Collection[Any] = configuration.pop("Rules")
    client = deployment.client("s3")
    if rules:
        client.put_bucket_lifecycle_configuration(
            Bucket=deployment.resized,
            LifecycleConfiguration={"Rules": [*rules]},
            **configuration,
        )
    else:
        client.delete_bucket_lifecycle(Bucket=deployment.resized)
