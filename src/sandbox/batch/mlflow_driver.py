"""Runs an MLflow model that has no scoring script over tables, as Azure's script for such models does.

Documented: predict() once per file, columns typed by the model's signature; a line per row of a file, with the
row's number, its prediction and the file's name, parted by commas.
"""

import csv
import io
import os

import mlflow.pyfunc
import numpy as np
import pandas as pd

READERS = {
    ".csv": lambda path: pd.read_csv(path, dtype=types),
    ".parquet": pd.read_parquet,
    ".pqt": pd.read_parquet,
}


def init():
    global model, types
    model = mlflow.pyfunc.load_model(os.environ["MLFLOW_MODEL"])
    types = numbers_of(model.metadata.get_input_schema())


def numbers_of(schema):
    """The signature's numeric columns; others are left to pandas."""
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return {}
    kinds = zip(schema.input_names(), schema.pandas_types())
    return {name: kind for name, kind in kinds if isinstance(kind, np.dtype) and kind.kind in "iuf"}


def run(mini_batch):
    return [line for path in mini_batch for line in lines_of(path)]


def lines_of(path):
    name = os.path.basename(path)
    kind = os.path.splitext(name)[1].lower()
    if kind not in READERS:
        raise ValueError(
            f"Error processing input file: '{path}'. File type '{kind[1:]}' is not supported"
        )
    predictions = model.predict(READERS[kind](path))
    return [joined(row, value, name) for row, value in enumerate(values_of(predictions))]


def values_of(predictions):
    """One value for each row; a list of them where a row has several."""
    if isinstance(predictions, (pd.DataFrame, pd.Series)):
        predictions = predictions.to_numpy()
    values = predictions.tolist() if isinstance(predictions, np.ndarray) else list(predictions)
    return [value[0] if isinstance(value, list) and len(value) == 1 else value for value in values]


def joined(*cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
