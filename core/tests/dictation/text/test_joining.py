"""Joining utterances with each other and with the text before the cursor."""

from __future__ import annotations

import pytest
from voicebridge.dictation.text import Style, compose


@pytest.mark.parametrize(
    ("before", "text", "joined"),
    [
        ("", "Hello there.", "Hello there."),
        ("", "hello there", "hello there"),
        ("It was late.", "We went home.", " We went home."),
        ("It was late.", "we went home", " We went home"),
        ("It was late. ", "We went home.", "We went home."),
        ("It was late.\n", "we went home", "We went home"),
        ("I think", "The weather is nice.", " the weather is nice."),
        ("I think ", "The weather is nice.", "the weather is nice."),
        ("Yesterday,", "We went home.", " we went home."),
        ("I met", "Anna in town.", " Anna in town."),
        ("I know", "I am late.", " I am late."),
        ("She works at", "NASA.", " NASA."),
        ("It is", "A test.", " a test."),
        ("Ask", "Will to come.", " Will to come."),
        ("(", "See below.", "See below."),
        ("He said “", "Never.", "Never."),
        ('He said "', "Never.", "Never."),
        ('He said "yes"', "and left.", " and left."),
        ("well-", "known", "known"),
        ("a list -", "one", " one"),
        ("and/", "or", "or"),
        ("Wait", ", what?", ", what?"),
        ("see e.g.", "this book", " this book"),
        ("I met Dr.", "Smith", " Smith"),
        ("apples, pears etc.", "and plums", " and plums"),
        ("and so on …", "or not", " or not"),
        ("She said:", "Hello.", " Hello."),
        ("Buy an", "iPhone.", " iPhone."),
        ("Done.", "iPhone sales fell.", " iPhone sales fell."),
        ("Done!", "3 more.", " 3 more."),
        ("Done?", "“yes”", " “Yes”"),
    ],
)  # fmt: skip
def test_a_text_is_joined_to_what_stands_before(before: str, text: str, joined: str) -> None:
    assert compose([text], Style("en"), before) == joined


@pytest.mark.parametrize(
    ("language", "before", "text", "joined"),
    [
        ("de", "Ich glaube", "Das Haus ist alt.", " das Haus ist alt."),
        ("de", "Ich sehe", "Häuser.", " Häuser."),
        ("de", "Können", "Sie kommen?", " Sie kommen?"),
        ("de", "Er sagte „Ja“", "Das stimmt.", " Das stimmt."),
        ("de", "Er sagte: „Ja.“", "das stimmt", " Das stimmt"),
        ("de", "Er sagte »Ja«", "und ging.", " und ging."),
        ("fr", "Il a dit «", "Oui", "Oui"),
        ("fr", "Je crois que", "Le train est parti.", " le train est parti."),
        ("fr", "J'aime l'", "été.", "été."),
        ("it", "Mi piace l'", "estate.", "estate."),
        ("es", "Hola.", "¿cómo estás?", " ¿Cómo estás?"),
        ("zh", "我们今天", "去公园。", "去公园。"),
        ("ja", "今日は。", "晴れです。", "晴れです。"),
        ("th", "วันนี้", "อากาศดี", "อากาศดี"),
        ("zh", "我用", "Python写程序。", "Python写程序。"),
        ("ko", "오늘은", "날씨가 좋다.", " 날씨가 좋다."),
        ("ru", "Было поздно.", "мы ушли", " Мы ушли"),
        ("sv", "Jag tror", "Det regnar.", " Det regnar."),
    ],
)
def test_each_language_is_joined_in_its_way(language: str, before: str, text: str, joined: str) -> None:
    assert compose([text], Style(language), before) == joined


@pytest.mark.parametrize(
    ("language", "utterances", "text"),
    [
        ("en", ["I went to the market.", "Then I came back."], "I went to the market. Then I came back."),
        # Real ones: Whisper ends each utterance with a full stop, and continues in lower case if it recognises that the sentence goes on.
        ("en", ["I stayed.", "because we had no bread.", "and then I left."], "I stayed because we had no bread and then I left."),
        ("en", ["I went to the market.", "And then I came back."], "I went to the market. And then I came back."),
        ("en", ["It was late.", "in the evening we ate."], "It was late. In the evening we ate."),
        ("en", ["I opened the.", "Door."], "I opened the door."),
        ("en", ["It was the.", "Best day."], "It was the best day."),
        ("en", ["I met my.", "Anna."], "I met my Anna."),
        ("de", ["Das ist die.", "Beste Idee."], "Das ist die beste Idee."),
        ("fr", ["C'est la.", "Dernière fois."], "C'est la dernière fois."),
        ("es", ["Es el.", "Primer día."], "Es el primer día."),
        ("it", ["È il.", "Primo giorno."], "È il primo giorno."),
        ("pt", ["É um.", "Novo dia."], "É um novo dia."),
        ("nl", ["Dit is de.", "Beste keuze."], "Dit is de beste keuze."),
        ("pl", ["Kropka nad i.", "Nowy dom."], "Kropka nad i. Nowy dom."),
        ("en", ["It was a.", "Good idea."], "It was a good idea."),
        ("en", ["This is the.", "White House."], "This is the White House."),
        ("en", ["Take vitamin A.", "Good idea."], "Take vitamin A. Good idea."),
        ("en", ["That is because.", "The door was open."], "That is because the door was open."),
        ("en", ["He lives at 5 p.m.", "and so on."], "He lives at 5 p.m. and so on."),
        ("en", ["Really?", "and why?"], "Really? And why?"),
        ("en", ["I waited...", "and waited."], "I waited... and waited."),
        ("en", ["we went home", "it was late"], "we went home it was late"),
        ("en", ["Dear Mr Smith", "I am writing to you."], "Dear Mr Smith I am writing to you."),
        ("en", ["On Monday,", "We start."], "On Monday, we start."),
        ("en", ["i think i'm late"], "I think I'm late"),
        ("de", ["Ich habe das.", "Haus gesehen."], "Ich habe das. Haus gesehen."),
        ("de", ["Ich sah den.", "Hund."], "Ich sah den Hund."),
        ("de", ["Ich blieb zu Hause.", "weil es regnete."], "Ich blieb zu Hause weil es regnete."),
        ("fr", ["Elle n'est pas là.", "M. Martin arrive."], "Elle n'est pas là. M. Martin arrive."),
        ("fr", ["Tu viens ?", "Oui\u202f!"], "Tu viens ? Oui\u202f!"),
        ("fr", ["«\u202fBonjour\u202f»\u00a0: dit-il ;"], "«\u202fBonjour\u202f»\u00a0: dit-il ;"),
        ("zh", ["我们今天去公园。", "明天回家。"], "我们今天去公园。明天回家。"),
        ("ja", ["今日は晴れです。", "散歩に行きます。"], "今日は晴れです。散歩に行きます。"),
        ("th", ["วันนี้อากาศดี", "ไปเดินเล่น"], "วันนี้อากาศดีไปเดินเล่น"),
        ("en", ["  two   spaces \n and a line  ", "", "   ", "end"], "two spaces and a line end"),
        ("en", ["- one", "♪"], "- one ♪"),
    ],
)  # fmt: skip
def test_utterances_are_joined(language: str, utterances: list[str], text: str) -> None:
    assert compose(utterances, Style(language)) == text


def test_commands_join_to_what_stands_before() -> None:
    assert compose(["Comma, and so on."], Style("en"), "Well") == ", and so on."
    assert compose(["New line. hello"], Style("en"), "Well") == "\nHello"
    assert compose(["Open bracket, see below, close bracket."], Style("en"), "Well") == " (see below)."
    assert compose(["Scratch that. Hello."], Style("en"), "Well.") == " Hello."
    assert compose(["Question mark."], Style("fr"), "Tu viens") == " Question mark."
    assert compose(["Point d'interrogation."], Style("fr"), "Tu viens") == "\u202f?"


def test_nothing_said_is_nothing_written() -> None:
    assert compose([], Style("en"), "before") == ""
    assert compose(["", " \n"], Style("en"), "before") == ""
