"""The steps of ``voicebridge setup``: each one tests a component in use."""
