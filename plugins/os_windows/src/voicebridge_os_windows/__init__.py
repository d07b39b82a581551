"""Windows support for VoiceBridge, using SendInput and the Windows clipboard."""
