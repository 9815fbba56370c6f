"""The settings of delivery and of the upload page."""
