"""One pass over a text: what is rewritten, and by which rule."""

from __future__ import annotations

from voicebridge.tts.text.normalize.scan import Scanner, rule


def test_no_rule_reads_what_another_one_wrote() -> None:
    rules = [rule("0", r"\d+", lambda _: "dot.com"), rule("a", "dot", lambda _: "never"), rule(".", r"\.", lambda _: "point")]
    assert Scanner(rules).spoken("5 and 6.") == "dot.com and dot.com point"


def test_the_first_rule_that_fits_wins_and_one_that_declines_leaves_the_next_its_turn() -> None:
    rules = [rule("0", r"\d+", lambda m: None if m[0] == "7" else "one"), rule("0", r"\d+", lambda _: "two")]
    assert Scanner(rules).spoken("7, 8") == "two, one"


def test_words_are_set_off_from_the_letters_around_them() -> None:
    assert Scanner([rule("0", r"\d", lambda _: "two")]).spoken("H2O and 22") == "H two O and two two"


def test_a_rule_sees_the_text_before_it_as_it_was_written() -> None:
    rules = [rule("0", r"(?<=5 )6", lambda _: "found"), rule("0", r"\d", lambda _: "five")]
    assert Scanner(rules).spoken("5 6") == "five found"
