"""What every key of a deployment is reconciled with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..imaging.probe import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..imaging.probe import Limits
    from ..imaging.results import ImageResult
    from ..sizes.size import Size
    from ..storage.store import Store


@dataclass(frozen=True, slots=True)
class ReconcileConfig:
    """The buckets, the sizes and the image job.

    Attributes:
        make_variants: The image job: an original's bytes → these sizes of it.
        mirror_deletes: Whether variants are deleted with their original.
        limits: The limits of the image job.
        keep_rejections: Whether an object says why an original is rejected; not for
            viewers, who ask for one size only.
    """

    store: Store
    sizes: tuple[Size, ...]
    make_variants: Callable[[bytes, Sequence[Size]], ImageResult]
    mirror_deletes: bool = True
    limits: Limits = DEFAULTS
    keep_rejections: bool = False
