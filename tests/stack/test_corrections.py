"""What the settings of `cdk deploy -c` were probably meant to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.corrections import correction
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"

MEANT = [
    ("originalBucket", "s3://mybucket", "mybucket"),
    ("originalBucket", "s3://mybucket/", "mybucket"),
    ("originalBucket", "arn:aws:s3:::mybucket", "mybucket"),
    ("originalBucket", "https://mybucket.s3.eu-central-1.amazonaws.com/", "mybucket"),
    ("originalBucket", "https://s3.amazonaws.com/mybucket", "mybucket"),
    ("bucketPrefix", "My_Photos", "my-photos"),
    ("stackName", "photos_staging", "photos-staging"),
    ("memorySize", "2GB", "2048"),
    ("memorySize", "1769 MB", "1769"),
    ("timeout", "60s", "60"),
    ("timeout", "2m", "120"),
    ("freshSeconds", "1h", "3600"),
    ("logRetentionDays", "30 days", "30"),
    ("resizedExpirationDays", "90d", "90"),
    ("architecture", "amd64", "x86_64"),
    ("architecture", "aarch64", "arm64"),
    ("delivery", "yes", "true"),
    ("mirrorDeletes", "off", "false"),
    ("dashboard", "0", "false"),
    ("onDestroy", "retain", "keep"),
    ("storageClass", "standard-ia", "STANDARD_IA"),
    ("priceClass", "PriceClass_100", "100"),
    ("metrics", "'all'", "all"),
    ("domainNames", "https://img.example.com/", "img.example.com"),
    ("domainNames", "a.example.com b.example.com", "a.example.com,b.example.com"),
    ("corsOrigins", "https://example.com/", "https://example.com"),
]


@pytest.mark.parametrize(("key", "text", "meant"), MEANT)
def test_a_setting_is_answered_with_what_was_meant(
    key: str, text: str, meant: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({key: text}, SIZES)
    first, *_ = str(caught.value).splitlines()
    assert first.startswith(f"context {key}={text!r}: must be ")
    assert first.endswith(f"; did you mean {meant!r}?")


@pytest.mark.parametrize(
    ("key", "text"),
    [("originalBucket", "My Bucket!"), ("memorySize", "lots"), ("viewerKey", "no.pem")],
)
def test_nothing_is_guessed_without_reason(key: str, text: str) -> None:
    assert correction(key, text, SETTINGS[key]) is None


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=20))
def test_only_valid_settings_are_proposed(key: str, text: str) -> None:
    meant = correction(key, text, SETTINGS[key])
    if meant is not None:
        SETTINGS[key].parse(meant)


@given(st.sampled_from(sorted(SETTINGS)), st.text(alphabet="s3:/.-amw/ ", max_size=999))
def test_a_long_text_takes_no_longer(key: str, text: str) -> None:
    correction(key, text * 20, SETTINGS[key])


def test_a_message_says_that_its_example_is_one() -> None:
    """`must be 512 to 10240 (MB): 1769` looked like the value that it got."""
    for setting in SETTINGS.values():
        _, colon, after = setting.rule.partition(": ")
        assert not colon, after
