"""What happens before the first invocation, and in which order."""

from __future__ import annotations

import subprocess
import sys

import pytest

SETTINGS = {
    "ORIGINAL_BUCKET": "original",
    "RESIZED_BUCKET": "resized",
    "ACCOUNT_ID": "111122223333",
    "SIZES": '{"sizes": ["150x"]}',
    "MIRROR_DELETES": "true",
    "METRICS": "all",
}
# Prints what is loaded when a process is started, and ends.
START = """
import subprocess, sys
def start(command, **_):
    print(command[2], {"botocore", "urllib3"} & sys.modules.keys() or "no SDK")
    sys.exit()
subprocess.Popen = start
import resize_on_upload.HANDLER
"""


@pytest.mark.parametrize("handler", ["handler", "delivery.handler"])
def test_the_decoder_starts_before_aws_sdk_is_loaded(handler: str) -> None:
    """Loading it takes as long as the decoder's start: both run at once."""
    done = subprocess.run(
        [sys.executable, "-c", START.replace("HANDLER", handler)],
        check=True,
        env={
            **SETTINGS,
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
            "PYTHONPATH": "lambda",
        },
        capture_output=True,
        text=True,
    )
    assert done.stdout == "resize_on_upload.imaging.sandbox.worker no SDK\n"
