"""The keys of the configuration: what they are called, what they hold, what they do.

This is the source of docs/configuration.md. Three tables are open and belong to others: ``[plugins.NAME]`` and ``[models."NAME/MODEL"]``
hold an engine's options, ``[profiles.NAME]`` holds any of this again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from voicebridge import languages
from voicebridge.errors import UsageError
from voicebridge.keys import parse
from voicebridge.speech import SttRequest, TtsRequest


def _check_chord(text: str) -> str:
    try:
        return str(parse(text))
    except UsageError as error:
        raise PydanticCustomError("chord", "{why}", {"why": str(error)}) from error


def _check_place(text: str) -> str:
    if not Path(text).expanduser().is_absolute():
        raise PydanticCustomError("place", "{text} is not a whole path: begin it with / or ~, on Windows with a drive", {"text": text})
    return text


def _check_language(text: str) -> str:
    if why := languages.problem(text):
        raise PydanticCustomError("language", "{why}", {"why": why})
    return text


LanguageText = Annotated[str, AfterValidator(_check_language)]
"""The code of a language."""
PlaceText = Annotated[str, AfterValidator(_check_place)]
"""A folder, from the root or from the user's own."""


def _check_chord_or_off(text: str) -> str:
    return text if text == "off" else _check_chord(text)


ChordText = Annotated[str, AfterValidator(_check_chord)]
"""A combination of keys, as :mod:`voicebridge.keys` has it."""
ChordOrOff = Annotated[str, AfterValidator(_check_chord_or_off)]
"""The same, or ``off``."""


class SttSettings(BaseModel):
    """``[stt]``: how speech becomes text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        None, description="The model to transcribe with, as `voicebridge models` lists it. Without it the best one whose weights are here."
    )
    language: LanguageText | None = Field(
        None, description="What is spoken, as an ISO 639-1 code such as `en`. Without it the model finds out."
    )
    translate: bool = Field(False, description="Write down an English translation instead of what was said.")
    words: bool = Field(False, description="Time every word, for the formats that can hold it.")
    prompt: str | None = Field(None, description="Text that sets style and spelling, as though it came before the recording.")
    hotwords: tuple[str, ...] = Field((), description="Names and terms that are likely to be spoken.")

    def request(self, asked: Mapping[str, Any]) -> SttRequest:
        """What one transcription asks of an engine: what is configured, and ``asked`` over it."""
        return SttRequest(**{**self.model_dump(exclude={"model"}), **asked})


class TtsSettings(BaseModel):
    """``[tts]``: how text becomes speech."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        None, description="The model to speak with, as `voicebridge models` lists it. Without it a light one whose weights are here."
    )
    voice: str | None = Field(None, description="The voice to speak with, as `voicebridge voices` lists it.")
    language: LanguageText | None = Field(
        None, description="What the text is written in, as an ISO 639-1 code. Without it the voice's language."
    )
    speed: float = Field(1.0, ge=0.25, le=4.0, description="1 is the voice's natural pace, 2 twice as fast.")
    seed: int | None = Field(None, ge=0, description="Makes readings repeatable, where the model can.")
    pause: float = Field(0.25, ge=0.0, le=10.0, description="Seconds of silence between two sentences.")
    paragraph_pause: float = Field(0.6, ge=0.0, le=10.0, description="Seconds of silence between two paragraphs.")
    device: str | None = Field(None, description="The loudspeaker to play on. Without it the system's choice.")
    pronunciations: dict[str, str] = Field({}, description="Words, and what is spoken in their stead: `SQL = 'sequel'`.")

    def request(self, asked: Mapping[str, Any]) -> TtsRequest:
        """What one reading asks of an engine: what is configured, and ``asked`` over it."""
        return TtsRequest(**{**self.model_dump(include={"voice", "language", "speed", "seed"}), **asked})


class DictationSettings(BaseModel):
    """``[dictation]``: how what is spoken becomes typed text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str | None = Field(None, description="The microphone to record from, as `voicebridge devices` lists it.")
    to: Literal["cursor", "clipboard"] = Field("cursor", description="Where the text goes.")
    moved: Literal["hold", "insert"] = Field(
        "hold",
        description="What becomes of the text when another window has the focus than when recording began: offered, or inserted there.",
    )
    stop_after: float | None = Field(None, ge=0.3, le=60.0, description="Seconds of silence that end a recording. Without it none does.")
    max_minutes: float = Field(30.0, gt=0.0, le=240.0, description="Minutes after which a recording ends by itself.")
    warm_microphone: bool = Field(
        False, description="Keep the microphone open between recordings, so that not even a first syllable is lost; nothing of it is kept."
    )
    sounds: bool = Field(True, description="Play a short sound when it listens, when it has stopped, and when it fails.")
    sound_files: dict[Literal["start", "stop", "fail"], str] = Field(
        {}, description='Sound files of your own for `start`, `stop` and `fail`, or "off" for none: `start = "off"`.'
    )
    notices: bool = Field(True, description="Show a notice while a dictation is under way, and of what goes wrong.")
    newlines: Literal["keep", "space"] = Field(
        "keep", description="What line breaks become: themselves, or spaces. In terminals, where they would run a command, always spaces."
    )
    context: bool = Field(
        True,
        description="Fit spaces and capitals to the text before the cursor: read it from the program that has the focus, and watch which "
        "kinds of keys are pressed between two dictations.",
    )
    commands: bool = Field(True, description='Take spoken commands such as "new line", "comma" and "scratch that" for what they say.')
    spoken: dict[str, str] = Field({}, description='Spoken commands of your own, and what they write: `"my address" = "1 High Street"`.')
    replacements: dict[str, str] = Field({}, description='What is written in place of a word or phrase: `gonna = "going to"`.')
    words: dict[str, tuple[str, ...]] = Field(
        {}, description='Names and terms, each with what it is misheard as: `Kubernetes = ["cooper netties"]`. See `voicebridge words`.'
    )
    drop_fillers: bool = Field(False, description='Leave out "um", "uh" and their like.')
    filter: str | None = Field(None, description="A command that is given the text and gives back what is inserted.")
    filter_seconds: float = Field(10.0, gt=0.0, le=300.0, description="How long the filter may take; then the text is inserted as it was.")


class HotkeySettings(BaseModel):
    """``[hotkeys]``: the keys that VoiceBridge listens for wherever the focus is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dictate: ChordText | None = Field(None, description="Starts and stops dictation. Without it `ctrl+alt+space`, on macOS `alt_r`.")
    cancel: ChordText = Field("esc", description="Ends the recording that is under way without writing it down; it stays in the history.")
    mode: Literal["auto", "hold", "toggle"] = Field(
        "auto",
        description="`hold` records while the key is down, `toggle` from one press to the next, `auto` does either by how long it is held.",
    )
    tap: float = Field(0.4, ge=0.1, le=2.0, description="Seconds: with `auto`, a shorter press is a tap, which records until the next.")
    read_selection: ChordOrOff | None = Field(
        None,
        description="Reads what is selected aloud; pressed again, it stops. Without it `ctrl+alt+shift+space`, on macOS none; `off`: none.",
    )
    read_clipboard: ChordOrOff | None = Field(None, description="Reads what was copied aloud; pressed again, it stops. Without it none.")
    pause: ChordOrOff | None = Field(None, description="Pauses reading aloud, and goes on with it. Without it none.")
    stop_reading: ChordOrOff | None = Field(None, description="Stops reading aloud. Without it none.")
    skip: ChordOrOff | None = Field(None, description="Goes on with the next sentence. Without it none.")
    faster: ChordOrOff | None = Field(None, description="Reads faster, from the sentence that is being heard on. Without it none.")
    slower: ChordOrOff | None = Field(None, description="Reads slower, from the sentence that is being heard on. Without it none.")


class InsertionSettings(BaseModel):
    """``[insertion]``: how text gets where the cursor is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[str, ...] = Field(
        (), description="The ways to try, in this order, as `voicebridge doctor` lists them. Without it the best first."
    )
    applications: dict[str, str] = Field(
        {}, description='The way to try first in an application, by the name of its program: `xterm = "x11-type"`.'
    )
    chords: dict[str, ChordText] = Field(
        {}, description='The keys that paste in an application, by the name of its program: `xterm = "shift+insert"`.'
    )


class HistorySettings(BaseModel):
    """``[history]``: what is kept of what was said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_days: float | None = Field(
        30.0, ge=0.0, description="Days after which a dictation is forgotten; 0 forgets it once it is delivered."
    )
    keep_audio_days: float | None = Field(7.0, ge=0.0, description="Days after which its recording is deleted; 0 once it is delivered.")
    keep_audio_mib: float = Field(1024.0, ge=0.0, description="The oldest recordings are deleted above this size of all.")


class ReadingSettings(BaseModel):
    """``[reading]``: reading aloud in the background; model, voice and pace are those of ``[tts]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next: Literal["replace", "queue"] = Field(
        "replace", description="What a further text does while one is being read: takes its place, or waits for its end."
    )
    step: float = Field(0.25, ge=0.05, le=1.0, description="How much `faster` and `slower` change the pace, where 1 is the natural one.")
    copied: bool = Field(False, description="Read aloud whatever is copied, but for what a password manager has marked.")


class DaemonSettings(BaseModel):
    """``[daemon]``: the background process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    idle_unload: Annotated[float, Field(ge=0.0)] | Literal["never"] = Field(
        300.0, description='Seconds after which a model that nobody uses is unloaded; 0 at once, `"never"` keeps it.'
    )
    hang: float = Field(
        300.0, ge=5.0, description="Seconds after which a model at work that gives no result is taken to hang; its process is ended."
    )
    log_transcripts: bool = Field(False, description="Write what is said and read into the log too.")


class WatchSettings(BaseModel):
    """One table of ``[[watch]]``: a folder, and what becomes of the files that are dropped into it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: PlaceText = Field(description="The folder; `~` stands for the user's own.")
    recursive: bool = Field(False, description="Take the folders below it too, hidden ones and links left out.")
    speak: bool = Field(False, description="Read documents aloud into sound files, instead of transcribing recordings.")
    model: str | None = Field(None, description="The model to use. Without it that of `stt.model`, or with `speak` of `tts.model`.")
    language: LanguageText | None = Field(None, description="What is spoken, as an ISO 639-1 code. Without it that of `stt` or `tts`.")
    voice: str | None = Field(None, description="With `speak`, the voice to read with. Without it that of `tts.voice`.")
    formats: tuple[str, ...] = Field(
        (), description='What is written: `["txt", "srt"]`, or with `speak` one format of sound. Without it `txt`, and `mp3` for sound.'
    )
    out: PlaceText | None = Field(None, description="The folder to write to. Without it beside each file.")
    move_to: PlaceText | None = Field(None, description="The folder that a file is moved to when it is done.")
    command: str | None = Field(
        None, description="A command to run after each file; its arguments are the file and what was written, its time `command_seconds`."
    )
    command_seconds: float = Field(60.0, gt=0.0, le=3600.0, description="How long the command may take; then it is stopped.")
    settle: float | None = Field(
        None,
        ge=0.0,
        le=3600.0,
        description="Seconds for which a file must not have changed. Without it 0.3 where the system says that nobody writes it, else 5.",
    )
    options: dict[str, Any] = Field({}, description="Options of the engine, over those of the model.")


class Settings(BaseModel):
    """The whole configuration, without the open tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offline: bool = Field(False, description="Never use the network; models must be on this machine already.")
    profile: str | None = Field(None, description="The profile to use when `--profile` names none.")
    stt: SttSettings = Field(default=SttSettings(), description="How speech becomes text.")
    tts: TtsSettings = Field(default=TtsSettings(), description="How text becomes speech.")
    dictation: DictationSettings = Field(default=DictationSettings(), description="How what is spoken becomes typed text.")
    hotkeys: HotkeySettings = Field(default=HotkeySettings(), description="The keys that are listened for.")
    insertion: InsertionSettings = Field(default=InsertionSettings(), description="How text gets where the cursor is.")
    history: HistorySettings = Field(default=HistorySettings(), description="What is kept of what was said.")
    reading: ReadingSettings = Field(default=ReadingSettings(), description="Reading aloud in the background.")
    daemon: DaemonSettings = Field(default=DaemonSettings(), description="The background process.")
    watch: tuple[WatchSettings, ...] = Field(
        default=(), description="Folders whose files are done as they come: a table `[[watch]]` for each, see below."
    )


def known_keys() -> dict[str, FieldInfo]:
    """Every key by its dotted name, in the order of the classes."""
    return _flatten(Settings, "")


def _flatten(model: type[BaseModel], prefix: str) -> dict[str, FieldInfo]:
    keys: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys.update(_flatten(field.annotation, f"{prefix}{name}."))
        else:
            keys[prefix + name] = field
    return keys
