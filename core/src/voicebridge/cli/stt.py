"""``voicebridge stt``: recordings in, text out."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebridge import paths
from voicebridge.cli import state
from voicebridge.cli.interrupt import Interrupt

if TYPE_CHECKING:
    from voicebridge.audio.decode import AudioReader
    from voicebridge.cli.terminal import ProgressBar, Remarks
    from voicebridge.errors import VoiceBridgeError
    from voicebridge.ports import SpeechToText
    from voicebridge.sinks.formats import Heard
    from voicebridge.sinks.naming import Plan

FORMATS = "txt|srt|vtt|json|tsv|csv|lrc|md|ass|ttml"
"""Written out, so that the help needs no import; a test holds it against the formats that there are."""


def stt(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUTS", help="Audio or video files, folders of them, patterns, or - for standard input."),
    ] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="NAME", help="The model to use; see `voicebridge models`.")] = None,
    language: Annotated[
        str | None, typer.Option("-l", "--language", metavar="CODE", help="What is spoken, such as en; found out if left out.")
    ] = None,
    translate: Annotated[bool, typer.Option("--translate", help="Write an English translation.")] = False,
    formats: Annotated[
        list[str] | None,
        typer.Option("-f", "--format", metavar=FORMATS, help="Write a file in this format; may be given several times."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE|FOLDER|-", help="Write here instead of beside the recording; - prints."),
    ] = None,
    words: Annotated[bool, typer.Option("--words", help="Time every word, in json.")] = False,
    prompt: Annotated[str | None, typer.Option("--prompt", metavar="TEXT", help="Text that sets style and spelling.")] = None,
    hotwords: Annotated[str | None, typer.Option("--hotwords", metavar="A,B,…", help="Names and terms to expect.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("-O", "--option", metavar="KEY=VALUE", help="An engine option; see `voicebridge models show MODEL`."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace transcripts that exist.")] = False,
    profile: Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this profile of the configuration.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Open no network connection.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say what was chosen and how long it took.")] = False,
) -> None:
    """Turn speech into text.

    Alone it prints the text as it is recognised; with -f it writes files beside the recordings, with -o elsewhere.

    Exit codes: 0 all done, 1 some recordings failed and the rest is done, 2 wrong usage, 130 interrupted.
    """
    if not inputs:
        raise typer.BadParameter("name a recording, a folder of recordings, or - for standard input.", param_hint="INPUTS")
    state.remember(profile=profile, offline=offline)
    # Imported only now, so that `stt --help` stays quick; and the network-shy state above is known to everything below.
    from voicebridge.audio.find import find_recordings
    from voicebridge.cli.terminal import Remarks
    from voicebridge.sinks.naming import plan_outputs

    remarks = Remarks(quiet=quiet, verbose=verbose)
    plans = plan_outputs(find_recordings(inputs), formats or [], output)
    asked = {
        "language": language,
        "translate": translate or None,
        "words": words or None,
        "prompt": prompt,
        "hotwords": hotwords and tuple(word.strip() for word in hotwords.split(",") if word.strip()),
    }
    failures = _Run(remarks, model, asked, options or [], quiet=quiet).over(plans, overwrite=overwrite)
    if failures:
        if len(plans) > 1:
            remarks.say(f"{len(plans) - failures} of {len(plans)} recordings done, {failures} failed.")
        raise typer.Exit(1)


class _Run:
    """One run of the verb: the model as it was resolved, and everything it says to the user on the way."""

    def __init__(
        self, remarks: Remarks, model: str | None, asked: Mapping[str, object], assignments: Sequence[str], *, quiet: bool
    ) -> None:
        from voicebridge.capabilities import require
        from voicebridge.options import parse_assignments

        self._remarks = remarks
        self._quiet = quiet
        self._registry = state.registry()
        self._model = self._registry.stt(model)
        remarks.listen_to(re.split("[.:]", self._model.spec.factory)[0])  # an engine's warnings, whoever made it
        self._overrides = [parse_assignments(assignments)]
        self._options = self._registry.options(self._model, self._overrides)  # wrong ones are named before anything is loaded
        self._request = self._registry.config.settings.stt.request({name: value for name, value in asked.items() if value})
        require(self._model, self._request.capabilities, self._request.language, self._registry.stt_models())
        self._bar: ProgressBar | None = None
        self._interrupt = Interrupt()
        self._began = 0.0

    def over(self, plans: Sequence[Plan], *, overwrite: bool) -> int:
        """Transcribe everything; return how many recordings failed."""
        from voicebridge.cli.terminal import ProgressBar
        from voicebridge.pipeline.batch import Batch

        with self._interrupt, ProgressBar(shown=not self._quiet) as self._bar:
            batch = Batch(
                self._load,
                self._model.full_name,
                self._model.spec.sample_rate,
                self._request,
                self,
                overwrite=overwrite,
                stdin=_open_stdin,
                stdout=_Stdout(),  # type: ignore[arg-type]
            )
            return batch.run(plans)

    def _load(self) -> SpeechToText:
        from voicebridge.cli.fetching import fetch

        place, store = self._model.found_at(), self._model.weights()
        if place and store and not place.local and not paths.is_offline():  # the engine might fetch it too, but without a bar
            fetch(self._model, store, quiet=self._quiet)
        began = time.monotonic()
        engine: SpeechToText = self._model.load(self._options)
        self._remarks.detail(f"{self._model.full_name} loaded in {time.monotonic() - began:.1f} s ({self._options or 'no options'}).")
        return engine

    def began(self, recording: Path, duration: float | None) -> None:
        self._began = time.monotonic()
        if self._bar:
            self._bar.begin(recording.name, duration)

    def heard(self, seconds: float) -> None:
        self._interrupt.check()
        if self._bar:
            self._bar.heard(seconds)

    def finished(self, recording: Path, heard: Heard, segments: int, files: Sequence[Path]) -> None:
        for file in files:
            self._remarks.say(f"Wrote {file}")
        if segments == 0:
            self._remarks.say(f"{recording}: no speech was found.")
        took = time.monotonic() - self._began
        factor = took / heard.duration if heard.duration else 0.0
        self._remarks.detail(
            f"{recording}: {heard.duration:.1f} s of audio in {took:.1f} s (real-time factor {factor:.2f}), "
            f"{segments} segments, language {heard.language or 'unknown'}."
        )

    def failed(self, error: VoiceBridgeError) -> None:
        self._remarks.error(str(error))

    def kept(self, partial: Path) -> None:
        self._remarks.say(f"Interrupted. What was transcribed so far is in {partial}")


class _Stdout:
    """Standard output as a file of text: each segment leaves at once, and a character that the locale lacks is no error."""

    def write(self, text: str) -> int:
        stream = sys.stdout  # looked up each time: a progress bar on the same terminal stands in front of it
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
        return len(text)


def _open_stdin() -> AudioReader:
    from voicebridge.audio.decode import AudioReader

    return AudioReader(sys.stdin.buffer, name="standard input")
