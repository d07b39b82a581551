"""The command line: :mod:`voicebridge.cli.app` assembles it; each command has its own module."""
