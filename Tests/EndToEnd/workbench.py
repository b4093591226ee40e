"""The workbench on the bundled model, for scenarios: start it, read its figures, leave it."""

from command import lend_profile
from terminal import Failure

PATIENCE = 90.0  # seconds for work that other programs on the machine may slow down


def start(workplace, *arguments, **options):
    """The workbench on the demo, with its scores at hand."""
    lend_profile(workplace)
    terminal = workplace.start("demo", *arguments, **options)
    terminal.timeout = PATIENCE
    return terminal


def start_with_scores(workplace, *arguments, **options):
    """The workbench once its map has colours."""
    terminal = start(workplace, *arguments, **options)
    terminal.wait_for(lambda: "router load" in terminal.lines()[1], "the map's scores")
    return terminal


def row(terminal, label):
    """The plan's figures called so, or an empty text."""
    return next((line for line in terminal.lines() if line.startswith(f" {label} ")), "")


def expect(terminal, condition, what):
    if not condition:
        raise Failure(f"{what}:\n{terminal.text()}")


def expect_row(terminal, label, *words):
    line = row(terminal, label)
    lacking = [word for word in words if word not in line]
    expect(terminal, line and not lacking, f"{label} lacks {lacking or 'everything'}: {line!r}")


def wait_message(terminal, text):
    """Waits for a message, which may be wrapped."""
    terminal.wait_for(lambda: text in " ".join(terminal.text().split()), f"{text!r}")


def expect_message(terminal, *words):
    """The last rows say these words."""
    said = " ".join(" ".join(terminal.lines()[-5:]).split())
    lacking = [word for word in words if word not in said]
    expect(terminal, not lacking, f"{lacking} is not said")


def wait_figures(terminal, label):
    terminal.wait_for(lambda: "perplexity" in row(terminal, label), f"{label} figures")


def leave(terminal, *answers):
    """Presses keys, of which the last ends the workbench, as it should."""
    for answer in answers[:-1]:
        terminal.keys(answer)
    terminal.last_key(answers[-1])
    ending = terminal.finish()
    if ending.code != 0 or not ending.is_clean:
        raise Failure(f"ended with {ending}")
