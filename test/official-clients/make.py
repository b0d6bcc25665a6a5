"""A workspace made with azure-ai-ml, left as it is: python make.py <address file> <project folder>"""

import os

from azure.ai.ml import load_environment, load_online_deployment, load_online_endpoint

from client import PROJECT, connect, say

client = connect()


def manifest(name):
    return os.path.join(PROJECT, name)


client.environments.create_or_update(load_environment(manifest("environment.yml")))
endpoint = load_online_endpoint(manifest("endpoint.yml"))
wanted, endpoint.traffic = endpoint.traffic, {}
client.online_endpoints.begin_create_or_update(endpoint).result()
for name in ("blue.yml", "green.yml"):
    client.online_deployments.begin_create_or_update(load_online_deployment(manifest(name))).result()
endpoint.traffic = wanted
made = client.online_endpoints.begin_create_or_update(endpoint).result()
say("traffic", made.traffic)
