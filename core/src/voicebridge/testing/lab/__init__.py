"""Desktops, sound servers, buses and terminals of a test's own, for the tests in VoiceBridge's repository.

They are in the source distribution and in editable installations, but not in the wheel. Plugin authors get the conformance kit, which is
the rest of :mod:`voicebridge.testing` and imports none of this.
"""
