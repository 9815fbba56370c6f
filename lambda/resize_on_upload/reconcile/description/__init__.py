"""What describes a key's variants: their metadata, and the manifest for pages."""
