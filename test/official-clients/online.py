"""The life of an online endpoint with azure-ai-ml: python online.py <address file> <project folder>"""

import json
import os

from azure.ai.ml import load_environment, load_online_deployment, load_online_endpoint

from client import ADDRESS, PROJECT, connect, error_of, post, say
from dump import dump

client = connect()
request = os.path.join(PROJECT, "request.json")


def manifest(name):
    return os.path.join(PROJECT, name)


def invoke(**more):
    return json.loads(
        client.online_endpoints.invoke("churn", request_file=request, **more)
    )


def put_endpoint(**fields):
    endpoint = load_online_endpoint(manifest("endpoint.yml"))
    for name, value in fields.items():
        setattr(endpoint, name, value)
    return client.online_endpoints.begin_create_or_update(endpoint)


say("workspace", client.workspaces.get(ADDRESS["workspace"]).location)

client.environments.create_or_update(load_environment(manifest("environment.yml")))
created = put_endpoint(traffic={}).result()
say("endpoint", {"scoring_uri": created.scoring_uri, "state": created.provisioning_state})

for name in ("blue.yml", "green.yml"):
    deployment = load_online_deployment(manifest(name))
    client.online_deployments.begin_create_or_update(deployment).result()
say("deployments", {one.name: one.provisioning_state for one in client.online_deployments.list("churn")})

put_endpoint(traffic={"blue": 100, "green": 0}).result()
say("all to blue", [invoke()["deployment"] for _ in range(10)])

put_endpoint().result()
say("traffic", client.online_endpoints.get("churn").traffic)
answers = [invoke() for _ in range(100)]
say("split", {name: sum(1 for one in answers if one["deployment"] == name) for name in ("blue", "green")})
say("scores", sorted({json.dumps(one["scores"]) for one in answers}))
# The client keeps the header that names the deployment for all later calls of this process, so these are the last.
say("pinned", [invoke(deployment_name="blue")["deployment"] for _ in range(4)])
say("pinned to nobody", error_of(lambda: invoke(deployment_name="nobody")))

uri = client.online_endpoints.get("churn").scoring_uri
before = client.online_endpoints.get_keys("churn")
say("key", post(uri, before.primary_key, [[1, 2]])[0])
client.online_endpoints.begin_regenerate_keys("churn", key_type="primary").result()
after = client.online_endpoints.get_keys("churn")
say("changed", {
    "primary": after.primary_key != before.primary_key,
    "secondary": after.secondary_key != before.secondary_key,
})
say("old key", post(uri, before.primary_key, [[1, 2]]))
say("new key", post(uri, after.primary_key, [[1, 2]])[0])

say("logs", client.online_deployments.get_logs("blue", "churn", lines=50))

say("absent endpoint", error_of(lambda: client.online_endpoints.get("nobody")))
say("absent deployment", error_of(lambda: client.online_deployments.get("nobody", "churn")))
say("absent model", error_of(lambda: client.models.get("nobody", version="1")))
say("traffic to nobody", error_of(lambda: put_endpoint(traffic={"nobody": 100}).result()))
say("sum of 50", error_of(lambda: put_endpoint(traffic={"blue": 50}).result()))

say("state", dump(client))

slow = load_online_deployment(manifest("blue.yml"))
slow.environment_variables["INIT_SECONDS"] = "3"
running = client.online_deployments.begin_create_or_update(slow)
say("conflict", error_of(lambda: client.online_deployments.begin_create_or_update(slow)))
say("updated", running.result().provisioning_state)

say("delete with traffic", error_of(lambda: client.online_deployments.begin_delete("green", "churn").result()))
put_endpoint(traffic={"blue": 100}).result()
client.online_deployments.begin_delete("green", "churn").result()
say("left", [one.name for one in client.online_deployments.list("churn")])
client.online_endpoints.begin_delete("churn").result()
say("endpoints", [one.name for one in client.online_endpoints.list()])
say("gone", error_of(lambda: client.online_endpoints.get("churn")))
