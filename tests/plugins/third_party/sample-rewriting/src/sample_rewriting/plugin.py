from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_models():
    yield SttSpec(
        name="rewritten",
        factory="sample_rewriting.engine:Engine",
        options="sample_rewriting.engine:Options",
        description="Another model, its text rewritten.",
        streaming=True,
        words=False,
        open_names="rewriting/PLUGIN/MODEL for any other model",
    )
