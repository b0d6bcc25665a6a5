"""Scores a folder of transactions, a file each, with the same model as the online endpoint."""

import json
import math
import os
from pathlib import Path

MODEL = None


def init():
    """Reads the model once per worker process."""
    global MODEL
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    MODEL = json.loads(next(folder.rglob("model.json")).read_text(encoding="utf-8"))


def run(mini_batch):
    """Takes paths of files; gives a row for each: its name and the probability of fraud."""
    return [f"{Path(path).name} {probability(path):.4f}" for path in mini_batch]


def probability(path):
    transaction = json.loads(Path(path).read_text(encoding="utf-8"))
    score = MODEL["intercept"]
    for name, fact in MODEL["facts"].items():
        value = float(transaction.get(name, fact["mean"]))
        score += fact["weight"] * (value - fact["mean"]) / fact["scale"]
    return 1 / (1 + math.exp(-score))
