"""English. The phrases are those of macOS, Windows and Dragon, and Whisper's transcripts of them ("Common New Line")."""

from __future__ import annotations

from voicebridge.dictation.text.languages.language import BULLET, CAPITALS, CAPITALS_OFF, CAPITALS_ON, DELETE, TAB, Language, words

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
        "@": "at sign | at symbol",
        "/": "forward slash",
        "\\": "backslash | back slash",
        "#": "hash sign | hash tag | hashtag | pound sign | number sign",
        "%": "percent sign",
        "&": "ampersand | and sign",
        BULLET: "bullet point",
        "=": "equals sign | equal sign",
        "+": "plus sign",
        "$": "dollar sign",
        "€": "euro sign",
        "£": "pound sterling sign",
        "§": "section sign",
        "°": "degree sign",
        "*": "asterisk",
        "~": "tilde",
        "|": "vertical bar",
        "<": "less than sign",
        ">": "greater than sign",
        TAB: "tab key",
        CAPITALS: "all caps",
        CAPITALS_ON: "all caps on | caps on",
        CAPITALS_OFF: "all caps off | caps off",
    },
    apart={
        "–": "dash",
        "…": "ellipsis | dot dot dot",
        "\n": "next line",
        "\n\n": "next paragraph",
        "“": "quote",
        "”": "unquote",
        DELETE: "scratch that | delete that",
        "_": "underscore",
        "/": "slash",
        TAB: "new tab | tab",
        BULLET: "bullet | new bullet | next bullet",
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
    states=words("is are was were isn't aren't has have needs need must should can could will would may might belongs belong means mean"),
    introducing=words(
        "list lists following follows items things points topics steps ingredients options reasons examples example agenda note notes "
        "subject namely remember reminder summary question questions answer tasks todo"
    ),
    conjunctions=words("and or"),
    lower=words(
        "the a an and or but so if when while because that which who whose this these those it its it's he she they we you my your his "
        "her our their there here is are was were do does did can could would should might must have has had not in on at to for from "
        "with by of as into about after before then than also just only very what where why how all some any both each today tomorrow "
        "yesterday now please thank thanks"
    ),
    common=words(
        "able actual afternoon amount answer apartment area article back bad basic beautiful beginning best better big black blue "
        "body book books bottle box boy bread brown building business car cars case cat cats cause chair chance cheap child children "
        "city class clean clear client clients coat code coffee cold color colour common company complete computer cost country "
        "couple course current customer customers daily dark data date daughter day days deal decision deep different difficult "
        "dinner direct doctor dog dogs door double dress driver early east easy economy effect email emails empty end entire error "
        "evening event exact exam example experience eye eyes fact family famous fast father few field file files final fire first "
        "fish floor following food former four free fresh friend friends front full future game garden general girl glass good "
        "government great green group guest guests hand happy hard head health heart heavy high history holiday home hospital hot "
        "hotel hour hours house houses husband idea ideas important information inside interesting internet job key kind kitchen lady "
        "language large last late latest law left letter letters level life light line list little local long lot low lunch main "
        "major man market matter meal meeting meetings member members men message messages middle minute minutes moment money month "
        "months morning mother mountain movie music name national natural new news next nice night normal north note number office "
        "old older only open order original other outside owner page paper parents part party past patient patients people perfect "
        "person personal phone photo picture piece place plan plans point police poor population position possible power present "
        "president previous price prices private problem problems process product products program programme project projects public "
        "purpose question questions quick quiet railway rain real reason recent red report reports request rest result results right "
        "river road role room rooms rule rules same sample school sea season second security serious service set several shop short "
        "side simple single sister situation size slow small smart snow social solution son special staff standard start state "
        "station stop store story street strong student students subject sudden summer sun sweet system table task tasks tea teacher "
        "team teams test text thing things third time times tiny top total tour town traffic train tree trees trip true truth two "
        "type user users usual value version very village voice wall water way weather week weekend weeks weight west white whole "
        "wide wife wind window windows winter woman women wonderful word words work worker workers world worst wrong yard year years "
        "yellow young younger"
    ),
    unfinished=words("the a an my your our their its every and or because if whether although than"),
    continuing=words("and or but because which than of nor whose whom"),
    interjections=words("well yes no yeah oh so okay ok wait sorry actually right now look hey hi hello"),
    fillers=words("um umm ummm uh uhh uhhh uhm er erm hm hmm hmmm mm mmm"),
    abbreviations=words("mr mrs ms dr prof st vs etc no jr sr inc ltd approx fig vol dept eg ie"),
    capitals=words("i i'm i'll i've i'd"),
)  # fmt: skip
