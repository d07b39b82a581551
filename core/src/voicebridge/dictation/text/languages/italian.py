"""Italian. The phrases are those of macOS, Windows and Dragon."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "virgola",
        ";": "punto e virgola",
        "?": "punto interrogativo | punto di domanda",
        "!": "punto esclamativo",
        "-": "trattino",
        "…": "puntini di sospensione | puntini puntini",
        "\n": "nuova riga | nuova linea",
        "\n\n": "nuovo paragrafo",
        ".\n": "punto e a capo | punto a capo",
        ",\n": "virgola a capo",
        "(": "apri parentesi | aperta parentesi | parentesi aperta | aprire parentesi",
        ")": "chiudi parentesi | chiusa parentesi | parentesi chiusa | chiudere parentesi",
        "“": "apri virgolette | aperte virgolette | virgolette aperte | aprire virgolette",
        "”": "chiudi virgolette | chiuse virgolette | virgolette chiuse | chiudere virgolette",
        "@": "chiocciola | chiocciolina",
        "/": "barra obliqua",
        "\\": "barra inversa | barra rovesciata | backslash",
        "#": "cancelletto | hashtag",
        "%": "segno di percentuale | simbolo di percentuale | segno percentuale | simbolo percentuale",
        "&": "e commerciale",
        BULLET: "punto elenco",
        "_": "trattino basso | underscore",
        "+": "segno più",
        "=": "segno uguale",
        "$": "segno del dollaro | simbolo del dollaro",
        "€": "segno dell'euro | simbolo dell'euro",
        "°": "simbolo di grado | simbolo del grado",
        "~": "tilde",
        TAB: "tasto tab | tasto tabulazione",
        CAPITALS: "tutto maiuscolo",
        CAPITALS_ON: "maiuscole attive | attiva maiuscole",
        CAPITALS_OFF: "maiuscole disattivate | disattiva maiuscole",
    },
    apart={
        "\n": "a capo",
        "–": "lineetta",
        DELETE: "cancella questo | cancella quello | elimina questo | elimina quello | cancellalo",
        "/": "barra",
        "*": "asterisco",
        TAB: "tabulazione",
    },
    alone={".": "punto", ":": "due punti | 2 punti"},
    before=words(
        "un uno una un' il lo la i gli le l' del dello della dei degli delle al allo alla ai agli alle nel nella dal dalla sul sulla "
        "questo questa quel quello quella ogni mio mia tuo tua suo sua nostro nostra vostro vostra loro nessun nessuna qualche che "
        "parola tasto in per da a"
    ),
    adjectives=words("grande gran piccolo solo unico ultimo ultima primo prima nuovo nuova stesso stessa vero"),
    after=words("mobile fissa decimale"),
    after_break=words("di del della dei delle aerea telefonica editoriale ferroviaria"),
    settled=words("qui qua lì là ora adesso domani oggi ieri presto bene anche ancora insieme me te noi voi loro grazie"),
    numbers=words("zero uno due tre quattro cinque sei sette otto nove dieci undici dodici"),
    states=words("è sono era erano ha hanno deve devono può possono sarà saranno significa manca mancano"),
    introducing=words("lista elenco seguente seguenti esempio nota oggetto promemoria domanda risposta punti ingredienti passaggi"),
    conjunctions=words("e o ed"),
    lower=words(
        "il lo la i gli le un uno una e o ma perché che chi se quando mentre come dove io tu lui lei noi voi loro mio mia tuo tua suo "
        "sua nostro nostra è sono era ha hanno non né già molto più anche in con senza per di del della a al alla da dal dalla su sul "
        "sulla tra fra si mi ti ci vi questo questa quello quella qui allora poi grazie"
    ),
    common=words(
        "acqua altra altro amica amico anni anno bambina bambino bella bello bene bottiglia buon buona buono cane capo casa città "
        "cliente clienti cosa documento domanda donna errore famiglia fattura file fine gatto giorni giorno giovane grande gruppo "
        "idea lavoro lettera libro lista lunga lungo luogo macchina madre maggior mattina mese messaggio miglior migliore momento "
        "mondo musica negozio nome notte numero nuova nuovo ora ore padre paese pagina parola parte persona piano piccola piccolo "
        "porta prezzo prima primo problema progetto prossima prossimo punto ragazza ragazzo ragione risposta risultato riunione "
        "scuola seconda secondo sera servizio settimana sistema sola solo soluzione stessa stesso strada tavolo tempo testo treno "
        "ufficio ultima ultimo uomo vecchia vecchio vera vero viaggio vita voce volta"
    ),
    unfinished=words("il lo gli un uno una ed del della dei delle al alla nel nella mio tuo suo ogni perché"),
    continuing=words("e ed o ma perché che cui bensì"),
    interjections=words("sì no beh bene ah oh allora ecco aspetta scusa ciao ok"),
    fillers=words("ehm ehmm eehm uhm mmm mm hmm"),
    abbreviations=words("sig dott dottssa prof ecc pag avv ing n"),
    small_after_salutation=True,
)  # fmt: skip
