"""Engines that resize one photo into several sizes, each a process of its own.

A peer reads jobs as JSON lines from standard input and answers each with a line:

    {"file", "sizes": [[width, height], …], "format", "quality", "animated", "out"}
    {"wall", "cpu"} in milliseconds, {"bytes"} of all sizes together

`out` is a folder for the results, or null. Sizes are as people see the photo.
"""
