"""Mistakes in context and sizes.json: all reported at synth, with the user's keys."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cli.sizes_file import ENVIRONMENT_LIMIT

ROOT = Path(__file__).parents[2]
SIZES = ROOT / "config" / "sizes.json"


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("bucketPrefix", "My_Photos", "lower-case letters"),
        ("bucketPrefix", "-photos", "no '-' first"),
        ("bucketPrefix", "p" * 55, "2 to 54"),
        ("originalBucket", "192.168.0.1", "an existing bucket"),
        ("architecture", "arm", "x86_64 or arm64"),
        ("memorySize", "1GB", "512 to 10240"),
        ("memorySize", "128", "512 to 10240"),
        ("timeout", "901", "10 to 900"),
        ("reservedConcurrency", "0", "from 1"),
        ("inventoryTables", "yes", "must be true or false"),
        ("sweep", "daily", "must be one of never, weekly"),
        ("sweep", "weekly", "add -c backfillConcurrency=50"),
        ("backfillConcurrency", "0", "may use the function of uploads"),
        ("backfillConcurrency", "none", "may use the function of uploads"),
        ("logRetentionDays", "31", "must be one of 1, 3, 5"),
        ("onDestroy", "yes", "keep, delete-resized, delete-all"),
        ("carryOver", "tags", "tag:NAME"),
        ("carryOver", "tag:a&b", "tag:NAME"),
        ("resizedKmsKey", "alias/photos", "not of an alias"),
        ("imageRefresh", "a b", "letters, digits"),
        ("stackName", "2nd", "a letter first"),
        ("stackName", "photos_staging", "letters, digits or '-'"),
        ("stackName", "p" * 129, "at most 128"),
        ("memorysize", "512", "did you mean 'memorySize'?"),
        ("nonsense", "1", "is not a setting; known: stackName"),
    ],
)
def test_a_wrong_setting_is_reported_with_its_rule(
    key: str, value: str, rule: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"context {key}") as caught:
        read({key: value}, SIZES)
    assert rule in str(caught.value)


def test_a_sweep_would_make_again_what_s3_deletes() -> None:
    given = {"sweep": "weekly", "backfillConcurrency": "9"}
    assert read(given, SIZES).sweep == "weekly"
    with pytest.raises(ConfigurationError, match="resizedExpirationDays=30; leave out"):
        read({**given, "resizedExpirationDays": "30"}, SIZES)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "max-age=86400",
        "public, max-age=31536000, immutable",
        "Max-Age=60,stale-while-revalidate=30 , stale-if-error=86400",
        "no-cache",
        'private="set-cookie, x-user", s-maxage=0',
    ],
)
def test_a_valid_cache_control_header_is_accepted(header: str) -> None:
    assert read({"cacheControl": header}, SIZES).cache_control == header


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("maxage 1", "'maxage 1' is not a directive; did you mean 'max-age=SECONDS'?"),
        ("max-age", "'max-age' needs a whole number of seconds: 'max-age=86400'"),
        ("max-age=1d", "'max-age=1d' needs a whole number of seconds"),
        ("max_age=60", "did you mean 'max-age=SECONDS'?"),
        (
            "public; max-age=60",
            "'public; max-age=60' is not a directive; did you mean 'public'?",
        ),
        ("public max-age=60", "did you mean 'public'?"),
        ("no-store=1", "'no-store=1' takes no value"),
        ("inmutable", "did you mean 'immutable'?"),
        ("public,,max-age=60", "'' is not a directive; known: "),
        ("forever", "'forever' is not a directive; known: max-age, "),
        ("Cache-Control: max-age=60", "did you mean 'max-age=SECONDS'?"),
    ],
)
def test_a_wrong_cache_control_header_is_reported(header: str, hint: str) -> None:
    """RFC 9111: browsers ignore unknown directives silently."""
    with pytest.raises(ConfigurationError) as caught:
        read({"cacheControl": header}, SIZES)
    message = str(caught.value)
    assert message.startswith(
        f"context cacheControl={header!r}: must be a Cache-Control"
    )
    assert hint in message


def test_every_wrong_directive_is_reported_with_all_other_mistakes() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({"cacheControl": "maxage=1, publik", "timeout": "1"}, SIZES)
    message = str(caught.value)
    assert all(one in message for one in ("'maxage=1'", "'publik'", "context timeout"))


def test_cdk_s_own_keys_are_accepted() -> None:
    read({"@aws-cdk/core:flag": True, "aws:cdk:bundling-stacks": ["**"]}, SIZES)


def test_defaults_equal_those_in_cdk_json() -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    settings = {key: value for key, value in context.items() if "@" not in key}
    assert settings.keys() == SETTINGS.keys()
    assert read(settings, SIZES) == read({}, SIZES)


def test_threat_85_a_loop_is_refused() -> None:
    """The resized bucket must not be the one that notifies."""
    context = {"originalBucket": "photos-resized", "bucketPrefix": "photos"}
    with pytest.raises(ConfigurationError, match="endless loop"):
        read(context, SIZES)


def _sizes(tmp_path: Path, document: Any) -> Path:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps(document))
    return file


def test_a_size_file_over_the_limit_is_reported_with_the_excess(tmp_path: Path) -> None:
    """Lambda allows 4 KB for all variables; report it before the deployment fails."""
    many = [
        {"geometry": f"{n}x", "name": f"{'n' * 50}-{n}", "quality": 80}
        for n in range(1, 50)
    ]
    with pytest.raises(ConfigurationError, match=r"\d+ more than the 3663") as caught:
        read({}, _sizes(tmp_path, {"sizes": many}))
    assert "config/sizes.json" in str(caught.value)


def test_other_settings_leave_less_room_for_sizes(tmp_path: Path) -> None:
    many = [{"geometry": f"{n}x", "name": "n" * 60 + f"{n}"} for n in range(1, 51)]
    with pytest.raises(ConfigurationError, match=r"\d+ more than the 3647"):
        read({"decoderReuse": "100"}, _sizes(tmp_path, {"sizes": many}))


def test_the_limit_is_lambda_s_limit(tmp_path: Path) -> None:
    """All variables together, at their longest, stay under the limit."""
    names = [f"{'n' * 60}{n:03}" for n in range(39)]
    sizes = [{"geometry": f"{n + 1}x", "name": name} for n, name in enumerate(names)]
    found = read({}, _sizes(tmp_path, {"sizes": sizes}))
    variables = {
        "ORIGINAL_BUCKET": "b" * 63,
        "RESIZED_BUCKET": "b" * 63,
        "ACCOUNT_ID": "1" * 12,
        "SIZES": found.sizes,
        "REJECTED_QUEUE_URL": f"{'https://sqs.eu-central-1.amazonaws.com/':_<135}",
        "MIRROR_DELETES": "false",
        "METRICS": "essential",
        **dict.fromkeys(("CACHE_CONTROL", "CARRY_OVER", "STORAGE_CLASS"), ""),
        "COMPLETION_EVENTS": "true",
    }
    total = sum(len(name) + len(value) for name, value in variables.items())
    assert 3_500 < total < ENVIRONMENT_LIMIT


def test_completion_events_need_the_manifest(tmp_path: Path) -> None:
    context = {"completionEvents": "true"}
    with pytest.raises(
        ConfigurationError, match=r'"manifest": true in config/sizes\.json'
    ):
        read(context, SIZES)
    for facts in ({}, {"takenAt": True}):
        document = {"sizes": ["150x"], "manifest": True, **facts}
        assert read(context, _sizes(tmp_path, document)).completion_events


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"{"], ids=repr)
def test_an_unreadable_file_is_reported(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "sizes.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"config/sizes\.json"):
        read({}, file)


def test_threat_84_synth_prints_every_mistake_and_no_traceback(tmp_path: Path) -> None:
    """A fresh copy of the app, wrong in the context and in sizes.json."""
    for name in ("app.py", "stacks", "resize_on_upload_cdk", "lambda", "config"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    document = {"sizes": ["150x", "99999x", {"geometry": "150x>"}], "quality": 101}
    (tmp_path / "config" / "sizes.json").write_text(json.dumps(document))
    context = {"memorySize": "1", "buketPrefix": "x"}
    done = subprocess.run(
        [sys.executable, "app.py"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for expected in (
        "config/sizes.json:1:20: sizes[1].geometry: '99999x' is not a valid geometry",
        "config/sizes.json:1:30: sizes[2].name: the geometry '150x>' is not safe",
        '"name": "150x-shrink"',
        "config/sizes.json:1:65: quality: 101 is not valid",
        "context memorySize='1': must be 512 to 10240",
        "context buketPrefix: is not a setting; did you mean 'bucketPrefix'?",
        "Nothing was deployed",
    ):
        assert expected in done.stderr
