"""The pages that `make pictures` takes: a photo with its sizes, code with a page."""
