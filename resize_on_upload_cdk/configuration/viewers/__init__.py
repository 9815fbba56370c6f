"""The settings that say who reaches images, their parsers, and the viewer keys."""
