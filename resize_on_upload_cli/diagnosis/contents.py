"""Checks of what is made and served: versions, sizes, variants, URLs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from resize_on_upload import __version__
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.diagnosis.check import Check
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.stack.parallel import map_parallel
from resize_on_upload_cli.terminal import plural, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

_SAMPLE = 100
"""Originals to look at: the first ones of the listing."""


def _version(deployment: Deployment) -> list[str]:
    deployed = deployment.outputs.get("Version")
    if deployed == __version__:
        return []
    return [f"{deployed or 'an old one'} is deployed, these commands are {__version__}"]


def _variants(deployment: Deployment) -> list[str]:
    try:
        sizes = deployment.sizes
    except UnfinishedError as error:
        return [str(error)]
    buckets = BucketDiff(deployment, sizes)
    buckets.rejections.add_of(deployment)
    originals = islice(listing.originals(deployment, ""), _SAMPLE)
    keys = [one.key for one in originals]
    found = [one for one in map_parallel(buckets.compare, keys) if one and one.to_make]
    if not found:
        return []
    number = f"{len(found)} of the first {plural(len(keys), 'original')}"
    example = printable(found[0].key)
    return [f"some are missing or old for {number}, such as {example}"]


def _distribution(deployment: Deployment) -> list[str] | None:
    if not (name := deployment.outputs.get("DistributionId")):
        return None
    found = deployment.client("cloudfront").get_distribution(Id=name)["Distribution"]
    problems = []
    if not found["DistributionConfig"]["Enabled"]:
        problems.append(f"the distribution {name} is off")
    if found["Status"] != "Deployed":
        problems.append(f"the distribution {name} is {found['Status']}")
    return problems


def sizes_check(configured: Sequence[Size]) -> Check:
    """Return the check that the function makes these sizes."""

    def problems(deployment: Deployment) -> list[str]:
        try:
            is_deployed = deployment.makes(configured)
        except UnfinishedError as error:
            return [str(error)]
        return [] if is_deployed else ["sizes.json differs from what is deployed"]

    return Check("sizes", problems, "Deploy: `npx cdk deploy`.")


CHECKS = (
    Check(
        "version",
        _version,
        "Deploy, or install the same version; docs/upgrading.md says how.",
    ),
    Check(
        "variants",
        _variants,
        "See `resize-on-upload plan`; `resize-on-upload backfill` makes them.",
    ),
    Check(
        "delivery",
        _distribution,
        "Wait some minutes after a deployment; turn a distribution on again in the "
        "console of CloudFront.",
    ),
)
