"""A fake stack whose function sees every change of an original at once."""

from __future__ import annotations

from typing import Any

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import ORIGINAL, FakeStack


def resizing_stack(sizes: str, *, mirrors: bool = True) -> FakeStack:
    """Deploy these sizes; `mirrors` deletes the variants of a deleted original."""
    stack = FakeStack(sizes, mirrors=mirrors)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants, mirrors)
    put, delete = stack.s3.put_object, stack.s3.delete_object

    def changing(change: Any) -> Any:
        def changed(**call: Any) -> Any:
            response = change(**call)
            if call["Bucket"] == ORIGINAL:
                reconcile(call["Key"], config, Report())
            return response

        return changed

    vars(stack.s3).update(put_object=changing(put), delete_object=changing(delete))
    return stack
