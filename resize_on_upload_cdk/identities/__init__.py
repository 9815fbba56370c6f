"""Those outside that the stack gives permissions: S3 Batch Operations, uploaders."""
