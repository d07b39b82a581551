"""Windows for VoiceBridge, by SendInput and the Windows clipboard."""
