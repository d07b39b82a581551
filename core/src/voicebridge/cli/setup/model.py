"""Model: choose, download if necessary, load, and transcribe a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicebridge.cli.models import languages_of, size_of
from voicebridge.cli.setup.listening import SPOKEN, is_like, spoken_sample
from voicebridge.cli.setup.weights import have
from voicebridge.cli.shared.config_file import set_key
from voicebridge.errors import ModelError, UsageError

if TYPE_CHECKING:
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.dictation.choose import LazyModel
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry

_SHOWN = 9
"""Suggested models; users can enter any other."""


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    registry = session.registry()
    suggested = registry.stt()
    model = _choose(talk, registry, suggested)
    have(talk, model)
    lazy_model = session.lazy_model(model.full_name)
    lazy_model.open().engine.result()
    talk.say(f"{model.full_name} is loaded.")
    words = _try_words(talk, session, lazy_model)
    if model.full_name != suggested.full_name:
        set_key(session.state, "stt.model", model.full_name)
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
        answer = talk.ask(
            "Which model? Type a number, or any name that `voicebridge models` lists. Press Enter for 1.", suggested.full_name
        )
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


def _try_words(talk: Talk, session: Session, lazy_model: LazyModel) -> str:
    """Transcribe the recorded sentence, or else the included sample."""
    said = session.sentence
    heard = session.transcribe(lazy_model, said or spoken_sample())
    talk.say(f"Heard: {heard}")
    if said is not None:
        if not heard:
            raise ModelError(
                f"{lazy_model.model.full_name} found no words in the recording. Test the microphone again: voicebridge setup microphone"
            )
        if not talk.agree("Is that what you said, more or less?"):
            raise ModelError(f"{lazy_model.model.full_name} misheard you. Choose a larger model: voicebridge setup model")
        return "It transcribed what you said."
    languages = lazy_model.model.spec.languages
    if languages is not None and "en" not in languages:
        return "It was not tested: the test sentence is English."
    if not is_like(SPOKEN, heard, "en"):
        raise ModelError(f"{lazy_model.model.full_name} transcribed {SPOKEN!r} as {heard!r}. Choose another: voicebridge setup model")
    return "It transcribed a test sentence correctly."
