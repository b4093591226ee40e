"""Asks lm-evaluation-harness the tasks in this folder, and stores its figures as figures.json.

    pip install lm-eval==0.4.13 transformers torch accelerate
    ONEDNN_MAX_CPU_ISA=AVX512_CORE python make-figures.py

The model is the bundled one in float32; the harness's own code encodes, truncates, scores and counts.
"""

import json
import pathlib

import datasets
import torch
from lm_eval import evaluator
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks.hellaswag.utils import process_docs

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent.parent.parent / "Sources/lathe/Resources/demo-model"


def task(name, rows, delimiter):
    """The harness's multiple-choice task over rows of context, choices and answer."""
    return ConfigurableTask(
        config={
            "task": name, "output_type": "multiple_choice", "test_split": "test",
            "custom_dataset": lambda **_: datasets.DatasetDict(
                {"test": datasets.Dataset.from_list(rows)}
            ),
            "doc_to_text": "{{context}}", "doc_to_target": "{{answer}}", "doc_to_choice": "choices",
            "target_delimiter": delimiter,
            "metric_list": [
                {"metric": metric, "aggregation": "mean", "higher_is_better": True}
                for metric in ("acc", "acc_norm")
            ],
        }
    )  # fmt: skip


def figures(model, name, rows, delimiter):
    result = evaluator.evaluate(
        lm=model, task_dict={name: task(name, rows, delimiter)}, bootstrap_iters=2
    )
    samples = sorted(result["samples"][name], key=lambda sample: sample["doc_id"])
    told = result["results"][name]
    return {
        "accuracy": told["acc,none"],
        "accuracy_stderr": told["acc_stderr,none"],
        "normalized_accuracy": told["acc_norm,none"],
        "normalized_accuracy_stderr": told["acc_norm_stderr,none"],
        "log_likelihoods": [
            [round(response[0][0] if isinstance(response[0], (list, tuple)) else response[0], 5)
             for response in sample["filtered_resps"]]
            for sample in samples
        ],
    }  # fmt: skip


def rows(path):
    """The items of a file, rows of HellaSwag prepared by the harness's own code."""
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if "endings" in items[0]:
        prepared = process_docs(datasets.Dataset.from_list([
            {**item, "label": str(item["label"])} for item in items
        ]))  # fmt: skip
        return [
            {"context": item["query"], "choices": item["choices"], "answer": item["gold"]}
            for item in prepared
        ], " "
    delimiter = items[0].get("target_delimiter", " ")
    for item in items:
        item.pop("target_delimiter", None)
        if isinstance(item["answer"], str):
            item["answer"] = item["choices"].index(item["answer"])
    return items, delimiter


def main():
    torch.set_num_threads(2)
    model = HFLM(
        pretrained=str(DEMO / "checkpoint"), device="cpu", dtype="float32", batch_size=4
    )
    files = [*sorted(HERE.glob("*.jsonl")), DEMO / "texts/continuations.task.jsonl"]
    stored = {path.name: figures(model, path.name.split(".")[0], *rows(path)) for path in files}
    (HERE / "figures.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
