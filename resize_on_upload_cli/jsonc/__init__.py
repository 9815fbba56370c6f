"""JSON with comments: what was written where, and every mistake with its place."""
