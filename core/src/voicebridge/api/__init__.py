"""VoiceBridge from Python: what the command line does, over paths, arrays and text."""
