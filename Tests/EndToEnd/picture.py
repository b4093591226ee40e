"""Draws an emulator's screen as a PNG; blocks, boxes and braille as shapes, so no font has gaps."""

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono%s.ttf"
FONT_SIZE = 15
TEXT, BACKGROUND = (212, 212, 212), (0, 0, 0)

NAMED = {
    "black": "000000", "red": "cd0000", "green": "00cd00", "brown": "cdcd00", "blue": "0000ee",
    "magenta": "cd00cd", "cyan": "00cdcd", "white": "e5e5e5", "brightblack": "7f7f7f",
    "brightred": "ff0000", "brightgreen": "00ff00", "brightbrown": "ffff00",
    "brightyellow": "ffff00", "brightblue": "5c5cff", "brightmagenta": "ff00ff",
    "bfightmagenta": "ff00ff", "brightcyan": "00ffff", "brightwhite": "ffffff",
}  # fmt: skip

# Which halves of a cell's cross a box character draws: left, right, up, down.
BOXES = {
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud",
    "┬": "lrd", "┴": "lru", "┼": "lrud", "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu",
    "╴": "l", "╶": "r", "╵": "u", "╷": "d", "━": "lr", "┃": "ud", "═": "lr", "║": "ud",
}  # fmt: skip

# Which quarters a quadrant character fills, as bits: upper left, upper right, lower left, lower right.
QUADRANTS = dict(zip(range(0x2596, 0x25A0), (4, 8, 1, 13, 9, 7, 11, 2, 6, 14)))

# Dots of a braille character in the order of its bits.
DOTS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]


def draw(emulator, path):
    """Writes the screen to a PNG file."""
    fonts = [ImageFont.truetype(FONT % style, FONT_SIZE) for style in ("", "-Bold")]
    width, height = round(fonts[0].getlength("M")), FONT_SIZE + 4
    grid = emulator.grid
    image = Image.new("RGB", (grid.columns * width, grid.lines * height), BACKGROUND)
    pen = ImageDraw.Draw(image)
    for row in range(grid.lines):
        for column in range(grid.columns):
            cell = grid.buffer[row][column]
            ink, paper = _colors(cell)
            box = _Box(pen, column * width, row * height, width, height)
            box.fill(0, 0, 1, 1, paper)
            _draw_character(box, cell, ink, paper, fonts[1 if cell.bold else 0])
            if cell.underscore:
                box.fill(0, 1 - 2 / height, 1, 1 - 1 / height, ink)
    image.save(path)


class _Box:
    """One cell; places in it run from 0 to 1."""

    def __init__(self, pen, left, top, width, height):
        self.pen, self.left, self.top, self.width, self.height = pen, left, top, width, height

    def fill(self, left, top, right, bottom, color):
        x, y = self.left + int(left * self.width), self.top + int(top * self.height)
        end_x, end_y = self.left + int(right * self.width), self.top + int(bottom * self.height)
        if end_x > x and end_y > y:
            self.pen.rectangle([x, y, end_x - 1, end_y - 1], fill=color)


def _colors(cell):
    ink, paper = _rgb(cell.fg, TEXT), _rgb(cell.bg, BACKGROUND)
    if cell.reverse:
        ink, paper = paper, ink
    if cell.strikethrough:  # stands for dim
        ink = tuple((a + b) // 2 for a, b in zip(ink, paper))
    return ink, paper


def _rgb(color, standard):
    if color == "default":
        return standard
    digits = NAMED.get(color, color)
    return tuple(int(digits[start : start + 2], 16) for start in (0, 2, 4))


def _draw_character(box, cell, ink, paper, font):
    character = cell.data
    code = ord(character[0]) if character else 0x20
    if code == 0x20:
        return
    if 0x2800 <= code <= 0x28FF:
        for bit, (column, row) in enumerate(DOTS):
            if code >> bit & 1:
                x, y = (2 * column + 1) / 4, (2 * row + 1) / 8
                box.fill(x - 0.12, y - 0.06, x + 0.12, y + 0.06, ink)
    elif 0x2580 <= code <= 0x259F:
        _draw_block(box, code, ink, paper)
    elif character in BOXES:
        _draw_lines(box, BOXES[character], ink)
    else:
        box.pen.text((box.left, box.top + 1), character, font=font, fill=ink)


def _draw_block(box, code, ink, paper):
    if code == 0x2580:
        box.fill(0, 0, 1, 0.5, ink)
    elif code <= 0x2588:
        box.fill(0, 1 - (code - 0x2580) / 8, 1, 1, ink)
    elif code <= 0x258F:
        box.fill(0, 0, (0x2590 - code) / 8, 1, ink)
    elif code == 0x2590:
        box.fill(0.5, 0, 1, 1, ink)
    elif code <= 0x2593:
        share = (code - 0x2590) / 4
        box.fill(0, 0, 1, 1, tuple(int(a * share + b * (1 - share)) for a, b in zip(ink, paper)))
    elif code == 0x2594:
        box.fill(0, 0, 1, 1 / 8, ink)
    elif code == 0x2595:
        box.fill(7 / 8, 0, 1, 1, ink)
    else:
        for bit in range(4):
            if QUADRANTS[code] >> bit & 1:
                x, y = (bit % 2) / 2, (bit // 2) / 2
                box.fill(x, y, x + 0.5, y + 0.5, ink)


def _draw_lines(box, arms, ink):
    across, along = 0.501 + 1 / box.width, 0.501 + 1 / box.height
    spans = {
        "l": (0, 0.5, across, along),
        "r": (0.5, 0.5, 1, along),
        "u": (0.5, 0, across, along),
        "d": (0.5, 0.5, across, 1),
    }
    for arm in arms:
        box.fill(*spans[arm], ink)
