"""The shapes that engines and services have.

A plugin's class needs no base class: having these methods is enough. Everything is a plain iterator and blocks; nothing here is
asynchronous (docs/adr/0002-sync-iterators.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

Progress = Callable[[int, int | None], None]
"""Told the bytes fetched so far and, where known, the bytes in all."""


@runtime_checkable
class SpeechToText(Protocol):
    """A loaded speech-to-text model.

    The object is the model and is shared: several iterators of :meth:`transcribe` may be under way at once, and all the state of
    one utterance lives in its iterator. A loader is called as ``factory(name, options)``, where ``name`` is the model's name within
    its plugin and ``options`` an instance of the spec's options class (``None`` where it has none).
    """

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments in order of time as soon as they are known.

        ``audio`` comes at the spec's sample rate and may be endless; closing the returned iterator stops the work.

        Raises:
            VoiceBridgeError: when the model fails, with what to do about it.
        """
        ...

    def close(self) -> None:
        """Free what the model holds. Calling it twice does no harm."""
        ...


@runtime_checkable
class TextToSpeech(Protocol):
    """A loaded text-to-speech model; shared in the way that :class:`SpeechToText` is."""

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield sound as soon as it is made; closing the returned iterator stops the work.

        ``text`` arrives in sentences or longer pieces, and is spoken without a pause of the caller's between them: pauses are the
        caller's to add. Where the spec has several ``speakers`` a piece may be a :class:`voicebridge.Line`. Chunks are at the spec's sample
        rate, or all at the one that they name, and their ``start`` counts from the first of them.

        Raises:
            VoiceBridgeError: when the model fails, with what to do about it.
        """
        ...

    def close(self) -> None:
        """Free what the model holds. Calling it twice does no harm."""
        ...


@dataclass(frozen=True, slots=True)
class WeightsPlace:
    """One place where a model's weights may be, and whether they are there."""

    kind: str
    """``folder``, ``cache``, ``hub cache``, ``package`` or ``hub``."""
    where: str
    """A path, a distribution's name, or an address."""
    found: bool
    """True when loading from here would work as far as can be told without loading."""
    local: bool = True
    """False when the weights would have to come over the network."""
    note: str = ""
    """What stands in the way, or what to type to change it."""


@runtime_checkable
class WeightsStore(Protocol):
    """Where a plugin's models keep their weights; a spec's ``weights`` reference is called without arguments and gives one."""

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """Every place that is looked at, in order; the first that is found wins. Never touches the network."""
        ...

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Return the folder of the weights, fetched first unless they are on this machine; whole and checked, or not at all.

        Raises:
            DownloadError: with the reason and the remedy.
        """
        ...

    def remove(self, model: str) -> Sequence[Path]:
        """Delete what :meth:`download` fetched and return the folders that are gone; other people's copies stay."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or a loudspeaker as the user knows it."""

    id: str
    name: str
    default: bool = False


class Microphone(Protocol):
    """Records."""

    def devices(self) -> Sequence[Device]:
        """Every input that can be recorded from."""
        ...

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        """Yield sound as it is heard, until the iterator is closed; raises Unavailable when the device vanishes."""
        ...


class Speaker(Protocol):
    """Plays."""

    def devices(self) -> Sequence[Device]:
        """Every output that can be played on."""
        ...

    def play(self, audio: Iterable[AudioChunk], device: str | None) -> None:
        """Return when the last sample has been heard.

        ``audio`` is taken as it is needed and a little ahead; an error that it raises comes through after what was made before it.

        Raises:
            Unavailable: when there is no such device, or it vanishes while playing.
        """
        ...


class Clipboard(Protocol):
    """Reads and writes the clipboard."""

    def read(self) -> str:
        """The text on the clipboard, empty when it holds none."""
        ...

    def selection(self) -> str:
        """The text that is selected where the focus is, empty when none is.

        Raises:
            Unavailable: where that can't be found out.
        """
        ...

    def write(self, text: str) -> None:
        """Replace what is on the clipboard."""
        ...


class TextInserter(Protocol):
    """Puts text where the cursor is."""

    def insert(self, text: str) -> None:
        """Return once the target has the text; raises Unavailable when that could not be brought about."""
        ...


class Hotkeys(Protocol):
    """Listens for keys wherever the focus is."""

    def listen(self, keys: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Yield (key, pressed) until the iterator is closed."""
        ...


class Notifier(Protocol):
    """Tells the user something briefly."""

    def notify(self, title: str, body: str) -> None:
        """Show a notice; never waits for the user."""
        ...


class Autostart(Protocol):
    """Starts VoiceBridge with the user's session."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the session starts."""
        ...

    def uninstall(self) -> None:
        """Undo :meth:`install`."""
        ...
