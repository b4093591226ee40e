"""What a terminal would show: pyte, with what ncurses uses and pyte 0.8.0 lacks."""

import codecs
import copy
import re

import pyte

ALTERNATE_SCREENS = {47, 1047, 1049}

# The VT100 line-drawing set, selected by "ESC ( 0" or a shift-out.
LINE_DRAWING = dict(zip("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"))

SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<slot>[()*+])(?P<charset>.)"
    r"|\x1b(?P<simple>[78DEHMc=>])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)


class Grid(pyte.Screen):
    """pyte's screen; whatever becomes empty takes the current background (bce)."""

    def insert_characters(self, count=None):
        super().insert_characters(count)
        first = self.cursor.x
        self._fill(first, min(self.columns, first + (count or 1)))

    def delete_characters(self, count=None):
        super().delete_characters(count)
        self._fill(max(self.cursor.x, self.columns - (count or 1)), self.columns)

    def erase_in_display(self, how=0, *rest, **named):
        super().erase_in_display(how, *rest, **named)
        rows = {0: range(self.cursor.y + 1, self.lines), 1: range(self.cursor.y)}
        for row in rows.get(how, range(self.lines)):
            self._fill(0, self.columns, row)  # pyte leaves cells out that nothing was written to

    def _fill(self, first, end, row=None):
        line = self.buffer[self.cursor.y if row is None else row]
        for column in range(first, end):
            line[column] = self.cursor.attrs._replace(data=" ")


class Emulator:
    """Takes the bytes a program wrote; tells text, styles, modes and idle markers."""

    def __init__(self, columns, rows, reply=lambda answer: None):
        self.grid = Grid(columns, rows)
        self.modes = set()
        self.commands = []
        self.idle = 0
        self.inputs = 0  # taken in by the program when it was idle last
        self.in_alternate = False
        self._stream = pyte.Stream(self.grid)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reply = reply
        self._pending = ""
        self._last = " "
        self._line_drawing = False
        self._shifted = False
        self._covered = None

    def resize(self, columns, rows):
        self.grid.resize(rows, columns)

    def feed(self, data):
        text = self._pending + self._decoder.decode(data)
        position = 0
        while position < len(text):
            match = SEQUENCE.match(text, position)
            if match is None:
                if len(text) - position < 4096:
                    break
                position += 1
                continue
            self._take(match)
            position = match.end()
        self._pending = text[position:]

    def lines(self):
        return [line.rstrip() for line in self.grid.display]

    def style(self, column, row):
        """(foreground, background, attributes) of a cell; colours as pyte names them."""
        cell = self.grid.buffer[row][column]
        flags = {
            "bold": cell.bold,
            "dim": cell.strikethrough,
            "underline": cell.underscore,
            "reverse": cell.reverse,
        }
        return cell.fg, cell.bg, {name for name, on in flags.items() if on}

    def cells(self):
        """Every cell: (character, foreground, background, attributes), row by row."""
        return [
            (self.grid.buffer[row][column].data, *self.style(column, row))
            for row in range(self.grid.lines)
            for column in range(self.grid.columns)
        ]

    def _take(self, match):
        if match["text"] is not None:
            self._draw(match["text"])
        elif match["final"] is not None:
            self._control_sequence(match)
        elif match["command"] is not None:
            self._command(match["command"])
        elif match["slot"] is not None:
            if match["slot"] == "(":
                self._line_drawing = match["charset"] == "0"
        elif match["simple"] is not None:
            if match["simple"] not in "=>":
                self._stream.feed(match[0])
        elif match[0] in "\x0e\x0f":
            self._shifted = match[0] == "\x0e"
        elif match[0] != "\x00":
            self._stream.feed(match[0])

    def _draw(self, text):
        if self._line_drawing or self._shifted:
            text = "".join(LINE_DRAWING.get(character, character) for character in text)
        self.grid.draw(text)
        self._last = text[-1]

    def _command(self, text):
        self.commands.append(text)
        if text.startswith("777;idle;"):
            self.idle += 1
            self.inputs = int(text.split(";")[-1])

    def _control_sequence(self, match):
        private, final = match["private"], match["final"]
        numbers = [int(number) for number in match["numbers"].split(";") if number.isdigit()]
        count = max(numbers[0], 1) if numbers else 1
        if private == "?" and final in "hl":
            self._set_modes(numbers, final == "h")
            self._stream.feed(match[0])
        elif private or match["between"] or final in "tuq":
            pass
        elif final == "m":
            self._stream.feed("\x1b[" + self._known_attributes(match["numbers"]) + "m")
        elif final == "b":
            self._draw(self._last * count)
        elif final in "ST":
            self._scroll(count, up=final == "S")
        elif final == "n":
            cursor = self.grid.cursor
            self._reply(b"\x1b[%d;%dR" % (cursor.y + 1, cursor.x + 1))
        elif final == "c":
            self._reply(b"\x1b[?62;22c")
        else:
            self._stream.feed(match[0])

    @staticmethod
    def _known_attributes(numbers):
        """Attributes as pyte 0.8.0 keeps them apart.

        Dim (2) goes into the flag of struck-out text (9). Bright colours (90..., 100...) are given as
        palette indices; pyte would make them bold.
        """
        result, parts = [], (numbers or "0").split(";")
        while parts:
            part = int(parts.pop(0) or 0)
            if part in (38, 48):
                length = 2 if parts[:1] == ["5"] else 4
                result += [part] + parts[:length]
                del parts[:length]
            elif 90 <= part <= 97:
                result += [38, 5, part - 82]
            elif 100 <= part <= 107:
                result += [48, 5, part - 92]
            else:
                result += {2: [9], 22: [22, 29]}.get(part, [part])
        return ";".join(map(str, result))

    def _scroll(self, count, up):
        cursor = self.grid.cursor
        row = cursor.y
        top, bottom = self.grid.margins or (0, self.grid.lines - 1)
        for _ in range(count):
            cursor.y = bottom if up else top
            self.grid.index() if up else self.grid.reverse_index()
        cursor.y = row

    def _set_modes(self, numbers, on):
        for number in numbers:
            (self.modes.add if on else self.modes.discard)(number)
            if number in ALTERNATE_SCREENS and on != self.in_alternate:
                self.in_alternate = on
                self._swap_screen(on)

    def _swap_screen(self, to_alternate):
        grid = self.grid
        if to_alternate:
            self._covered = copy.deepcopy(grid.buffer), grid.cursor.x, grid.cursor.y
            grid.erase_in_display(2)
        else:
            grid.buffer, grid.cursor.x, grid.cursor.y = self._covered
            self._covered = None
