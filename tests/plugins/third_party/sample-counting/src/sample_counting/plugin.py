from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_models():
    yield SttSpec(name="fake", factory="sample_counting.engine:Engine", description="Counts half seconds, with drafts.", streaming=True)
