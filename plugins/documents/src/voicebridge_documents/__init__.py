"""More document formats for VoiceBridge: transcripts as SBV and Word, and OpenDocument and RTF files to be read."""
