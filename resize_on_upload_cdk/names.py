"""Names within a stack, which may have several of the construct."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

if TYPE_CHECKING:
    from constructs import IConstruct

HIDDEN = "Default"
"""The construct id that CDK leaves out of names: the app's own stack uses it."""

_OUTPUTS = "ResizeOnUploadOutputs"
"""The id of an empty construct: the outputs of its stack are written."""

_MAX_CHARACTERS = 128
"""Of a stack's name, which is the longest name that is made of this one."""


def claim_outputs(construct: IConstruct) -> bool:
    """Reserve the outputs of the stack; False if another construct has them."""
    stack = cdk.Stack.of(construct)
    if stack.node.try_find_child(_OUTPUTS):
        return False
    Construct(stack, _OUTPUTS)
    return True


def path_in_stack(construct: IConstruct) -> str:
    """The ids between the stack and the end of the construct's path."""
    path = construct.node.path.removeprefix(cdk.Stack.of(construct).node.path)
    return "/".join(part for part in path.split("/") if part not in ("", HIDDEN))


def unique_name(construct: IConstruct) -> str:
    """The stack's name, and the path in it if there is one."""
    if not path_in_stack(construct):
        return cdk.Stack.of(construct).stack_name
    return cdk.Names.unique_resource_name(
        construct, max_length=_MAX_CHARACTERS, separator="-"
    )
