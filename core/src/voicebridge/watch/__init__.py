"""Watched folders: each new file is transcribed, or turned into audio, exactly once."""
