"""Microphone: records a sentence, shows how loud it is, and has it transcribed where a model is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicebridge.cli.config import set_value, unset
from voicebridge.cli.levels import Meter
from voicebridge.cli.setup_steps.listening import SPOKEN, sentence
from voicebridge.errors import InputError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.listening import Sound
    from voicebridge.cli.setup_steps.session import Session
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.dictation.ear import Ears
    from voicebridge.ports import Microphone


def run(talk: Talk, session: Session) -> str:
    """Try it; gives what works, and raises what doesn't."""
    from voicebridge.pipeline.capture import MUTED

    registry = session.registry()
    microphone: Microphone = registry.load_service("microphone")
    configured = registry.config.settings.dictation.device
    device = _choose(talk, microphone, configured)
    ears = _ears(session)
    if ears is not None:
        ears.open()  # the model loads while somebody speaks
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
        raise InputError("Sound arrives, but nobody was heard to speak. Speak once you are asked to, or choose another microphone.")
    session.sentence = sound
    words = "Its words are tried with the model." if ears is None else _written_down(talk, session, ears, sound)
    if device != configured:
        set_value("dictation.device", device) if device is not None else unset("dictation.device")
    return f"{meter.verdict} {words}"


def _choose(talk: Talk, microphone: Microphone, configured: str | None) -> str | None:
    """The microphone to record from; ``None`` is the one that the system prefers, whichever that may be."""
    found = microphone.devices()
    names = {device.id: device.name + (" (the system's choice)" if device.default else "") for device in found}
    preferred = next((device.id for device in found if device.default), None)
    used = next((device.id for device in found if configured and configured in (device.id, device.name)), None)
    suggested = used or preferred
    if suggested is None or (configured and used is None):
        return configured  # a part of a name, perhaps: recording tells whether it is one
    chosen = talk.pick("microphone", names, suggested)
    talk.say(f"The microphone is {names[chosen]}.")
    if chosen == used:
        return configured
    return None if chosen == preferred else chosen


def _ears(session: Session) -> Ears | None:
    """What writes down what is said, where a model is on this machine."""
    try:
        ears = session.ears()
        return ears if ears.model.is_local() else None
    except VoiceBridgeError:  # the model's own step tells it
        return None


def _written_down(talk: Talk, session: Session, ears: Ears, sound: Sound) -> str:
    heard = session.transcribe(ears, sound)
    if not heard:
        raise InputError(f"{ears.model.full_name} heard no words in what was said. Speak louder, or nearer to the microphone.")
    talk.say(f"Heard: {heard}")
    if not talk.agree("Is that what you said, more or less?"):
        raise InputError(f"{ears.model.full_name} misheard you. Speak nearer to the microphone, or choose a larger model.")
    return f"{ears.model.full_name} wrote down what was said."
