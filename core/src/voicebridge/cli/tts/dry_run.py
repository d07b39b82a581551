"""The output of ``voicebridge tts --dry-run``: the passages of a text, as given to an engine."""

from __future__ import annotations

import json
from collections.abc import Iterable

from voicebridge.cli.shared.output import print_line
from voicebridge.tts.text.pieces import Piece


def print_pieces(pieces: Iterable[Piece], *, as_json: bool) -> None:
    """Print passages as they are created, so that a book's first ones appear immediately.

    As text, each passage is a line, after a line with the chapter's title marked with ``#``, and before a line with the silence in seconds
    in brackets. As JSON, each passage is an object on one line.
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
