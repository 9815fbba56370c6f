"""A decoder's process whose policy is gone, for the self-test to find."""
