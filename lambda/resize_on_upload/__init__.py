"""One upload in, every configured size out. Free of imports: synth reads sizes too."""
