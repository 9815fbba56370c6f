"""What users and the function do to both buckets of a stack with inventory tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.size import (
    MAX_KEY_BYTES,
    REJECTION,
    REQUEST,
    UPLOAD,
    sizes_for_key,
)
from tests.support.fake_stack import ORIGINAL, RESIZED
from tests.support.stack_with_tables import StackWithTables

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Place:
    """A key, and an object in the resized bucket that may be one of its variants."""

    key: str
    name: str

    @property
    def target(self) -> str:
        suffix = ".json" if self.name in ("manifest", "rejected") else ""
        return f"{self.name}/{self.key}{suffix}" if self.name else self.key

    @property
    def is_possible(self) -> bool:
        longest = max(self.key, self.target, key=lambda text: len(text.encode()))
        return len(longest.encode()) <= MAX_KEY_BYTES


class Histories(StackWithTables):
    """Both buckets; an act is something that happens to a place."""

    def act(self, what: str, place: Place) -> None:
        if place.is_possible:
            ACTS[what](self, place)

    def source(self, place: Place) -> str:
        return self.store.head_original(place.key) or "gone"

    def upload_anew(self, place: Place) -> None:
        self.upload(place.key, b"image" + place.name.encode())

    def undo(self, place: Place) -> None:
        """Delete the newest version: the one before it is current again."""
        if ORIGINAL in self.s3.versioned:
            del self.s3.buckets[ORIGINAL].get(place.key, [])[-1:]

    def process(self, place: Place, make: str) -> None:
        """Write what is made at an upload, or on request."""
        key, wanted = place.key, sizes_for_key(self.sizes, place.key)
        for size in wanted:
            recipe = recipe_of(size, wanted, self.store.carry_over)
            if size.make == make and not size.key_too_long(key):
                about = {"source": self.source(place), "recipe": recipe}
                self.put_variant(size.variant_key(key), **about, prefix=size.name)

    def write(self, place: Place, **metadata: str) -> None:
        if place.is_possible:
            self.put_variant(place.target, **metadata)

    def reject(self, place: Place, recipe: str, code: str) -> None:
        if not REJECTION.key_too_long(place.key):
            target, source = REJECTION.variant_key(place.key), self.source(place)
            self.put_variant(target, source=source, recipe=recipe, code=code)

    def lose(self, place: Place) -> None:
        self.s3.delete_object(Bucket=RESIZED, Key=place.target)

    def delete(self, place: Place) -> None:
        self.s3.delete_object(Bucket=ORIGINAL, Key=place.key)

    def version(self, *buckets: str) -> None:
        self.s3.versioned = buckets


ACTS: dict[str, Callable[[Histories, Place], object]] = {
    "upload": Histories.upload_anew,
    "empty": lambda stack, place: stack.upload(place.key, b""),
    "delete": Histories.delete,
    "undo": Histories.undo,
    "lose": Histories.lose,
    "make": lambda stack, place: stack.process(place, UPLOAD),
    "view": lambda stack, place: stack.process(place, REQUEST),
    "outdated": lambda stack, place: stack.write(
        place, source=stack.source(place), recipe="outdated"
    ),
    "of another": lambda stack, place: stack.write(place, source="old", recipe="r"),
    "foreign": lambda stack, place: stack.write(place),
    "copy": lambda stack, place: stack.write(
        place, source="s", recipe="r", prefix="elsewhere"
    ),
    "dropped": lambda stack, place: stack.write(
        place, source="s", recipe="r", prefix=place.name
    ),
    "by its geometry": lambda stack, place: stack.write(
        place, source="s", recipe="r", geometry=place.name
    ),
    "old manifest": lambda stack, place: stack.write(
        Place(place.key, "manifest"), source="s", recipe="r", geometry="16x16>"
    ),
    "reject": lambda stack, place: stack.reject(
        place, combined_recipe(stack.sizes), "corrupt"
    ),
    "reject by others": lambda stack, place: stack.reject(place, "old", "corrupt"),
    "reject without a code": lambda stack, place: stack.reject(
        place, combined_recipe(stack.sizes), ""
    ),
    "stop versions": lambda stack, _: stack.version(),
    "version both": lambda stack, _: stack.version(ORIGINAL, RESIZED),
}
