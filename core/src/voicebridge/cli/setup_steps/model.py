"""Model: chosen, fetched where it is not here, loaded, and given a sentence to write down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicebridge.cli.config import set_value
from voicebridge.cli.models import languages_of, size_of
from voicebridge.cli.setup_steps.listening import SPOKEN, is_like, spoken_sample
from voicebridge.cli.setup_steps.weights import have
from voicebridge.errors import ModelError, UsageError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.dictation.ear import Ears
    from voicebridge.model import Model
    from voicebridge.registry import Registry

_SHOWN = 9
"""Models that are offered; any other can be named."""


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    registry = session.registry()
    suggested = registry.stt()
    model = _choose(talk, registry, suggested)
    have(talk, model)
    ears = session.ears(model.full_name)
    ears.open().engine.result()
    talk.say(f"{model.full_name} is loaded.")
    words = _try_words(talk, session, ears)
    if model.full_name != suggested.full_name:
        set_value("stt.model", model.full_name)
    return f"{model.full_name} is loaded. {words}"


def _choose(talk: Talk, registry: Registry, suggested: Model[Any]) -> Model[Any]:
    if not talk.asks:
        return suggested
    is_local = {model.full_name: model.is_local() for model in [*registry.stt_models(), suggested]}
    others = [model for model in registry.stt_models() if model.full_name != suggested.full_name]
    others.sort(key=lambda model: (not is_local[model.full_name], not model.spec.light))
    named = [suggested, *others][:_SHOWN]
    talk.say(f"     {'Model':<26} {'Lang':<6} {'Size':>7}  Speed  Accuracy  Here")
    for number, model in enumerate(named, 1):
        talk.say(_line(number, model, here=is_local[model.full_name]))
    while True:
        answer = talk.ask("Which model? A number, or any name of `voicebridge models`; Enter takes 1.", suggested.full_name)
        if answer.isdecimal() and 1 <= int(answer) <= len(named):
            return named[int(answer) - 1]
        try:
            return registry.stt(answer)
        except UsageError as error:
            talk.say(str(error))


def _line(number: int, model: Model[Any], *, here: bool) -> str:
    spec = model.spec
    fast, accurate = (f"{grade}/5" if grade else "" for grade in (spec.fast, spec.accurate))
    columns = f"{model.full_name:<26} {languages_of(spec):<6} {size_of(spec):>7}  {fast:<5}  {accurate:<8}"
    return f"  {number}  {columns}  {'yes' if here else 'no'}"


def _try_words(talk: Talk, session: Session, ears: Ears) -> str:
    """Have it write down what was said into the microphone, or else what comes with VoiceBridge."""
    said = session.sentence
    heard = session.transcribe(ears, said or spoken_sample())
    talk.say(f"Heard: {heard}")
    if said is not None:
        if not heard:
            raise ModelError(
                f"{ears.model.full_name} heard no words in what you said. Try the microphone again: voicebridge setup microphone"
            )
        if not talk.agree("Is that what you said, more or less?"):
            raise ModelError(f"{ears.model.full_name} misheard you. Choose a larger model: voicebridge setup model")
        return "It wrote down what was said into the microphone."
    languages = ears.model.spec.languages
    if languages is not None and "en" not in languages:
        return "It was given an English sentence, which it does not know."
    if not is_like(SPOKEN, heard, "en"):
        raise ModelError(f"{ears.model.full_name} heard {heard!r} where {SPOKEN!r} is said. Choose another: voicebridge setup model")
    return "It wrote down a sentence that comes with VoiceBridge."
