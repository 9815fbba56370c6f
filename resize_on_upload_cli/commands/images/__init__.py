"""Commands for some images of a deployed stack."""
