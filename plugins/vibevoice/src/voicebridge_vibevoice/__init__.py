"""VibeVoice for VoiceBridge; :mod:`voicebridge_vibevoice.plugin` is what VoiceBridge loads."""
