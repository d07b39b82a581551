"""Voice: speak a sentence, and recognise it through the microphone, or else directly from the audio."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from voicebridge.cli.setup.listening import Eavesdropper, RecordedSound, is_like
from voicebridge.cli.setup.weights import have
from voicebridge.cli.shared.config_file import set_key
from voicebridge.errors import ModelError, UnavailableError, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.dictation.choose import LazyModel
    from voicebridge.ports import Speaker
    from voicebridge.runtime.registry import Registry
    from voicebridge.tts.choose import SpeechSetup

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
"""The sentence, by the voice's language; other voices speak English here."""


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    from voicebridge.api.tts import TtsModel

    registry = session.registry()
    speaker: Speaker = registry.load_service("speaker")
    reader, chosen = _choose(talk, registry)
    have(talk, reader.model)
    language = reader.language if reader.language in SENTENCES else "en"
    text = SENTENCES[language]
    talk.say(f"{reader.model.full_name} says: {text}")
    with closing(TtsModel(reader, daemon=False)) as voice:
        chunks = list(voice.speak(text))
    listener = _listener(registry)
    speaker.play(iter(chunks), registry.config.settings.tts.device)
    played = RecordedSound.of(chunks)
    heard = _heard_by(session, text, language, played, listener.heard() if listener else None)
    if not heard and not talk.asks:
        raise ModelError(f"{reader.model.full_name} spoke. No model is downloaded to check it: voicebridge setup model")
    if not talk.agree("Did you hear it?"):
        raise UnavailableError(
            "It was played, but you heard nothing. Turn up the volume, or choose a speaker that `voicebridge devices` lists: "
            "voicebridge config set tts.device NAME"
        )
    if chosen:
        set_key(session.state, "tts.voice", chosen)
    return f"{reader.model.full_name} was played. {heard}".rstrip()


def _choose(talk: Talk, registry: Registry) -> tuple[SpeechSetup, str]:
    """The model, and its name if the user chose one."""
    from voicebridge.tts.choose import choose

    reader = choose(registry, model=None, voice=None, asked={})
    while True:
        name = talk.ask(
            f"Which voice? Press Enter for {reader.request.voice or reader.model.full_name}, or type a name that `voicebridge "
            "voices` lists."
        )
        if not name:
            return reader, ""
        try:
            return choose(registry, model=None, voice=name, asked={}), name
        except UsageError as error:
            talk.say(str(error))


def _listener(registry: Registry) -> Eavesdropper | None:
    try:
        return Eavesdropper(registry.load_service("microphone"), registry.config.settings.dictation.device)
    except VoiceBridgeError:  # reported by the microphone's own step
        return None


def _heard_by(session: Session, text: str, language: str, played: RecordedSound, recorded: RecordedSound | None) -> str:
    """How the sentence was recognised, as a sentence; empty if there is no model to recognise it.

    Raises:
        ModelError: if the audio doesn't contain the sentence.
    """
    lazy_model = _lazy_model(session, language)
    if lazy_model is None:
        return ""
    if recorded is not None and is_like(text, session.transcribe(lazy_model, recorded), language):
        return f"The microphone heard it, and {lazy_model.model.full_name} transcribed every word."
    heard = session.transcribe(lazy_model, played)
    if not is_like(text, heard, language):
        raise ModelError(
            f"{lazy_model.model.full_name} heard {heard!r} where the voice was to say {text!r}. Choose another voice: voicebridge voices"
        )
    return f"{lazy_model.model.full_name} found every word in the audio; no microphone heard it."


def _lazy_model(session: Session, language: str) -> LazyModel | None:
    try:
        lazy_model = session.lazy_model()
    except VoiceBridgeError:  # reported by the model's own step
        return None
    known = lazy_model.model.spec.languages
    return lazy_model if lazy_model.model.is_local() and (known is None or language in known) else None
