"""The check of a text of sizes.json: mistakes and warnings, with their places."""
