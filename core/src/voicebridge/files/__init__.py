"""Atomic file writing, and exclusive access to files."""
