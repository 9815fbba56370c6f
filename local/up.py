"""The stack left running, with its log; deployed again when sizes.json changes."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local import emf
from local.cloud import REGION
from local.deploy import DeployError
from local.stack import ROOT, TOOLS, running
from tools.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack


def run() -> None:
    """Leave the stack running until Ctrl-C, with all that is needed to use it."""
    with running(say=say) as stack:
        cloud = stack.cloud
        certificate = TOOLS / "certificate.pem"
        shutil.copyfile(str(cloud.certificate), certificate)
        print(
            f"\nEndpoint:        {cloud.endpoint}"
            f"\nOriginal bucket: {stack.original}"
            f"\nResized bucket:  {stack.resized}"
            f"\n\nUpload, in another terminal:\n"
            f"\n  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
            f"\n  export AWS_ENDPOINT_URL={cloud.endpoint}"
            f"\n  export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}"
            f"\n  export AWS_CA_BUNDLE={certificate}"
            f"\n  aws s3 cp photo.jpg s3://{stack.original}/"
            f"\n  aws s3 ls --recursive s3://{stack.resized}/"
            "\n  .venv/bin/resize-on-upload plan"
            "\n\nA change of config/sizes.json is deployed at once."
            " The function's log follows. Ctrl-C stops everything.\n",
            flush=True,
        )
        _follow(stack)


def _redeploy(stack: Stack) -> None:
    """What `cdk deploy` does; mistakes are told, and the old sizes stay."""
    say("config/sizes.json has changed: deploying it")
    try:
        stack.redeploy()
    except (DeployError, ClientError, OSError) as error:
        say("", *str(error).split("\n"), "", "Nothing has changed. Save it again.")
    else:
        say("Deployed. `resize-on-upload plan` says what that changes.")


def _text(file: Path) -> str | None:
    """What a file holds; None while an editor is replacing it."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _follow(stack: Stack) -> None:
    seen, sizes_file = 0, ROOT / "config" / "sizes.json"
    deployed = _text(sizes_file)
    while True:
        if (text := _text(sizes_file)) not in (None, deployed):
            deployed = text
            _redeploy(stack)
        log = stack.log()
        whole = log.rfind("\n") + 1
        for line in log[seen:whole].splitlines():
            if line.startswith("{"):
                print(line, flush=True)
        emf.publish(stack, log[seen:whole])
        seen = whole
        time.sleep(0.3)
