"""Run one job with a model in a separate process, to be traced from outside: ``python -m voicebridge.testing.one_job MODEL OPTIONS``.

``MODEL`` is ``plugin/model``, ``OPTIONS`` are its engine options as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from voicebridge.engines.loader import load
from voicebridge.options import Layer
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import PluginHost, load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.specs import SttSpec
from voicebridge.speech import SttRequest, TtsRequest
from voicebridge.testing.sounds import FOX, in_chunks


def main() -> None:
    """Load the model, and transcribe or speak a sentence."""
    name, options = sys.argv[1:]
    plugin = name.partition("/")[0]
    record = load_plugins(only=[plugin]).get(plugin)
    model = Registry(PluginHost([record]), Config(Path("config.toml"), {}, None, {})).any_model(name)
    engine = load(model, model.options([Layer("the test class", json.loads(options))]))
    rate = model.spec.sample_rate
    made = (
        engine.transcribe(in_chunks(FOX.at(rate), rate), SttRequest())
        if isinstance(model.spec, SttSpec)
        else engine.synthesize([FOX.text], TtsRequest())
    )
    sys.stdout.write(f"{sum(1 for _ in made)}\n")
    engine.close()


if __name__ == "__main__":
    main()
