"""The shapes that engines and services have.

A plugin's class needs no base class: having these methods is enough. Everything is a plain iterator and blocks; nothing here is
asynchronous (docs/adr/0002-sync-iterators.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from voicebridge.playback import Playing
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


@runtime_checkable
class Microphone(Protocol):
    """Records."""

    def devices(self) -> Sequence[Device]:
        """Every input that can be recorded from."""
        ...

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        """Yield sound as it is heard, until the iterator is closed.

        Chunks are at ``sample_rate``, none longer than 50 ms, and the first comes as soon as the device gives samples. Whoever takes
        them may be slow for some seconds without losing any.

        Args:
            device: name or id of an input, or a part of it that no other has; ``None`` is the one that the system prefers.
            sample_rate: hertz.

        Raises:
            Unavailable: when there is no such device, or it vanishes; what was heard before comes first.
        """
        ...


@runtime_checkable
class Speaker(Protocol):
    """Plays."""

    def devices(self) -> Sequence[Device]:
        """Every output that can be played on."""
        ...

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: Playing | None = None) -> None:
        """Return when the last sample has been heard, or soon after ``playing`` has been stopped.

        ``audio`` is taken as it is needed and a little ahead; an error that it raises comes through after what was made before it.
        A speaker from before ``playing`` came to be, which takes two arguments, goes on to work: it is paused with less precision.

        Args:
            audio: the sound.
            device: name or id of an output, or a part of it that no other has; ``None`` is the one that the system prefers.
            playing: pauses, stops and softens it meanwhile, and is told how much has been heard.

        Raises:
            Unavailable: when there is no such device, or it vanishes while playing.
        """
        ...


@runtime_checkable
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
        """Replace what is on the clipboard; it stays there after this process has ended."""
        ...


@runtime_checkable
class Copies(Protocol):
    """Texts as they are copied, ended by :meth:`close`."""

    def __iter__(self) -> Iterator[str]:
        """Give itself."""
        ...

    def __next__(self) -> str:
        """Wait for the next text; what a password manager has marked, and what is no text, is passed over.

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the clipboard is gone.
        """
        ...

    def close(self) -> None:
        """Stop; any thread may call this, also while another waits."""
        ...


@runtime_checkable
class WatchedClipboard(Clipboard, Protocol):
    """A clipboard with the feature ``copies``."""

    def copies(self) -> Copies:
        """What is copied from now on, by whomever.

        Raises:
            Unavailable: when that can't be known.
        """
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """A window that had the focus, as far as the desktop tells."""

    id: str
    """Tells it from every other window of this session."""
    application: str = ""
    """What its program calls itself: the window class on X, the application id on Wayland, the program's file on Windows, the bundle on
    macOS."""
    title: str = ""


@runtime_checkable
class Focus(Protocol):
    """Knows where the user is writing."""

    def window(self) -> Window | None:
        """The window that has the focus, ``None`` when none has."""
        ...


@dataclass(frozen=True, slots=True)
class CursorText:
    """The text around the cursor; where something is selected, around that, since what is inserted replaces it."""

    before: str
    """The end of what stands before it, some 200 characters at most; empty at the start of the text."""
    after: str = ""
    """The beginning of what stands behind it, one character at least where there is any."""


@runtime_checkable
class Cursor(Protocol):
    """Reads the text around the cursor from the program that has the focus."""

    def look(self) -> None:
        """Find the text field that has the focus, in the background; returns at once. Called when a recording begins."""
        ...

    def text(self) -> CursorText | None:
        """The text around the cursor, ``None`` where that can't be known. Returns within :data:`CURSOR_SECONDS`, whatever happens."""
        ...


CURSOR_SECONDS = 0.03
"""How long :meth:`Cursor.text` may take: the dictated text waits for it."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the user has pressed since a moment."""

    moved: bool = False
    """Whether a key or a click may have moved the cursor or changed the text other than by typing at its end."""
    typed: str = ""
    """Stand-ins for the last characters that were typed since then: ``a`` for any letter, ``1`` for any digit, line breaks, spaces and
    punctuation as themselves. What was typed can't be told from it."""


def stand_ins(text: str) -> str:
    """The stand-ins of :attr:`Pressed.typed` for the characters of a text."""
    return "".join("a" if each.isalpha() else "1" if each.isdigit() else " " if each in " \u00a0\u202f" else each for each in text)


@runtime_checkable
class PressWatch(Protocol):
    """Watches what is pressed, until it is closed; any thread may call any of these."""

    def reset(self) -> None:
        """Count from this moment on: all that was pressed before, by programs too, is forgotten."""
        ...

    def pressed(self) -> Pressed | None:
        """What was pressed since :meth:`reset`; ``None`` where that isn't known any more."""
        ...

    def close(self) -> None:
        """Stop watching. Calling it twice does no harm."""
        ...


@runtime_checkable
class Presses(Protocol):
    """Knows whether keys and buttons are pressed, wherever the focus is."""

    def watch(self, own: Callable[[], Collection[str]]) -> PressWatch:
        """Watch from now on.

        Args:
            own: gives the chords that are VoiceBridge's own at that moment, which count as nothing.

        Raises:
            Unavailable: when it can't be known here.
        """
        ...

    def quiet(self) -> float | None:
        """Seconds for which nothing was pressed and no mouse moved, by programs either; ``None`` where that isn't known."""
        ...


@runtime_checkable
class TextInserter(Protocol):
    """Puts text where the cursor is, in one way; several ways are tried in turn."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        r"""Return once the target has the text, as far as that can be known, and the clipboard is what it was.

        Modifiers that the user still holds down are waited for.

        Args:
            text: any text, with line breaks as ``\n``.
            window: that has the focus, where it is known.
            chord: of :mod:`voicebridge.keys`, to paste with there; without one the inserter chooses. One that types takes no notice.

        Raises:
            Unavailable: when nothing of it has reached the target; another way may be tried.
            PartlyInsertedError: when something may have; no other way must be tried.
        """
        ...


@runtime_checkable
class KeyEvents(Protocol):
    """Keys as they are pressed and released, ended by :meth:`close`.

    A source that knows when something happened, or that a modifier was used as one, gives :class:`voicebridge.keys.KeyEvent`: such a pair
    with that. How long a key was held decides what it means, and on a busy machine a press and its release may be read at once.
    """

    def __iter__(self) -> Iterator[tuple[str, bool]]:
        """Give itself."""
        ...

    def __next__(self) -> tuple[str, bool]:
        """Wait for the next (chord, pressed).

        Raises:
            StopIteration: once it has been closed.
            Unavailable: when the source of keys is gone.
        """
        ...

    def close(self) -> None:
        """Stop listening; any thread may call this, also while another waits."""
        ...


@runtime_checkable
class Hotkeys(Protocol):
    """Listens for keys wherever the focus is."""

    def listen(self, chords: Sequence[str]) -> KeyEvents:
        """The presses and releases of these chords, as in :mod:`voicebridge.keys`; a press that repeats itself is told once.

        A source without the feature ``release`` tells presses alone.

        Raises:
            Unavailable: when one can't be listened for: the desktop keeps it, or another program has it.
        """
        ...

    def capture(self) -> KeyEvents:
        """Everything that is pressed and released, each as the chord that it makes with what is held; needs the feature ``capture``.

        Raises:
            Unavailable: without that feature.
        """
        ...

    def problem(self, chord: str) -> str:
        """What keeps a chord from being listened for, as a sentence, empty when nothing is known to."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """Tells the user something briefly."""

    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        """Show a notice, in place of the last one of the same tag; never waits for the user.

        Raises:
            Unavailable: when nobody shows it.
        """
        ...


@runtime_checkable
class LastingNotifier(Notifier, Protocol):
    """A notifier with the feature ``lasting``."""

    def keep(self, title: str, body: str, tag: str) -> None:
        """Show a notice that stays until another of its tag, or :meth:`withdraw`, takes its place; never waits for the user.

        Raises:
            Unavailable: when nobody shows it.
        """
        ...

    def withdraw(self, tag: str) -> None:
        """Take away the notice of a tag; does nothing where there is none.

        Raises:
            Unavailable: when nobody shows notices any more.
        """
        ...


@runtime_checkable
class Autostart(Protocol):
    """Starts VoiceBridge with the user's session."""

    def install(self, command: Sequence[str]) -> None:
        """Have ``command`` run when the session starts; replaces what an earlier call has put there."""
        ...

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing where there is nothing to undo."""
        ...

    def installed(self) -> Sequence[str] | None:
        """The command that runs when the session starts, ``None`` without one."""
        ...
