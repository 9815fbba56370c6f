"""One upload in, every configured size out. Free of imports: synth reads sizes too."""

__version__ = "0.2.0"
