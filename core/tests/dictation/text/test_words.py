"""Replacements, names and terms, fillers; and prose that must remain unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from voicebridge.dictation.text import Style, compose

PROSE = Path(__file__).parent / "prose"
"""Sentences of everyday prose that resemble commands, fillers and misheard names; one per line, one file per language."""
NAMES: dict[str, tuple[str, ...]] = {
    "Kubernetes": ("cooper netties", "cuban eddies"), "Postgres": ("post gress",), "Nginx": ("engine x",), "Terraform": ("terror form",),
    "Siobhan": ("shuvon", "shivawn"), "Kowalczyk": ("colksick",), "Grafana": ("graph on a",), "GitHub": (), "PostgreSQL": (), "Ansible": (),
    "JavaScript": (), "Jenkins": (), "Elasticsearch": (), "Prometheus": (), "Confluence": (), "Salesforce": (), "Compliance": (),
    "Institutional": (), "Bartholomew": (), "Featherstone": (), "Schneider": (), "Dashwood": (), "Fischer": (),
}  # fmt: skip


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "it", "nl", "pl", "pt"])
@pytest.mark.parametrize("style", [Style(), Style(words=NAMES, drop_fillers=True)], ids=["plain", "with words and without fillers"])
def test_prose_comes_through_unchanged(language: str, style: Style) -> None:
    sentences = (PROSE / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    style = Style(language, words=style.words, drop_fillers=style.drop_fillers)
    assert [compose([sentence], style) for sentence in sentences] == sentences


@pytest.mark.parametrize(
    ("language", "spoken", "written"),
    [
        ("de", "Hallo Komma und tschüs Fragezeichen", "Hallo, und tschüs?"),
        ("en", "Hello comma and goodbye full stop", "Hello, and goodbye."),
        ("es", "Hola punto y coma adiós", "Hola; adiós"),
        ("fr", "Oui virgule non", "Oui, non"), ("it", "Ciao virgola addio", "Ciao, addio"),
        ("nl", "Hoi komma dag", "Hoi, dag"), ("pl", "Hej przecinek pa", "Hej, pa"), ("pt", "Oi vírgula tchau", "Oi, tchau"),
    ],
)  # fmt: skip
def test_prose_stays_unchanged_in_a_dictation_with_commands(language: str, spoken: str, written: str) -> None:
    sentences = (PROSE / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    assert compose([*sentences, spoken], Style(language)) == " ".join([*sentences, written])


def test_there_are_hundreds_of_sentences() -> None:
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in PROSE.glob("*.txt")) > 400


class TestReplacements:
    @pytest.mark.parametrize(
        ("replacements", "text", "written"),
        [
            ({"gonna": "going to"}, "I'm gonna go. GONNA? Gonnacott is gonna.", "I'm going to go. going to? Gonnacott is going to."),
            ({"gonna": "going to"}, "Gonna be late.", "Going to be late."),
            ({"iphone": "iPhone"}, "Iphone or iphone", "iPhone or iPhone"),
            ({"vb": "VoiceBridge", "vb x": "VB-X"}, "vb x and vb", "VB-X and VoiceBridge"),
            ({"a": "b", "b": "a"}, "a b", "b a"),
            ({"can": "may"}, "I can't, I can.", "I can't, I may."),
            ({"straße": "Weg"}, "Straße und Hauptstraße, STRASSE", "Weg und Hauptstraße, Weg"),
            ({"über": "uber"}, "Über überall", "Uber überall"),
            ({"e": "x"}, "cafe\u0301 e", "cafe\u0301 x"),
            ({"c plus plus": "C++", "c++": "C++"}, "c plus plus, c++", "C++, C++"),
            ({"北京": "Beijing"}, "我在北京市", "我在Beijing市"),
            ({"привет": "здравствуйте"}, "Привет всем", "Здравствуйте всем"),
            ({"o'clock": "Uhr"}, "ten o’clock", "ten Uhr"),
            ({" ": "x", "": "y", "\n": "z"}, "a b", "a b"),
            ({"back\\slash": "\\1 \\g<0>"}, "back\\slash", "\\1 \\g<0>"),
        ],
    )  # fmt: skip
    def test_whole_words_are_replaced_whatever_their_case(self, replacements: dict[str, str], text: str, written: str) -> None:
        assert compose([text], Style("sv", replacements=replacements)) == written

    def test_what_a_command_writes_is_not_replaced(self) -> None:
        style = Style("en", spoken={"my name": "Anna Vb"}, replacements={"vb": "VoiceBridge"})
        assert compose(["It is my name, vb."], style) == "It is Anna Vb, VoiceBridge."


class TestNames:
    @pytest.mark.parametrize(
        ("heard", "written"),
        [
            # What Whisper base wrote for "cooper netties" and "post gress", and for names that a voice spoke.
            ("I use Cupernetis and Postgrese every day.", "I use Kubernetes and Postgres every day."),
            ("My name is Shuvon, and I work at Engine X on Kubernetes.", "My name is Siobhan, and I work at Nginx on Kubernetes."),
            ("Talk to Colksick about the graph on a dashboard.", "Talk to Kowalczyk about the Grafana dashboard."),
            ("cooper netties, Cooper Netties. cooper-netties", "Kubernetes, Kubernetes. Kubernetes"),
            ("Kubernetis's pods", "Kubernetes's pods"),
            ("Coper Nettis and Cooper's nets", "Kubernetes and Cooper's nets"),
            ("push it to Github or github", "push it to GitHub or GitHub"),
            ("Terror form it", "Terraform it"),
            ("the kubernetes cluster", "the kubernetes cluster"),
        ],
    )
    def test_what_is_misheard_is_corrected(self, heard: str, written: str) -> None:
        assert compose([heard], Style("en", words=NAMES)) == written

    @pytest.mark.parametrize(
        ("words", "heard", "written"),
        [
            (("Nguyễn", "São Paulo"), "I saw Nguyen and Sao Paulo, nguyen's house.", "I saw Nguyễn and São Paulo, Nguyễn's house."),
            (("Dvořák", "Łukasz", "Zoë", "Đặng"), "Dvorak, Lukasz, Zoe, Dang", "Dvořák, Łukasz, Zoë, Đặng"),
            (("Müller",), "Muller, Mueller, Mulleron", "Müller, Müller, Mulleron"),
            (("São Paulo",), "SAO PAULO, Sao-Paulo", "SÃO PAULO, São Paulo"),
            (("Angélique",), "d'Angelique", "d'Angélique"),
            (("VoiceBridge", "OpenAI"), "the voice bridge works, voice-bridge, Open AI's", "the VoiceBridge works, VoiceBridge, OpenAI's"),
            (("iPhone", "LinkedIn"), "I phone you, linked in a file", "I phone you, linked in a file"),
        ],
    )
    def test_a_name_is_written_as_the_user_does_without_its_accents_or_in_two_words(
        self, words: tuple[str, ...], heard: str, written: str
    ) -> None:
        assert compose([heard], Style("en", words=dict.fromkeys(words, ()))) == written

    @pytest.mark.parametrize(
        ("heard", "written"),
        [
            ("Klein's editor, Klein’s too", "Cline's editor, Cline’s too"),
            ("Lucas's and Lucas' car", "Lukas's and Lukas' car"),
            ("Kleinest, Klein'll", "Kleinest, Klein'll"),
            ("let's go, we're here", "let's go, we're here"),
        ],
    )
    def test_a_possessive_is_one_of_the_name(self, heard: str, written: str) -> None:
        assert compose([heard], Style("en", words={"Cline": ("Klein",), "Lukas": ("Lucas",), "LET": (), "Rhea": ("we",)})) == written

    @pytest.mark.parametrize("text", ["Fisher", "He complains.", "Postures", "sales force", "Snyder", "a dashboard", "Elastic search"])
    def test_what_may_be_another_word_is_left_alone(self, text: str) -> None:
        assert compose([text], Style("en", words=NAMES)) == text


class TestFillers:
    @pytest.mark.parametrize(
        ("language", "text", "written"),
        [
            ("en", "I think, uh, we should go, um, tomorrow.", "I think we should go tomorrow."),
            ("en", "Um, I think so.", "I think so."),
            ("en", "Umm, maybe later.", "Maybe later."),
            ("en", "Well, uh, I don't know.", "Well, I don't know."),
            ("en", "Er, I mean yes.", "I mean yes."),
            ("en", "I was there, um. And you?", "I was there. And you?"),
            ("en", "Hmm. That is strange.", "That is strange."),
            ("en", "I was there. Uh, maybe not.", "I was there. Maybe not."),
            ("en", "Um... uh, um.", ""),
            ("en", "I was there , um , alone , uh", "I was there alone"),
            ("en", "I um wanted uh to ask", "I wanted to ask"),
            ("en", "Uh? The ER was full. Hmm!", "Uh? The ER was full. Hmm!"),
            ("de", "Ich, äh, komme um acht. Er, ähm, auch.", "Ich komme um acht. Er auch."),
            ("fr", "Euh, je crois, euh, que oui.", "Je crois que oui."),
            ("es", "Eh, no sé. Está bien, ¿eh?", "No sé. Está bien, ¿eh?"),
            ("nl", "Ik, eh, kom.", "Ik kom."),
            ("it", "Ehm, non so.", "Non so."),
            ("pt", "Hum, não sei.", "Não sei."),
            ("pl", "Yyy, nie wiem.", "Nie wiem."),
            ("sv", "Eh, um.", "Eh, um."),
        ],
    )
    def test_they_go_with_their_commas_and_leave_their_capital(self, language: str, text: str, written: str) -> None:
        assert compose([text], Style(language, drop_fillers=True)) == written

    def test_they_stay_unless_asked_for(self) -> None:
        assert compose(["Um, I think so."], Style("en")) == "Um, I think so."
