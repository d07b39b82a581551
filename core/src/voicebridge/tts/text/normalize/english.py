"""The words for English."""

from __future__ import annotations

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.words import Money, Words, word_set


def _unit(one: str, many: str | None = None) -> tuple[str, str]:
    return f"one {one}", many or f"{one}s"


def _per(one: str, of: str, many: str | None = None) -> tuple[str, str]:
    return f"one {one} per {of}", f"{many or f'{one}s'} per {of}"


def _money(one: str, many: str | None = None, part: str = "cent", parts: str | None = None) -> Money:
    return Money(f"one {one}", many or f"{one}s", f"one {part}" if part else "", (parts or f"{part}s") if part else "")


_DOLLAR, _EURO, _POUND, _YEN = _money("dollar"), _money("euro"), _money("pound", part="penny", parts="pence"), _money("yen", "yen", "")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")

WORDS = Words(
    minus="minus", mark=".", point="point", to="to", and_="and", slash="slash",
    per="per", sharp="sharp", number="number", hashtag="hashtag",
    web={
        ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "~": "tilde", "=": "equals", "&": "and",
        "+": "plus", "%": "percent", "?": "question mark", "#": "hash", ",": "comma", ";": "semicolon",
    },
    signs={
        "===": "equals", "==": "equals", "!==": "is not equal to", "!=": "is not equal to", "≠": "is not equal to", "=": "equals",
        "<=": "is less than or equal to", "≤": "is less than or equal to", ">=": "is greater than or equal to",
        "≥": "is greater than or equal to", "<": "is less than", ">": "is greater than", "->": "arrow", "→": "arrow", "=>": "arrow",
        "⇒": "arrow", "<-": "arrow", "←": "arrow", "&&": "and", "&": "and", "||": "or", "++": "plus plus", "+": "plus", "−": "minus",
        "×": "times", "*": "times", "÷": "divided by", "±": "plus or minus", "≈": "about", "^": "to the power of", "%": "percent",
        "‰": "per mille", "°": "degrees", "§": "section", "©": "copyright", "®": "registered", "™": "trademark", "@": "at", "$": "dollar",
        "€": "euro", "£": "pound", "¥": "yen", "∞": "infinity", "√": "square root of", "²": "squared", "³": "cubed", "µ": "micro",
    },
    compared={
        "<": "less than", ">": "greater than", "<=": "less than or equal to", "≤": "less than or equal to",
        ">=": "greater than or equal to", "≥": "greater than or equal to",
    },
    winds={"N": "north", "S": "south", "E": "east", "W": "west"},
    units={
        "km": _unit("kilometer"), "m": _unit("meter"), "cm": _unit("centimeter"), "mm": _unit("millimeter"), "µm": _unit("micrometer"),
        "μm": _unit("micrometer"), "nm": _unit("nanometer"), "mi": _unit("mile"), "ft": _unit("foot", "feet"), "yd": _unit("yard"),
        "kg": _unit("kilogram"), "g": _unit("gram"), "mg": _unit("milligram"), "µg": _unit("microgram"), "lb": _unit("pound"),
        "lbs": _unit("pound"), "oz": _unit("ounce"), "l": _unit("liter"), "L": _unit("liter"), "ml": _unit("milliliter"),
        "mL": _unit("milliliter"), "km/h": _per("kilometer", "hour"), "kph": _per("kilometer", "hour"),
        "mph": _per("mile", "hour"), "m/s": _per("meter", "second"), "km²": _unit("square kilometer"),
        "m²": _unit("square meter"), "cm²": _unit("square centimeter"), "m³": _unit("cubic meter"), "cm³": _unit("cubic centimeter"),
        "°C": _unit("degree Celsius", "degrees Celsius"), "°F": _unit("degree Fahrenheit", "degrees Fahrenheit"), "°": _unit("degree"),
        "kWh": _unit("kilowatt hour"), "Wh": _unit("watt hour"), "kW": _unit("kilowatt"), "MW": _unit("megawatt"), "GW": _unit("gigawatt"),
        "W": _unit("watt"), "V": _unit("volt"), "mA": _unit("milliamp"), "mAh": _unit("milliamp hour"), "Hz": _unit("hertz", "hertz"),
        "kHz": _unit("kilohertz", "kilohertz"), "MHz": _unit("megahertz", "megahertz"), "GHz": _unit("gigahertz", "gigahertz"),
        "kB": _unit("kilobyte"), "KB": _unit("kilobyte"), "MB": _unit("megabyte"), "GB": _unit("gigabyte"), "TB": _unit("terabyte"),
        "PB": _unit("petabyte"), "KiB": _unit("kibibyte"), "MiB": _unit("mebibyte"), "GiB": _unit("gibibyte"), "TiB": _unit("tebibyte"),
        "kbps": _per("kilobit", "second"), "Mbps": _per("megabit", "second"),
        "Mbit/s": _per("megabit", "second"), "Gbps": _per("gigabit", "second"),
        "Gbit/s": _per("gigabit", "second"), "MB/s": _per("megabyte", "second"),
        "GB/s": _per("gigabyte", "second"), "ns": _unit("nanosecond"), "µs": _unit("microsecond"),
        "ms": _unit("millisecond"), "s": _unit("second"), "sec": _unit("second"), "min": _unit("minute"), "h": _unit("hour"),
        "hr": _unit("hour"), "hrs": _unit("hour"), "px": _unit("pixel"), "dpi": _per("dot", "inch"),
        "dB": _unit("decibel"), "fps": _per("frame", "second"), "rpm": _per("revolution", "minute"),
        "kPa": _unit("kilopascal"), "hPa": _unit("hectopascal"), "psi": _per("pound", "square inch"),
        "kcal": _unit("kilocalorie"), "kJ": _unit("kilojoule"), "%": _unit("percent", "percent"), "‰": _unit("per mille", "per mille"),
        "ppm": _per("part", "million"), "in.": _unit("inch", "inches"), "gal": _unit("gallon"), "qt": _unit("quart"),
        "tbsp": _unit("tablespoon"),
        "tsp": _unit("teaspoon"), "ha": _unit("hectare"), "Ω": _unit("ohm"), "kΩ": _unit("kiloohm"), "MΩ": _unit("megaohm"),
        "pF": _unit("picofarad"), "nF": _unit("nanofarad"), "µF": _unit("microfarad"), "Pa": _unit("pascal"), "MPa": _unit("megapascal"),
        "bar": _unit("bar"), "mbar": _unit("millibar"), "mol": _unit("mole"), "kN": _unit("kilonewton"), "Nm": _unit("newton meter"),
        "MJ": _unit("megajoule"), "mW": _unit("milliwatt"), "kV": _unit("kilovolt"), "mV": _unit("millivolt"), "kA": _unit("kiloamp"),
        "m/s²": _per("meter", "second squared"), "ft²": _unit("square foot", "square feet"), "ft³": _unit("cubic foot", "cubic feet"),
        "mm²": _unit("square millimeter"), "mm³": _unit("cubic millimeter"), "km³": _unit("cubic kilometer"),
        "in²": _unit("square inch", "square inches"),
        "sq ft": _unit("square foot", "square feet"), "kg/m³": _per("kilogram", "cubic meter"), "mg/l": _per("milligram", "liter"),
        "l/min": _per("liter", "minute"), "g/l": _per("gram", "liter"), "ft/s": _per("foot", "second", "feet"),
        "Mb/s": _per("megabit", "second"),
        "kB/s": _per("kilobyte", "second"), "ml/min": _per("milliliter", "minute"), "° C": _unit("degree Celsius", "degrees Celsius"),
        "° F": _unit("degree Fahrenheit", "degrees Fahrenheit"), "secs": _unit("second"), "mins": _unit("minute"),
        "hl": _unit("hectoliter"),
        "cl": _unit("centiliter"), "dl": _unit("deciliter"), "mcg": _unit("microgram"), "kWp": _unit("kilowatt peak"),
        "MWh": _unit("megawatt hour"),
        "GWh": _unit("gigawatt hour"), "TWh": _unit("terawatt hour"), "lm": _unit("lumen"), "MP": _unit("megapixel"),
    },
    money={
        "dollars": _DOLLAR, "euros": _EURO,
        "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "€": _EURO, "EUR": _EURO, "£": _POUND, "GBP": _POUND, "¥": _YEN, "JPY": _YEN,
        "₹": _money("rupee", part="paisa", parts="paise"), "₩": _money("won", "won", ""), "₽": _money("ruble", part="kopek"),
        "CHF": _money("Swiss franc", part="centime"), "CAD": _money("Canadian dollar"), "AUD": _money("Australian dollar"),
        "₿": _money("bitcoin", part=""), "¢": Money("one cent", "cents"),
        "A$": _money("Australian dollar"), "AU$": _money("Australian dollar"), "C$": _money("Canadian dollar"),
        "CA$": _money("Canadian dollar"),
        "NZ$": _money("New Zealand dollar"), "NZD": _money("New Zealand dollar"), "HK$": _money("Hong Kong dollar"),
        "HKD": _money("Hong Kong dollar"), "S$": _money("Singapore dollar"), "SGD": _money("Singapore dollar"),
        "R$": Money("one real", "reais", "one centavo", "centavos"),
        "BRL": Money("one real", "reais", "one centavo", "centavos"), "MX$": _money("Mexican peso", part="centavo"),
        "NT$": _money("New Taiwan dollar"),
        "₦": _money("naira", "naira", "kobo", "kobo"), "₺": _money("lira", "lira", "kurus", "kurus"), "₱": _money("peso", part="centavo"),
        "₫": _money("dong", "dong", ""), "₪": _money("shekel", part="agora", parts="agorot"), "₴": _money("hryvnia", part="kopek"),
        "฿": _money("baht", "baht", "satang", "satang"), "₡": _money("colon", "colones", ""), "₲": _money("guarani", "guaranis", ""),
        "₸": _money("tenge", "tenge", ""), "₼": _money("manat", "manat", ""), "₾": _money("lari", "lari", "tetri", "tetri"),
        "₵": _money("cedi"),
        "zł": _money("zloty", "zlotys", "grosz", "groszy"), "PLN": _money("zloty", "zlotys", "grosz", "groszy"),
        "kr": _money("krone", "kroner", ""), "SEK": _money("Swedish krona", "Swedish kronor", ""),
        "NOK": _money("Norwegian krone", "Norwegian kroner", ""),
        "DKK": _money("Danish krone", "Danish kroner", ""), "Kč": _money("Czech koruna", "Czech korunas", ""),
        "INR": _money("rupee", part="paisa", parts="paise"),
        "CNY": _money("yuan", "yuan", ""), "RMB": _money("yuan", "yuan", ""), "Rs.": _money("rupee", part="paisa", parts="paise"),
    },
    scales={
        "thousand": ("one thousand", "thousand"), "million": ("one million", "million"), "billion": ("one billion", "billion"),
        "trillion": ("one trillion", "trillion"), "k": ("one thousand", "thousand"), "K": ("one thousand", "thousand"),
        "M": ("one million", "million"), "mn": ("one million", "million"), "B": ("one billion", "billion"),
        "bn": ("one billion", "billion"), "tn": ("one trillion", "trillion"), "m": ("one million", "million"),
        "b": ("one billion", "billion"),
        "T": ("one trillion", "trillion"),
    },
    abbreviations={
        "e.g.": "for example", "e. g.": "for example", "E.g.": "For example", "i.e.": "that is", "i. e.": "that is", "etc.": "et cetera",
        "vs.": "versus", "approx.": "approximately", "Approx.": "Approximately", "cf.": "compare", "et al.": "et al", "Jr.": "Junior",
        "Sr.": "Senior", "Inc.": "Incorporated", "Ltd.": "Limited", "Corp.": "Corporation", "Co.": "Company", "Bros.": "Brothers",
        "dept.": "department", "Dept.": "Department", "Univ.": "University", "Assn.": "Association", "Ave.": "Avenue", "Blvd.": "Boulevard",
        "Rd.": "Road", "Dr.": "Drive", "St.": "Street", "Ln.": "Lane", "Hwy.": "Highway", "Ph.D.": "PhD", "max.": "maximum",
        "avg.": "average",
        "temp.": "temperature", "incl.": "including", "excl.": "excluding", "est.": "established", "Est.": "Established", "w/o": "without",
        "w/": "with", "c/o": "care of", "b/c": "because", "and/or": "and or", "a.k.a.": "also known as", "a.k.a": "also known as",
        "trans.": "translated", "ibid.": "ibidem", "op. cit.": "opere citato", "misc.": "miscellaneous", "Tel.": "Telephone",
        "tel.": "telephone",
        "Ext.": "Extension", "ext.": "extension", "govt.": "government", "Govt.": "Government", "Messrs.": "Messrs", "ed.": "edition",
    },
    titles={
        "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Ms", "Mx.": "Mx", "Dr.": "Doctor", "Drs.": "Doctors", "Prof.": "Professor",
        "St.": "Saint",
        "Rev.": "Reverend", "Gen.": "General", "Sgt.": "Sergeant", "Capt.": "Captain", "Lt.": "Lieutenant", "Col.": "Colonel",
        "Maj.": "Major",
        "Cpl.": "Corporal", "Pvt.": "Private", "Adm.": "Admiral", "Cmdr.": "Commander", "Supt.": "Superintendent", "Insp.": "Inspector",
        "Gov.": "Governor", "Pres.": "President", "Amb.": "Ambassador", "Sen.": "Senator", "Rep.": "Representative", "Hon.": "Honorable",
        "Fr.": "Father", "Br.": "Brother", "Messrs.": "Messrs", "Mme.": "Madame", "Mlle.": "Mademoiselle", "Mt.": "Mount", "Ft.": "Fort",
    },
    before_numbers={
        "No.": "number", "no.": "number", "Nos.": "numbers", "nos.": "numbers", "Fig.": "figure", "fig.": "figure", "Figs.": "figures",
        "figs.": "figures", "Vol.": "volume", "vol.": "volume", "Vols.": "volumes", "vols.": "volumes", "Ch.": "chapter", "ch.": "chapter",
        "Chap.": "chapter", "chap.": "chapter", "Sec.": "section", "sec.": "section", "Eq.": "equation", "eq.": "equation", "p.": "page",
        "pp.": "pages", "ca.": "circa", "c.": "circa", "Art.": "article", "art.": "article", "Ed.": "edition", "Apt.": "apartment",
        "para.": "paragraph", "Rs.": "rupees",
    },
    days={
        "Mon.": "Monday", "Tue.": "Tuesday", "Tues.": "Tuesday", "Wed.": "Wednesday", "Thu.": "Thursday", "Thur.": "Thursday",
        "Thurs.": "Thursday", "Fri.": "Friday", "Sat.": "Saturday", "Sun.": "Sunday",
    },
    months=_MONTHS,
    month_names={
        **{name.lower(): number for number, name in enumerate(_MONTHS, start=1)},
        **{name[:3].lower(): number for number, name in enumerate(_MONTHS, start=1)}, "sept": 9,
    },
    numbered=word_set(
    "chapter part book volume vol act scene section appendix war type class phase stage level grade tier bowl article "
    "amendment title canto psalm figure table plate fig exhibit annex unit lesson step round season episode sonata symphony "
    "opus group factor category mark mk no number page pages pp chap"
),
    century=frozenset({"century", "centuries", "dynasty", "olympiad", "corps", "legion"}),
    openers=word_set(
    "the a an he she it they we i you this that these those there then when where while who what why how but and or so yet if "
    "in on at as by for from after before since until with without his her its their our my your no yes not now later soon "
    "suddenly meanwhile however once one two some many most all each every both nobody nothing somebody someone everyone "
    "everything perhaps maybe here"
),
    texts={
        "": "foreign text", "CYRILLIC": "Cyrillic text", "CJK": "Chinese text", "HIRAGANA": "Japanese text", "KATAKANA": "Japanese text",
        "HANGUL": "Korean text", "ARABIC": "Arabic text", "HEBREW": "Hebrew text", "GREEK": "Greek text", "THAI": "Thai text",
        "DEVANAGARI": "Devanagari text", "ARMENIAN": "Armenian text", "GEORGIAN": "Georgian text", "BENGALI": "Bengali text",
        "TAMIL": "Tamil text",
    },
    adjectives=pattern(
        r"\b[Aa]n? \0|\b(?:the|this|that|his|her|its|their|our|my|your|[Tt]he) \0 (?:question|bills?|notes?|deal|fee"
            r"|fine|prize|reward|cheque|check"
        r"|budget|bonus|loan|mark|house|home|project|program|programme|investment|lawsuit|settlement|contract|ticket"
            r"|bill|offer|debt|gift|grant)\b"
    ),
    rates={
        "month": "month", "mo": "month", "year": "year", "yr": "year", "week": "week", "wk": "week", "day": "day", "hour": "hour",
        "hr": "hour",
        "h": "hour", "night": "night", "person": "person", "user": "user", "kg": "kilogram", "lb": "pound", "l": "liter", "L": "liter",
        "gallon": "gallon", "gal": "gallon", "minute": "minute", "min": "minute", "unit": "unit", "piece": "piece", "oz": "ounce",
        "km": "kilometer",
        "mile": "mile", "barrel": "barrel", "ton": "ton", "kWh": "kilowatt hour", "share": "share", "head": "head", "seat": "seat",
    },
)  # fmt: skip
