"""Split a text into passages for an engine."""
