"""Piper for VoiceBridge, on piper-tts."""
