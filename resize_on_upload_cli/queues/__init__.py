"""The failed and the rejected queue: read, delete from, and move messages back."""
