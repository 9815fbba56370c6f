"""The AWS CDK construct `ResizeOnUpload`, and the parts it is made of.

The construct is imported when it is first used: most modules here need no AWS CDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import ConfigurationError
    from resize_on_upload_cdk.construct import ResizeOnUpload
    from resize_on_upload_cdk.firewall import ResizeFirewall

__all__ = ["ConfigurationError", "ResizeFirewall", "ResizeOnUpload"]

_MODULES = {
    "ConfigurationError": "configuration.settings",
    "ResizeFirewall": "firewall",
    "ResizeOnUpload": "construct",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
