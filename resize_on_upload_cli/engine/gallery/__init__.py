"""One self-contained page that shows originals with their variants."""
