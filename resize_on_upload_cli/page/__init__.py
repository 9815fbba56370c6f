"""An image of a deployed stack as HTML or JSX: read, checked and rendered."""
