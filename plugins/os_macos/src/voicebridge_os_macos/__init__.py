"""macOS support for VoiceBridge, using the pasteboard and Quartz events."""
