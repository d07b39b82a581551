"""VibeVoice for VoiceBridge; VoiceBridge loads :mod:`voicebridge_vibevoice.plugin`."""
