"""What pipelines do with azure-ai-ml: each resource is created or updated, one endpoint after the other.

python pipeline.py <address file> <folder of endpoints>
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../official-clients"))

from azure.ai.ml import (
    load_environment,
    load_model,
    load_online_deployment,
    load_online_endpoint,
)
from azure.core.exceptions import ResourceNotFoundError

from client import PROJECT, connect

client = connect()


def traffic_of(name):
    """An endpoint that is written without its traffic would lose it."""
    try:
        return client.online_endpoints.get(name).traffic
    except ResourceNotFoundError:
        return {}


for name in sorted(os.listdir(PROJECT)):
    folder = os.path.join(PROJECT, name)
    client.models.create_or_update(load_model(os.path.join(folder, "model.yml")))
    environment = load_environment(os.path.join(folder, "environment.yml"))
    client.environments.create_or_update(environment)
    endpoint = load_online_endpoint(os.path.join(folder, "endpoint.yml"))
    declared = endpoint.traffic
    endpoint.traffic = traffic_of(name)
    client.online_endpoints.begin_create_or_update(endpoint).result()
    for slot in ("blue", "green"):
        path = os.path.join(folder, f"{slot}.yml")
        if os.path.exists(path):
            deployment = load_online_deployment(path)
            client.online_deployments.begin_create_or_update(deployment).result()
    endpoint.traffic = declared
    client.online_endpoints.begin_create_or_update(endpoint).result()
