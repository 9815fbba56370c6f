"""The page for uploads behind the distribution, and the signer of its forms."""
