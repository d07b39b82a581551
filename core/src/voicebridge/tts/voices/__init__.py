"""The user's own voices: samples for cloning."""
