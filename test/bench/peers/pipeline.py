"""What pipelines do with azure-ai-ml: each resource is created or updated, several endpoints at once.

python pipeline.py <address file> <folder of endpoints> <how many at once>
"""

import os
import sys
import threading
import traceback
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../official-clients"))

from azure.ai.ml import (
    load_environment,
    load_model,
    load_online_deployment,
    load_online_endpoint,
)
from azure.core.exceptions import ResourceNotFoundError

from client import PROJECT, connect

AT_ONCE = int(sys.argv[3])

# Clients do not say that they are safe among threads: each thread has its own.
own = threading.local()


def connect_thread():
    own.client = connect()


def traffic_of(client, name):
    """An endpoint that is written without its traffic would lose it."""
    try:
        return client.online_endpoints.get(name).traffic
    except ResourceNotFoundError:
        return {}


def apply(name):
    client = own.client
    folder = os.path.join(PROJECT, name)
    client.models.create_or_update(load_model(os.path.join(folder, "model.yml")))
    environment = load_environment(os.path.join(folder, "environment.yml"))
    client.environments.create_or_update(environment)
    endpoint = load_online_endpoint(os.path.join(folder, "endpoint.yml"))
    declared = endpoint.traffic
    endpoint.traffic = traffic_of(client, name)
    client.online_endpoints.begin_create_or_update(endpoint).result()
    for slot in ("blue", "green"):
        path = os.path.join(folder, f"{slot}.yml")
        if os.path.exists(path):
            deployment = load_online_deployment(path)
            client.online_deployments.begin_create_or_update(deployment).result()
    endpoint.traffic = declared
    client.online_endpoints.begin_create_or_update(endpoint).result()


with ThreadPoolExecutor(AT_ONCE, initializer=connect_thread) as pool:
    names = {pool.submit(apply, name): name for name in sorted(os.listdir(PROJECT))}
    _, waiting = wait(names, return_when=FIRST_EXCEPTION)
    # After an error no other endpoint is begun; those that are, come to their end.
    for future in waiting:
        future.cancel()

errors = {
    name: future.exception()
    for future, name in names.items()
    if not future.cancelled() and future.exception()
}
for name, error in errors.items():
    print(f"{name}:", *traceback.format_exception(error), file=sys.stderr)
sys.exit(1 if errors else 0)
