from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge import Segment, Word
from voicebridge.stt.formats.cues import GAP, LINE, LONGEST, SHORTEST, Cue, CueMaker, join
from voicebridge.stt.formats.text import named_line, one_line, width
from voicebridge.stt.formats.tokens import tokens


def cues_of(*segments: Segment) -> list[Cue]:
    maker = CueMaker()
    return [cue for segment in segments for cue in maker.add(segment)] + list(maker.close())


def lines_of(text: str, seconds: float = 4.0) -> list[list[str]]:
    """The lines of each cue for a text spoken in a number of seconds."""
    return [cue.text.split("\n") for cue in cues_of(Segment(0.0, seconds, text))]


def timed(text: str, *times: tuple[float, float]) -> Segment:
    """A segment whose words have these times (s)."""
    words = tuple(Word(start, end, word) for word, (start, end) in zip(text.split(), times, strict=True))
    return Segment(times[0][0], times[-1][1], text, words)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=14) | st.sampled_from(
    ["the", "of", "and,", "over.", "日本語は、", "!", "«"]
)
texts = st.lists(words, max_size=60).map(" ".join)


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    """Segments of an engine that guarantees only their order: zero durations, overlaps, words that differ from the text."""
    starts = sorted(draw(st.lists(st.integers(0, 400_000_000), max_size=8)))
    made = []
    for start in (milliseconds / 1000 for milliseconds in starts):
        text = draw(texts)
        end = start + draw(st.sampled_from([0.0, 0.3, 2.0, 20.0]))
        spoken = text.split() if draw(st.booleans()) else draw(st.lists(words, max_size=3))
        step = (end - start) / max(len(spoken), 1)
        timed = tuple(Word(start + index * step, start + (index + 1) * step, word) for index, word in enumerate(spoken))
        speaker = draw(st.sampled_from([None, "Anna"]))
        made.append(Segment(start, end, text, timed if draw(st.booleans()) else (), speaker))
    return made


@settings(deadline=None)
@given(segments())
def test_no_word_is_lost_or_made_up_and_each_is_its_speaker_s(written: list[Segment]) -> None:
    cues = cues_of(*written)
    for speaker in (None, "Anna"):
        shown = " ".join(line for cue in cues if cue.speaker == speaker for line in cue.text.split("\n"))
        said = " ".join(one_line(segment.text) for segment in written if segment.speaker == speaker)

        assert shown.replace(" ", "") == said.replace(" ", "")
        if all(each.isascii() for each in said):  # other scripts may be broken where there is no space
            assert shown.split() == said.split()


@settings(deadline=None)
@given(segments())
def test_cues_follow_one_another_and_each_is_shown(written: list[Segment]) -> None:
    cues = cues_of(*written)

    assert all(cue.start >= 0 and cue.end > cue.start + 0.019 for cue in cues)
    assert all(cue.end - cue.start < LONGEST + 0.001 for cue in cues)
    assert all(before.start <= after.start for before, after in pairwise(cues))
    for speaker in (None, "Anna"):
        own = [cue for cue in cues if cue.speaker == speaker]
        assert all(before.end <= after.start for before, after in pairwise(own))


@settings(deadline=None)
@given(segments())
def test_a_cue_has_two_lines_that_fit_unless_a_single_word_does_not(written: list[Segment]) -> None:
    for cue in cues_of(*written):
        assert len(cue.lines) in (1, 2)
        assert all(width(join(line)) <= LINE or len(line) == 1 for line in cue.lines)


@settings(deadline=None)
@given(segments())
def test_a_name_before_each_cue_fits_into_its_lines(written: list[Segment]) -> None:
    maker = CueMaker(named=True)
    for cue in [cue for segment in written for cue in maker.add(segment)] + list(maker.close()):
        first, *others = named_line(cue.speaker, cue.text).split("\n")
        assert width(first) <= LINE or len(cue.lines[0]) == 1
        assert all(width(line) <= LINE for line in others) or len(cue.lines[-1]) == 1


@settings(deadline=None)
@given(segments())
def test_times_of_a_segment_s_parts_are_in_order(written: list[Segment]) -> None:
    for segment in written:
        found = tokens(segment)
        assert all(token.start <= token.end for token in found)
        assert all(before.start <= after.start for before, after in pairwise(found))


def test_a_cue_is_settled_when_the_next_segment_is_known() -> None:
    maker = CueMaker()

    assert list(maker.add(Segment(0.0, 2.0, "First of all."))) == []
    assert [cue.text for cue in maker.add(Segment(3.0, 4.0, "Then this."))] == ["First of all."]
    assert [cue.text for cue in maker.close()] == ["Then this."]
    assert list(maker.close()) == []


class TestTimes:
    def test_a_cue_begins_with_its_first_word_and_not_with_its_segment(self) -> None:
        said = timed("Well. That was all of it, I am afraid.", (1.0, 1.4), *((5 + at / 2, 5.4 + at / 2) for at in range(8)))

        assert [(cue.text, cue.start) for cue in cues_of(said)] == [("Well.", 1.0), ("That was all of it, I am afraid.", 5.0)]

    def test_without_words_time_is_shared_out_by_characters(self) -> None:
        first, second = cues_of(Segment(10.0, 20.0, "a" * 30 + " " + "b" * 30 + ". " + "c" * 31 + " " + "d" * 32))

        assert [first.start, second.start] == pytest.approx([10.0, 15.0], abs=0.1)

    def test_words_that_are_not_those_of_the_text_are_not_believed(self) -> None:
        said = Segment(0.0, 2.0, "One two.", (Word(0.0, 0.1, "Three"), Word(0.1, 0.2, "four.")))

        assert [(token.text, token.end, token.timed) for token in tokens(said)] == [("One", 0.75, False), ("two.", 2.0, False)]

    def test_a_short_cue_lasts_into_the_silence_after_it(self) -> None:
        (cue,) = cues_of(Segment(1.0, 1.2, "Yes."))

        assert cue.end == pytest.approx(1.0 + SHORTEST)

    def test_a_cue_lasts_until_it_can_be_read_but_never_into_the_next(self) -> None:
        quick = Segment(0.0, 1.5, "Forty letters in a second and a half, so.")
        alone, followed = cues_of(quick), cues_of(quick, Segment(1.6, 3.0, "Quick."))

        assert alone[0].end == pytest.approx(41 / 20, abs=0.06)
        assert followed[0].end == pytest.approx(1.6 - GAP)

    def test_a_blink_between_two_cues_is_filled_and_a_pause_is_not(self) -> None:
        blink = cues_of(Segment(0.0, 2.0, "One and two."), Segment(2.4, 4.0, "Three and four."))
        pause = cues_of(Segment(0.0, 2.0, "One and two."), Segment(2.6, 4.0, "Three and four."))

        assert blink[0].end == pytest.approx(2.4 - GAP)
        assert pause[0].end == 2.0

    def test_no_cue_stays_for_more_than_seven_seconds(self) -> None:
        assert [cue.end - cue.start for cue in cues_of(Segment(0.0, 60.0, "Ah!"))] == [LONGEST]

    def test_a_cue_too_brief_to_read_shares_the_screen_with_the_next_unless_others_speak(self) -> None:
        yes, well = Segment(0.0, 0.3, "Yes."), Segment(0.35, 2.0, "Well, I think so.")
        other = Segment(0.35, 2.0, "Well, I think so.", speaker="Anna")

        assert [cue.text for cue in cues_of(yes, well)] == ["Yes. Well, I think so."]
        assert [cue.text for cue in cues_of(yes, other)] == ["Yes.", "Well, I think so."]


class TestSpeakers:
    long = "She came in at nine that evening and nobody knew. After that it was quiet in the whole of the house until late."

    def test_who_speaks_while_another_does_is_shown_at_the_same_time(self) -> None:
        cues = cues_of(Segment(0.0, 10.0, self.long, speaker="Anna"), Segment(2.0, 2.4, "Mhm.", speaker="Bob"))

        assert [(cue.speaker, cue.start) for cue in cues] == [("Anna", 0.0), ("Bob", 2.0), ("Anna", cues[2].start)]
        assert cues[0].end == pytest.approx(cues[2].start - GAP)
        assert cues[1].end == pytest.approx(2.0 + SHORTEST)
        assert cues[2].end == 10.0

    def test_who_has_spoken_makes_room_for_the_next_speaker(self) -> None:
        quick = Segment(0.0, 1.5, "Forty letters in a second and a half, so.", speaker="Anna")
        for begin in (1.6, 1.3):  # word timestamps are no more accurate
            cues = cues_of(quick, Segment(begin, 3.0, "Quick.", speaker="Bob"))
            assert cues[0].end == pytest.approx(begin - GAP)

    def test_a_short_answer_stays_although_another_speaks(self) -> None:
        cues = cues_of(Segment(0.0, 0.3, "Yes.", speaker="Anna"), Segment(0.35, 2.0, "Well, I think so.", speaker="Bob"))

        assert cues[0].end == pytest.approx(SHORTEST)

    def test_a_speaker_who_stays_silent_holds_no_cue_of_another_back(self) -> None:
        maker = CueMaker()
        shown = list(maker.add(Segment(0.0, 1.0, "Hello.", speaker="Anna")))
        for at in range(1, 20):
            shown += maker.add(Segment(float(at), at + 0.9, f"Number {at}.", speaker="Bob"))

        assert [cue.text for cue in shown] == ["Hello.", *(f"Number {at}." for at in range(1, 19))]

    def test_two_who_speak_alternately_share_no_cue(self) -> None:
        said = [Segment(at / 2, at / 2 + 0.45, f"Word {at}.", speaker="AB"[at % 2]) for at in range(40)]

        assert [(cue.speaker, cue.text) for cue in cues_of(*said) if "\n" in cue.text] == []
        assert all(("A", "B")[int(word.rstrip(".")) % 2] == cue.speaker for cue in cues_of(*said) for word in cue.text.split()[1::2])


class TestBreaks:
    def test_what_fits_on_one_line_stays_on_one(self) -> None:
        assert lines_of("This has exactly forty-two letters, I say.") == [["This has exactly forty-two letters, I say."]]

    def test_cues_end_with_sentences_first(self) -> None:
        assert lines_of("She came in at nine that evening. After that nobody in the whole of the house said a word until it was late.", 8)[
            0
        ] == ["She came in at nine that evening."]

    def test_then_with_clauses(self) -> None:
        text = "When the rain had finally stopped, the children ran out of the house, and all of them went down to the river."

        assert [lines[-1][-1] for lines in lines_of(text, 8)] == [",", "."]

    def test_a_long_pause_parts_as_a_full_stop_does(self) -> None:
        said = timed("so here we are", (0.0, 0.5), (0.5, 1.0), (9.0, 9.5), (9.5, 10.0))

        assert [cue.text for cue in cues_of(said)] == ["so here", "we are"]

    def test_a_little_word_goes_with_what_follows(self) -> None:
        (lines,) = lines_of("We never looked under the heavy old furniture again")

        assert lines == ["We never looked under", "the heavy old furniture again"]

    def test_two_lines_are_of_about_one_length(self) -> None:
        (lines,) = lines_of("Several people decided against travelling yesterday")

        assert lines == ["Several people decided", "against travelling yesterday"]

    def test_punctuation_between_spaces_stays_with_its_word(self) -> None:
        for count in range(30, 50):
            shown = lines_of(f"{'a' * count} « Pourquoi pas maintenant » ! Bien sûr que oui ?")
            assert not any(line.startswith(("»", "!", "?")) or line.endswith("«") for lines in shown for line in lines)

    def test_japanese_is_broken_without_spaces_but_not_before_its_punctuation(self) -> None:
        text = "字幕は一行に十六文字くらいが読みやすいとされています。二行を超えないようにするのが普通です。"
        lines = [line for cue in lines_of(text, 9) for line in cue]

        assert "".join(lines) == text
        assert max(map(len, lines)) <= 16
        assert not any(line.startswith(("。", "、", "っ", "ー")) for line in lines)

    def test_where_words_of_a_script_without_spaces_are_known_only_they_are_parted(self) -> None:
        text = "日本語の字幕は短い言葉でできています"
        words = ["日本語", "の", "字幕", "は", "短い", "言葉", "で", "できて", "います"]
        said = Segment(0.0, 4.5, text, tuple(Word(at / 2, at / 2 + 0.5, word) for at, word in enumerate(words)))

        assert [token.text for token in tokens(said)] == words

    def test_thai_is_broken_between_the_words_that_the_engine_knows(self) -> None:
        said = Segment(0.0, 2.0, "สวัสดีครับ", (Word(0.0, 1.0, "สวัสดี"), Word(1.0, 2.0, "ครับ")))

        assert [token.text for token in tokens(said)] == ["สวัสดี", "ครับ"]

    @pytest.mark.parametrize(
        "text",
        [
            "ปัญญาประดิษฐ์เป็นเรื่องใหม่ของเรา อันเทราสค่ะ และเราจะพูดถึงเรื่องนี้กันในวันนี้ ขอบคุณครับ",
            "ປັນຍາປະດິດ ເປັນເລື່ອງໃໝ່ຂອງພວກເຮົາ ແລະ ພວກເຮົາຈະເວົ້າ",
            "မင်္ဂလာပါ ကျွန်တော်တို့ ဒီနေ့ စကားပြောကြမယ်",
        ],
    )
    def test_scripts_without_spaces_are_broken_at_their_spaces_where_an_engine_gives_characters(self, text: str) -> None:
        letters = [letter for letter in text if letter != " "]
        said = Segment(0.0, 9.0, text, tuple(Word(at / 10, at / 10 + 0.1, letter) for at, letter in enumerate(letters)))

        assert [token.text for token in tokens(said)] == text.split()

    @pytest.mark.parametrize(
        "words",
        [
            "วัน นี้ เรา จะ ไป เที่ยว ทะเล ด้วย กัน และ กิน อาหาร อร่อย มาก มาย ที่ ร้าน ใหม่ ใกล้ บ้าน ของ เพื่อน เก่า",
            "ปัญญาประดิษฐ์ เป็น เรื่อง ใหม่ ของ เรา และ เรา จะ พูด ถึง เรื่อง นี้ กัน ใน วัน นี้ ขอบคุณ ครับ",
        ],
    )
    def test_a_run_of_thai_that_fits_no_line_is_broken_between_words(self, words: str) -> None:
        text = words.replace(" ", "")
        said = Segment(0.0, 9.0, text, tuple(Word(at / 10, at / 10 + 0.1, letter) for at, letter in enumerate(text)))

        assert " ".join(token.text for token in tokens(said)) == words
        assert all(width(line) <= LINE for cue in cues_of(said) for line in cue.text.split("\n"))

    @pytest.mark.parametrize(
        "syllables",
        [
            "ປັນຍາປະດິດ ເປັນ ເລື່ອງ ໃໝ່ຂອງພວກ ເຮົາ ແລະພວກ ເຮົາຈະ ເວົ້າກ່ຽວກັບ ເລື່ອງນີ້",
            "ခွဲ ခြမ်း စိတ် ဖြာ မှု နှင့် နိုင် ငံ တော် အ ကြောင်း ကို ပြော ပြ ပေး ပါ မယ် ခင် ဗျာ နေ့ စဉ် နေ့ တိုင်း",
            "ខ្ញុំចង់ និ យាយអំ ពី ភា សាខ្មែរ និងប្រ ទេសកម្ពុ ជា ដែល មានប្រវត្តិ យូរលង់ ណាស់មក ហើយ",
        ],
    )
    def test_a_run_of_lao_burmese_or_khmer_that_fits_no_line_is_broken_between_syllables(self, syllables: str) -> None:
        text = syllables.replace(" ", "")
        said = Segment(0.0, 9.0, text, tuple(Word(at / 10, at / 10 + 0.1, letter) for at, letter in enumerate(text)))

        assert " ".join(token.text for token in tokens(said)) == syllables
        assert all(width(line) <= LINE for cue in cues_of(said) for line in cue.text.split("\n"))

    @settings(deadline=None)
    @given(
        st.lists(st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E4E), min_size=1, max_size=9), min_size=1, max_size=12)
        | st.lists(st.text(st.characters(min_codepoint=0x0E81, max_codepoint=0x0ECD), min_size=1, max_size=9), min_size=1, max_size=12)
        | st.lists(st.text(st.characters(min_codepoint=0x1000, max_codepoint=0x103E), min_size=1, max_size=9), min_size=1, max_size=12)
        | st.lists(st.text(st.characters(min_codepoint=0x1780, max_codepoint=0x17D3), min_size=1, max_size=9), min_size=1, max_size=12)
    )
    def test_no_mark_or_vowel_is_parted_from_its_letter_wherever_an_engine_begins_words(self, parts: list[str]) -> None:
        said = Segment(0.0, 9.0, "".join(parts), tuple(Word(at / 2, at / 2 + 0.5, part) for at, part in enumerate(parts)))
        found = [token.text for token in tokens(said)]

        assert "".join(found) == "".join(parts)
        assert not any(unicodedata.category(token[0])[0] == "M" or token[0] in "ะาำๅະາຳ" for token in found[1:])
        assert not any(token[-1] in "เแโใไເແໂໃໄ\u1039\u17d2" for token in found[:-1])
        assert not any(token[1:2] in tuple("\u1039\u17d2\u103a") for token in found[1:])

    @pytest.mark.parametrize("text", [
        "在我们日常生活当中，有很多事情都需要我们自己去决定，而且没有人可以帮助我们，因为每个人都有自己的问题。",
        "今日は皆さんと一緒に新しい技術について話しましょう、そして質問があればいつでも聞いてください。",
    ])  # fmt: skip
    def test_cues_of_chinese_and_japanese_end_at_clauses_where_one_is_near(self, text: str) -> None:
        said = Segment(0.0, 12.0, text, tuple(Word(at / 4, at / 4 + 0.25, letter) for at, letter in enumerate(text)))

        assert all(cue.text[-1] in "，、。" for cue in cues_of(said))

    def test_words_that_an_engine_cuts_at_hyphens_and_points_stay_whole(self) -> None:
        said = Segment(
            0.0, 2.0, "Œuvre-là 3.5.", (Word(0.0, 0.5, "Œuvre"), Word(0.5, 1.0, "-là"), Word(1.0, 1.5, "3"), Word(1.5, 2.0, ".5."))
        )

        assert [(token.text, token.start, token.end) for token in tokens(said)] == [("Œuvre-là", 0.0, 1.0), ("3.5.", 1.0, 2.0)]

    def test_korean_is_broken_at_its_spaces(self) -> None:
        assert [token.text for token in tokens(Segment(0.0, 2.0, "안녕하세요 여러분 반갑습니다"))] == ["안녕하세요", "여러분", "반갑습니다"]
