"""The names and numbers of RTF that matter for reading a text."""

from __future__ import annotations

from locale import windows_locale

from voicebridge.languages import language_code

CHARACTERS = {
    "tab": " ", "emdash": "\u2014", "endash": "\u2013", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "\u2022",
    "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "nestcell": " ",
}  # fmt: skip
"""Control words for characters."""
UNREAD = frozenset({
    "colortbl", "pict", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "ftnsep", "ftnsepc",
    "ftncn", "xe", "tc", "tcn", "rxe", "txe", "objdata", "objclass", "nonshppict", "private", "annotation", "atnid", "atnauthor",
    "revtbl", "filetbl", "listtable", "listoverridetable", "operator", "company", "subject", "keywords", "comment", "doccomm",
    "category", "manager", "hlinkbase", "creatim", "revtim", "printim", "buptim", "themedata", "colorschememapping", "datastore",
})  # fmt: skip
"""Groups that are no part of the text."""
CODE_PAGES = {
    437: "cp437", 850: "cp850", 852: "cp852", 866: "cp866", 874: "cp874", 932: "cp932", 936: "gbk", 949: "cp949", 950: "cp950",
    10000: "mac-roman", 65001: "utf-8", **{page: f"cp{page}" for page in range(1250, 1259)},
}  # fmt: skip
"""Python's names of code pages."""
OF_CHARSETS = {
    77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""The encodings of fonts by their character set."""


def language_of(code: int | None) -> str | None:
    """The ISO 639-1 code for Windows' number of a language."""
    return language_code(windows_locale.get(code or 0))
