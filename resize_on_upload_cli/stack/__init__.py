"""The deployed stack, read through AWS's APIs."""
