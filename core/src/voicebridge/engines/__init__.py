"""Engines in processes of their own, and reached through a daemon."""
