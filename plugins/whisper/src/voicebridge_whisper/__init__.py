"""Whisper for VoiceBridge, on faster-whisper."""
