"""The real reconcile code under every schedule of its calls, and under faults."""

from __future__ import annotations

import importlib.util
import random
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.outputs import invalidation
from resize_on_upload.reconcile import loop, original, rejection, variants
from resize_on_upload.reconcile import round as rounds
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage import s3_errors, store
from tests.protocol import explorer
from tests.protocol.explorer import (
    LISTED_SIZES,
    OTHER_SIZES,
    SIZES,
    Scenario,
    ViolationError,
    World,
    every,
    in_turn,
    in_turn_others_first,
    on_request,
    some,
)
from tests.support.fake_s3 import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from resize_on_upload.sizes.size import Size

ONE_SIZE = parse('{"sizes": ["9x"]}')

EVERY = [
    Scenario("A"),
    Scenario("A-"),
    Scenario("A!"),
    Scenario("AB"),
    Scenario("A", crashes=1, doubles=1),
    Scenario("AB", versioned=False),
    Scenario("!-"),
    Scenario("!A"),
    Scenario("!", crashes=1),
]

SOME = [
    Scenario("A>B"),
    Scenario("A#"),
    Scenario("ABA"),
    Scenario("AB-"),
    Scenario("A-B"),
    Scenario("A!B"),
    Scenario("AB!"),
    Scenario("AB<"),
    Scenario("A-<"),
    Scenario("A!<"),
    Scenario("AB-", versioned=False),
    Scenario("AA-A"),
    Scenario("AB#C"),
    Scenario("A-B", crashes=2, doubles=1),
    *(Scenario("AB-", faults=(fault,)) for fault in FAULTS),
    *(Scenario("A!", faults=(fault, "503")) for fault in FAULTS),
    Scenario("!A!"),
    Scenario("!A", crashes=2, doubles=1),
    *(Scenario("!A", faults=(fault, "503")) for fault in FAULTS),
    *(Scenario("!A!", faults=(fault,)) for fault in FAULTS),
    Scenario("!#"),
    Scenario("!A>-"),
    Scenario("!A<"),
    Scenario("!-!", crashes=1, doubles=1),
    Scenario("!!-", versioned=False),
    *(Scenario("!>A-", faults=(fault,)) for fault in FAULTS),
    Scenario("AB#-", crashes=1, faults=("after", "twice"), doubles=1),
]
# What caches have to forget: the first upload has been seen by then.
EVERY_LATER = [
    *(Scenario("A.B", faults=(fault,)) for fault in ("after", "twice", "503")),
    *(Scenario("A.-", faults=(fault,)) for fault in ("after", "twice", "503")),
    Scenario("A.-", crashes=1),
    Scenario("A.!", faults=("after",)),
]
EVERY_LATER_GOOD = [
    Scenario("!.A", crashes=1),
    *(Scenario("!.A", faults=(fault,)) for fault in FAULTS),
]
# Views are a third kind of writer; the first size is made on request.
EVERY_VIEW = [Scenario("A?"), Scenario("?A")]
SOME_VIEWS = [
    Scenario("!A?"),
    Scenario("!?A"),
    Scenario("A?B?C"),
    Scenario("A?-B?"),
    Scenario("A??-"),
    Scenario("A!??B"),
    Scenario("AB<??"),
    Scenario("A?#?B"),
    Scenario("A?B?-", versioned=False),
    Scenario("A?-", crashes=2, doubles=1),
    *(Scenario("A?B", faults=(fault,)) for fault in FAULTS),
    *(Scenario("A?-", faults=(fault, "503")) for fault in FAULTS),
]
RUNS = 60


@pytest.fixture(autouse=True)
def _scheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses and no threads: only the schedule decides which invocation runs."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(variants, "in_parallel", in_turn)


def test_every_schedule_of_two_acts_settles(
    print_at_end: Callable[[str], None],
) -> None:
    schedules = states = 0
    for scenario in (*EVERY, *EVERY_LATER, *EVERY_LATER_GOOD):
        # To delete what is never there would only multiply the schedules.
        kept = "!" in scenario.acts
        world = partial(World, scenario.versioned, ONE_SIZE, keep_rejections=kept)
        runs, met = every(scenario, world)
        schedules, states = schedules + runs, states + met
    print_at_end(f"  every schedule: {schedules}, with {states} states")


def test_schedules_settle_if_a_rejection_is_deleted_before_the_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S3 is called for both at once."""
    monkeypatch.setattr(variants, "in_parallel", in_turn_others_first)
    _all_sampled(sizes=ONE_SIZE)


@pytest.mark.parametrize("sizes", [SIZES, ONE_SIZE], ids=["two-sizes", "one-size"])
def test_sampled_schedules_with_faults_settle(
    print_at_end: Callable[[str], None], sizes: tuple[Size, ...]
) -> None:
    """Longer histories, crashes, duplicated events and every fault."""
    states = _all_sampled(sizes=sizes)
    print_at_end(f"  sampled schedules: {RUNS * len(SOME)}, with {states} states")


def test_every_schedule_with_viewers_settles(
    print_at_end: Callable[[str], None],
) -> None:
    schedules = states = 0
    for scenario in EVERY_VIEW:
        world = partial(World, scenario.versioned, on_request(ONE_SIZE))
        runs, met = every(scenario, world)
        schedules, states = schedules + runs, states + met
    print_at_end(f"  every schedule with viewers: {schedules}, meeting {states} states")


@pytest.mark.parametrize("sizes", [SIZES, ONE_SIZE], ids=["two-sizes", "one-size"])
def test_sampled_schedules_with_viewers_settle(
    print_at_end: Callable[[str], None], sizes: tuple[Size, ...]
) -> None:
    pick = random.Random(5).randrange  # noqa: S311 - the same schedules every time
    more = {"sizes": on_request(sizes), "other_sizes": on_request(OTHER_SIZES)}
    states = sum(_sampled(scenario, pick, **more) for scenario in SOME_VIEWS)
    runs = RUNS * len(SOME_VIEWS)
    print_at_end(f"  sampled schedules with viewers: {runs}, meeting {states} states")


def test_sampled_schedules_with_a_manifest_settle(
    print_at_end: Callable[[str], None],
) -> None:
    """Whoever reads a manifest finds nothing stale that its writer could have known."""
    states = _all_listed()
    print_at_end(f"  sampled schedules with a manifest: {states} states")


def _all_listed(**world: Any) -> int:
    pick = random.Random(5).randrange  # noqa: S311 - the same schedules every time
    world = {"sizes": on_request(LISTED_SIZES), **world}
    return sum(
        _sampled(scenario, pick, **world)
        for scenario in SOME_VIEWS
        if "#" not in scenario.acts
    )


def _sampled(scenario: Scenario, pick: Callable[[int], int], **world: Any) -> int:
    return some(scenario, partial(World, scenario.versioned, **world), pick, RUNS)


def _all_sampled(**world: Any) -> int:
    pick = random.Random(5).randrange  # noqa: S311 - the same schedules every time
    return sum(_sampled(scenario, pick, **world) for scenario in SOME)


# The module, its line, and the broken line.
MUTANTS = {
    "drop-the-re-check": (
        original,
        "return self._store.head_original(self._key) == self._report.source_id",
        "return True",
    ),
    "swap-the-two-reads": (
        rounds,
        "            self._original.make_variants(to_make)\n",
        (
            "            self._original.make_variants(to_make)\n"
            "            existing = self._variants.find(self._config.sizes)\n"
        ),
    ),
    "treat-403-as-absent": (
        s3_errors,
        '"NoSuchVersion", "404"',
        '"NoSuchVersion", "404", "AccessDenied", "403"',
    ),
    "skip-without-recipe": (
        variants,
        "            and variant.recipe == self._recipe(size)\n",
        "",
    ),
    "write-without-condition": (
        store,
        '{"IfMatch": existing.etag} if existing else {"IfNoneMatch": "*"}',
        "{}",
    ),
    "delete-without-condition": (store, ", IfMatch=existing.etag", ""),
    "leave-what-a-rejected-one-replaces": (
        rounds,
        "return self._reject(self._variants_to_delete(existing, error), error)",
        "return self._reject({}, error)",
    ),
    "end-an-optimistic-round-with-a-rejection": (
        rounds,
        (
            "        except Rejected:\n            return False\n"
            "        self._variants.write("
        ),
        (
            "        except Rejected as error:\n            self.rejection = error\n"
            "            return True\n        self._variants.write("
        ),
    ),
    "list-what-is-stale": (
        variants,
        (
            "        self.delete(unwanted)\n"
            "        self._write_each(manifests, existing)\n"
        ),
        (
            "        self._write_each(manifests, existing)\n"
            "        self.delete(unwanted)\n"
        ),
    ),
    "notice-a-replacement-after-its-call": (
        variants,
        (
            "        self._note_replaced(existing.get(size))\n"
            "        self._store.put_variant(\n"
            "            variant_key, body, content_type, carried_over, "
            "existing.get(size)\n"
            "        )\n"
        ),
        (
            "        self._store.put_variant(\n"
            "            variant_key, body, content_type, carried_over, "
            "existing.get(size)\n"
            "        )\n"
            "        self._note_replaced(existing.get(size))\n"
        ),
    ),
    "forget-only-what-this-attempt-deleted": (
        invalidation,
        "report.replaced or (gone",
        "report.replaced or False and (gone",
    ),
    "leave-the-rejection-of-a-deleted-original": (
        rounds,
        "if self._stored_rejection.delete() or existing:",
        "if existing:",
    ),
    "reject-without-a-re-check": (
        rounds,
        "        if self._stored_rejection.write(rejection) or existing:\n",
        ("        self._stored_rejection.write(rejection)\n        if existing:\n"),
    ),
    "keep-the-rejection-by-other-sizes": (
        rejection,
        '"recipe": found.recipe,',
        '"recipe": metadata["recipe"],',
    ),
    "keep-the-rejection-of-another-original": (
        rejection,
        '"source": found.source_id,',
        '"source": metadata["source"],',
    ),
    "leave-the-rejection-of-what-a-good-one-replaces": (
        rounds,
        "write(self._on_upload, {}, {}, self._stored_rejection.delete)",
        "write(self._on_upload, {}, {})",
    ),
    "delete-a-rejection-after-the-last-look": (
        rounds,
        (
            "        self._variants.write(self._on_upload, {}, {}, "
            "self._stored_rejection.delete)\n"
            "        return self._original.is_unchanged()\n"
        ),
        (
            "        self._variants.write(self._on_upload, {}, {})\n"
            "        is_unchanged = self._original.is_unchanged()\n"
            "        self._stored_rejection.delete()\n"
            "        return is_unchanged\n"
        ),
    ),
    "believe-a-refused-delete": (
        rejection,
        "            self.find()\n            self.delete()\n",
        "            self._is_known = True\n",
    ),
    "derive-half": (
        original,
        "missing = [size for size in sizes if size not in self.made]",
        "missing = [size for size in sizes if size not in self.made][:1]",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_broken_code_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these lines is there for a schedule that the explorer finds."""
    module, old, new = MUTANTS[name]
    with _mutant(module, old, new) as broken:
        if module is rounds:
            monkeypatch.setattr(loop, "Reconciliation", broken.Reconciliation)
        if module is s3_errors:
            monkeypatch.setattr(store, "MissingObjectError", broken.MissingObjectError)
            monkeypatch.setattr(store, "map_s3_errors", broken.map_s3_errors)
        if module is original:
            monkeypatch.setattr(rounds, "OriginalImage", broken.OriginalImage)
        if module is rejection:
            monkeypatch.setattr(rounds, "StoredRejection", broken.StoredRejection)
        if module is invalidation:
            monkeypatch.setattr(explorer, "is_due", broken.is_due)
        if module is variants:
            monkeypatch.setattr(broken, "in_parallel", in_turn)
            monkeypatch.setattr(rounds, "Variants", broken.Variants)
        kept = broken.Store if module is store else store.Store
        with pytest.raises((ViolationError, KeyError)):
            _broken_run(store=kept)


def _broken_run(**world: Any) -> None:
    """One size finds a bad schedule sooner; with two, more can go wrong."""
    for scenario in (*EVERY_LATER, *EVERY_LATER_GOOD):
        every(scenario, partial(World, sizes=ONE_SIZE, **world))
    _all_sampled(sizes=ONE_SIZE, **world)
    _all_sampled(**world)
    _all_listed(**world)


class _mutant:  # noqa: N801 - used as a function
    """A copy of a module with one place changed."""

    def __init__(self, module: ModuleType, old: str, new: str) -> None:
        text = Path(str(module.__file__)).read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        name = f"{module.__name__}_broken"
        spec = importlib.util.spec_from_loader(name, loader=None)
        assert spec
        self._module = importlib.util.module_from_spec(spec)
        self._module.__package__ = module.__package__
        self._code = compile(text.replace(old, new), name, "exec")

    def __enter__(self) -> Any:
        sys.modules[self._module.__name__] = self._module
        exec(self._code, self._module.__dict__)  # noqa: S102 - this project's source
        return self._module

    def __exit__(self, *_: object) -> None:
        del sys.modules[self._module.__name__]
