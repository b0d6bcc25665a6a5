"""Scores with an MLflow model that has no script of its own, as Azure's script for such models does."""

import os

import mlflow.pyfunc
import numpy as np
import pandas as pd

from verdigris_scoring.script import missing

ABSENT = object()


def init():
    global model, inputs
    folder = os.path.join(os.environ["AZUREML_MODEL_DIR"], os.environ["MLFLOW_MODEL_FOLDER"])
    model = mlflow.pyfunc.load_model(folder)
    inputs = model.metadata.get_input_schema()


def run(input_data=ABSENT, params=None, dataframe_split=ABSENT):
    if input_data is ABSENT:
        if dataframe_split is ABSENT:
            raise missing("input_data")
        # Azure's script reads input_data only; this is the word of MLflow's own server for the same.
        print("The request has 'dataframe_split'; on Azure it must be 'input_data'.")
        input_data = dataframe_split
    if isinstance(input_data, dict) and "input_data" in input_data:
        input_data = input_data["input_data"]
    given = parsed(input_data)
    result = model.predict(given) if params is None else model.predict(given, params=params)
    return plain(result)


run.takes_object = True


def parsed(content):
    """A table, an array, or named arrays."""
    if isinstance(content, dict) and "columns" in content and "data" in content:
        index = content.get("index")
        return typed(pd.DataFrame(content["data"], columns=content["columns"], index=index))
    if isinstance(content, dict):
        return {name: np.asarray(value) for name, value in content.items()}
    has_columns = inputs is not None and not inputs.is_tensor_spec() and inputs.has_input_names()
    if has_columns and isinstance(content, list):
        return typed(pd.DataFrame(content, columns=inputs.input_names()))
    if inputs is not None and inputs.is_tensor_spec() and not inputs.has_input_names():
        return np.asarray(content, dtype=inputs.inputs[0].type)
    return np.asarray(content)


def typed(table):
    """JSON has one kind of number, and a signature has several."""
    if inputs is None or inputs.is_tensor_spec() or not inputs.has_input_names():
        return table
    for name, kind in zip(inputs.input_names(), inputs.pandas_types()):
        if name in table.columns and isinstance(kind, np.dtype) and kind.kind in "iuf":
            try:
                table[name] = table[name].astype(kind)
            except (TypeError, ValueError):
                # What does not fit is left as it is: the signature says so better.
                continue
    return table


def plain(result):
    """What a model has predicted, in words of JSON; tables as a list of rows."""
    if isinstance(result, np.ndarray):
        return result.tolist()
    if isinstance(result, pd.Series):
        return pd.DataFrame(result).to_dict(orient="records")
    if isinstance(result, pd.DataFrame):
        return result.to_dict(orient="records")
    return result
