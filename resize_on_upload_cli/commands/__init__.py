"""One module for each command: DESCRIPTION, EXAMPLES, add_arguments and run.

`run` takes the parsed options and returns the exit code. It imports what it needs
itself, so that help is fast and needs neither AWS's SDK nor ImageMagick.
"""

from importlib import import_module
from typing import Any

_PACKAGES = {
    "local": {
        "preview": "make every size of local files, without AWS",
        "check": "show what sizes.json makes",
        "doctor": "check codecs, security policy and sandbox on this machine",
        "estimate": "estimate what uploads cost on AWS",
        "completion": "print a script that completes commands in a shell",
    },
    "stack": {
        "plan": "compare both buckets with sizes.json",
        "backfill": "make missing and stale variants",
        "prune": "list variants that are no longer needed, or delete them",
        "redrive": "process failed or rejected uploads again",
        "smoke": "test the deployed stack with one image",
        "logs": "print the log lines of the functions, or follow them",
        "open": "open the pages of the stack in AWS's console",
        "outputs": "print the outputs of the stack",
    },
    "images": {
        "upload": "upload files and wait for their variants",
        "status": "show everything about images, and why a variant is missing",
        "urls": "print the URL of every variant of a key, and what a viewer gets",
        "html": "print the <picture> of an image, for a page",
        "invalidate": "make CloudFront forget the variants of keys, or all",
    },
}
"""Package → its commands, in the order of the help."""

SUMMARIES = {name: text for names in _PACKAGES.values() for name, text in names.items()}
"""The commands, in the order of the help."""


def load(name: str) -> Any:
    """Import the module of a command."""
    package = next(one for one, names in _PACKAGES.items() if name in names)
    return import_module(f"{__name__}.{package}.{name}")
