"""The whole stack on this machine: an invocation, a cold start, a view."""
