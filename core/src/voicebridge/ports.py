"""The protocols of engines and services.

A plugin's class needs these methods, but no base class. All iterators are plain and block; nothing is asynchronous
(docs/adr/0002-sync-iterators.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from voicebridge.playback import Playing
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

Progress = Callable[[int, int | None], None]
"""Called with the bytes downloaded so far and, if known, the total."""


@runtime_checkable
class SpeechToText(Protocol):
    """A loaded speech-to-text model.

    The object is shared: several iterators of :meth:`transcribe` may be active at once, and all state of an utterance belongs to its
    iterator. A factory is called as ``factory(name, options)``, where ``name`` is the model's name within its plugin and ``options`` an
    instance of the spec's options class (``None`` if it has none).
    """

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments in chronological order as soon as they are known.

        ``audio`` has the spec's sample rate and may be endless; closing the returned iterator stops the work.

        Raises:
            VoiceBridgeError: when the model fails, with a remedy.
        """
        ...

    def close(self) -> None:
        """Free the model's resources. Calling it twice is allowed."""
        ...


@runtime_checkable
class TextToSpeech(Protocol):
    """A loaded text-to-speech model; shared like :class:`SpeechToText`."""

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield audio as soon as it is synthesised; closing the returned iterator stops the work.

        ``text`` arrives in sentences or longer passages. The caller adds pauses between them. If the spec has several ``speakers``, a
        passage may be a :class:`voicebridge.Line`. Chunks have the spec's sample rate, or all the same other one, and their ``start``
        counts from the first chunk.

        Raises:
            VoiceBridgeError: when the model fails, with a remedy.
        """
        ...

    def close(self) -> None:
        """Free the model's resources. Calling it twice is allowed."""
        ...


@dataclass(frozen=True, slots=True)
class WeightsPlace:
    """A place where a model's weights may be, and whether they are there."""

    kind: str
    """``folder``, ``cache``, ``hub cache``, ``package`` or ``hub``."""
    where: str
    """A path, a distribution's name, or a URL."""
    found: bool
    """Whether loading from here would work, as far as can be determined without loading."""
    local: bool = True
    """Whether the weights are available without the network."""
    note: str = ""
    """What is wrong with this place, or the command that changes it."""


@runtime_checkable
class WeightsStore(Protocol):
    """Where a plugin's models store their weights; a spec's ``weights`` reference is called without arguments and returns one."""

    def places(self, model: str) -> Sequence[WeightsPlace]:
        """All places that are checked, in order; the first one found is used. It must not access the network."""
        ...

    def download(self, model: str, progress: Progress | None = None) -> Path:
        """Return the folder of the weights, and download them first if necessary; the result is complete and verified.

        Raises:
            DownloadError: with the reason and a remedy.
        """
        ...

    def remove(self, model: str) -> Sequence[Path]:
        """Delete what :meth:`download` fetched and return the deleted folders; copies of other programs are kept."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or a speaker, with its user-visible names."""

    id: str
    name: str
    default: bool = False


@runtime_checkable
class Microphone(Protocol):
    """Records audio."""

    def devices(self) -> Sequence[Device]:
        """All inputs."""
        ...

    def record(self, device: str | None, sample_rate: int) -> Iterator[AudioChunk]:
        """Yield audio as it is recorded, until the iterator is closed.

        Chunks are at ``sample_rate`` and at most 50 ms long, and the first one is yielded as soon as the device delivers samples. A
        consumer may be slow for some seconds without losing any.

        Args:
            device: the name or id of an input, or a unique part of it; ``None`` is the system's default.
            sample_rate: in hertz.

        Raises:
            UnavailableError: if there is no such device, or it disappears; what was recorded before is yielded first.
        """
        ...


@runtime_checkable
class Speaker(Protocol):
    """Plays audio."""

    def devices(self) -> Sequence[Device]:
        """All outputs."""
        ...

    def play(self, audio: Iterable[AudioChunk], device: str | None, playing: Playing | None = None) -> None:
        """Return when the last sample has been played, or soon after ``playing`` has been stopped.

        ``audio`` is consumed as needed and a little ahead; an error that it raises is passed on after what came before it. A speaker
        written before ``playing`` was added, with two parameters, still works, but pauses less precisely.

        Args:
            audio: the audio to play.
            device: the name or id of an output, or a unique part of it; ``None`` is the system's default.
            playing: pauses, stops and fades the playback, and receives its position.

        Raises:
            UnavailableError: if there is no such device, or it disappears while playing.
        """
        ...


@runtime_checkable
class Clipboard(Protocol):
    """Reads and writes the clipboard."""

    def read(self) -> str:
        """The text on the clipboard, empty if there is none."""
        ...

    def selection(self) -> str:
        """The selected text in the focused window, empty if there is none.

        Raises:
            UnavailableError: if it can't be determined.
        """
        ...

    def write(self, text: str) -> None:
        """Replace the content of the clipboard; it stays available after this process has ended."""
        ...


@runtime_checkable
class Copies(Protocol):
    """An iterator over copied texts, ended by :meth:`close`."""

    def __iter__(self) -> Iterator[str]:
        """Return itself."""
        ...

    def __next__(self) -> str:
        """Wait for the next text. Content that a password manager has marked, or that is not text, is skipped.

        Raises:
            StopIteration: when it has been closed.
            UnavailableError: when the clipboard is gone.
        """
        ...

    def close(self) -> None:
        """Stop. It can be called from any thread, also while another one waits."""
        ...


@runtime_checkable
class WatchedClipboard(Clipboard, Protocol):
    """A clipboard with the feature ``copies``."""

    def copies(self) -> Copies:
        """Texts copied from now on, by any program.

        Raises:
            UnavailableError: if copies can't be detected.
        """
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """A window that had the focus, with the information that the desktop provides."""

    id: str
    """Identifies the window within this session."""
    application: str = ""
    """The program: the window class on X, the application id on Wayland, the executable on Windows, the bundle on macOS."""
    title: str = ""


@runtime_checkable
class Focus(Protocol):
    """Detects the focused window."""

    def window(self) -> Window | None:
        """The focused window, ``None`` if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class CursorText:
    """The text around the cursor, or around the selection if there is one, because inserting replaces it."""

    before: str
    """The end of the text before it, up to about 200 characters; empty at the start of the text."""
    after: str = ""
    """The start of the text after it, at least one character if there is any."""


@runtime_checkable
class Cursor(Protocol):
    """Reads the text around the cursor from the focused program."""

    def look(self) -> None:
        """Find the focused text field in the background, and return immediately. Called when a recording starts."""
        ...

    def text(self) -> CursorText | None:
        """The text around the cursor, ``None`` if unknown. Returns within :data:`CURSOR_SECONDS` in any case."""
        ...


CURSOR_SECONDS = 0.03
"""The time-out of :meth:`Cursor.text`: the dictated text waits for it."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the user has pressed since a certain time."""

    moved: bool = False
    """Whether a key or a click may have moved the cursor, or changed the text other than by typing at its end."""
    typed: str = ""
    """The classes of the last characters typed since then: ``a`` for any letter, ``1`` for any digit; line breaks, spaces and punctuation
    as themselves. The typed text can't be reconstructed from it.
    """


def stand_ins(text: str) -> str:
    """Convert a text to the character classes of :attr:`Pressed.typed`."""
    return "".join("a" if each.isalpha() else "1" if each.isdigit() else " " if each in " \u00a0\u202f" else each for each in text)


@runtime_checkable
class PressWatch(Protocol):
    """Observes what is pressed until it is closed; all methods can be called from any thread."""

    def reset(self) -> None:
        """Forget everything pressed so far, including by programs, and start over."""
        ...

    def pressed(self) -> Pressed | None:
        """What was pressed since :meth:`reset`; ``None`` if unknown."""
        ...

    def close(self) -> None:
        """Stop observing. Calling it twice is allowed."""
        ...


@runtime_checkable
class Presses(Protocol):
    """Detects key presses and clicks in any window."""

    def watch(self, own: Callable[[], Collection[str]]) -> PressWatch:
        """Start observing.

        Args:
            own: returns VoiceBridge's current hotkeys, which are ignored.

        Raises:
            UnavailableError: if it is not possible here.
        """
        ...

    def quiet(self) -> float | None:
        """Seconds since the last key press, click or mouse movement, including those by programs; ``None`` if unknown."""
        ...


@runtime_checkable
class TextInserter(Protocol):
    """Inserts text at the cursor with one method; several inserters are tried in turn."""

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:
        r"""Return when the target has the text, as far as can be determined, and the clipboard is restored.

        It waits until the user has released all modifiers.

        Args:
            text: any text, with line breaks as ``\n``.
            window: the focused window, if known.
            chord: the keys that paste there, as in :mod:`voicebridge.keys`; by default, the inserter chooses. Ignored when typing.

        Raises:
            UnavailableError: if no part of the text has reached the target; another inserter may be tried.
            PartlyInsertedError: if a part may have; no other inserter may be tried.
        """
        ...


@runtime_checkable
class KeyEvents(Protocol):
    """An iterator over key presses and releases, ended by :meth:`close`.

    A source that knows when something happened, or that a modifier was used with another key, yields :class:`voicebridge.keys.KeyEvent`,
    which is such a pair with these details. The meaning depends on how long a key was held, and on a busy machine, a press and its release
    may be read at the same time.
    """

    def __iter__(self) -> Iterator[tuple[str, bool]]:
        """Return itself."""
        ...

    def __next__(self) -> tuple[str, bool]:
        """Wait for the next (chord, pressed).

        Raises:
            StopIteration: when it has been closed.
            UnavailableError: when the source of keys is gone.
        """
        ...

    def close(self) -> None:
        """Stop listening. It can be called from any thread, also while another one waits."""
        ...


@runtime_checkable
class Hotkeys(Protocol):
    """Listens for keys in any window."""

    def listen(self, chords: Sequence[str]) -> KeyEvents:
        """Presses and releases of these chords, as in :mod:`voicebridge.keys`, without auto-repeat.

        A source without the feature ``release`` reports only presses.

        Raises:
            UnavailableError: if one can't be registered, because the desktop or another program uses it.
        """
        ...

    def capture(self) -> KeyEvents:
        """All presses and releases, each as the chord of the key and the modifiers held; needs the feature ``capture``.

        Raises:
            UnavailableError: without that feature.
        """
        ...

    def problem(self, chord: str) -> str:
        """Why a chord can't be registered, as a sentence; empty if no reason is known."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """Shows short notifications."""

    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        """Show a notification, replacing the last one with the same tag; never waits for the user.

        Raises:
            UnavailableError: if it can't be shown.
        """
        ...


@runtime_checkable
class LastingNotifier(Notifier, Protocol):
    """A notifier with the feature ``lasting``."""

    def keep(self, title: str, body: str, tag: str) -> None:
        """Show a notification that stays until another one with its tag, or :meth:`withdraw`, replaces it; never waits for the user.

        Raises:
            UnavailableError: if it can't be shown.
        """
        ...

    def withdraw(self, tag: str) -> None:
        """Remove the notification with a tag; does nothing if there is none.

        Raises:
            UnavailableError: if notifications are no longer available.
        """
        ...


@runtime_checkable
class Autostart(Protocol):
    """Starts VoiceBridge at login."""

    def install(self, command: Sequence[str]) -> None:
        """Run ``command`` at login, replacing any previous command."""
        ...

    def uninstall(self) -> None:
        """Undo :meth:`install`; does nothing if it was not called."""
        ...

    def installed(self) -> Sequence[str] | None:
        """The command that runs at login, ``None`` if there is none."""
        ...
