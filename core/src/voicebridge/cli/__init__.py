"""The command line: :mod:`voicebridge.cli.app` assembles it, one module holds each verb."""
