"""The background process: what runs in it, its life, and what it is asked."""
