"""Engines that resize one photo into several sizes, each in a separate process.

An engine reads jobs as JSON lines from standard input, and prints one line per job:

    {"file", "sizes": [[width, height], …], "format", "quality", "animated", "out"}
    {"wall", "cpu"} in milliseconds, {"bytes"} of all sizes together

`out` is a folder for the results, or null. Sizes are as people see the photo. Instead
of sizes, format and quality, this project also takes a sizes.json as "document".

Nothing outside of this folder may be imported but what the container image contains:
the folder is copied there.
"""
