"""Piper for VoiceBridge, using piper-tts."""
