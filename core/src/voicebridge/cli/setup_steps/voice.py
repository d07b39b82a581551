"""Voice: speaks a sentence, which the microphone hears, or else a model in what was played."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from voicebridge.cli.config import set_value
from voicebridge.cli.setup_steps.listening import Eavesdropper, Sound, is_like
from voicebridge.cli.setup_steps.weights import have
from voicebridge.errors import ModelError, Unavailable, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.dictation.ear import Ears
    from voicebridge.ports import Speaker
    from voicebridge.registry import Registry
    from voicebridge.speaking import Reader

SENTENCES = {
    "en": "This is the voice that will read your texts aloud.",
    "de": "Das ist die Stimme, die dir deine Texte vorlesen wird.",
    "fr": "Voici la voix qui lira vos textes à haute voix.",
    "es": "Esta es la voz que leerá tus textos en voz alta.",
    "it": "Questa è la voce che leggerà i tuoi testi ad alta voce.",
    "pt": "Esta é a voz que vai ler os seus textos em voz alta.",
    "nl": "Dit is de stem die je teksten zal voorlezen.",
    "pl": "To jest głos, który będzie czytał twoje teksty na głos.",
}
"""What is spoken, by the voice's language; any other voice speaks English here."""


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    from voicebridge.api.tts import TtsModel

    registry = session.registry()
    speaker: Speaker = registry.load_service("speaker")
    reader, chosen = _choose(talk, registry)
    have(talk, reader.model)
    language = reader.language if reader.language in SENTENCES else "en"
    text = SENTENCES[language]
    talk.say(f"{reader.model.full_name} says: {text}")
    with closing(TtsModel(reader)) as voice:
        chunks = list(voice.speak(text))
    listener = _listener(registry)
    speaker.play(iter(chunks), registry.config.settings.tts.device)
    played = Sound.of(chunks)
    heard = _heard_by(session, text, language, played, listener.heard() if listener else None)
    if not heard and not talk.asks:
        raise ModelError(
            f"{reader.model.full_name} spoke, and no model is here that could hear whether it was right: voicebridge setup model"
        )
    if not talk.agree("Did you hear it?"):
        raise Unavailable(
            "It was played, and you heard nothing. Turn the sound up, or choose a loudspeaker that `voicebridge devices` lists: "
            "voicebridge config set tts.device NAME"
        )
    if chosen:
        set_value("tts.voice", chosen)
    return f"{reader.model.full_name} was played. {heard}".rstrip()


def _choose(talk: Talk, registry: Registry) -> tuple[Reader, str]:
    """What speaks, and its name where somebody chose one."""
    from voicebridge.speaking import find_reader

    reader = find_reader(registry, model=None, voice=None, asked={})
    while True:
        name = talk.ask(f"Which voice? Enter takes {reader.request.voice or reader.model.full_name}; or a name of `voicebridge voices`.")
        if not name:
            return reader, ""
        try:
            return find_reader(registry, model=None, voice=name, asked={}), name
        except UsageError as error:
            talk.say(str(error))


def _listener(registry: Registry) -> Eavesdropper | None:
    try:
        return Eavesdropper(registry.load_service("microphone"), registry.config.settings.dictation.device)
    except VoiceBridgeError:  # the microphone's own step tells it
        return None


def _heard_by(session: Session, text: str, language: str, played: Sound, recorded: Sound | None) -> str:
    """Who heard the sentence, as a sentence; empty where no model is here that could.

    Raises:
        ModelError: when what was played is not what was to be spoken.
    """
    ears = _ears(session, language)
    if ears is None:
        return ""
    if recorded is not None and is_like(text, session.transcribe(ears, recorded), language):
        return f"The microphone heard it, word for word by {ears.model.full_name}."
    heard = session.transcribe(ears, played)
    if not is_like(text, heard, language):
        raise ModelError(
            f"{ears.model.full_name} heard {heard!r} in what was spoken for {text!r}. Choose another voice: voicebridge voices"
        )
    return f"{ears.model.full_name} heard every word in the sound; no microphone heard it."


def _ears(session: Session, language: str) -> Ears | None:
    try:
        ears = session.ears()
    except VoiceBridgeError:  # the model's own step tells it
        return None
    known = ears.model.spec.languages
    return ears if ears.model.is_local() and (known is None or language in known) else None
