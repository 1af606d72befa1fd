"""Pictures in the terminal, where the terminal says that it can show them.

Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/) and iTerm2's inline images
(https://iterm2.com/documentation-images.html); nothing is asked of the terminal, only its environment is looked at.
"""

import base64
import io
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import Image

    from lens.search import Match

Protocol = Literal["kitty", "iterm2"]

SHOWN = 10  # photos
CHUNK = 4096  # characters of base64 that kitty takes at once


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """The protocol that a terminal announces; None if it announces none, or another program stands between."""
    program = environment.get("TERM_PROGRAM", "")
    if "TMUX" in environment or environment.get("TERM", "").startswith(("screen", "tmux", "dumb")):
        return None
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") == "xterm-kitty" or program == "ghostty":
        return "kitty"
    return "iterm2" if program in {"iTerm.app", "WezTerm", "mintty"} else None


def sequence(picture: "Image.Image", protocol: Protocol) -> str:
    """What a terminal must be sent to show a picture."""
    made = io.BytesIO()
    picture.save(made, "PNG")
    data = base64.b64encode(made.getvalue()).decode()
    if protocol == "iterm2":
        return f"\x1b]1337;File=inline=1;size={len(made.getvalue())}:{data}\x07"
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    heads = ["f=100,a=T," if number == 0 else "" for number in range(len(pieces))]
    more = [int(number + 1 < len(pieces)) for number in range(len(pieces))]
    return "".join(f"\x1b_G{head}m={left};{piece}\x1b\\" for head, left, piece in zip(heads, more, pieces, strict=True))


def preview(results: Sequence[tuple[str, Sequence["Match"]]], protocol: Protocol) -> None:
    """Show the best photos of each query."""
    from lens.search.sheet import contact_sheet

    found = [(query, matches[:SHOWN]) for query, matches in results if matches]
    if found:
        sys.stdout.write(sequence(contact_sheet(found), protocol) + "\n")
