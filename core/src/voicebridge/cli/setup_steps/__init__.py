"""The steps of ``voicebridge setup``: each has one part of VoiceBridge do its work for real, and looks at what came of it."""
