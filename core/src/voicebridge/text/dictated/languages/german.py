"""German. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.text.dictated.languages.language import DELETE, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "komma",
        ";": "semikolon | strichpunkt",
        "?": "fragezeichen | frage zeichen",
        "!": "ausrufezeichen | ausrufungszeichen | rufzeichen | ausrufe zeichen",
        ":": "doppelpunkt",
        "-": "bindestrich",
        "–": "gedankenstrich",
        "…": "auslassungspunkte",
        "\n": "neue zeile",
        "\n\n": "neuer absatz",
        "(": "klammer auf | runde klammer auf",
        ")": "klammer zu | runde klammer zu",
        "[": "eckige klammer auf",
        "]": "eckige klammer zu",
        "“": "anführungszeichen auf | anführungszeichen unten | anführungszeichen öffnen | anführungsstriche unten",
        "”": "anführungszeichen zu | anführungszeichen oben | anführungszeichen schließen | anführungsstriche oben",
    },
    apart={
        "\n": "nächste zeile",
        "\n\n": "nächster absatz",
        DELETE: "das streichen | streich das | streiche das | das löschen | lösche das | lösch das",
    },
    alone={".": "punkt"},
    before=words(
        "der die das dem den des ein eine einen einem einer eines kein keine keinen dieser diese dieses diesem diesen jeder jede jedes "
        "mein meine dein deine sein seine ihr ihre unser unsere euer eure welcher welche welches beim zum am im vom ans wort taste per "
        "mit"
    ),
    adjectives=words(
        "großes große großer großen kleines kleine kleiner dickes riesiges neues neuer neue neuen einziges letztes letzter wichtiger"
    ),
    after=words("taste zeichen tasten"),
    after_break=words("von des der aus"),
    settled=words(
        "ihn ihm uns mich mir dich dir hier da dort jetzt bald heute gestern wieder zurück nicht auch mit ab an aus bitte danke"
    ),
    numbers=words("null nichts eins ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"),
    conjunctions=words("und oder"),
    lower=words(
        "der die das den dem des ein eine einen einem einer und oder aber weil dass wenn als ob wie wo was wer ich du er es wir ist "
        "sind war waren hat haben hatte kann können will soll muss nicht auch noch schon nur mit von zu zum zur auf in im an am bei "
        "nach aus für über unter vor durch gegen ohne um dann denn doch sehr so hier da dort mein meine dein deine sein seine unser "
        "unsere kein keine diese dieser dieses jetzt heute gestern danke bitte vielen"
    ),
    unfinished=words("der die den dem des ein eine einen einem einer und oder weil dass wenn ob mein meine unser unsere sowie"),
    continuing=words("und oder aber weil dass sondern denn als"),
    interjections=words("ja nein also gut oh ach na tja okay ok doch so moment halt nee hallo"),
    fillers=words("äh ähh ähm ähem öh öhm hm hmm hmmm mm mmm ehm"),
    abbreviations=words("dr prof nr bzw ca usw etc evtl ggf vgl str st fr hr inkl zzgl abs art bspw"),
    small_after_salutation=True,
)  # fmt: skip
