"""An engine as the conformance tests call it: what it returns is checked, and its exceptions become messages."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from voicebridge.engines.inputs import audio_for, text_for, tts_request_for
from voicebridge.errors import VoiceBridgeError
from voicebridge.specs import ModelSpec
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

_Item = TypeVar("_Item")
_NOT_PLUGINS = (Path(__file__).parent, Path())  # Path() is of Python's frozen modules


class TestedEngine:
    """A loaded engine that receives its input in the form that its descriptor asks for."""

    __test__ = False

    def __init__(self, engine: Any, spec: ModelSpec) -> None:
        """Wrap a loaded engine."""
        self._engine: Any = engine
        self._spec: Any = spec

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> CapturedOutput[Segment]:
        """The segments of one utterance."""
        return CapturedOutput("transcribe()", Segment, lambda: self._engine.transcribe(audio_for(self._spec, audio), request))

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> CapturedOutput[AudioChunk]:
        """The audio of one reading."""
        asked = tts_request_for(self._spec, request)
        return CapturedOutput("synthesize()", AudioChunk, lambda: self._engine.synthesize(text_for(self._spec, text), asked))

    def close(self) -> None:
        """Close the engine."""
        with blamed("close()"):
            self._engine.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class CapturedOutput(Generic[_Item]):
    """What a method of an engine returned: an iterator of items of one type."""

    def __init__(self, method: str, kind: type[_Item], begin: Any) -> None:
        """Call the method.

        Args:
            method: its name, for messages.
            kind: the type of the items.
            begin: calls it.
        """
        self._method, self._kind = method, kind
        with blamed(method):
            self._items = begin()
        if not (hasattr(self._items, "__next__") and callable(getattr(self._items, "close", None))):
            what = type(self._items).__name__
            pytest.fail(
                f"{method} returned {_a(what)}, not an iterator that can be closed: yield each {kind.__name__} as soon as it is known, "
                "which makes it a generator."
            )

    def __iter__(self) -> Iterator[_Item]:
        return self

    def __next__(self) -> _Item:
        with blamed(self._method):
            item = next(self._items)
        if not isinstance(item, self._kind):
            what = type(item).__name__
            pytest.fail(
                f"{self._method} yielded {_a(what)}, not {_a(self._kind.__name__)}: wrap the result in voicebridge.{self._kind.__name__}."
            )
        return item

    def first(self) -> _Item:
        """The first item; fails the running test if there is none."""
        try:
            return next(self)
        except StopIteration:
            pytest.fail(f"{self._method} yielded nothing for the kit's input: give a {self._kind.__name__} for it.")

    def close(self) -> None:
        """Stop the work."""
        with blamed(f"close() of the iterator of {self._method}"):
            self._items.close()


@contextmanager
def blamed(doing: str) -> Iterator[None]:
    """Fail the running test with a message if engine code raises anything but a VoiceBridgeError; ``doing`` names what was called."""
    try:
        yield
    except (VoiceBridgeError, StopIteration):
        raise
    except SystemExit as error:
        pytest.fail(f"{doing} ended the program (SystemExit{_where(error)}): raise a VoiceBridgeError that says what is wrong instead.")
    except Exception as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        pytest.fail(
            f"{doing} raised {said}{_where(error)}: handle it, or raise a VoiceBridgeError, such as ModelError, that says what is "
            "wrong and what to do."
        )


def _where(error: BaseException) -> str:
    """The place in the plugin, or in its library, where an error was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent not in _NOT_PLUGINS]
    return f", {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""


def _a(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
