"""Speed next to the peers: `make bench`."""
