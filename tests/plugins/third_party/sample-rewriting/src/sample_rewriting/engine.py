from dataclasses import replace

import numpy as np
import voicebridge
from pydantic import Field
from voicebridge import EngineOptions


class Options(EngineOptions):
    model: str = Field("counting/fake", description="The model that listens.")


class Engine:
    def __init__(self, name, options):
        self.model = voicebridge.load_model(options.model if name == "rewritten" else name)

    def transcribe(self, audio, request):
        samples = np.concatenate([chunk.samples for chunk in audio] or [np.zeros(0, np.float32)])
        if not len(samples):
            return
        for segment in self.model.stream(samples, sample_rate=16_000, language=request.language):
            yield replace(segment, text=rewritten(segment.text))

    def close(self):
        self.model.close()


def rewritten(text):
    return text.upper() + "."
