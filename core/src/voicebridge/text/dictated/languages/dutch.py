"""Dutch. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.text.dictated.languages.language import DELETE, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "komma",
        ";": "puntkomma | punt komma",
        "?": "vraagteken",
        "!": "uitroepteken",
        ":": "dubbele punt | dubbelepunt",
        "-": "koppelteken",
        "–": "gedachtestreepje",
        "…": "beletselteken",
        "\n": "nieuwe regel",
        "\n\n": "nieuwe alinea",
        "(": "haakje openen | haakjes openen | haakje open | open haakje",
        ")": "haakje sluiten | haakjes sluiten | haakje dicht | sluit haakje",
        "“": "aanhalingstekens openen | aanhalingsteken openen | open aanhalingstekens",
        "”": "aanhalingstekens sluiten | aanhalingsteken sluiten | sluit aanhalingstekens",
    },
    apart={
        "\n": "volgende regel",
        "\n\n": "nieuwe paragraaf",
        "-": "streepje",
        DELETE: "verwijder dat | schrap dat | wis dat | verwijder dit",
    },
    alone={".": "punt"},
    before=words(
        "een de het dit dat deze die elk elke ieder iedere geen mijn jouw je uw zijn haar ons onze hun welke welk woord toets op met "
        "per"
    ),
    adjectives=words("groot grote klein kleine enkel enkele laatste eerste nieuwe nieuw belangrijk dikke"),
    after=words("toets teken"),
    after_break=words("van voor over"),
    settled=words("hem mij me jou ons hier daar nu morgen vandaag gisteren ook weer terug samen thuis niet alsjeblieft bedankt"),
    numbers=words("nul een één twee drie vier vijf zes zeven acht negen tien elf twaalf"),
    conjunctions=words("en of"),
    lower=words(
        "de het een en of maar omdat dat die dit deze als wanneer terwijl hoe waar wat wie ik jij je hij zij ze wij we jullie mijn "
        "jouw zijn haar ons onze hun is was waren heeft hebben had kan kunnen moet niet ook nog al alleen met van voor op in aan bij "
        "naar uit over onder door zonder om dan want toch zeer zo hier daar nu bedankt"
    ),
    unfinished=words("de het een en of mijn jouw onze hun omdat als elke"),
    continuing=words("en of maar omdat want dat die"),
    interjections=words("ja nee nou goed oh ach tja oké ok wacht sorry hallo hoi"),
    fillers=words("eh ehh ehm uh uhh uhm euh euhm hm hmm mmm"),
    abbreviations=words("dhr mevr dr prof nr bijv enz etc ca blz"),
)  # fmt: skip
