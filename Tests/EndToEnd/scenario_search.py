"""A search from the workbench: its live front, the plan that is taken from it, and back again."""

import re

from workbench import (
    PATIENCE,
    expect,
    expect_message,
    expect_row,
    leave,
    row,
    start_with_scores,
    wait_figures,
    wait_message,
)

SWEEP_PATIENCE = 400.0  # seconds; what single changes cost is measured before the search begins


def memory(terminal):
    """MiB of the plan."""
    return float(re.search(r"memory (\S+) MiB", row(terminal, "plan"))[1])


def front(terminal):
    """MiB of the front's plans, as listed."""
    return [
        float(found[1])
        for line in terminal.lines()
        if (found := re.fullmatch(r" [▸ ] [◆ ] +(\d\S*) MiB", line[:14]))
    ]


def scenario_a_search_shows_its_front_and_its_plan_is_taken(workplace):
    terminal = start_with_scores(workplace)
    wait_figures(terminal, "original")
    terminal.keys("F")
    expect_message(terminal, "there is none", "search memory 9MiB")
    terminal.keys("l<Space>:search size 3<CR>")
    expect_message(terminal, '"size" is no goal of a search', "memory 9MiB")
    terminal.keys("<C-u>search memory 12MiB<CR>")
    expect_message(terminal, "searching from your plan")
    terminal.keys("F")
    expect(terminal, "Front: at most 12.0 MiB" in terminal.text(), "F does not show the front")
    terminal.timeout = SWEEP_PATIENCE
    terminal.wait_for(lambda: "◆" in "".join(terminal.lines()[4:30]), "a best plan")
    terminal.timeout = PATIENCE
    sizes = front(terminal)
    expect(terminal, len(sizes) > 3 and sizes == sorted(sizes), f"the front is {sizes}")
    expect(terminal, "under" in terminal.text() and "over" in terminal.text(), "no distances")
    expect(terminal, "KL, nats (log)" in terminal.text(), "no picture")

    # It rests and goes on; meanwhile edits are measured as ever.
    terminal.keys("p")
    terminal.wait_for(lambda: "paused" in terminal.lines()[1], "the pause")
    terminal.keys("<Esc>")
    wait_figures(terminal, "measured")
    expect_row(terminal, "plan", "127/128")
    terminal.keys("Fp")
    expect(terminal, "paused" not in terminal.lines()[1], "it does not go on")
    terminal.keys("<CR>")
    expect_message(terminal, "taken: the front's plan of", "u goes back to yours")
    expect(terminal, memory(terminal) <= 12, f"{memory(terminal)} MiB were taken")
    wait_figures(terminal, "measured")

    # A stop keeps the front; undo brings the own plan and its figures back.
    terminal.keys("X")
    wait_message(terminal, "the search stopped; F shows what it found")
    terminal.keys("u")
    expect_message(terminal, "undone: the front's plan of")
    expect_row(terminal, "plan", "127/128", "31.9 MiB")
    expect_row(terminal, "measured", "KL")
    terminal.keys("F")
    expect(terminal, front(terminal) and "stopped" in terminal.lines()[1], "the front is gone")
    terminal.keys("gg<CR>")
    expect_message(terminal, "taken: the front's plan of")
    expect(terminal, abs(memory(terminal) - sizes[0]) < 0.1, f"{memory(terminal)} were taken")
    terminal.keys("u")
    expect_row(terminal, "plan", "127/128", "31.9 MiB")
    leave(terminal, "q", "y")
