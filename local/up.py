"""Keep the stack running, print its log, deploy changes of sizes.json."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.cloud import REGION
from local.cloudwatch import logs, metrics
from local.deployment.deploy import DeployError
from local.stack import ROOT, TOOLS, running
from local.upload_page.server import UploadPage
from resize_on_upload_cli.stack.base_url import URL_VARIABLE
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack


def run() -> None:
    """Keep the stack running until Ctrl-C; print how to use it."""
    with (
        running(context={"delivery": "true"}, say=say) as stack,
        UploadPage(stack) as page,
    ):
        cloud = stack.cloud
        certificate = TOOLS / "certificate.pem"
        shutil.copyfile(str(cloud.certificate), certificate)
        print(
            f"\nDrop photos here: {page.url}\n"
            f"\nEndpoint:        {cloud.endpoint}"
            f"\nOriginal bucket: {stack.original}"
            f"\nResized bucket:  {stack.resized}"
            f"\nImages:          {_images(stack)}"
            f"\n\nUpload, in another terminal:\n"
            f"\n  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
            f"\n  export AWS_ENDPOINT_URL={cloud.endpoint}"
            f"\n  export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}"
            f"\n  export AWS_CA_BUNDLE={certificate}"
            f"{_export_url(stack)}"
            f"\n  aws s3 cp photo.jpg s3://{stack.original}/"
            f"\n  aws s3 ls --recursive s3://{stack.resized}/"
            "\n  .venv/bin/resize-on-upload plan"
            "\n  .venv/bin/resize-on-upload urls photo.jpg"
            "\n\nChanges of config/sizes.json are deployed at once."
            " The function's log follows. Ctrl-C stops everything.\n",
            flush=True,
        )
        _follow(stack, page)


def _images(stack: Stack) -> str:
    """Where a browser finds them."""
    if not stack.edge:
        return "no URL, as nginx and its module njs are missing here"
    return f"{stack.url}<size>/<key>"


def _export_url(stack: Stack) -> str:
    """What makes the commands use the URL above."""
    return f"\n  export {URL_VARIABLE}={stack.url}" if stack.edge else ""


def _redeploy(stack: Stack, page: UploadPage) -> None:
    """Deploy again; after a mistake, print it and keep the deployed sizes."""
    say("config/sizes.json has changed: deploying it")
    try:
        stack.redeploy()
    except (DeployError, ClientError, OSError) as error:
        say("", *str(error).split("\n"), "", "Nothing was deployed. Fix the file.")
    else:
        page.sizes_changed()
        say("Deployed. `resize-on-upload plan` lists what this changes.")


def _text(file: Path) -> str | None:
    """The text of a file; None while an editor is replacing it."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _follow(stack: Stack, page: UploadPage) -> None:
    printed, sizes_file = 0, ROOT / "config" / "sizes.json"
    deployed = _text(sizes_file)
    while True:
        if (text := _text(sizes_file)) not in (None, deployed):
            deployed = text
            _redeploy(stack, page)
        log = stack.log()
        complete = log.rfind("\n") + 1
        for line in log[printed:complete].splitlines():
            if line.startswith("{"):
                print(line, flush=True)
        metrics.publish(stack, log[printed:complete])
        logs.publish(stack, log[printed:complete])
        printed = complete
        time.sleep(0.3)
