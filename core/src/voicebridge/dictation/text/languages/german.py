"""German. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

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
        "@": "at zeichen | klammeraffe",
        "/": "schrägstrich",
        "\\": "rückwärtsschrägstrich | umgekehrter schrägstrich | backslash",
        "#": "rautezeichen | rautenzeichen | hashtag",
        "%": "prozentzeichen | prozent zeichen",
        "&": "und zeichen | kaufmännisches und | ampersand",
        BULLET: "aufzählungszeichen | aufzählungspunkt",
        "_": "unterstrich",
        "+": "pluszeichen | plus zeichen",
        "=": "gleichheitszeichen | gleichzeichen",
        "$": "dollarzeichen | dollar zeichen",
        "€": "eurozeichen | euro zeichen",
        "§": "paragraphzeichen | paragrafzeichen | paragraphenzeichen | paragrafenzeichen",
        "°": "gradzeichen",
        "~": "tilde",
        TAB: "tabulatortaste",
        CAPITALS: "alles groß",
        CAPITALS_ON: "großbuchstaben an | großschreibung an",
        CAPITALS_OFF: "großbuchstaben aus | großschreibung aus",
    },
    apart={
        "\n": "nächste zeile",
        "\n\n": "nächster absatz",
        DELETE: "das streichen | streich das | streiche das | das löschen | lösche das | lösch das",
        "#": "raute",
        "*": "sternchen",
        TAB: "tabulator",
        CAPITALS: "großbuchstaben",
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
    states=words("ist sind war waren hat haben muss müssen soll sollte kann können wird werden darf bedeutet bedeuten gehört gehören"),
    conjunctions=words("und oder"),
    lower=words(
        "der die das den dem des ein eine einen einem einer und oder aber weil dass wenn als ob wie wo was wer ich du er es wir ist "
        "sind war waren hat haben hatte kann können will soll muss nicht auch noch schon nur mit von zu zum zur auf in im an am bei "
        "nach aus für über unter vor durch gegen ohne um dann denn doch sehr so hier da dort mein meine dein deine sein seine unser "
        "unsere kein keine diese dieser dieses jetzt heute gestern danke bitte vielen"
    ),
    common=words(
        "alte alten alter andere anderen anderer beste besten bester billige blaue braune breite deutsche dicke dritte dunkle eigene "
        "eigenen einfache einzige ende erste ersten erster falsche ganze ganzen gelbe genaue gesamte gleiche gleichen große großen "
        "großer größte grüne gute guten guter günstige halbe heiße helle hohe hohen höchste junge jungen kalte klare kleine kleinen "
        "kleiner kommende kurze kurzen lange langen langer leere leichte letzte letzten letzter linke meisten nette neue neuen neuer "
        "neueste nächste nächsten nächster offene rechte reiche richtige rote ruhige schlechte schnelle schnellste schwarze schwere "
        "schwierige schöne schönen schöner schönste sehr sichere spätere starke teure tiefe viele vielen volle vorige warme weitere "
        "weiteren weiße wenige wichtige wichtigste zweite zweiten zweiter ältere"
    ),
    unfinished=words("der die den dem des ein eine einen einem einer und oder weil dass wenn ob mein meine unser unsere sowie"),
    continuing=words("und oder aber weil dass sondern denn als"),
    interjections=words("ja nein also gut oh ach na tja okay ok doch so moment halt nee hallo"),
    fillers=words("äh ähh ähm ähem öh öhm hm hmm hmmm mm mmm ehm"),
    abbreviations=words("dr prof nr bzw ca usw etc evtl ggf vgl str st fr hr inkl zzgl abs art bspw"),
    capital_nouns=True,
    small_after_salutation=True,
)  # fmt: skip
