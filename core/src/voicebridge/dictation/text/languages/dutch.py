"""Dutch. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

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
        "@": "apenstaartje | at teken",
        "/": "schuine streep | forward slash",
        "\\": "backslash | omgekeerde schuine streep",
        "#": "hekje | hashtag",
        "%": "procentteken | percentteken",
        "&": "en teken | ampersand",
        BULLET: "opsommingsteken",
        "_": "liggend streepje | underscore | laag streepje",
        "+": "plusteken",
        "=": "gelijkteken | isgelijkteken | is gelijk teken",
        "$": "dollarteken",
        "€": "euroteken",
        "§": "paragraafteken",
        "°": "gradenteken | graadteken",
        "~": "tilde",
        TAB: "tabtoets",
        CAPITALS: "alles hoofdletters",
        CAPITALS_ON: "hoofdletters aan",
        CAPITALS_OFF: "hoofdletters uit",
    },
    apart={
        "\n": "volgende regel",
        "\n\n": "nieuwe paragraaf",
        "-": "streepje",
        DELETE: "verwijder dat | schrap dat | wis dat | verwijder dit",
        "*": "sterretje | asterisk",
        TAB: "tab",
        CAPITALS: "hoofdletters",
        "/": "slash",
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
    states=words("is zijn was waren heeft hebben moet moeten kan kunnen wordt worden mag betekent horen hoort"),
    conjunctions=words("en of"),
    lower=words(
        "de het een en of maar omdat dat die dit deze als wanneer terwijl hoe waar wat wie ik jij je hij zij ze wij we jullie mijn "
        "jouw zijn haar ons onze hun is was waren heeft hebben had kan kunnen moet niet ook nog al alleen met van voor op in aan bij "
        "naar uit over onder door zonder om dan want toch zeer zo hier daar nu bedankt"
    ),
    common=words(
        "aantal afspraak andere antwoord auto avond baas bestand beste betere brief broer brood bus dag dagen deel deur dier ding "
        "dochter dorp eerste eind einde enige factuur familie feest foto fout gebouw geld goed goede groep groot grote hele hond "
        "hotel huis idee jaar jaren jonge jongen juiste kamer kans kat kind kinderen klant klanten klein kleine korte kosten krant "
        "laatste land lange leuke leven lijst maand maanden man meeste meisje mens mensen middag moeder mogelijke mooie mooiste "
        "muziek naam nacht nieuwe nieuwste nummer ochtend oplossing oude ouders pagina persoon plaats plan prijs probleem project "
        "punt reden reis resultaat school slechte snelle stad straat taal tafel tekst tijd trein tweede uur vader vergadering "
        "vergelijking verhaal verkeerde verschil volgende vorige vraag vriend vrouw wagen water week weken wereld werk winkel woord "
        "zelfde zoon"
    ),
    unfinished=words("de het een en of mijn jouw onze hun omdat als elke"),
    continuing=words("en of maar omdat want dat die"),
    interjections=words("ja nee nou goed oh ach tja oké ok wacht sorry hallo hoi"),
    fillers=words("eh ehh ehm uh uhh uhm euh euhm hm hmm mmm"),
    abbreviations=words("dhr mevr dr prof nr bijv enz etc ca blz"),
)  # fmt: skip
