from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_models():
    yield SttSpec(
        name="ear",
        factory="sample_faulty.engine:Engine",
        options="sample_faulty.options:Options",
        description="Hears, with a fault.",
        streaming=True,
    )
