"""The configuration keys: names, types and descriptions.

This is the source of docs/configuration.md. Three tables are open: ``[plugins.NAME]`` and ``[models."NAME/MODEL"]`` contain engine options,
and ``[profiles.NAME]`` contains any of these keys again.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from voicebridge import languages
from voicebridge.errors import UsageError
from voicebridge.extensions import Stage
from voicebridge.hotkeys.actions import HotkeyAction, bindings
from voicebridge.keys import parse
from voicebridge.options import TypeLabel
from voicebridge.runtime.service_settings import ServicesSettings
from voicebridge.speech import SttRequest, TtsRequest


def _check_chord(text: str) -> str:
    try:
        return str(parse(text))
    except UsageError as error:
        raise PydanticCustomError("chord", "{why}", {"why": str(error)}) from error


def _check_place(text: str) -> str:
    if not Path(text).expanduser().is_absolute():
        raise PydanticCustomError(
            "place", "{text} is not an absolute path. Start it with / or ~, on Windows with a drive letter.", {"text": text}
        )
    return text


def _check_language(text: str) -> str:
    if why := languages.problem(text):
        raise PydanticCustomError("language", "{why}", {"why": why})
    return text


LanguageText = Annotated[str, AfterValidator(_check_language), TypeLabel("language code")]
"""A language code."""
PlaceText = Annotated[str, AfterValidator(_check_place), TypeLabel("absolute path, or one that begins with ~")]
"""A folder, as an absolute path or one that starts with ~."""


def _check_chord_or_off(text: str) -> str:
    return text if text == "off" else _check_chord(text)


ChordText = Annotated[str, AfterValidator(_check_chord), TypeLabel("key combination")]
"""A key combination, as in :mod:`voicebridge.keys`."""
ChordOrOff = Annotated[str, AfterValidator(_check_chord_or_off), TypeLabel('key combination or "off"')]
"""A key combination, or ``off``."""


class SttSettings(BaseModel):
    """``[stt]``: speech to text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        None, description="The model for transcription, as `voicebridge models` lists it. Default: the best downloaded one."
    )
    language: LanguageText | None = Field(None, description="The spoken language, as an ISO 639-1 code such as `en`. Default: detected.")
    translate: bool = Field(False, description="Write an English translation instead of a transcript.")
    word_timestamps: bool = Field(False, description="Include word timestamps, in the formats that support them.")
    prompt: str | None = Field(None, description="Text that sets style and spelling, as though it preceded the recording.")
    hotwords: tuple[str, ...] = Field((), description="Names and terms to expect.")
    vocabulary: bool = Field(
        True, description="Pass the words of `voicebridge vocabulary` to models that take hotwords, for recordings as for dictation."
    )
    executor: str = Field(
        "local", description="Where recordings are transcribed: `local`, or an executor of a plugin, as `plugin/name` or `name`."
    )
    diarize: bool = Field(False, description="Label speakers in transcripts of recordings: by the model if it can, else by a diarizer.")
    diarizer: str | None = Field(
        None, description="The diarizer, as `voicebridge plugins show` lists those of a plugin: `acme/turns`. Default: the first installed."
    )

    def request(self, asked: Mapping[str, Any]) -> SttRequest:
        """The request for a transcription: the configured values, overridden by ``asked``."""
        configured = self.model_dump(include={"language", "translate", "prompt", "hotwords"})
        return SttRequest(**{**configured, "words": self.word_timestamps, **asked})


class TtsSettings(BaseModel):
    """``[tts]``: text to speech."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(None, description="The model for speech, as `voicebridge models` lists it. Default: a fast downloaded one.")
    voice: str | None = Field(None, description="The voice, as `voicebridge voices` lists it. Default: the model's.")
    language: LanguageText | None = Field(
        None, description="The language of the text, as an ISO 639-1 code. Default: the voice's language."
    )
    speed: float = Field(1.0, ge=0.25, le=4.0, description="Speed: 1 is normal, 2 twice as fast.")
    seed: int | None = Field(None, ge=0, description="Random seed for reproducible output, where the model supports it.")
    pause: float = Field(0.25, ge=0.0, le=10.0, description="Seconds of silence between two sentences.")
    paragraph_pause: float = Field(0.6, ge=0.0, le=10.0, description="Seconds of silence between two paragraphs.")
    device: str | None = Field(None, description="The speaker to play on, as `voicebridge devices` lists it. Default: the system's.")
    pronunciations: dict[str, str] = Field({}, description="Words, and how to pronounce them: `SQL = 'sequel'`.")

    def request(self, asked: Mapping[str, Any]) -> TtsRequest:
        """The request for a reading: the configured values, overridden by ``asked``."""
        return TtsRequest(**{**self.model_dump(include={"voice", "language", "speed", "seed"}), **asked})


class DictationSettings(BaseModel):
    """``[dictation]``: dictation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str | None = Field(None, description="The microphone, as `voicebridge devices` lists it. Default: the system's.")
    to: Literal["cursor", "clipboard"] = Field(
        "cursor", description="Where the text goes: inserted at the cursor, or copied to the clipboard."
    )
    focus_changed: Literal["hold", "insert"] = Field(
        "hold",
        description="If the focus moved to another window while you spoke: keep the text and offer it, or insert it there.",
    )
    stop_after: float | None = Field(None, ge=0.3, le=60.0, description="Seconds of silence that end a recording. Default: never.")
    max_minutes: float = Field(30.0, gt=0.0, le=240.0, description="Maximum length of a recording, in minutes.")
    warm_microphone: bool = Field(
        False, description="Keep the microphone open between recordings, so that no first syllable is lost. Nothing is stored."
    )
    sounds: bool = Field(True, description="Play a short sound when recording starts, stops and fails.")
    sound_files: dict[Literal["start", "stop", "fail"], str] = Field(
        {}, description='Your own sound files for `start`, `stop` and `fail`, or "off": `start = "off"`.'
    )
    notices: bool = Field(True, description="Show a notification during dictation, and for errors.")
    newlines: Literal["keep", "space"] = Field(
        "keep", description="Keep line breaks, or replace them with spaces. In terminals, where they would run a command, always spaces."
    )
    context: bool = Field(
        True,
        description="Fit spaces and capitals to the text before the cursor, which is read from the focused program; also watch which kinds "
        "of keys are pressed between two dictations.",
    )
    commands: bool = Field(True, description='Carry out spoken commands such as "new line", "comma" and "scratch that".')
    spoken: dict[str, str] = Field({}, description='Your own spoken commands, and what they insert: `"my address" = "1 High Street"`.')
    replacements: dict[str, str] = Field({}, description='Replacements for words and phrases: `gonna = "going to"`.')
    vocabulary: dict[str, tuple[str, ...]] = Field(
        {},
        description='Names and terms, each with what it is misheard as: `Kubernetes = ["cooper netties"]`. See `voicebridge vocabulary`.',
    )
    drop_fillers: bool = Field(False, description='Remove "um", "uh" and similar fillers.')


class FilterSettings(BaseModel):
    """``[filters]``: filters of text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str | None = Field(
        None, description="A command that filters texts: it reads a text on stdin and prints the text to use instead. It runs last."
    )
    stages: tuple[Stage, ...] = Field(("dictation",), description="Where the command runs.")
    seconds: float = Field(
        10.0, gt=0.0, le=300.0, description="Maximum seconds for the command and one text; after that the unfiltered text is used."
    )
    dictation: tuple[str, ...] | None = Field(
        None, description='The filters of plugins that run on dictated text: `["acme/names"]`; `[]` for none. Default: the automatic ones.'
    )
    transcript: tuple[str, ...] | None = Field(
        None, description="The same for transcripts of recordings: `stt`, watched folders and Python."
    )
    speech: tuple[str, ...] | None = Field(None, description="The same for text before it is spoken.")


def _chord_field(action: HotkeyAction) -> Any:
    """The type and description of an action's key in ``[hotkeys]``."""
    if action.default is not None and action.default == action.on_macos:
        return ChordText, Field(action.default, description=action.does)
    needed = action.on_macos is not None  # if one system has no default, it may be turned off on the others
    linux, macos = (f"`{chord}`" if chord else "none" for chord in (action.default, action.on_macos))
    default = linux if linux == macos else f"{linux}, on macOS {macos}" + ("" if needed else "; `off`: none")
    return (ChordText if needed else ChordOrOff) | None, Field(None, description=f"{action.does} Default: {default}.")


_Chords: Any = create_model("_Chords", **{action.value: _chord_field(action) for action in HotkeyAction})


class HotkeySettings(_Chords):  # its fields come from the table of actions
    """``[hotkeys]``: hotkeys that work in any window."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["auto", "hold", "toggle"] = Field(
        "auto",
        description="`hold` records while the key is down; `toggle` from one press to the next; `auto` is `hold` for a long press, "
        "`toggle` for a short one.",
    )
    tap: float = Field(0.4, ge=0.1, le=2.0, description="Seconds: with `auto`, a press shorter than this is short.")

    def chords(self, system: str = sys.platform) -> dict[str, str]:
        """The chord of each action that has one, by name, with the defaults of a system, as in ``sys.platform``."""
        return bindings({action: getattr(self, action) for action in HotkeyAction}, system)


class InsertionSettings(BaseModel):
    """``[insertion]``: inserting text at the cursor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[str, ...] = Field(
        (), description="The insertion methods to try, in this order, as `voicebridge doctor` lists them. Default: the best first."
    )
    applications: dict[str, str] = Field(
        {}, description='The insertion method to try first in an application, by the name of its program: `xterm = "x11-type"`.'
    )
    chords: dict[str, ChordText] = Field(
        {}, description='The paste keys of an application, by the name of its program: `xterm = "shift+insert"`.'
    )


class HistorySettings(BaseModel):
    """``[history]``: storage of dictations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_days: float | None = Field(30.0, ge=0.0, description="Days after which a dictation is deleted; 0 deletes it once it is inserted.")
    keep_audio_days: float | None = Field(
        7.0, ge=0.0, description="Days after which its recording is deleted; 0 deletes it once the text is inserted."
    )
    keep_audio_mib: float = Field(1024.0, ge=0.0, description="Maximum size (MiB) of all recordings; beyond it the oldest are deleted.")


class ReadingSettings(BaseModel):
    """``[reading]``: reading aloud in the background; model, voice and rate are set in ``[tts]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next: Literal["replace", "queue"] = Field(
        "replace", description="What a new text does while another is being read: replace it, or wait in a queue."
    )
    step: float = Field(0.25, ge=0.05, le=1.0, description="How much `faster` and `slower` change the speed, where 1 is normal.")
    copied: bool = Field(False, description="Read aloud everything that is copied, except what a password manager has marked.")


class DaemonSettings(BaseModel):
    """``[daemon]``: the background process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    idle_unload: Annotated[float, Field(ge=0.0)] | Literal["never"] = Field(
        300.0, description='Seconds after which an unused model is unloaded; 0 is at once, `"never"` keeps it.'
    )
    hang: float = Field(
        300.0, ge=5.0, description="Seconds without a result after which a working model is considered hung and its process is stopped."
    )
    log_transcripts: bool = Field(False, description="Write transcripts and spoken texts to the log too.")


class EventSettings(BaseModel):
    """``[events]``: what plugins are told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: bool = Field(False, description="Pass dictated texts to plugins that listen to events.")


class WatchSettings(BaseModel):
    """A table of ``[[watch]]``: a folder, and how its files are processed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: PlaceText = Field(description="The folder; `~` stands for your home folder.")
    recursive: bool = Field(False, description="Include subfolders, except hidden ones and links.")
    tts: bool = Field(False, description="Turn documents into audio files, instead of transcribing recordings.")
    model: str | None = Field(None, description="The model. Default: `stt.model`, or with `tts` `tts.model`.")
    language: LanguageText | None = Field(None, description="The language, as an ISO 639-1 code. Default: that of `stt` or `tts`.")
    diarize: bool | None = Field(None, description="Label speakers; not with `tts`. Default: `stt.diarize`.")
    voice: str | None = Field(None, description="With `tts`, the voice. Default: `tts.voice`.")
    formats: tuple[str, ...] = Field(
        (), description='Output formats: `["txt", "srt"]`, or with `tts` one audio format. Default: `txt`, with `tts` `mp3`.'
    )
    output: PlaceText | None = Field(None, description="The output folder. Default: next to each file.")
    move_to: PlaceText | None = Field(None, description="The folder that a processed file is moved to.")
    command: str | None = Field(None, description="A command to run after each file, with the file and its outputs as arguments.")
    command_seconds: float = Field(60.0, gt=0.0, le=3600.0, description="Maximum seconds for the command; after that it is stopped.")
    stable_for: float | None = Field(
        None,
        ge=0.0,
        le=3600.0,
        description="Seconds a file must be unchanged before it is processed. Default: 0.3 where the system reports that no program "
        "is writing it, else 5.",
    )
    options: dict[str, Any] = Field({}, description="Engine options, overriding those of the model.")
    executor: str | None = Field(None, description="Where recordings are transcribed; not with `tts`. Default: `stt.executor`.")


class Settings(BaseModel):
    """The whole configuration, without the open tables."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offline: bool = Field(False, description="Never use the network; models must be downloaded already.")
    profile: str | None = Field(None, description="The profile to use without `--profile`.")
    stt: SttSettings = Field(default=SttSettings(), description="Speech to text.")
    tts: TtsSettings = Field(default=TtsSettings(), description="Text to speech.")
    dictation: DictationSettings = Field(default=DictationSettings(), description="Dictation.")
    filters: FilterSettings = Field(default=FilterSettings(), description="Filters of text.")
    hotkeys: HotkeySettings = Field(default=HotkeySettings(), description="Global hotkeys.")
    insertion: InsertionSettings = Field(default=InsertionSettings(), description="How text is inserted at the cursor.")
    services: ServicesSettings = Field(
        default=ServicesSettings(),
        description="The desktop services to use, each by its name `plugin/name`, or `name` if it is unique: "
        "`microphone = 'desk/wav'`. If it can't be used, no other is used instead, except to insert text.",
    )
    history: HistorySettings = Field(default=HistorySettings(), description="How long dictations are kept.")
    reading: ReadingSettings = Field(default=ReadingSettings(), description="Reading aloud in the background.")
    daemon: DaemonSettings = Field(default=DaemonSettings(), description="The background process.")
    events: EventSettings = Field(default=EventSettings(), description="What plugins are told about your work.")
    watch: tuple[WatchSettings, ...] = Field(default=(), description="Watched folders: a table `[[watch]]` for each, see below.")


def known_keys() -> dict[str, FieldInfo]:
    """All keys by their dotted names, in the order of the classes."""
    return _flatten(Settings, "")


def _flatten(model: type[BaseModel], prefix: str) -> dict[str, FieldInfo]:
    keys: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys.update(_flatten(field.annotation, f"{prefix}{name}."))
        else:
            keys[prefix + name] = field
    return keys
