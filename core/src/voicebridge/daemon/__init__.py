"""The background process: components, lifecycle, and requests."""
