"""What Microsoft's client says of manifests: python loaders.py <JSON file: [{"id", "kind", "type", "path"}]>

One JSON line at the end: by id, what is wrong with a manifest; nothing when `az ml` takes it. Nothing is sent.
"""

import json
import logging
import sys

from azure.ai.ml import (
    load_batch_deployment,
    load_batch_endpoint,
    load_data,
    load_environment,
    load_model,
    load_online_deployment,
    load_online_endpoint,
)

# Not exported, and what the CLI calls for a deployment with `type: model`.
from azure.ai.ml.entities._load_functions import load_model_batch_deployment

logging.disable(logging.WARNING)

LOADERS = {
    "OnlineEndpoint": load_online_endpoint,
    "OnlineDeployment": load_online_deployment,
    "BatchEndpoint": load_batch_endpoint,
    "BatchDeployment": load_batch_deployment,
    "Model": load_model,
    "Environment": load_environment,
    "Data": load_data,
}


def complaint(kind, is_new_layout, path):
    """What is wrong with the manifest at a path; None when it is loaded, and passes the client's own checks."""
    # As the CLI does: with `type: model` a batch deployment has `settings`.
    loader = load_model_batch_deployment if is_new_layout else LOADERS[kind]
    try:
        entity = loader(path)
        check = getattr(entity, "_validate", None) or getattr(entity, "validate", None)
        if check is not None:
            check()
    except Exception as error:  # Whatever it raises, the CLI ends with it.
        return f"{type(error).__name__}: {str(error)[:2000]}"
    return None


with open(sys.argv[1]) as file:
    WANTED = json.load(file)
print(json.dumps({one["id"]: complaint(one["kind"], one["isNewLayout"], one["path"]) for one in WANTED}))
