"""Commands that need no deployed stack."""
