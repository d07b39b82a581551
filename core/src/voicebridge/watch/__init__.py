"""Watched folders: every file that is dropped there becomes its transcript, or its sound, exactly once."""
