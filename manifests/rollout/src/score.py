"""Scores card transactions with a logistic regression. Needs Python's standard library only."""

import json
import math
import os
from pathlib import Path

MODEL = None


def init():
    """Reads the model that Azure ML has put into AZUREML_MODEL_DIR."""
    global MODEL
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    file = next(folder.rglob("model.json"))
    MODEL = json.loads(file.read_text(encoding="utf-8"))


def run(raw_data):
    """Takes {"transactions": [{"amount": 12.5, ...}]} and gives the probability of fraud of each."""
    transactions = json.loads(raw_data)["transactions"]
    return {
        "model": MODEL["name"],
        "fraud": [round(probability(transaction), 4) for transaction in transactions],
    }


def probability(transaction):
    """A fact that is missing counts as the mean, so it moves nothing."""
    score = MODEL["intercept"]
    for name, fact in MODEL["facts"].items():
        value = float(transaction.get(name, fact["mean"]))
        score += fact["weight"] * (value - fact["mean"]) / fact["scale"]
    return 1 / (1 + math.exp(-score))
