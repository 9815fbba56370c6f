"""Those outside whom the stack gives permissions: uploaders and readers."""
