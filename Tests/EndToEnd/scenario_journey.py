"""A person's way through the workbench, with the real model: see, drop, measure, undo, save, reload."""

import json
import pathlib
import re

from command import FIXTURES, environment, lathe
from scenario_terminal import COLOR
from terminal import Failure
from workbench import (
    expect,
    expect_message,
    expect_row,
    leave,
    row,
    start,
    start_with_scores,
    wait_figures,
)

PLAN = "demo.plan.json"


def perplexity(terminal, label):
    return float(re.search(r"perplexity (\d+\.\d+)", row(terminal, label))[1])


def cell(terminal, block, expert):
    """(column, row) of the middle of an expert's cell."""
    lines = terminal.lines()
    head = next(index for index, line in enumerate(lines) if line.startswith("block "))
    column = re.search(rf"(?<=\s){expert}(?=\s|$)", lines[head]).end() - 1
    rows = [y for y, line in enumerate(lines) if re.match(rf"\S?\s+{block}\s+\d+/16", line)]
    expect(terminal, rows, f"block {block} is not on the map")
    return column, rows[0]


def scenario_the_first_journey(workplace):
    """See the map, drop an expert, watch memory and quality, undo, redo, save, reload."""
    terminal = start(workplace)
    expect(terminal, "block kept   0  1  2" in terminal.text(), "the first frame has no map")
    expect(terminal, "16/16" in terminal.text() and "8 blocks" in terminal.lines()[0], "no model")
    wait_figures(terminal, "original")
    expect(terminal, perplexity(terminal, "original") == 19.24, "the original's perplexity")
    expect_row(terminal, "plan", "32.1 MiB as stored", "128/128")
    expect_row(terminal, "predicted", "nothing is changed")

    terminal.keys("jj<Space>")
    expect_row(terminal, "plan", "31.9 MiB", "(−0.6 %)", "127/128")
    expect(terminal, row(terminal, "stale"), "figures of the original look like the plan's own")
    expect(terminal, "×" in terminal.text(), "the dropped expert looks like the others")
    wait_figures(terminal, "measured")
    expect_row(terminal, "measured", "KL", "nats", "[")
    shown, figures = perplexity(terminal, "measured"), row(terminal, "measured")
    terminal.keys("l<Space>")
    expect_row(terminal, "predicted", "~ KL", "from 1 measured plan")
    terminal.keys("u")
    expect(terminal, row(terminal, "measured") == figures, "undo does not bring the figures back")

    terminal.keys("u")
    expect_row(terminal, "plan", "as stored", "128/128")
    expect(terminal, perplexity(terminal, "original") == 19.24, "undo does not show the original")
    terminal.run(1.2)
    expect(terminal, "● ready" in terminal.lines()[0], "undo starts a new measurement")
    terminal.keys("U")
    expect(terminal, row(terminal, "measured") == figures, "redo does not bring the figures back")

    terminal.keys("w")
    expect(terminal, f":w {PLAN}" in terminal.text(), "w does not ask where")
    terminal.keys("<CR>")
    expect_message(terminal, f"saved: {PLAN}")
    saved = json.loads((workplace.folder / PLAN).read_text(encoding="utf-8"))
    expect(terminal, [step["edit"] for step in saved["edits"]] == ["drop experts 2.0"], saved)
    told = lathe(workplace, "inspect", "demo", "--json").json()
    expect(terminal, saved["model"]["fingerprint"] == told["fingerprint"], saved)
    leave(terminal, "q")

    reloaded = start(workplace, "--plan", PLAN)
    expect_row(reloaded, "plan", "31.9 MiB", "127/128")
    leave(reloaded, "q")
    told = lathe(workplace, "evaluate", "demo", "--plan", PLAN, "--json").json()["overall"]
    if round(told["perplexity"], 2) != shown:
        raise Failure(f"the screen said {shown}, lathe evaluate {told['perplexity']}")
    divergence = float(re.search(r"KL (\S+)", figures)[1])
    if abs(divergence / told["kl"] - 1) > 0.01:
        raise Failure(f"the screen said KL {divergence}, lathe evaluate {told['kl']}")


def scenario_bits_ranges_and_rows_are_edited(workplace):
    terminal = start_with_scores(workplace)
    terminal.keys("-")
    expect_row(terminal, "plan", "128/128", "bits 15.95", "(−0.3 %)")
    expect(terminal, "[8]" in terminal.text(), "8 bits do not show in the cell")
    terminal.keys("---+")
    expect(terminal, "[5]" in terminal.text(), "5 bits do not show in the cell")
    terminal.keys("uuuuu")
    expect_row(terminal, "plan", "as stored")
    terminal.keys("+")
    expect_message(terminal, "no more bits: it is as stored already")
    terminal.keys("u")
    expect_message(terminal, "undo: there is nothing to undo")
    # A range of two by three, dropped and kept again.
    terminal.keys("jlvjll<Space>")
    expect_row(terminal, "plan", "122/128")
    terminal.keys("<Space>")
    expect_row(terminal, "plan", "128/128", "as stored")
    terminal.keys("<Esc>")
    # Two rows at 4 bits, a column, everything.
    terminal.keys("rj----<Esc>")
    expect(terminal, terminal.text().count(" 4  4  4") >= 2, "the rows are not at 4 bits")
    terminal.keys("c-<Esc>a-<Esc>")
    expect(terminal, "8  8  8" in terminal.text(), "not all experts have 8 bits or fewer")
    # A block keeps as many experts as its router picks.
    terminal.keys("ggr<Space>")
    expect_message(terminal, "block 0 would keep 0 experts but its router picks 2")
    terminal.keys("<Esc>xAB")
    expect(terminal, "block×" in terminal.text(), "the block is not marked as dropped")
    terminal.keys("=")
    expect(terminal, ":bits 4 experts 0." in terminal.text(), "= does not offer an edit")
    terminal.keys("<Esc>")
    leave(terminal, "q", "y")


def scenario_edits_are_typed(workplace):
    terminal = start_with_scores(workplace)
    terminal.keys(":drop experts 3.99<CR>")
    expect_message(terminal, "there is no expert 3.99", ":drop experts 3.99")
    terminal.keys("<BS><BS>5, 4.1..3<CR>")
    expect_row(terminal, "plan", "124/128")
    expect_message(terminal, "done: drop experts 3.5, 4.1..3")
    terminal.keys(":<Up>")
    expect(terminal, ":drop experts 3.5, 4.1..3" in terminal.text(), "the last line is forgotten")
    terminal.keys("<C-u>paint it black<CR>")
    expect_message(terminal, '"paint it black" is not an edit')
    terminal.keys("<Esc>")
    terminal.keys(":drop experts where load <lt> 0.6x<CR>")
    expect_message(terminal, "done: drop experts where load < 0.6x")
    few = int(re.search(r"experts (\d+)/128", row(terminal, "plan"))[1])
    expect(terminal, 90 < few < 124, f"{few} experts are left")
    terminal.keys(":<paste:bits 4 experts 7.*\n>")
    expect(terminal, ":bits 4 experts 7.*" in terminal.text(), "the clipboard is not typed")
    terminal.keys("<CR>")
    expect_message(terminal, "done: bits 4 experts 7.*")
    terminal.keys("uu")
    expect_row(terminal, "plan", "124/128")
    leave(terminal, "q", "y")


def scenario_a_filter_marks_experts(workplace):
    terminal = start_with_scores(workplace)
    terminal.keys("/load <lt> 0.6x<CR>")
    expect_message(terminal, "experts match")
    matches = int(re.search(r"(\d+) experts match", terminal.text())[1])
    expect(terminal, 5 < matches < 40, f"{matches} experts match")
    at = [line for line in terminal.lines() if line.startswith("▸")]
    terminal.keys("n")
    expect(terminal, [line for line in terminal.lines() if line.startswith("▸")] != at, "n stays")
    terminal.keys("<Space>")
    expect_row(terminal, "plan", f"{128 - matches}/128")
    terminal.keys("u<Esc>/nonsense<CR>")
    expect_message(terminal, "nonsense")
    expect(terminal, "/nonsense" in terminal.text(), "the line is gone")
    leave(terminal, "<Esc>", "q")


def scenario_metrics_themes_and_views_change_the_look(workplace):
    terminal = start_with_scores(workplace)
    titles, column, line = set(), *cell(terminal, 7, 3)
    colors = set()
    for _ in range(12):
        titles.add(terminal.lines()[1].split("  ")[0].strip())
        terminal.keys("m")
    expect(terminal, len(titles) >= 6, f"fewer than six metrics: {titles}")
    for _ in range(6):
        colors.add((terminal.style(column, line)[:2], terminal.style(1, 0)[:2]))
        terminal.keys("T")
    expect(terminal, len(colors) >= 4, f"the themes look alike: {colors}")
    scale = terminal.lines()[1].split("  ")[-1]
    terminal.keys(">")
    expect(terminal, terminal.lines()[1].split("  ")[-1] != scale, "the scale stays")
    # The layers: parts of blocks, with the same keys.
    terminal.keys("2")
    expect(terminal, "attn" in terminal.text() and "gate" in terminal.text(), "no layers view")
    terminal.keys("j<Space>")  # the whole block
    expect(terminal, "7/8 blocks" in terminal.text() or "×" in terminal.lines()[4], "no block drop")
    memory = row(terminal, "plan")
    terminal.keys("j" + "l" * 6 + "<Space>")  # a MoE layer
    expect(terminal, row(terminal, "plan") != memory, "dropping a MoE layer saves nothing")
    terminal.keys("jhhhhh<Space>")  # attention
    terminal.keys("jl--")  # bits of one matrix
    expect(terminal, " 6 16 16 16 " in terminal.lines()[7], "no 6 bits in the layers view")
    terminal.keys("<Tab>")
    for flag in ("block×", "MoE×", "attn×"):
        expect(terminal, flag in terminal.text(), f"{flag} is not on the map")
    terminal.keys("uuuuu")
    expect_row(terminal, "plan", "as stored")
    leave(terminal, "q")


def scenario_plans_are_saved_opened_and_never_lost(workplace):
    own = workplace.folder / "notes.txt"
    own.write_text("mine\n", encoding="utf-8")
    made = lathe(workplace, "plan", "demo", "--set", "drop experts 6.1..4", "-o", "other.json")
    made.must_succeed()
    terminal = start_with_scores(workplace)
    terminal.keys("<Space>:w notes.txt<CR>")
    expect_message(terminal, "notes.txt is there already. Write over it?")
    terminal.keys("n")
    expect(terminal, own.read_text(encoding="utf-8") == "mine\n", "a foreign file is overwritten")
    terminal.keys(":w no/such/folder/p.json<CR>")
    expect_message(terminal, "no/such/folder/p.json was not written")
    terminal.keys(":o other.json<CR>")
    expect_message(terminal, "Replace it by other.json?")
    terminal.keys("n")
    expect_row(terminal, "plan", "127/128")
    terminal.keys(":o other.json<CR>y")
    expect_row(terminal, "plan", "124/128")
    terminal.keys(":o missing.json<CR>")
    expect_message(terminal, "missing.json was not read")
    terminal.keys("<Space>q")
    expect_message(terminal, "not saved. Leave without saving?")
    terminal.keys("n:w notes.txt<CR>y")
    expect_message(terminal, "saved: notes.txt")
    edits = json.loads(own.read_text(encoding="utf-8"))["edits"]
    expect(terminal, len(edits) == 2, f"the saved plan has {edits}")
    terminal.keys("l<Space>w")  # its own file is written without asking
    expect_message(terminal, "saved: notes.txt")
    leave(terminal, "q")
    # Save first, then leave.
    terminal = start(workplace)
    leave(terminal, "<Space>", "q", "s", "<CR>")
    expect(terminal, "drop experts 0.0" in (workplace.folder / PLAN).read_text(), "not saved")
    # The terminal goes away: the plan is kept.
    terminal = start(workplace)
    terminal.keys("l<Space>")
    terminal.signal("TERM")
    kept = re.search(r"kept in (\S+)", terminal.finish().text.replace("\n", ""))
    expect(terminal, kept, "it is not said where the plan was kept")
    rescued = pathlib.Path(kept[1]).read_text(encoding="utf-8")
    expect(terminal, "drop experts 0.1" in rescued, "the plan was not kept")


def scenario_the_mouse_does_what_keys_do(workplace):
    terminal = start_with_scores(workplace)
    terminal.wait_calm(0.5)
    x, y = cell(terminal, 4, 9)
    terminal.keys(f"<click:{x},{y}>")
    expect(terminal, "expert 4.9" in terminal.text(), "a click does not move the cursor")
    terminal.keys(f"<click:{x},{y}>")
    expect_row(terminal, "plan", "127/128")  # the second click of a double click
    a, b = cell(terminal, 1, 2), cell(terminal, 2, 5)
    terminal.keys(f"<drag:{a[0]},{a[1]},{b[0]},{b[1]}><Space>")
    expect_row(terminal, "plan", "119/128")
    terminal.keys("<Esc><wheeldown:20,8>")
    expect(terminal, "expert 5.5" in terminal.text(), "the wheel does not move the cursor")
    terminal.keys("<wheelup:20,8>")
    expect(terminal, "expert 2.5" in terminal.text(), "the wheel does not move back")
    column, line = terminal.find("Layers")
    terminal.keys(f"<click:{column},{line}>")
    expect(terminal, "gate" in terminal.text(), "a click on a tab does not open it")
    column, line = terminal.find("undo")
    terminal.keys(f"<click:{column},{line}>")
    expect_row(terminal, "plan", "127/128")
    column, line = terminal.find("help")
    terminal.keys(f"<click:{column},{line}><wheeldown:20,8>")
    expect(terminal, "Keys: Layers" in terminal.text(), "a click on help does not open it")
    terminal.keys("<Esc><rclick:3,3><click:119,35><click:0,0><drag:0,0,119,35>")
    leave(terminal, "q", "y")


def scenario_help_lists_every_key(workplace):
    terminal = start(workplace)
    terminal.keys("?")
    seen = set()
    for _ in range(12):
        seen |= set(terminal.lines())
        terminal.keys("<PgDn>")
    text = "\n".join(seen)
    for words in ("Edit the plan", "Choose what to edit", "Measure", "Plan file", "undo", "load"):
        expect(terminal, words in text, f"{words} is not in the help")
    terminal.keys("q")
    expect(terminal, "16/16" in terminal.text(), "q does not close the help")
    terminal.keys("Z")
    expect_message(terminal, "does nothing here; ? lists the keys")
    leave(terminal, "q")


def scenario_sizes_change_while_measuring(workplace):
    terminal = start_with_scores(workplace, columns=80, rows=24)
    terminal.keys("l<Space>")
    for size in ("60x16", "200x60", "59x15", "80x24", "1x1", "120x36", "60x16"):
        terminal.keys(f"<resize:{size}>")
        columns, rows = map(int, size.split("x"))
        if columns >= 60 and rows >= 16:
            expect_row(terminal, "plan", "127/128")
            expect(terminal, "×" in terminal.text(), "the dropped expert is not on the map")
        elif columns > 40:
            expect(terminal, "60" in terminal.text() and "16" in terminal.text(), "no least size")
            terminal.keys("<Space>")  # blind edits are ignored
    expect_row(terminal, "plan", "127/128")
    wait_figures(terminal, "measured")
    terminal.keys("<resize:80x24>")
    expect_row(terminal, "measured", "perplexity", "KL")
    leave(terminal, "q", "y")


def scenario_plain_terminals_show_the_same(workplace):
    terminal = start_with_scores(
        workplace, "--glyphs", "ascii", "--colors", "mono", columns=80, rows=24
    )
    terminal.keys("l<Space>j--")
    expect(terminal, "[6]" in terminal.text() and "x" in terminal.text(), "edits do not show")
    wait_figures(terminal, "measured")
    terminal.keys("2?<Esc>1m")
    if any(byte >= 0x80 for byte in terminal.output):
        raise Failure("bytes beyond ASCII were sent")
    if COLOR.search(terminal.output):
        raise Failure(f"colours were sent: {COLOR.search(terminal.output)}")
    leave(terminal, "q", "y")
    plain = start_with_scores(workplace, environment={"NO_COLOR": "1"})
    plain.keys("l<Space>T2")
    if COLOR.search(plain.output):
        raise Failure(f"colours were sent with NO_COLOR: {COLOR.search(plain.output)}")
    leave(plain, "q", "y")
    for colors in ("16", "256"):
        colored = start(workplace, "--colors", colors, columns=100, rows=30)
        expect(colored, COLOR.search(colored.output), f"no colours with --colors {colors}")
        leave(colored, "q")


def scenario_other_models_and_plans_are_told_apart(workplace):
    made = lathe(
        workplace, "plan", FIXTURES / "olmoe", "--set", "drop experts 0.1", "-o", "other.json"
    )
    made.must_succeed()
    refused = workplace.start("demo", "--plan", "other.json", sync=False)
    ending = refused.finish()
    said = [line for line in ending.text.splitlines() if line.strip()]
    is_told = "".join(said).startswith("lathe: open: other.json: it was made for olmoe")
    if ending.code != 2 or not is_told or len(said) > 2 or not ending.is_clean:
        raise Failure(f"ended with {ending}")
    terminal = start(workplace)
    terminal.keys(":o other.json<CR>")
    expect_message(terminal, "other.json was not opened: it was made for olmoe")
    leave(terminal, "q")
    # A model without a tokenizer: sizes are exact, and why there are no scores is said.
    terminal = workplace.start(FIXTURES / "olmoe")
    terminal.wait_for(lambda: "tokenizer" in terminal.text(), "why there are no scores")
    terminal.keys("<Space>")
    expect_row(terminal, "plan", "23/24")
    leave(terminal, "q", "y")
    # A folder with nothing but a config: Mixtral, in its real size.
    terminal = workplace.start(FIXTURES / "configs" / "mixtral-8x7b")
    expect_row(terminal, "plan", "87.0 GiB", "256/256")
    terminal.keys("a" + "-" * 4)
    expect_row(terminal, "plan", "256/256", "(−")
    leave(terminal, "q", "y")


def scenario_a_checkpoint_opens_from_its_own_folder(workplace):
    # Without MODEL the folder one is in is opened.
    terminal = workplace.run(
        ["sh", "-c", f"cd {FIXTURES / 'olmoe'} && exec {workplace.binary}"],
        environment=environment(workplace), sync=True,
    )  # fmt: skip
    terminal.wait_idle(0)
    expect(terminal, "3 blocks" in terminal.text(), "another model was opened")
    leave(terminal, "q")
