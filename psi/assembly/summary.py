"""What the source of a paradigm or a rig says about itself, read as text: nothing is imported, so it is quick."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from psi.assembly.discovery import name_of

_LAYOUT = (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING)


@dataclass(frozen=True, slots=True)
class Summary:
    """A title and one line; empty where the source does not give them as plain text."""

    title: str = ""
    line: str = ""


def summary_of(path: Path) -> Summary:
    """The ``title`` that the manifest in ``path`` declares, and the first line of the file's docstring.

    Where several things are declared, it is the title of the one that has the file's name, else of the last.
    A file that cannot be read or is not finished gives what stands before its fault: what is wrong with it is for
    ``psi check`` to say.
    """
    try:
        tokens = _tokens(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return Summary()
    titles = _titles(tokens)
    wanted = _folded(name_of(path))
    named = [title for name, title in titles if _folded(name) == wanted]
    every = named or [title for _, title in titles]
    return Summary(every[-1] if every else "", _first_line(tokens))


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    """The words of ``source`` up to its first fault. Enaml's words are Python's."""
    found: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in _LAYOUT:
                found.append(token)
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def _first_line(tokens: list[tokenize.TokenInfo]) -> str:
    lines = _text(tokens[0]).strip().splitlines() if tokens else []
    return lines[0].strip() if lines else ""


def _titles(tokens: list[tokenize.TokenInfo]) -> list[tuple[str, str]]:
    """Each ``enamldef`` that has a title of its own, with it."""
    found, name, depth = [], "", 0
    for index, token in enumerate(tokens):
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if depth == 0 and token.string == "enamldef" and index + 1 < len(tokens):
            name = tokens[index + 1].string
        after = tokens[index + 1 : index + 3]
        if depth == 1 and name and token.string == "title" and len(after) == 2 and after[0].string == "=":
            title = _text(after[1])
            if title:
                found.append((name, title))
    return found


def _text(token: tokenize.TokenInfo) -> str:
    """The plain text that a token is; empty for any other word."""
    if token.type != tokenize.STRING:
        return ""
    try:
        value = ast.literal_eval(token.string)
    except (ValueError, SyntaxError):  # with f before it, or broken
        return ""
    return value if isinstance(value, str) else ""


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
