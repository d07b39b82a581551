"""English. The phrases are those of macOS, Windows and Dragon, and what Whisper makes of them ("Common New Line")."""

from __future__ import annotations

from voicebridge.text.dictated.languages.language import DELETE, Language, words

LANGUAGE = Language(
    anywhere={
        ",": "comma",
        ";": "semicolon | semi colon",
        "?": "question mark",
        "!": "exclamation mark | exclamation point",
        ".": "full stop",
        "-": "hyphen",
        "\n": "new line | newline",
        "\n\n": "new paragraph",
        ",\n": "common new line | karma new line | kama new line",
        ",\n\n": "common new paragraph | karma new paragraph",
        "(": (
            "open bracket | open brackets | opened bracket | open parenthesis | open parentheses | opened parenthesis | open "
            "paren | left paren"
        ),
        ")": "close bracket | close brackets | closed bracket | close parenthesis | close parentheses | close paren | right paren",
        "[": "open square bracket | open square brackets",
        "]": "close square bracket | close square brackets",
        "“": "open quote | open quotes | begin quote | open quotation marks | open inverted commas",
        "”": "close quote | close quotes | end quote | end quotes | close quotation marks | close inverted commas",
    },
    apart={
        "–": "dash",
        "…": "ellipsis | dot dot dot",
        "\n": "next line",
        "\n\n": "next paragraph",
        "“": "quote",
        "”": "unquote",
        DELETE: "scratch that | delete that",
    },
    alone={".": "period", ":": "colon"},
    before=words(
        "a an the this that these those each every another no any some my your his her its our their whose which brand whole oxford "
        "serial inverted insert add type press called word by as"
    ),
    adjectives=words(
        "big huge giant large great little small real enormous single double extra final missing whole brand new entire exciting"
    ),
    after=words("key keys button sign signs character characters symbol symbols splice splices separated delimited"),
    after_break=words("of manager managers item items extension extensions character characters key feed break breaks symbol"),
    after_apart=words("to of for off into out across through home back around past over"),
    settled=words(
        "it him them us me you here there now soon today tomorrow yesterday tonight again too well yet then together home please "
        "everyone everybody someone somebody anyone nobody away thanks"
    ),
    numbers=words("zero one two three four five six seven eight nine ten eleven twelve"),
    conjunctions=words("and or"),
    lower=words(
        "the a an and or but so if when while because that which who whose this these those it its it's he she they we you my your his "
        "her our their there here is are was were do does did can could would should might must have has had not in on at to for from "
        "with by of as into about after before then than also just only very what where why how all some any both each today tomorrow "
        "yesterday now please thank thanks"
    ),
    unfinished=words("the a an my your our their its every and or because if whether although than"),
    continuing=words("and or but because which than of nor whose whom"),
    interjections=words("well yes no yeah oh so okay ok wait sorry actually right now look hey hi hello"),
    fillers=words("um umm ummm uh uhh uhhh uhm er erm hm hmm hmmm mm mmm"),
    abbreviations=words("mr mrs ms dr prof st vs etc no jr sr inc ltd approx fig vol dept eg ie"),
    capitals=words("i i'm i'll i've i'd"),
)  # fmt: skip
