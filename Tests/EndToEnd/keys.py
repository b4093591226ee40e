"""Keys by name: "jj<Down><C-r><click:20,8>" as steps, and what a terminal sends for them.

Literal text, <Up> <Down> <Left> <Right> <Home> <End> <PgUp> <PgDn> <Tab> <S-Tab> <CR> <Esc> <BS>
<Del> <Space> <lt> <F1>..<F12> <C-x> <hex:1b5b41> <paste:text>
<click:x,y> <rclick:x,y> <press:x,y> <release:x,y> <drag:x1,y1,x2,y2> <wheelup:x,y> <wheeldown:x,y>
(cells counted from 0), and steps that send nothing, told apart by their name:
<wait:ms> <idle> <expect:text> <absent:text> <resize:WxH> <signal:TERM> <shot:name>
"""

import re

NAMED = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdn": "\x1b[6~",
    "tab": "\t", "s-tab": "\x1b[Z", "cr": "\r", "enter": "\r", "esc": "\x1b", "space": " ",
    "bs": "\x7f", "del": "\x1b[3~", "lt": "<",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
    "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~",
    "f11": "\x1b[23~", "f12": "\x1b[24~",
}  # fmt: skip

# In application mode (DECCKM, mode 1) these keys send "ESC O" instead of "ESC [".
APPLICATION = {"up", "down", "right", "left", "home", "end"}

STEPS = {"wait", "idle", "expect", "absent", "resize", "signal", "shot"}


def steps(text):
    """("send", text), ("key", name) or (step, argument) for each key and step of the text."""
    for match in re.finditer(r"<([^<>]+)>|(.)", text, re.DOTALL):
        if match[1] is None:
            yield "send", match[2]
            continue
        name, _, argument = match[1].partition(":")
        name = name.lower()
        if name in STEPS:
            yield name, argument
        elif name in NAMED and not argument:
            yield "key", name
        else:
            for report in _sent(name, argument):
                yield "send", report


def sent(name, application_mode):
    """What a terminal sends for a named key."""
    text = NAMED[name]
    return text.replace("[", "O") if application_mode and name in APPLICATION else text


def _sent(name, argument):
    """What one key sends, as texts to send one after the other."""
    if re.fullmatch(r"c-.", name):
        return [chr(ord(name[2].upper()) & 0x1F)]
    if name == "hex":
        return [bytes.fromhex(argument).decode("latin-1")]
    if name == "paste":
        return [f"\x1b[200~{argument}\x1b[201~"]
    cells = [int(number) for number in re.findall(r"-?\d+", argument)]
    if name in MOUSE and len(cells) == (4 if name == "drag" else 2):
        return MOUSE[name](*cells)
    raise ValueError(f"<{name}:{argument}> is no key")


def _report(button, column, row, final="M"):
    return f"\x1b[<{button};{column + 1};{row + 1}{final}"


def _press(button, column, row):
    return [_report(button, column, row)]


def _release(button, column, row):
    return [_report(button, column, row, "m")]


def _click(button, column, row):
    return _press(button, column, row) + _release(button, column, row)


def _drag(column, row, last_column, last_row):
    count = max(abs(last_column - column), abs(last_row - row), 1)
    path = [
        (column + (last_column - column) * step // count, row + (last_row - row) * step // count)
        for step in range(1, count + 1)
    ]
    moves = [_report(32, *cell) for cell in path]
    return _press(0, column, row) + moves + _release(0, last_column, last_row)


MOUSE = {
    "click": lambda column, row: _click(0, column, row),
    "rclick": lambda column, row: _click(2, column, row),
    "press": lambda column, row: _press(0, column, row),
    "release": lambda column, row: _release(0, column, row),
    "wheelup": lambda column, row: _press(64, column, row),
    "wheeldown": lambda column, row: _press(65, column, row),
    "drag": _drag,
}
