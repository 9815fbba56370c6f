"""The deployed CloudFront distribution on this machine: nginx, and a signer."""
