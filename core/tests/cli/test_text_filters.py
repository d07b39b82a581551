"""Text filters of planted plugins through the command line: transcripts, speech, history, what is shown of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge as api
from voicebridge.audio.capture_file import CaptureFile
from voicebridge.journal.history import History
from voicebridge.runtime.settings import HistorySettings

Run = Callable[..., Any]
Record = Callable[..., Path]
Install = Callable[[str], None]

MODELS = """
    from voicebridge import SttSpec, TextFilterSpec, TtsSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="ear", factory="PACKAGE.engine:Ear", words=True, resume=True, translate=True)

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="mouth", factory="PACKAGE.engine:Mouth", languages={"en"})
"""
ENGINE = """
    import numpy as np
    from voicebridge import AudioChunk, Segment, Word

    class Ear:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            for _ in audio:
                pass
            for number, text in enumerate(("secret one.", "um", "secret two.")):
                words = tuple(Word(number, number + 1, word) for word in text.split()) if request.words else ()
                yield Segment(number, number + 1, text, words, language="de" if request.translate else "en")

        def close(self):
            pass

    class Mouth:
        def __init__(self, name, options):
            pass

        def synthesize(self, text, request):
            for piece in text:
                yield AudioChunk(np.full(len(piece) * 1000, 0.25, np.float32), 16_000)

        def close(self):
            pass
"""
FILTER = """
    from voicebridge import TextFilterSpec, hookimpl

    @hookimpl
    def voicebridge_text_filters():
        yield TextFilterSpec(name="loud", factory="PACKAGE.filter:Loud", stages=["dictation", "transcript", "speech"], seconds=0.5)
"""
PLAIN = "secret one.\num\nsecret two.\n"

FAULTS = {
    "raise ValueError(text)": "failed with ValueError",
    "sys.exit(text)": "failed with SystemExit",
    "threading.Event().wait()": "took longer than 0.5 s",
    "return text.encode()": "returned bytes instead of str",
    "return ' '": "returned an empty text",
}


@pytest.fixture
def install(site: Any) -> Install:
    """Install a model of each kind, and a filter with the given body."""

    def plant(body: str) -> None:
        site.install("acme", MODELS, engine=ENGINE)
        site.install("tune", FILTER, filter=f"import sys, threading\nclass Loud:\n    def filter(self, text, context):\n        {body}\n")

    return plant


@pytest.fixture
def talk(record: Record) -> str:
    return str(record("talk.wav"))


def problem(what: str) -> str:
    return f"The text filter tune/loud {what}. Report it to the maintainers of tune-plugin. The unfiltered text is used."


def test_transcripts_are_filtered_in_every_format(install: Install, run: Run, talk: str) -> None:
    install("return text.upper()")
    done = run("stt", talk)
    assert (done.code, done.out) == (0, PLAIN.upper()), done.err
    assert run("stt", talk, "--no-filters").out == PLAIN
    lines = [json.loads(line) for line in run("stt", talk, "--json-lines", "--word-timestamps").out.splitlines()]
    [first, *_] = [line for line in lines if line["type"] == "segment"]
    assert (first["text"], [word["word"] for word in first["words"]]) == ("SECRET ONE.", ["secret", "one."])
    assert run("stt", talk, "-f", "srt", "-f", "json").code == 0
    assert "SECRET ONE." in Path(talk).with_suffix(".srt").read_text()
    assert json.loads(Path(talk).with_suffix(".json").read_text())["segments"][0]["text"].strip() == "SECRET ONE."


@pytest.mark.parametrize("body", FAULTS)
def test_a_transcript_survives_a_faulty_filter_and_one_line_names_it(install: Install, run: Run, record: Record, body: str) -> None:
    install(body)
    talks = [str(record(name)) for name in ("a.wav", "b.wav")]
    done = run("stt", *talks)
    assert (done.code, done.out) == (0, f"{PLAIN}\n{PLAIN}")
    assert done.err.count(problem(FAULTS[body])) == 1
    assert "secret" not in done.err


def test_a_filter_that_hangs_costs_a_recording_its_time_once(install: Install, run: Run, talk: str) -> None:
    install("print('called', file=sys.stderr); threading.Event().wait()")
    done = run("stt", talk)
    assert (done.out, done.err.count("called")) == (PLAIN, 1)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_command_is_told_what_is_known(install: Install, run: Run, talk: str) -> None:
    install("return text")
    run("config", "set", "filters.stages", '["transcript", "speech"]')
    run("config", "set", "filters.command", "sh -c 'cat; echo \" $VOICEBRIDGE_STAGE $VOICEBRIDGE_LANGUAGE $VOICEBRIDGE_SOURCE\"'")
    assert run("stt", talk).out.splitlines()[0] == f"secret one. transcript en {talk}"
    Path("page.txt").write_text("A page.")
    assert "speech en page dot txt" in run("tts", "--dry-run", "page.txt").out


def test_what_is_printed_in_a_filter_is_not_in_the_transcript(install: Install, run: Run, talk: str) -> None:
    install("print('noise'); return text")
    assert run("stt", talk).out == PLAIN


def test_speech_is_filtered_and_its_chapters_are_not(install: Install, run: Run) -> None:
    install("return text.replace('X', 'ecks')")
    Path("book.md").write_text("# Chapter X\n\nOf X and Y.\n")
    done = run("tts", "--dry-run", "--json", "book.md")
    assert done.code == 0, done.err
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert (first["text"], first["chapter"]) == ("Chapter ecks.", "Chapter X")
    assert second["text"] == "Of ecks and Y."
    assert "Chapter X" in run("tts", "--dry-run", "--no-filters", "book.md").out


@pytest.mark.parametrize("body", FAULTS)
def test_speech_survives_a_faulty_filter(install: Install, run: Run, body: str) -> None:
    install(body)
    done = run("tts", "The secret is safe.\n\nAnd so is this.", "-o", "speech.wav")
    assert done.code == 0
    assert Path("speech.wav").exists()
    assert done.err.count(problem(FAULTS[body])) == 1
    assert "secret" not in done.err


def test_python_uses_them_unless_told_otherwise(install: Install, home: Path, talk: str) -> None:
    install("return text.upper()")
    with api.load_model(daemon=False) as model:
        assert model.transcribe(talk).text == "SECRET ONE. UM SECRET TWO."
        assert next(model.stream(talk)).text == "SECRET ONE."
    assert api.transcribe(talk, daemon=False, filters=False).text == "secret one. um secret two."


def test_python_speaks_the_filtered_text(install: Install, home: Path) -> None:
    install("return text * 2")
    samples = [sum(len(chunk.samples) for chunk in api.speak("Hello there.", daemon=False, filters=use)) for use in (True, False)]
    assert samples[0] > 1.5 * samples[1]


def test_watched_recordings_and_documents_are_filtered(install: Install, run: Run, record: Record) -> None:
    install("return text.upper()")
    inbox = Path("inbox")
    inbox.mkdir()
    record("talk.wav").rename(inbox / "talk.wav")
    words = ("--once", "--no-daemon", "--stable-for", "0")
    assert run("watch", str(inbox), *words).code == 0
    assert (inbox / "talk.txt").read_text() == PLAIN.upper()


@pytest.mark.parametrize("body", FAULTS)
def test_watched_files_survive_a_faulty_filter(install: Install, run: Run, record: Record, body: str) -> None:
    install(body)
    inbox = Path("inbox")
    inbox.mkdir()
    record("talk.wav").rename(inbox / "talk.wav")
    (inbox / "page.txt").write_text("The secret is safe.\n\nAnd so is this.")
    words = ("--once", "--no-daemon", "--stable-for", "0")
    done = run("watch", str(inbox), *words)
    assert (done.code, (inbox / "talk.txt").read_text()) == (0, PLAIN)
    assert done.err.count(problem(FAULTS[body])) == 1
    spoken = run("watch", str(inbox), "--tts", "-f", "wav", "--output", "spoken", *words)
    assert spoken.code == 0
    assert Path("spoken/page.wav").exists()
    assert spoken.err.count(problem(FAULTS[body])) >= 1
    assert "secret" not in done.err + spoken.err


@pytest.fixture
def dictated(home: Path) -> None:
    """A dictation whose recording is kept."""
    with closing(History(home / "data" / "history", HistorySettings())) as history:
        entry = history.begin(16_000)
        with closing(CaptureFile(entry.audio, 16_000)) as file:
            file.write(np.zeros(16_000, np.float32))
        history.recorded(entry.id, 1.0)


@pytest.mark.usefixtures("dictated")
def test_a_retried_dictation_is_filtered_like_a_dictation(install: Install, run: Run) -> None:
    install("return f'{text.upper()} {context.stage} {len(context.segments)} {context.source.suffix}'")
    assert run("history", "retry", "--no-daemon").out == "SECRET ONE. UM SECRET TWO. dictation 3 .wav\n"


@pytest.mark.usefixtures("dictated")
def test_the_language_of_a_translation_is_english_and_that_of_its_segments_the_spoken_one(install: Install, run: Run, talk: str) -> None:
    install("return f'{context.language} {context.segments[0].language}'")
    assert run("stt", talk).out.splitlines() == ["en en"] * 3
    assert run("stt", talk, "--translate").out.splitlines() == ["en de"] * 3
    assert next(api.stream(talk, translate=True, daemon=False)).text == "en de"
    run("config", "set", "stt.translate", "true")
    assert run("history", "retry", "--no-daemon").out == "en de\n"


@pytest.mark.usefixtures("dictated")
@pytest.mark.parametrize("body", FAULTS)
def test_a_retried_dictation_survives_a_faulty_filter(install: Install, run: Run, body: str) -> None:
    install(body)
    done = run("history", "retry", "--no-daemon")
    assert (done.code, done.out.lower()) == (0, "secret one. um secret two.\n")
    assert done.err.count(problem(FAULTS[body])) == 1
    assert "secret" not in done.err


def test_an_unknown_name_is_one_line_with_the_closest(install: Install, run: Run, talk: str) -> None:
    install("return text.upper()")
    run("config", "set", "filters.transcript", '["tune/laud"]')
    done = run("stt", talk)
    assert done.code == 2
    assert done.err == "Error: filters.transcript: No text filter is named 'tune/laud'. Did you mean 'tune/loud'? There are: tune/loud.\n"
    assert run("stt", talk, "--no-filters").out == PLAIN
    run("config", "set", "filters.transcript", "[]")
    assert run("stt", talk).out == PLAIN


def test_plugins_and_doctor_show_them(install: Install, run: Run) -> None:
    install("return text.upper()")
    assert "loud (dictation, transcript, speech; order 0)" in run("plugins", "show", "tune").out
    run("config", "set", "filters.speech", "[]")
    run("config", "set", "filters.command", "no-such-program-anywhere")
    found = {line["what"]: (line["verdict"], line["detail"]) for line in json.loads(run("doctor", "--json").out)}
    assert found["text filter tune/loud"] == ("ok", "dictation, transcript; order 0")
    assert found["filters.command"][0] == "warning"
    assert "can't be started" in found["filters.command"][1]


def test_doctor_warns_of_one_that_cannot_be_created(site: Any, run: Run) -> None:
    site.install("tune", FILTER, filter="class Loud:\n    pass\n")
    found = {line["what"]: (line["verdict"], line["detail"]) for line in json.loads(run("doctor", "--json").out)}
    assert found["text filter tune/loud"][0] == "warning"
    assert "has no method filter" in found["text filter tune/loud"][1]
