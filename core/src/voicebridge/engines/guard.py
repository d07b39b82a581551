"""Wrap every engine: check and normalise its results, and turn its exceptions into one-line errors that name its package.

The rest of the core relies on what :mod:`voicebridge.ports` specifies. Engines are wrapped when they are loaded
(:mod:`voicebridge.engines.loader`), in commands, in the daemon's workers and in Python.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from voicebridge.engines.checked_segments import SegmentCheck
from voicebridge.engines.inputs import audio_for, check_speed, text_for, tts_request_for
from voicebridge.errors import PluginError
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.prints import prints_shown
from voicebridge.specs import SttSpec, TtsSpec
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

log = logging.getLogger(__name__)

_Item = TypeVar("_Item")
_Checked = TypeVar("_Checked")
_Spec = TypeVar("_Spec", SttSpec, TtsSpec)


class EngineOwner(Owner):
    """The model and package that an engine belongs to."""

    __slots__ = ()
    memory_remedy: ClassVar[str] = "Close other programs, or choose a smaller model: voicebridge models"


class _Guarded(Generic[_Spec]):
    """A wrapped engine."""

    def __init__(self, engine: Any, owner: EngineOwner, spec: _Spec) -> None:
        """Wrap a loaded engine."""
        self._engine, self._owner = engine, owner
        self._spec: _Spec = spec
        self._closed = False

    def close(self) -> None:
        """Free the model's resources. The engine's ``close`` is called at most once; its errors are only logged."""
        if self._closed:
            return
        self._closed = True
        self._owner.attempt(lambda: self._engine.close())

    def _report(self, mistake: str) -> None:
        log.warning("%s", self._owner.problem(mistake))


class GuardedStt(_Guarded[SttSpec]):
    """A wrapped speech-to-text engine; a :class:`voicebridge.ports.SpeechToText`."""

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Generator[Segment, None, None]:
        """Yield the engine's segments, checked by :class:`voicebridge.engines.checked_segments.SegmentCheck`; drafts only on request.

        Raises:
            VoiceBridgeError: if the engine fails.
        """
        check = SegmentCheck(self._report, self._spec, request)
        source = _Input(audio)
        yield from _results(
            self._owner, source, lambda: self._engine.transcribe(audio_for(self._spec, source), request), check.checked, check.finish
        )


class GuardedTts(_Guarded[TtsSpec]):
    """A wrapped text-to-speech engine; a :class:`voicebridge.ports.TextToSpeech`."""

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Generator[AudioChunk, None, None]:
        """Yield the engine's audio, checked by :class:`voicebridge.engines.checked_sound.SoundCheck`.

        Raises:
            NotSupportedError: if the request is for a speed that the engine doesn't support.
            VoiceBridgeError: if the engine fails.
        """
        from voicebridge.engines.checked_sound import SoundCheck  # imports numpy, which commands served by the daemon don't need

        check_speed(self._owner.name, self._spec, request.speed)
        check, asked = SoundCheck(self._report), tts_request_for(self._spec, request)
        source = _Input(text)
        yield from _results(self._owner, source, lambda: self._engine.synthesize(text_for(self._spec, source), asked), check.checked)


class _Input(Generic[_Item]):
    """The engine's input. It belongs to the caller: its errors must reach the caller unchanged."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._items = iter(items)
        self._ended = False
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[_Item]:
        return self

    def __next__(self) -> _Item:
        if self._ended:
            raise StopIteration
        with prints_shown():
            try:
                return next(self._items)
            except BaseException as error:
                self._ended = True
                if not isinstance(error, StopIteration):
                    self.error = error
                raise

    def close(self) -> None:
        """End the input, in case a cancelled engine keeps reading."""
        self._ended = True


def _results(
    owner: EngineOwner,
    source: _Input[Any],
    begin: Callable[[], Iterable[object]],
    checked: Callable[[object], _Checked | None],
    finish: Callable[[], None] = lambda: None,
) -> Generator[_Checked, None, None]:
    """Yield an engine's results, checked; close its iterator at the end.

    Args:
        owner: of the engine.
        source: its input.
        begin: starts it.
        checked: returns a checked result, or ``None`` to leave it out.
        finish: called when the engine has yielded everything.
    """
    results = _run(owner, source, lambda: iter(begin()))
    try:
        while (result := _run(owner, source, lambda: next(results, _END))) is not _END:
            try:
                good = checked(result)
            except (TypeError, ValueError) as error:
                raise PluginError(owner.problem(str(error))) from error
            if good is not None:
                yield good
        if source.error is not None:  # the engine treated it as the end of its input
            raise source.error
        finish()
    finally:
        source.close()
        if callable(close := getattr(results, "close", None)):
            owner.attempt(close)


_END: Any = object()


def _run(owner: EngineOwner, source: _Input[Any], do: Callable[[], _Checked]) -> _Checked:
    """Run engine code; if its input has failed, raise the input's error instead of the engine's."""
    try:
        with owner.blamed():
            return do()
    except BaseException:
        if source.error is not None:
            raise source.error from None
        raise
