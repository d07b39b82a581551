"""What ``voicebridge tts --dry-run`` prints: the pieces of a text, as an engine would be given them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from voicebridge.cli.output import print_line
from voicebridge.text.pieces import Piece


def print_pieces(pieces: Iterable[Piece], *, as_json: bool) -> None:
    """Print pieces as they are made, so that a book shows at once.

    For people a piece is a line, a chapter's title a line before it, marked with ``#``, and the silence after it, in seconds, a line in
    brackets. As JSON each piece is one object on one line.
    """
    for piece in pieces:
        if as_json:
            print_line(json.dumps(_plain(piece), ensure_ascii=False))
            continue
        if piece.chapter is not None:
            print_line(f"# {piece.chapter}")
        for part in piece.parts:
            print_line(part)
        print_line(f"[{piece.pause:g} s]")


def _plain(piece: Piece) -> dict[str, object]:
    plain: dict[str, object] = {"text": piece.text, "written": piece.written, "pause": piece.pause, "chapter": piece.chapter}
    if piece.lines:
        plain["lines"] = [{"speaker": line.speaker, "voice": line.voice, "text": str(line)} for line in piece.lines]
    return plain
