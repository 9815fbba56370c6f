"""Envelopes and invocations: who calls, and which keys they mean."""
