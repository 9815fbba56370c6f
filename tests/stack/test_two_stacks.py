"""Two stacks in one account and region have no name in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cdk.buckets import default_prefix
from tests.support.physical_names import physical_names

if TYPE_CHECKING:
    from tests.support.templates import Synth

EVERYTHING = {
    "uploaderPolicy": "true",
    "onDestroy": "delete-all",
    "inventoryTables": "true",
}


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"originalBucket": "my-uploads"},
        {"delivery": "true"},
        {"delivery": "true", "uploadPage": "true"},
    ],
    ids=str,
)
@pytest.mark.parametrize("other", ["resize", "staging", "Staging", "S" * 128])
def test_two_stacks_have_no_name_in_common(
    synth: Synth, other: str, context: dict[str, str]
) -> None:
    context = context | EVERYTHING
    here = set(physical_names(synth(**context), "ResizeOnUpload"))
    there = set(physical_names(synth(**context, stackName=other), other))
    assert len(here) == len(there) >= 11
    assert not here & there


@pytest.mark.parametrize("stack", ["resize", "S" * 128])
def test_no_name_in_cloudfront_is_taken_in_another_region(
    synth: Synth, stack: str
) -> None:
    """And none is longer than CloudFront allows."""
    document = synth(delivery="true", uploadPage="true", stackName=stack)
    names = [
        n for kind, n in physical_names(document, stack) if "::CloudFront::" in kind
    ]
    assert len(set(names)) == 6
    for name in names:
        assert "<AWS::Region>" in name
        assert len(name.replace("<AWS::Region>", "us-isof-south-1")) <= 64


def test_nothing_is_exported(template: dict[str, Any]) -> None:
    """The name of an export is unique in a region."""
    assert not any("Export" in output for output in template["Outputs"].values())


def test_a_stack_of_another_name_keeps_the_bucket_prefix(synth: Synth) -> None:
    document = synth(stackName="staging", bucketPrefix="pics")
    assert ("AWS::S3::Bucket", "pics-resized") in set(
        physical_names(document, "staging")
    )


def test_the_buckets_of_the_default_stack_keep_theirphysical_names() -> None:
    assert default_prefix("ResizeOnUpload", "1", "r") == "resize-1-r"


def test_no_two_stacks_have_the_same_buckets() -> None:
    """S3 allows lower case only, and 63 characters."""
    names = ["ResizeOnUpload", "resizeonupload", "resize", "a", "A", "staging"]
    names += ["s" * 18, "s" * 19, "s" * 20, "S" * 18, "photos-" * 18]
    prefixes = [default_prefix(name, "1" * 12, "us-isof-south-1") for name in names]
    assert len(set(prefixes)) == len(names)
    assert "resize-staging-111111111111-us-isof-south-1" in prefixes
    for prefix in prefixes:
        assert len(f"{prefix}-original") <= 63
        assert prefix == prefix.lower()
