"""Microphone: record a sentence, show its level, and transcribe it if there is a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicebridge.cli.setup.listening import SPOKEN, sentence
from voicebridge.cli.shared.config_file import set_key, unset_key
from voicebridge.cli.shared.meter import Meter
from voicebridge.errors import InputError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup.listening import RecordedSound
    from voicebridge.cli.setup.session import Session
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.dictation.choose import LazyModel
    from voicebridge.ports import Microphone


def run(talk: Talk, session: Session) -> str:
    """Run the test; return what works, raise what doesn't."""
    from voicebridge.dictation.capture import MUTED

    registry = session.registry()
    microphone: Microphone = registry.load_service("microphone")
    configured = registry.config.settings.dictation.device
    device = _choose(talk, microphone, configured)
    lazy_model = _lazy_model(session)
    if lazy_model is not None:
        lazy_model.open()  # the model loads while the user speaks
    talk.say(f"Say a sentence, such as: {SPOKEN}")
    meter = Meter()
    try:
        sound = sentence(microphone, device, session.seconds, meter)
    finally:
        meter.close()
    if meter.loudest == 0:
        raise InputError(MUTED)
    talk.say(meter.verdict)
    if not sound.spoken or meter.is_faint:
        raise InputError("There is sound, but no speech was detected. Speak when asked, or choose another microphone.")
    session.sentence = sound
    words = "The words are checked in the step model." if lazy_model is None else _written_down(talk, session, lazy_model, sound)
    if device != configured:
        set_key(session.state, "dictation.device", device) if device is not None else unset_key(session.state, "dictation.device")
    return f"{meter.verdict} {words}"


def _choose(talk: Talk, microphone: Microphone, configured: str | None) -> str | None:
    """The microphone to record from; ``None`` for the system's default."""
    found = microphone.devices()
    names = {device.id: device.name + (" (system default)" if device.default else "") for device in found}
    preferred = next((device.id for device in found if device.default), None)
    used = next((device.id for device in found if configured and configured in (device.id, device.name)), None)
    suggested = used or preferred
    if suggested is None or (configured and used is None):
        return configured  # possibly part of a name: recording shows whether it matches
    chosen = talk.pick("microphone", names, suggested)
    talk.say(f"The microphone is {names[chosen]}.")
    if chosen == used:
        return configured
    return None if chosen == preferred else chosen


def _lazy_model(session: Session) -> LazyModel | None:
    """A speech-to-text model, if one is on this machine."""
    try:
        lazy_model = session.lazy_model()
        return lazy_model if lazy_model.model.is_local() else None
    except VoiceBridgeError:  # reported by the model's own step
        return None


def _written_down(talk: Talk, session: Session, lazy_model: LazyModel, sound: RecordedSound) -> str:
    heard = session.transcribe(lazy_model, sound)
    if not heard:
        raise InputError(f"{lazy_model.model.full_name} found no words in the recording. Speak louder, or closer to the microphone.")
    talk.say(f"Heard: {heard}")
    if not talk.agree("Is that what you said, more or less?"):
        raise InputError(f"{lazy_model.model.full_name} misheard you. Speak closer to the microphone, or choose a larger model.")
    return f"{lazy_model.model.full_name} transcribed what you said."
