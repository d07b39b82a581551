"""Spoken commands: what Whisper really transcribes for them, and sentences that only sound like one."""

from __future__ import annotations

import pytest
from voicebridge.dictation.text import Style, compose
from voicebridge.dictation.text.languages import LANGUAGES, language_of
from voicebridge.dictation.text.tokens import plain

# What Whisper base transcribed, word for word, for commands spoken by a Piper voice.
HEARD = {
    "Dear Team Common New Line, thank you for coming full-stop.": "Dear Team,\nThank you for coming.",
    "Dear teen comma, new line, thank you for coming. Full stop.": "Dear teen,\nThank you for coming.",
    "Dear team, comma, new line. Thank you for coming. We'll stop.": "Dear team,\nThank you for coming. We'll stop.",
    "Dear Mr. Smith, comma, new paragraph, I am writing about the end voice, full stop.": (
        "Dear Mr. Smith,\n\nI am writing about the end voice."
    ),
    "Please buy milk comma, eggs comma, and bread period.": "Please buy milk, eggs, and bread.",
    "Please buy milk, comma, eggs, comma, and bread, period.": "Please buy milk, eggs, and bread.",
    "New line.": "\n",
    "New Paragraph": "\n\n",
    "comma": ",",
    "Full stop.": ".",
    "period.": ".",
    "Question Mark": "?",
    "exclamation point.": "!",
    "colon": ":",
    "Semicolon.": ";",
    "dash.": "–",
    "Hyphen": "-",
    "Open bracket.": "(",
    "Close bracket.": ")",
    "close quote": '"',
    "Full stop, new line.": ".\n",
    "Period, new paragraph.": ".\n\n",
    "Question Mark, New Line": "?\n",
    "Is it raining? Question Mark.": "Is it raining?",
    "Is it raining, question mark, new line? Yes it is, exclamation point.": "Is it raining?\nYes it is!",
    "What time is it? Question mark": "What time is it?",
    "That is great exclamation mark.": "That is great!",
    "That's amazing exclamation point.": "That's amazing!",
    "The meeting is at 10. Scratch that. The meeting is at 11.": "The meeting is at 11.",
    "Meet me at seven. No scratch that. Meet me at eight.": "Meet me at eight.",
    "I wrote it down. Delete that.": "",
    "He said open quote, I will be back close quote and left full stop.": 'He said "I will be back" and left.',
    "She said, open quotes, never again, close quotes.": 'She said, "never again".',
    "The cat opened bracket which was black close bracket slept full stop.": "The cat (which was black) slept.",
    "Open parenthesis C below close parenthesis.": "(C below).",
    "This is a well-high for known problem full stop new line and it will stay one full stop.": (
        "This is a well-high for known problem.\nAnd it will stay one."
    ),
    "First point colon is late, full stop, new paragraph, second point colon. We are tired, exclamation mark.": (
        "First point colon is late.\n\nSecond point: we are tired!"
    ),
    "I waited dash and nobody came full stop.": "I waited – and nobody came.",
    "The result dash as expected dash was bad.": "The result – as expected – was bad.",
    "Here is the list colon, new line, apples, new line pairs.": "Here is the list:\nApples\nPairs.",
    "He'd arrived late, semicolon, the train had broken down, full stop.": "He'd arrived late; the train had broken down.",
    "Thanks, Common New Line Peter.": "Thanks,\nPeter.",
    "See you tomorrow new line best regards, new line Peter.": "See you tomorrow\nBest regards\nPeter.",
    "Item 1, New Line, Item 2, New Line, Item 3.": "Item 1\nItem 2\nItem 3.",
    "bullet point one new line bullet point two": "• One\n• Two",
    "We saw a play last night. Period. It was good. Period.": "We saw a play last night. It was good.",
    "Thank you for your letter period. I will answer soon period.": "Thank you for your letter. I will answer soon.",
    "Thank you for your letter full stop. I will answer soon full stop.": "Thank you for your letter. I will answer soon.",
    "I like it exclamation point.": "I like it!",
}
STAYS_WRONG = [  # the text alone does not show what was said
    "What time is the question mark?",
    "The meeting is a tense scratch that the meeting is at 11.",
    "Hello, everyone. Comment today. We will talk about Beast Period, a new paragraph. These are small period.",
    "Colin.",
    "Max Paragraph",
]


@pytest.mark.parametrize("heard", HEARD)
def test_what_whisper_wrote_for_commands_becomes_what_was_meant(heard: str) -> None:
    assert compose([heard], Style("en")) == HEARD[heard]


@pytest.mark.parametrize("heard", STAYS_WRONG)
def test_what_can_not_be_told_stays_as_it_was_heard(heard: str) -> None:
    assert compose([heard], Style("en")) == heard


SAID = {
    "en": [
        (["hello comma how are you question mark"], "hello, how are you?"),
        (["I will answer soon period"], "I will answer soon."),
        (["Dear Anna,", "New line.", "Thank you for your letter."], "Dear Anna\nThank you for your letter."),
        (["I went home.", "Scratch that.", "I went to work."], "I went to work."),
        (["I went home", "in the rain.", "Scratch that.", "in the sun."], "I went home in the sun."),
        (["One. Two. Three.", "Scratch that.", "Scratch that."], "One."),
        (["He left, quote, for good, unquote, in May."], 'He left, "for good" in May.'),
        (["It was late. Colon. Too late."], "It was late: Too late."),
        (["Is it true? Exclamation mark."], "Is it true!"),
        (["What? Question mark. Exclamation mark."], "What?!"),
        (["We left at 5 p.m. comma and came back."], "We left at 5 p.m., and came back."),
        (["New line, new line, hello."], "\n\nHello."),
        (["an up hyphen to hyphen date list"], "an up-to-date list"),
        (["open square bracket sic close square bracket"], "[sic]"),
        (["wait, ellipsis, what?"], "wait… what?"),
    ],
    "de": [
        (["Liebe Anna, Komma, neue Zeile, danke für deine Nachricht, Punkt."], "Liebe Anna,\ndanke für deine Nachricht."),
        (["Liebe Anna Komma neue Zeile Danke für alles Ausrufezeichen"], "Liebe Anna,\ndanke für alles!"),
        (["Wann kommst du Fragezeichen"], "Wann kommst du?"),
        (["Wann kommst du frage Zeichen?"], "Wann kommst du?"),
        (["Wir treffen uns um acht Punkt neuer Absatz bis morgen Ausrufezeichen"], "Wir treffen uns um acht.\n\nBis morgen!"),
        (["Die Katze Klammer auf sie war schwarz Klammer zu schlief Punkt"], "Die Katze (sie war schwarz) schlief Punkt"),
        (["Ich komme morgen Komma wenn es nicht regnet Punkt"], "Ich komme morgen, wenn es nicht regnet."),
        (["Bitte kaufen Doppelpunkt Milch Komma Brot und Butter Punkt"], "Bitte kaufen: Milch, Brot und Butter."),
        (["Er sagte Anführungszeichen unten nie wieder Anführungszeichen oben"], 'Er sagte "nie wieder"'),
        (["Ich komme.", "Das streichen.", "Ich bleibe."], "Ich bleibe."),
        (["Strichpunkt."], ";"),
    ],
    "fr": [
        (["Bonjour Marie, virgule, à la ligne, merci pour votre message, point."], "Bonjour Marie,\nMerci pour votre message."),
        (["Bonjour Marie virgule à la ligne merci pour tout point d'exclamation"], "Bonjour Marie,\nMerci pour tout\u202f!"),
        (["Tu viens demain point d'interrogation"], "Tu viens demain\u202f?"),
        (["Tu viens demain ? Point d'interrogation."], "Tu viens demain\u202f?"),
        (["A la ligne."], "\n"),
        (["Nouvelle ligne."], "\n"),
        (["Il fait beau point à la ligne à bientôt"], "Il fait beau.\nÀ bientôt"),
        (["Il est venu point virgule elle est partie"], "Il est venu\u202f; elle est partie"),
        (["Je reste.", "Efface ça.", "Je pars."], "Je pars."),
    ],
    "es": [
        (["Querida Ana Coma Nueva línea gracias por tu mensaje punto."], "Querida Ana,\nGracias por tu mensaje."),
        (["Querida Ana, coma, nueva línea, gracias por tu mensaje, punto."], "Querida Ana,\nGracias por tu mensaje."),
        (["Abrir interrogación cómo estás cerrar interrogación"], "¿cómo estás?"),
        (["Hola. Abrir interrogación. Cómo estás? Cerrar interrogación."], "Hola. ¿Cómo estás?"),
        (["Compra leche coma huevos coma y pan punto"], "Compra leche, huevos, y pan."),
        (["Es tarde punto y aparte Nos vamos."], "Es tarde.\nNos vamos."),
        (["Punto y seguido."], "."),
        (["Me quedo.", "Borra eso.", "Me voy."], "Me voy."),
    ],
    "it": [
        (["Cara Anna, virgola, nuova riga, grazie per il messaggio, punto."], "Cara Anna,\ngrazie per il messaggio."),
        (["Come stai punto interrogativo"], "Come stai?"),
        (["2 punti"], ":"),
        (["A capo."], "\n"),
        (["È tardi punto e a capo andiamo"], "È tardi.\nAndiamo"),
        (["Il gatto apri parentesi nero chiudi parentesi dorme"], "Il gatto (nero) dorme"),
    ],
    "pt": [
        (["Querida una, vírgula, nova linha. Obrigado pela mensagem."], "Querida una,\nObrigado pela mensagem."),
        (["Querida Ana vírgula nova linha obrigado pela mensagem ponto final"], "Querida Ana,\nObrigado pela mensagem."),
        (["Virgula."], ","),
        (["Você vem amanhã ponto de interrogação"], "Você vem amanhã?"),
        (["Fechar parentesis."], ")"),
        (["Fico.", "Apaga isso.", "Vou."], "Vou."),
    ],
    "nl": [
        (["Beste Anna, komma, nieuwe regel, bedankt voor je bericht, punt."], "Beste Anna,\nBedankt voor je bericht."),
        (["Kom je morgen vraagteken"], "Kom je morgen?"),
        (["De kat haakje openen zwart haakje sluiten slaapt"], "De kat (zwart) slaapt"),
        (["Ik blijf.", "Schrap dat.", "Ik ga."], "Ik ga."),
    ],
    "pl": [
        (["Droga Anno, przecinek, nowa linia, dziękuję za wiadomość, kropka."], "Droga Anno,\ndziękuję za wiadomość."),
        (["Droga Anno przecinek nowa linia dziękuję za wiadomość kropka"], "Droga Anno,\ndziękuję za wiadomość."),
        (["Znak zapytania."], "?"),
        (["Nowa linia."], "\n"),
        (["Kiedy przyjdziesz znak zapytania"], "Kiedy przyjdziesz?"),
        (["Zostaję.", "Usuń to.", "Idę."], "Idę."),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "utterances", "meant"), [(code, *case) for code, cases in SAID.items() for case in cases])
def test_commands_are_carried_out_in_every_language(language: str, utterances: list[str], meant: str) -> None:
    assert compose(utterances, Style(language)) == meant


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_counts_when_it_is_all_that_is_said(language: str) -> None:
    for phrase, (signs, _) in language_of(language).phrases.items():
        written = compose([f"{phrase.capitalize()}."], Style(language))
        expected = signs.translate({ord("“"): '"', ord("”"): '"', **dict.fromkeys(map(ord, "⌫⇪⇧⇩"))}).replace("•", "• ")
        assert written.replace("\u202f", "") == expected, phrase


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_commands_that_people_expect(language: str) -> None:
    signs = {signs for signs, _ in language_of(language).phrases.values()}
    assert {",", ".", "?", "!", ":", ";", "-", "–" if language != "es" else "—", "(", ")", "“", "”", "\n", "\n\n", "⌫"} <= signs
    assert {*"@/\\#%&_*+=$€°~•\t⇪⇧⇩"} - {"~" if language == "pt" else ""} <= signs


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_stands_for_two_things(language: str) -> None:
    data = language_of(language)
    phrases = [plain(phrase) for table in (data.anywhere, data.apart, data.alone) for some in table.values() for phrase in some.split("|")]
    doubled = {phrase for phrase in phrases if phrases.count(phrase) > 1}
    meanings = {phrase: {value for each, value in data.phrases.items() if plain(each) == phrase} for phrase in doubled}
    assert [phrase for phrase, found in meanings.items() if len(found) > 1] == []


def test_commands_can_be_off() -> None:
    assert compose(["Dear Anna, comma, new line. Hello."], Style("en", commands=False)) == "Dear Anna, comma, new line. Hello."


def test_a_language_without_commands_of_its_own_is_left_alone() -> None:
    assert compose(["Kära Anna, komma, ny rad."], Style("sv")) == "Kära Anna, komma, ny rad."


def test_marks_that_are_named_in_a_row_are_talked_about() -> None:
    for text in ("We use comma, semicolon, and colon.", "The marks comma and full stop are common.", "Period, comma, and dash."):
        assert compose([text], Style("en")) == text


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("I have a notice period. What about his notice period?", "I have a notice period. What about his notice period?"),
        ("We have a trial period. It was a difficult period. Thanks.", "We have a trial period. It was a difficult period. Thanks."),
        ("It was a long period full stop", "It was a long period."),
        ("It was a long period. New paragraph. Then it ended.", "It was a long period.\n\nThen it ended."),
        ("It is in the colon, comma, and in the liver, full stop.", "It is in the colon, and in the liver."),
        ("I have to dash to the shop comma I am late full stop", "I have to dash to the shop, I am late."),
    ],
)
def test_common_words_stay_words_among_commands(heard: str, written: str) -> None:
    assert compose([heard], Style("en")) == written


class TestTheUsersOwn:
    def test_they_count_in_running_text_and_by_themselves(self) -> None:
        style = Style("en", spoken={"my address": "1 High Street", "kind regards": "Kind regards,\nAnna Smith"})
        assert compose(["Send it to my address."], style) == "Send it to 1 High Street."
        assert compose(["Thank you.", "Kind Regards."], style) == "Thank you. Kind regards,\nAnna Smith"

    def test_they_count_when_the_languages_are_off(self) -> None:
        assert compose(["hello new line smiley"], Style("en", commands=False, spoken={"smiley": "🙂"})) == "hello new line 🙂"

    def test_they_win_over_the_languages_and_fire_where_those_would(self) -> None:
        style = Style("en", spoken={"new line": "\n- ", "comma": "comma"})
        assert (
            compose(["milk, new line, eggs comma bread", "a new line of products"], style)
            == "milk\n- eggs comma bread a new line of products"
        )

    def test_marks_of_the_users_own_take_the_place_of_the_models(self) -> None:
        assert compose(["Really? Interrobang. Yes."], Style("en", spoken={"interrobang": "?!"})) == "Really?! Yes."

    def test_a_phrase_may_have_any_case_accents_and_hyphens(self) -> None:
        assert compose(["TRES-BIEN!"], Style("fr", spoken={"très bien": "👍"})) == "👍"


SYMBOLS = {
    "Write to john at sign example.com.": "Write to john@example.com.",
    "The file is in home forward slash anna underscore, backup.": "The file is in home/anna_backup.",
    "It costs dollar sign 5 and rises by 10 percent sign.": "It costs $5 and rises by 10%.",
    "Salt ampersand pepper": "Salt & pepper",
    "Hashtag winning": "#winning",
    "Tea and slash or coffee": "Tea and/or coffee",
    "He had to slash the price.": "He had to slash the price.",
    "bullet point milk bullet point eggs": "• Milk\n• Eggs",
    "Buy this. Bullet point, milk. Bullet point, eggs.": "Buy this.\n• Milk.\n• Eggs.",
    "Name tab key age": "Name\tage",
    "This is all caps important.": "This is all caps important.",
    "Please read, all caps, important news.": "Please read, IMPORTANT news.",
    "All caps on, do not touch, all caps off, thank you.": "DO NOT TOUCH, thank you.",
    "Don't write in all caps.": "Don't write in all caps.",
    "The at sign is a letter of its own.": "The at sign is a letter of its own.",
    "Ampersand is a funny word.": "Ampersand is a funny word.",
    "He used a hashtag.": "He used a hashtag.",
    "As a bullet point it is too long.": "As a bullet point it is too long.",
}


@pytest.mark.parametrize("heard", SYMBOLS)
def test_symbols_and_capitals_have_names(heard: str) -> None:
    assert compose([heard], Style("en")) == SYMBOLS[heard]


@pytest.mark.parametrize(
    ("language", "heard", "written"),
    [
        ("de", "Schreib an anna at-Zeichen example.de", "Schreib an anna@example.de"),
        ("de", "Zehn Prozentzeichen und ein Schrägstrich", "Zehn% und ein Schrägstrich"),
        ("de", "Klammer auf ist ein Befehl.", "Klammer auf ist ein Befehl."),
        ("fr", "Écris à anna arobase example.fr", "Écris à anna@example.fr"),
        ("es", "Escribe a ana arroba example.es", "Escribe a ana@example.es"),
        ("it", "Scrivi a anna chiocciola example.it", "Scrivi a anna@example.it"),
        ("pt", "Escreve a ana arroba example.pt", "Escreve a ana@example.pt"),
        ("nl", "Mail naar anna apenstaartje example.nl", "Mail naar anna@example.nl"),
        ("pl", "Napisz na anna znak małpy example.pl", "Napisz na anna@example.pl"),
    ],
)
def test_symbols_have_names_in_every_language(language: str, heard: str, written: str) -> None:
    assert compose([heard], Style(language)) == written


@pytest.mark.parametrize(
    "text",
    ["Open brackets are needed here.", "Close bracket is missing.", "Open quote was forgotten.", "Open parenthesis must follow."],
)
def test_a_bracket_that_is_spoken_about_stays_a_word(text: str) -> None:
    assert compose([text], Style("en")) == text


def test_a_bracket_around_a_question_is_one() -> None:
    assert compose(["open bracket is that right close bracket"], Style("en")) == "(is that right)"


@pytest.mark.parametrize(
    ("language", "heard", "written"),
    [
        ("en", "Here is the list colon milk comma eggs comma and bread period", "Here is the list: milk, eggs, and bread."),
        ("en", "Note colon, buy milk.", "Note: buy milk."),
        ("en", "He has colon cancer comma and a semicolon tattoo.", "He has colon cancer, and a semicolon tattoo."),
        ("fr", "Voici la liste deux points lait virgule œufs", "Voici la liste\u202f: lait, œufs"),
        ("es", "Esta es la lista dos puntos leche coma huevos", "Esta es la lista: leche, huevos"),
        ("it", "Ecco la lista due punti latte virgola uova", "Ecco la lista: latte, uova"),
        ("pt", "Aqui está a lista dois pontos leite vírgula ovos", "Aqui está a lista: leite, ovos"),
    ],
)
def test_a_colon_introduces_a_list(language: str, heard: str, written: str) -> None:
    assert compose([heard], Style(language)) == written


@pytest.mark.parametrize(
    ("before", "heard", "written"),
    [
        ("", "We meet at ten, scratch that, eleven.", "Eleven."),
        ("", "we meet at ten, scratch that, eleven.", "eleven."),
        ("I think ", "We meet at ten, scratch that, eleven.", "eleven."),
        ("It is. ", "We meet at ten, scratch that, eleven.", "Eleven."),
        ("", "It is late. We go, scratch that, stay here.", "It is late. Stay here."),
    ],
)
def test_what_follows_scratch_that_has_the_capital_of_what_was_taken_back(before: str, heard: str, written: str) -> None:
    assert compose([heard], Style("en"), before) == written
