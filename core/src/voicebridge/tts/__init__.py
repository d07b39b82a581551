"""Text to speech: resolving model and voice, passages, and output to a file or speaker."""
