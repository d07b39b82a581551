from voicebridge.testing import SttContract


class TestRewritten(SttContract):
    model = "rewriting/rewritten"
    understands_english = False  # the other model counts
