"""The rules for drafts: segments with ``final=False``, each of which the next segment replaces."""

from __future__ import annotations

import numpy as np
import pytest

from voicebridge.testing import sounds
from voicebridge.testing.faults import draft_faults
from voicebridge.testing.hearing import Hearing
from voicebridge.testing.model import Loaded, expect_none
from voicebridge.testing.sounds import WatchedAudio, in_chunks
from voicebridge.testing.texts import text_of


class PartialRules(Hearing):
    """What a speech-to-text model does when drafts are requested."""

    def test_drafts_are_replaced_by_the_final_text(self, loaded: Loaded) -> None:
        """If drafts are requested, a model with ``partials=True`` yields some, and the same final text as without; others yield none.

        Each draft begins after the last final segment, and a final segment follows the last one. The final segments cover all speech, and
        none comes twice.

        Troubleshooting: a draft is a segment with ``final=False``. It contains all words since the last final segment; the final segment
        that follows it contains them again, as they are in the end. Without ``partials=True`` in the descriptor, VoiceBridge leaves drafts
        out.
        """
        rate = loaded.sample_rate
        audio = np.concatenate([self.samples[0].at(rate), sounds.silence(1.5, rate), self.samples[1].at(rate)])
        segments = self.transcribe(loaded, audio, partials=True)
        drafts = [segment for segment in segments if not segment.final]
        if not loaded.model.spec.partials:
            expect_none([f"{draft.text!r} has final=False, but the descriptor has partials=False" for draft in drafts])
            return
        if not drafts:
            pytest.fail("no draft came for two sentences, although the descriptor has partials=True and the request, too")
        expect_none(draft_faults(segments, len(audio) / rate))
        final = [segment for segment in segments if segment.final]
        alone = [segment for segment in self.transcribe(loaded, audio) if segment.final]
        self._expect_same(loaded, text_of(final), text_of(alone), "without drafts")

    def test_drafts_come_while_speech_arrives(self, loaded: Loaded) -> None:
        """A model with ``streaming=True`` and ``partials=True`` yields its first draft within ten seconds of continuous speech.

        Troubleshooting: VoiceBridge passes the microphone to such a model continuously, and shows the drafts while the user speaks. Yield
        one every few tenths of a second, or set ``partials=False``.
        """
        if not loaded.model.spec.is_live:
            pytest.skip("the descriptor has streaming=False or partials=False")
        rate = loaded.sample_rate
        watched = WatchedAudio(in_chunks(np.concatenate([self.samples[0].at(rate), self.samples[1].at(rate)] * 3), rate))
        segments = loaded.engine.transcribe(watched, self.request(loaded, partials=True))
        [first] = loaded.finish(segments.first)
        taken = watched.seconds
        segments.close()
        if first.final or taken > 10:
            pytest.fail(f"the first segment came after {taken:.0f} s of audio, with final={first.final}")
