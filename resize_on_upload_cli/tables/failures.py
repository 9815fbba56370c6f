"""Why a query has failed, and what to do: Athena says it in a sentence alone.

https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
"""

from __future__ import annotations

_MANUAL = "docs/inventory-tables.md"

_CURES = {
    ("bytes scanned limit", "bytes_scanned"): (
        "It would read more than the workgroup allows, which is a limit against "
        "mistakes: compare a part of the keys with --prefix, or raise the limit in "
        "Athena's console"
    ),
    (
        "lake formation",
        "not authorized",
        "access denied",
        "accessdenied",
        "forbidden",
    ): (
        f"Whoever runs it needs the policies and grants in {_MANUAL}, in Lake "
        "Formation, too, if it manages the catalog"
    ),
    ("catalog_not_found", "schema_not_found", "table_not_found", "does not exist"): (
        f"Athena does not see the tables: {_MANUAL} has the command that an account "
        "needs once per region"
    ),
    ("exhausted resources", "timeout", "timed out"): (
        "It is too much for one query: compare a part of the keys with --prefix"
    ),
}
"""What the reason contains, in lower case → the cure; the first one that fits."""


def explain(state: str, reason: str, query: str) -> str:
    """Return what happened and what to do.

    Args:
        state: FAILED or CANCELLED.
        reason: As Athena gives it; may be empty.
        query: Its id, to find it in Athena's console.
    """
    ended = "was cancelled" if state == "CANCELLED" else "failed"
    given = f": {reason.strip().rstrip('.')}" if reason.strip() else ""
    return f"Athena's query {query} {ended}{given}. {_cure(reason.lower(), state)}."


def _cure(reason: str, state: str) -> str:
    for words, cure in _CURES.items():
        if any(word in reason for word in words):
            return cure
    if state == "CANCELLED":
        return "Somebody stopped it; run the command again"
    return "Run the command again, or leave out --from tables"
