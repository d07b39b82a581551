"""Whisper for VoiceBridge, using faster-whisper."""
