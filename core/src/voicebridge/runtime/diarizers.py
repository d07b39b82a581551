"""The diarizer that labels speakers: which one is used, and guarded calls of it (docs/adr/0047-diarizers.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from numbers import Real
from threading import Event, Lock
from typing import Any

from voicebridge.errors import ConfigError, NotSupportedError, PluginError, UnavailableError, UsageError
from voicebridge.extension_ports import Diarizer, Turn
from voicebridge.extensions import DiarizerSpec
from voicebridge.runtime.defaults import remembered_first
from voicebridge.runtime.extensions import Extension, extensions, named
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.registry import Registry
from voicebridge.speech import AudioChunk

MOST = 1_000_000
"""Maximum turns of a recording; a plugin that yields more never ends."""
_CLOSING = 10.0
"""Maximum seconds for closing a diarizer."""


def chosen_diarizer(registry: Registry, name: str | None = None) -> Extension[DiarizerSpec]:
    """The diarizer of that name; by default the configured one, else the first, which stays the same when others are installed.

    Raises:
        UnknownNameError: if there is none of that name, with the closest one.
        AmbiguousNameError: if there are several.
        ConfigError: if the configuration names an unknown one.
        UnavailableError: if no active plugin provides any.
    """
    found = extensions(registry.host, DiarizerSpec)
    if name is not None:
        return named(name, found, "diarizer")
    if (configured := registry.config.settings.stt.diarizer) is not None:
        try:
            return named(configured, found, "diarizer")
        except UsageError as error:  # an unknown or ambiguous name
            raise ConfigError(f"stt.diarizer: {error}") from error
    if not found:
        raise UnavailableError(
            f"No active plugin provides a diarizer, which tells speakers apart. Install a plugin with one, or {_without(registry)}"
        )
    chosen = remembered_first("diarizer", [each.full_name for each in found])
    return next(each for each in found if each.full_name == chosen)


def _without(registry: Registry) -> str:
    """How to label speakers without a diarizer."""
    if able := next((model.full_name for model in registry.stt_models() if model.spec.diarization), None):
        return f"use a model that labels speakers itself: -m {able}"
    from voicebridge.installing import remedy

    return f"a model that labels speakers itself and needs a GPU: {remedy('voicebridge-vibevoice')}"


class PluginDiarizer:
    """A diarizer, loaded on first use and guarded; it can be used from any thread, and is called by one at a time."""

    def __init__(self, extension: Extension[DiarizerSpec]) -> None:
        """Prepare; nothing is loaded yet."""
        self.name = extension.full_name
        self.sample_rate = extension.spec.sample_rate
        self._extension = extension
        self._owner = extension.owner()
        self._lock = Lock()
        self._made: Diarizer | None = None

    def check(self, speakers: int | None) -> None:
        """Reject more speakers than it tells apart.

        Raises:
            NotSupportedError: with the maximum.
        """
        most = self._extension.spec.max_speakers
        if speakers is not None and most is not None and speakers > most:
            raise NotSupportedError(f"{self.name} tells apart up to {most} speakers, not {speakers}. Give {most} or fewer.")

    def turns(self, audio: Iterable[AudioChunk], speakers: int | None) -> list[Turn]:
        """All turns of a recording, in order of their starts.

        Args:
            audio: at :attr:`sample_rate`.
            speakers: how many people speak, if known.

        Raises:
            PluginError: if the diarizer fails, does nothing for too long, or yields anything but turns.
            VoiceBridgeError: of the audio, or with which the plugin refuses.
        """
        seconds = self._extension.spec.seconds
        with self._lock:
            if self._made is None:
                self._made = self._owner.within(seconds, lambda: self._extension.make(Diarizer))
            made, source, returned = self._made, _Source(audio), Event()

            def collect(note: Callable[[], None]) -> list[Turn]:
                try:
                    return _collected(self._owner, made.diarize(source.chunks(note), speakers), note)
                finally:
                    returned.set()

            try:
                found = self._owner.while_active(seconds, collect)
            except BaseException:
                if not returned.is_set():  # its thread may still be in the object
                    self._made = None
                source.raise_own()
                raise
            finally:
                source.over = True
            source.raise_own()
            return found

    def diarize(self, audio: Iterable[AudioChunk], speakers: int | None) -> Iterator[Turn]:
        """Like :meth:`turns`, as a :class:`voicebridge.extension_ports.Diarizer`.

        Raises:
            NotSupportedError: if it doesn't tell so many speakers apart.
            VoiceBridgeError: like :meth:`turns`.
        """
        self.check(speakers)
        yield from self.turns(audio, speakers)

    def close(self) -> None:
        """Free its resources; errors are logged. It is loaded again when it is used."""
        with self._lock:
            made, self._made = self._made, None
            if made is not None:
                self._owner.attempt(lambda: self._owner.within(_CLOSING, made.close))


class _Source:
    """The audio as the plugin receives it: errors of the recording are not the plugin's, even if it hides or replaces them."""

    def __init__(self, audio: Iterable[AudioChunk]) -> None:
        self._audio = audio
        self._failure: BaseException | None = None
        self.over = False
        """Whether the recording may be closed already."""

    def chunks(self, note: Callable[[], None]) -> Iterator[AudioChunk]:
        """Yield the audio; ``note`` is called for each chunk."""
        audio = iter(self._audio)
        while not self.over:
            try:
                chunk = next(audio)
            except StopIteration:
                return
            except BaseException as error:
                self._failure = error
                raise
            note()
            yield chunk

    def raise_own(self) -> None:
        """Raise the error of the recording, if there was one."""
        if self._failure is not None:
            raise self._failure


def _collected(owner: Owner, turns: Any, note: Callable[[], None]) -> list[Turn]:
    found: list[Turn] = []
    for turn in turns:
        note()
        if len(found) == MOST:
            raise PluginError(owner.problem(f"yielded more than {MOST:,} turns"))
        found.append(_checked(owner, turn))
    return sorted(found, key=lambda turn: (turn.start, turn.end))


def _checked(owner: Owner, turn: object) -> Turn:
    """A turn with plain values.

    Raises:
        PluginError: if it isn't one.
    """
    if not isinstance(turn, Turn):
        raise PluginError(owner.problem(f"yielded a {type(turn).__name__}, not a Turn"))
    times: tuple[object, object] = (turn.start, turn.end)
    for time in times:
        if not isinstance(time, Real) or not math.isfinite(time):
            raise PluginError(owner.problem(f"yielded a turn whose times are {turn.start!r} and {turn.end!r}, not seconds"))
    start, end = float(turn.start), float(turn.end)
    if end < start:
        raise PluginError(owner.problem(f"yielded a turn that ends before it starts ({start:.2f} to {end:.2f} s)"))
    if not isinstance(turn.speaker, str) or not turn.speaker.strip():
        raise PluginError(owner.problem(f"yielded a turn whose speaker is {turn.speaker!r}, not a label"))
    return Turn(start, end, str(turn.speaker))
