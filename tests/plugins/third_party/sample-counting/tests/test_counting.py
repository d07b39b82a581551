from voicebridge.testing import SttContract


class TestFake(SttContract):
    model = "counting/fake"
    understands_english = False
