"""Crops with the gravity "auto", compared with libvips and with people's judgement."""
