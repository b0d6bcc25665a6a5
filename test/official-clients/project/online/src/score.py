import glob
import json
import os
import time

model = None


def init():
    global model
    time.sleep(float(os.environ.get("INIT_SECONDS", "0")))
    folder = os.environ["AZUREML_MODEL_DIR"]
    (path,) = glob.glob(os.path.join(folder, "**", "*.json"), recursive=True)
    with open(path) as file:
        model = json.load(file)
    print(f"{os.environ['COLOUR']} has a bias of {model['bias']}")


def run(raw):
    rows = json.loads(raw)
    scores = [sum(w * x for w, x in zip(model["weights"], row)) + model["bias"] for row in rows]
    return {"deployment": os.environ["COLOUR"], "scores": scores}
