"""The command line `resize-on-upload`: look at the engine's work without AWS."""
