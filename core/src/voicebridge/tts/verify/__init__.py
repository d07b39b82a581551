"""Verification of speech: transcribe it and compare it with the text."""
