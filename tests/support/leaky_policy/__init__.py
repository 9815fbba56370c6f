"""A decoder's process without its policy, which the self-test must find."""
