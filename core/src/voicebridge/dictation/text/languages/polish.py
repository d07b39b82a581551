"""Polish. The phrases are those of macOS and Windows. Without articles, names of line breaks need a pause or punctuation around them."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "przecinek",
        ";": "średnik",
        "?": "znak zapytania | pytajnik",
        "!": "wykrzyknik | znak wykrzyknienia",
        ":": "dwukropek",
        "–": "myślnik",
        "-": "łącznik",
        "…": "wielokropek",
        ",\n": "przecinek nowa linia | przecinek nowy wiersz",
        ",\n\n": "przecinek nowy akapit",
        "\n\n": "nowy akapit",
        "(": "otwórz nawias | nawias otwierający",
        ")": "zamknij nawias | nawias zamykający",
        "“": "otwórz cudzysłów | cudzysłów otwierający",
        "”": "zamknij cudzysłów | cudzysłów zamykający",
        "@": "znak małpy | znak małpa",
        "/": "ukośnik | kreska ukośna",
        "\\": "ukośnik wsteczny | ukośnik odwrotny | odwrotny ukośnik",
        "#": "hasztag | hashtag",
        "%": "znak procentu | znak procenta",
        "&": "znak i handlowego | ampersand",
        BULLET: "punktor | znak wypunktowania",
        "_": "podkreślnik | znak podkreślenia",
        "+": "znak plus | znak plusa",
        "=": "znak równości",
        "$": "znak dolara",
        "€": "znak euro",
        "§": "znak paragrafu",
        "°": "znak stopnia",
        "~": "tylda",
        TAB: "klawisz tab",
        CAPITALS: "wszystko wielkimi literami",
        CAPITALS_ON: "włącz wielkie litery",
        CAPITALS_OFF: "wyłącz wielkie litery",
    },
    apart={
        "\n": "nowa linia | nowy wiersz | nowa linijka | od nowej linii",
        DELETE: "usuń to | skasuj to | wykreśl to",
        "@": "małpa",
        "#": "krzyżyk",
        "*": "gwiazdka",
        TAB: "tabulator",
        CAPITALS: "wielkimi literami",
    },
    alone={".": "kropka"},
    before=words(
        "ten ta to tego tej tym jeden jedna każdy każda mój moja twój twoja jego jej nasz nasza wasz ich żaden jakiś jakaś wielki duży "
        "mały nowy pierwszy ostatni słowo klawisz brakujący"
    ),
    after=words("jest stawia stawiamy oznacza"),
    after_break=words("autobusowa metra kolejowa kredytowa produktów"),
    settled=words("tu tutaj tam teraz jutro dziś dzisiaj wczoraj też także znowu razem mnie ciebie go nas was nich proszę"),
    numbers=words("zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście"),
    states=words("jest są był była było były ma mają musi muszą może mogą będzie będą znaczy oznacza"),
    conjunctions=words("i oraz lub albo"),
    lower=words(
        "i a ale lub albo oraz bo że który która które jeśli gdy kiedy jak gdzie co kto ja ty on ona ono my wy oni mój moja twój twoja "
        "jego jej nasz nasza ich jest są był była było nie też także już jeszcze tylko bardzo w we na z ze do od dla o u przy po przed "
        "za pod nad bez przez to ten ta tu tam więc potem dziękuję proszę"
    ),
    common=words(
        "brat cena chleb chłopiec czas człowiek dobra dobre dobry dokument dom droga duża duże duży dziecko dziewczyna dzień firma "
        "godzina hotel imię informacja inna inne inny jutro kawa klienci klient kobieta kolejna kolejny koniec książka list lista "
        "matka mała małe mały miasta miasto miesiąc moment mąż najlepsza najlepsze najlepszy następna następny noc nowa nowe nowy "
        "numer odpowiedź ojciec osoba ostatni ostatnia ostatnie pan pani państwo pieniądze pierwsza pierwsze pierwszy pies plan plik "
        "pokój poranek powód praca problem projekt przykład pytanie raz rodzina rok ruch samochód siostra sklep spotkanie stara stare "
        "stary strona stół system szkoła słowo tekst tydzień ulica umowa wersja wiadomość wieczór woda wynik świat żona życie"
    ),
    unfinished=words("i oraz lub albo że bo w we z ze do od dla przez"),
    continuing=words("i oraz lub albo ale bo że który która które"),
    interjections=words("tak nie no więc dobrze och ach aha czekaj przepraszam cześć ok"),
    fillers=words("yyy yy eee ee hmm hm mmm yhm eem yym"),
    abbreviations=words("dr prof np itd itp tzn ul nr ok r godz zł"),
    small_after_salutation=True,
)  # fmt: skip
