"""Dictation: the model, the desktop's services, and the recordings."""
