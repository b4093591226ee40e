"""Writes continuations.task.jsonl: which of four endings does a held-out text go on with?

    python make_choices.py      # in this folder; the same seed gives the same file

Every context is a run of words of an evaluation text, its right choice the words that follow, the others
words that follow elsewhere in the same text.
"""

import json
import pathlib
import random

TEXTS = pathlib.Path(__file__).resolve().parent.parent / "texts"
DOMAINS = ("prose", "essays", "verse")
ITEMS, CONTEXT, CHOICE, CHOICES = 10, 12, 4, 4


def items(domain, chance):
    words = (TEXTS / f"{domain}.evaluation.txt").read_text(encoding="utf-8").split()
    for _ in range(ITEMS):
        starts = chance.sample(range(CONTEXT, len(words) - CHOICE), CHOICES)
        choices = [" ".join(words[start : start + CHOICE]) for start in starts]
        context = " ".join(words[starts[0] - CONTEXT : starts[0]])
        right = choices[0]
        chance.shuffle(choices)
        yield {"context": context, "choices": choices, "answer": choices.index(right)}


def main():
    chance = random.Random(20261121)
    with (TEXTS / "continuations.task.jsonl").open("w", encoding="utf-8") as file:
        for domain in DOMAINS:
            for item in items(domain, chance):
                file.write(json.dumps(item, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
