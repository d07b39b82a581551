"""macOS for VoiceBridge, by the pasteboard and Quartz events."""
