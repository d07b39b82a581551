"""Transcription in Python: like ``voicebridge stt``, for a path or an array.

::

    import voicebridge

    print(voicebridge.transcribe("talk.mp4").text)

    with voicebridge.load_model("whisper/base", options={"beam_size": 1}) as model:
        for segment in model.stream("talk.mp4", language="en"):
            print(segment.start, segment.text)
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from voicebridge import paths
from voicebridge.api.model import ReadyModel
from voicebridge.api.progress import reporting
from voicebridge.api.sound import check_channels, check_speakers, check_wishes, opener, twice_opener
from voicebridge.api.transcript import Transcript
from voicebridge.filters.filtering import FilterProblems
from voicebridge.runtime.load import registry
from voicebridge.speech import Segment
from voicebridge.stt.channels import ByChannel, ChannelTranscription
from voicebridge.stt.choice import SttChoice, Surroundings, surroundings
from voicebridge.stt.choose import SttChooser
from voicebridge.stt.speakers import Diarization, SpeakerFinder, SpeakerLabels, label_speakers
from voicebridge.stt.transcribe import Transcription

if TYPE_CHECKING:
    from voicebridge.api.progress import Progress
    from voicebridge.api.sound import Sound
    from voicebridge.audio.opened import Sound as Opened


_Job: TypeAlias = Transcription | ChannelTranscription


class SttModel(ReadyModel):
    """A loaded speech-to-text model. It is a context manager that frees the model, and can be used from several threads at once."""

    def __init__(self, chooser: SttChooser, *, daemon: bool) -> None:
        """Find a model, and load it unless the daemon has it; see :func:`load_model`."""
        choice = chooser.choose({})
        super().__init__(choice.full_name, daemon=daemon and choice.is_local)
        self._chooser, self._sample_rate = chooser, choice.sample_rate
        self._filters = chooser.filters(choice)
        self._engine = self._engines.chosen_stt(choice.model, chooser.found)
        self._engine.load()
        self._finder: SpeakerFinder | None = None

    def close(self) -> None:
        """Free the model, and the diarizer if one was used. In a process forked from the one that loaded it, this does nothing."""
        super().close()
        if self._finder is not None and self._loaded_in == os.getpid():
            self._finder.close()

    def transcribe(
        self,
        audio: Sound,
        *,
        sample_rate: int = 16_000,
        language: str | None = None,
        translate: bool | None = None,
        words: bool | None = None,
        prompt: str | None = None,
        hotwords: str | Sequence[str] | None = None,
        channels: str | Sequence[str] | None = None,
        diarize: bool | None = None,
        speakers: int | None = None,
        progress: bool | Progress = False,
    ) -> Transcript:
        """Transcribe to the end, with the arguments of :meth:`stream`."""
        asked = _given(language=language, translate=translate, words=words, prompt=prompt, hotwords=hotwords)
        with self._job(audio, sample_rate, asked, channels, diarize, speakers, progress) as (job, filtered):
            segments = tuple(segment for segment in filtered if segment.final)
            return Transcript(segments, job.heard.duration, job.heard.model, job.heard.language, job.heard.task)

    def stream(
        self,
        audio: Sound,
        *,
        sample_rate: int = 16_000,
        language: str | None = None,
        translate: bool | None = None,
        words: bool | None = None,
        prompt: str | None = None,
        hotwords: str | Sequence[str] | None = None,
        channels: str | Sequence[str] | None = None,
        diarize: bool | None = None,
        speakers: int | None = None,
        partials: bool = False,
        progress: bool | Progress = False,
    ) -> Iterator[Segment]:
        """Yield segments as they are ready; closing the iterator stops the work.

        Arguments that are ``None`` come from the configuration.

        Args:
            audio: a recording that FFmpeg's libraries can decode, as a path, an open binary file or bytes; an array ``float32[n]`` or
                ``float32[n, channels]`` in [-1, 1], or of integers of up to 32 bits; or an iterator of such arrays or of
                :class:`voicebridge.AudioChunk`, which is read as the work advances. NaN samples count as silence.
            sample_rate: of an array, in Hz.
            language: ISO 639-1 code of the spoken language; by default, it is detected.
            translate: write an English translation instead of a transcript.
            words: include word timestamps.
            prompt: text that sets style and spelling, as if it preceded the recording.
            hotwords: names and terms to expect.
            channels: transcribe each channel separately, without drafts and with a speaker name for each: a list of names, or ``"each"``
                to number them.
            partials: if the model yields drafts, also yield segments whose ``final`` is False, each of which the next segment replaces.
            diarize: label speakers: by the model if it can, else by the diarizer of a plugin, which reads the recording first.
            speakers: how many people speak, if known.
            progress: called with the seconds processed so far and, if known, the duration; ``True`` shows the progress bar of tqdm.

        Warns after the last segment if the recording is damaged.

        Raises:
            InputError: if the input can't be read, or is not audio.
            ModelError: if the engine fails, or the process has forked since the model was loaded.
            NotSupportedError: if the model doesn't support the request.
            UsageError: if the request is invalid.
        """
        asked = _given(language=language, translate=translate, words=words, prompt=prompt, hotwords=hotwords, partials=partials or None)
        with self._job(audio, sample_rate, asked, channels, diarize, speakers, progress) as (_, filtered):
            yield from filtered

    @contextmanager
    def _job(
        self,
        audio: Sound,
        sample_rate: int,
        asked: Mapping[str, Any],
        channels: Any,
        diarize: bool | None,
        speakers: int | None,
        progress: bool | Progress,
    ) -> Generator[tuple[_Job, Iterator[Segment]], None, None]:
        """A transcription, and its segments with filtered text."""
        self._check_process()
        open_sound = opener(audio, sample_rate, self._open)
        names = check_channels(channels)
        kind: Any = Transcription if names is None else ChannelTranscription
        choice = self._chooser.choose(check_wishes(asked))
        request = choice.request
        if names is not None:
            request = replace(request, partials=False)
        labelled = label_speakers(diarize, choice.diarize, check_speakers(speakers), names)
        labels = self._labels(audio, sample_rate, choice, speakers) if labelled else None
        if labels is not None:
            request = replace(request, words=request.words or choice.has_words)
        with closing(open_sound() if names is None else ByChannel(lambda n, of: open_sound(channel=n, channels=of), names)) as recording:
            with closing(recording.chunks(self._sample_rate)) as sound, reporting(progress, "s") as report:
                on_heard = report and partial(_heard, report, recording.duration)
                job = kind(self._engine, self._name, sound, request, on_heard)
                filtering = self._filters.begin(FilterProblems(), source=Path(audio) if isinstance(audio, str | os.PathLike) else None)
                with closing(iter(job)) as segments:
                    parts = (part for segment in segments for part in (labels.parts(segment) if labels and segment.final else [segment]))
                    yield job, (filtering.segment(part, request) for part in parts)
                if on_heard:
                    on_heard(job.heard.duration)
            if recording.damage:
                warnings.warn(recording.damage, stacklevel=3)

    def _labels(self, audio: Sound, sample_rate: int, choice: SttChoice, speakers: int | None) -> SpeakerLabels | None:
        """The speakers of a recording, which a diarizer reads first; ``None`` if the model labels them itself."""
        finder = self._finder = self._chooser.diarizer(choice, speakers)
        if finder is None:
            return None
        again = twice_opener(audio, sample_rate, _decoded)
        found = Diarization(finder=finder, speakers=speakers, words=choice.request.words, open_audio=lambda _: again())
        return found.labels(found.turns(Path()), str(audio) if isinstance(audio, str | os.PathLike) else "The recording")

    def _open(self, recording: Path, **channel: Any) -> Opened:
        return self._engine.open(recording, lambda: _decoded(recording, **channel), start=0.0, end=None, track=None, **channel)


def _decoded(recording: Path, **channel: Any) -> Opened:
    from voicebridge.audio.decode import AudioReader  # imports FFmpeg and numpy, which are not needed if the daemon does the work

    return AudioReader(recording, **channel)


def load_model(
    model: str | None = None,
    *,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
) -> SttModel:
    """Load a speech-to-text model with the user's configuration, or use the one loaded by the daemon.

    Args:
        model: a name from ``voicebridge models``; by default, the configured or the best local model.
        options: engine options, which override the configuration.
        profile: a profile of the configuration.
        daemon: whether to use a running daemon; if it stops in the middle, the model is loaded in this process and continues.
            ``False`` loads the model in this process from the start.
        filters: whether the text filters of the configuration and of plugins run.

    Raises:
        VoiceBridgeError: if a name, an option or the configuration is invalid, or the model can't be loaded.
    """

    def ask() -> Surroundings:
        return surroundings(profile, paths.variables(os.environ))

    chooser = SttChooser(model, options or {}, lambda: registry(profile), ask=ask if daemon else None, filters=filters)
    return SttModel(chooser, daemon=daemon)


def transcribe(
    audio: Sound,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    sample_rate: int = 16_000,
    language: str | None = None,
    translate: bool | None = None,
    words: bool | None = None,
    prompt: str | None = None,
    hotwords: str | Sequence[str] | None = None,
    channels: str | Sequence[str] | None = None,
    diarize: bool | None = None,
    speakers: int | None = None,
    progress: bool | Progress = False,
) -> Transcript:
    """Transcribe one recording. Unless the daemon has the model, it is loaded each time; use :func:`load_model` for several recordings.

    Takes the arguments of :func:`load_model` and :meth:`SttModel.stream`.

    Example::

        transcript = voicebridge.transcribe("talk.mp4", model="whisper/base", language="en", words=True)
        transcript.write("talk.srt")
    """
    with load_model(model, options=options, profile=profile, daemon=daemon, filters=filters) as loaded:
        return loaded.transcribe(
            audio,
            sample_rate=sample_rate,
            language=language,
            translate=translate,
            words=words,
            prompt=prompt,
            hotwords=hotwords,
            channels=channels,
            diarize=diarize,
            speakers=speakers,
            progress=progress,
        )


def stream(
    audio: Sound,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    profile: str | None = None,
    daemon: bool = True,
    filters: bool = True,
    sample_rate: int = 16_000,
    language: str | None = None,
    translate: bool | None = None,
    words: bool | None = None,
    prompt: str | None = None,
    hotwords: str | Sequence[str] | None = None,
    channels: str | Sequence[str] | None = None,
    diarize: bool | None = None,
    speakers: int | None = None,
    partials: bool = False,
    progress: bool | Progress = False,
) -> Iterator[Segment]:
    """Like :func:`transcribe`, but yield segments as they are ready."""
    with load_model(model, options=options, profile=profile, daemon=daemon, filters=filters) as loaded:
        yield from loaded.stream(
            audio,
            sample_rate=sample_rate,
            language=language,
            translate=translate,
            words=words,
            prompt=prompt,
            hotwords=hotwords,
            channels=channels,
            diarize=diarize,
            speakers=speakers,
            partials=partials,
            progress=progress,
        )


def _heard(report: Progress, duration: float | None, seconds: float) -> None:
    report(seconds, duration)


def _given(**asked: object) -> dict[str, Any]:
    """The arguments that the caller has given; the others come from the configuration."""
    return {name: value for name, value in asked.items() if value is not None}
