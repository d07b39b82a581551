"""The words for German."""

from __future__ import annotations

from voicebridge.tts.text.normalize.words import Money, Words, word_set


def _ein(one: str, many: str | None = None) -> tuple[str, str]:
    return f"ein {one}", many or one


def _eine(one: str, many: str) -> tuple[str, str]:
    return f"eine {one}", many


_EURO, _DOLLAR = Money("ein Euro", "Euro", "ein Cent", "Cent"), Money("ein Dollar", "Dollar", "ein Cent", "Cent")
_POUND, _YEN = Money("ein Pfund", "Pfund", "ein Penny", "Pence"), Money("ein Yen", "Yen")
_FRANC = Money("ein Franken", "Franken", "ein Rappen", "Rappen")
_THOUSAND, _MILLION, _BILLION = ("eintausend", "tausend"), ("eine Million", "Millionen"), ("eine Milliarde", "Milliarden")
_MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")

WORDS = Words(
    minus="minus", mark=",", point="Komma", to="bis", and_="und", slash="Schrägstrich",
    per="pro", sharp="sharp", number="Nummer", hashtag="Hashtag",
    web={
        ".": "Punkt", "/": "Schrägstrich", "-": "Minus", "_": "Unterstrich", "@": "at", ":": "Doppelpunkt", "~": "Tilde", "=": "gleich",
        "&": "und", "+": "plus", "%": "Prozent", "?": "Fragezeichen", "#": "Raute", ",": "Komma", ";": "Semikolon",
    },
    signs={
        "===": "gleich", "==": "gleich", "!==": "ungleich", "!=": "ungleich", "≠": "ungleich", "=": "gleich", "<=": "kleiner gleich",
        "≤": "kleiner gleich", ">=": "größer gleich", "≥": "größer gleich", "<": "kleiner als", ">": "größer als", "->": "Pfeil",
        "→": "Pfeil", "=>": "Pfeil", "⇒": "Pfeil", "<-": "Pfeil", "←": "Pfeil", "&&": "und", "&": "und", "||": "oder", "++": "plus plus",
        "+": "plus", "−": "minus", "×": "mal", "*": "mal", "÷": "geteilt durch", "±": "plus minus", "≈": "ungefähr", "^": "hoch",
        "%": "Prozent", "‰": "Promille", "°": "Grad", "§§": "Paragrafen", "§": "Paragraf", "©": "Copyright", "®": "registriert",
        "™": "Trademark", "@": "at", "$": "Dollar", "€": "Euro", "£": "Pfund", "¥": "Yen", "∞": "unendlich", "√": "Wurzel aus",
        "²": "Quadrat", "³": "hoch drei", "µ": "Mikro",
    },
    compared={
        "<": "kleiner als", ">": "größer als", "<=": "kleiner gleich", "≤": "kleiner gleich", ">=": "größer gleich", "≥": "größer gleich",
    },
    winds={"N": "Nord", "S": "Süd", "O": "Ost", "E": "Ost", "W": "West"},
    units={
        "km": _ein("Kilometer"), "m": _ein("Meter"), "cm": _ein("Zentimeter"), "mm": _ein("Millimeter"), "µm": _ein("Mikrometer"),
        "μm": _ein("Mikrometer"), "nm": _ein("Nanometer"), "kg": _ein("Kilogramm"), "g": _ein("Gramm"), "mg": _ein("Milligramm"),
        "µg": _ein("Mikrogramm"), "t": _eine("Tonne", "Tonnen"), "l": _ein("Liter"), "L": _ein("Liter"), "ml": _ein("Milliliter"),
        "km/h": _ein("Kilometer pro Stunde"), "m/s": _ein("Meter pro Sekunde"), "km²": _ein("Quadratkilometer"),
        "m²": _ein("Quadratmeter"), "cm²": _ein("Quadratzentimeter"), "m³": _ein("Kubikmeter"), "cm³": _ein("Kubikzentimeter"),
        "°C": _ein("Grad Celsius"), "°F": _ein("Grad Fahrenheit"), "°": _ein("Grad"), "kWh": _eine("Kilowattstunde", "Kilowattstunden"),
        "Wh": _eine("Wattstunde", "Wattstunden"), "kW": _ein("Kilowatt"), "MW": _ein("Megawatt"), "GW": _ein("Gigawatt"), "W": _ein("Watt"),
        "V": _ein("Volt"), "mA": _ein("Milliampere"), "mAh": _eine("Milliamperestunde", "Milliamperestunden"), "Hz": _ein("Hertz"),
        "kHz": _ein("Kilohertz"), "MHz": _ein("Megahertz"), "GHz": _ein("Gigahertz"), "kB": _ein("Kilobyte"), "KB": _ein("Kilobyte"),
        "MB": _ein("Megabyte"), "GB": _ein("Gigabyte"), "TB": _ein("Terabyte"), "PB": _ein("Petabyte"), "KiB": _ein("Kibibyte"),
        "MiB": _ein("Mebibyte"), "GiB": _ein("Gibibyte"), "Mbit/s": _ein("Megabit pro Sekunde"), "Gbit/s": _ein("Gigabit pro Sekunde"),
        "MB/s": _ein("Megabyte pro Sekunde"), "ms": _eine("Millisekunde", "Millisekunden"), "s": _eine("Sekunde", "Sekunden"),
        "min": _eine("Minute", "Minuten"),
        "h": _eine("Stunde", "Stunden"), "px": _ein("Pixel"), "dB": _ein("Dezibel"),
        "kPa": _ein("Kilopascal"), "hPa": _ein("Hektopascal"), "kcal": _eine("Kilokalorie", "Kilokalorien"), "kJ": _ein("Kilojoule"),
        "PS": _ein("PS"), "%": _ein("Prozent"), "‰": _ein("Promille"), "Sek": _eine("Sekunde", "Sekunden"),
        "Min": _eine("Minute", "Minuten"),
        "Std": _eine("Stunde", "Stunden"), "ha": _ein("Hektar"), "Ω": _ein("Ohm"), "kΩ": _ein("Kiloohm"), "MΩ": _ein("Megaohm"),
        "nF": _ein("Nanofarad"), "µF": _ein("Mikrofarad"), "Pa": _ein("Pascal"), "bar": _ein("Bar"), "mol": _ein("Mol"),
        "kV": _ein("Kilovolt"),
        "mV": _ein("Millivolt"), "m/s²": _ein("Meter pro Quadratsekunde"), "mm²": _ein("Quadratmillimeter"), "km³": _ein("Kubikkilometer"),
        "kg/m³": _ein("Kilogramm pro Kubikmeter"), "mg/l": _ein("Milligramm pro Liter"), "l/min": _ein("Liter pro Minute"),
        "GB/s": _ein("Gigabyte pro Sekunde"), "kbit/s": _ein("Kilobit pro Sekunde"), "cl": _ein("Zentiliter"), "dl": _ein("Deziliter"),
        "hl": _ein("Hektoliter"), "° C": _ein("Grad Celsius"), "° F": _ein("Grad Fahrenheit"),
        "MWh": _eine("Megawattstunde", "Megawattstunden"),
        "GWh": _eine("Gigawattstunde", "Gigawattstunden"), "TWh": _eine("Terawattstunde", "Terawattstunden"),
        "Pkt": _ein("Punkt", "Punkte"),
        "Stk": _ein("Stück"), "Stk.": _ein("Stück"),
    },
    money={
        "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "£": _POUND, "GBP": _POUND, "¥": _YEN, "JPY": _YEN,
        "CHF": _FRANC, "Fr.": _FRANC, "Euro": _EURO, "Dollar": _DOLLAR,
        "A$": Money("ein australischer Dollar", "australische Dollar", "ein Cent", "Cent"),
        "C$": Money("ein kanadischer Dollar", "kanadische Dollar", "ein Cent", "Cent"), "₺": Money("eine Lira", "Lira"),
        "₹": Money("eine Rupie", "Rupien"),
        "₽": Money("ein Rubel", "Rubel"), "zł": Money("ein Zloty", "Zloty"), "kr": Money("eine Krone", "Kronen"),
        "Kč": Money("eine Krone", "Kronen"),
        "ct": Money("ein Cent", "Cent"), "Ct.": Money("ein Cent", "Cent"), "Cent": Money("ein Cent", "Cent"),
    },
    scales={
        "Tsd.": _THOUSAND, "Tausend": _THOUSAND, "tausend": _THOUSAND, "Mio.": _MILLION, "Mio": _MILLION, "Million": _MILLION,
        "Millionen": _MILLION, "Mrd.": _BILLION, "Mrd": _BILLION, "Milliarde": _BILLION, "Milliarden": _BILLION,
        "Bio.": ("eine Billion", "Billionen"), "Billionen": ("eine Billion", "Billionen"),
    },
    abbreviations={
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "Z. B.": "Zum Beispiel", "Z.B.": "Zum Beispiel", "d. h.": "das heißt",
        "d.h.": "das heißt", "u. a.": "unter anderem", "u.a.": "unter anderem", "i. d. R.": "in der Regel", "i.d.R.": "in der Regel",
        "u. U.": "unter Umständen", "u.U.": "unter Umständen", "z. T.": "zum Teil", "z.T.": "zum Teil", "s. o.": "siehe oben",
        "s. u.": "siehe unten", "o. Ä.": "oder Ähnliches", "o.Ä.": "oder Ähnliches", "v. a.": "vor allem", "v.a.": "vor allem",
        "usw.": "und so weiter", "etc.": "et cetera", "bzw.": "beziehungsweise", "ca.": "circa", "evtl.": "eventuell",
        "ggf.": "gegebenenfalls", "inkl.": "inklusive", "Inkl.": "Inklusive", "exkl.": "exklusive", "zzgl.": "zuzüglich",
        "abzgl.": "abzüglich",
        "vgl.": "vergleiche", "Vgl.": "Vergleiche", "sog.": "sogenannte", "max.": "maximal", "min.": "minimal", "mind.": "mindestens",
        "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "v.Chr.": "vor Christus", "n.Chr.": "nach Christus", "Tel.": "Telefon",
        "Str.": "Straße", "und/oder": "und oder", "Mio.": "Millionen", "Mrd.": "Milliarden", "Jh.": "Jahrhundert", "Jhd.": "Jahrhundert",
        "Jhs.": "Jahrhunderts", "Std.": "Stunden", "MwSt.": "Mehrwertsteuer", "Anm.": "Anmerkung", "allg.": "allgemein",
        "bes.": "besonders",
        "geb.": "geboren", "gest.": "gestorben", "verh.": "verheiratet", "Hrsg.": "Herausgeber", "Aufl.": "Auflage", "Jg.": "Jahrgang",
        "usf.": "und so fort", "i. A.": "im Auftrag", "i.A.": "im Auftrag", "Abt.": "Abteilung", "Pkt.": "Punkt", "Verf.": "Verfasser",
        "röm.": "römisch", "dt.": "deutsch", "engl.": "englisch", "franz.": "französisch", "Ges.": "Gesellschaft", "Mitgl.": "Mitglied",
    },
    titles={
        "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau", "St.": "Sankt", "Ing.": "Ingenieur",
        "Dipl.-Ing.": "Diplomingenieur", "Frl.": "Fräulein", "Hl.": "Heiliger", "hl.": "heiligen", "Kard.": "Kardinal",
    },
    before_numbers={
        "Nr.": "Nummer", "Nrn.": "Nummern", "S.": "Seite", "Abb.": "Abbildung", "Kap.": "Kapitel", "Bd.": "Band", "Bde.": "Bände",
        "Abs.": "Absatz", "Art.": "Artikel", "Tab.": "Tabelle", "Ziff.": "Ziffer", "Anl.": "Anlage", "Zi.": "Zimmer", "Kl.": "Klasse",
    },
    days={
        "Mo.": "Montag", "Di.": "Dienstag", "Mi.": "Mittwoch", "Do.": "Donnerstag", "Fr.": "Freitag", "Sa.": "Samstag", "So.": "Sonntag",
    },
    months=_MONTHS,
    month_names={
        **{name.lower(): number for number, name in enumerate(_MONTHS, start=1)},
        "jan": 1, "jänner": 1, "feb": 2, "mär": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
        "sep": 9, "sept": 9, "okt": 10, "nov": 11, "dez": 12,
    },
    numbered=word_set(
    "kapitel teil buch band akt szene abschnitt anhang weltkrieg typ klasse phase stufe artikel paragraf paragraph tabelle "
    "abbildung bowl gruppe kategorie seite bd kap nr nummer"
),
    century=frozenset({"jahrhundert", "jahrhunderts", "jahrhunderte", "dynastie"}),
    openers=word_set(
    "der die das den dem ein eine einer eines einen er sie es wir ich ihr du man dann da danach so und aber oder doch denn "
    "wenn als während nachdem bevor seit im in am an auf aus bei mit nach von zu zum zur für durch über unter hier dort dies "
    "diese dieser dieses was wer wie wo warum weil obwohl auch nur noch schon jetzt heute gestern morgen später nun sein "
    "seine ihre mein meine unser unsere kein keine niemand alle viele manche nichts ja nein vielleicht leider trotzdem "
    "deshalb daher jedoch außerdem"
),
    texts={
        "": "fremdsprachiger Text", "CYRILLIC": "kyrillischer Text", "CJK": "chinesischer Text", "HIRAGANA": "japanischer Text",
        "KATAKANA": "japanischer Text", "HANGUL": "koreanischer Text", "ARABIC": "arabischer Text", "HEBREW": "hebräischer Text",
        "GREEK": "griechischer Text", "THAI": "thailändischer Text", "ARMENIAN": "armenischer Text", "GEORGIAN": "georgischer Text",
    },
    rates={
        "Monat": "Monat", "Jahr": "Jahr", "Woche": "Woche", "Tag": "Tag", "Stunde": "Stunde", "Std.": "Stunde", "h": "Stunde",
        "Nacht": "Nacht",
        "Person": "Person", "kg": "Kilogramm", "l": "Liter", "kWh": "Kilowattstunde", "m²": "Quadratmeter", "Stück": "Stück",
        "km": "Kilometer",
    },
)  # fmt: skip
