"""Have functions of a stack call S3 through a proxy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.emulator.cloud_proxy import through_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.cloud_proxy import CloudProxy
    from local.stack import Stack


@contextmanager
def on_request_through(stack: Stack) -> Iterator[CloudProxy]:
    """Have the on-request function call S3 through a proxy during the block."""
    with function_through(stack, stack.outputs["OnRequestFunctionName"]) as proxy:
        yield proxy


@contextmanager
def function_through(stack: Stack, function: str) -> Iterator[CloudProxy]:
    """Have a function call S3 through a proxy during the block."""
    with through_proxy(stack.cloud, stack.lambda_pool, function) as proxy:
        yield proxy
