"""A batch endpoint with azure-ai-ml: python batch.py <address file> <project folder> <download folder>"""

import glob
import os
import sys
import time

from azure.ai.ml import (
    Input,
    load_batch_deployment,
    load_batch_endpoint,
    load_data,
    load_environment,
)
from azure.ai.ml.entities._load_functions import load_model_batch_deployment

from client import PROJECT, connect, error_of, say
from dump import dump

DOWNLOADS = sys.argv[3]
OVER = ("Completed", "Failed", "Canceled")

client = connect()


def manifest(name):
    return os.path.join(PROJECT, name)


def put_endpoint(default):
    endpoint = load_batch_endpoint(manifest("endpoint.yml"))
    endpoint.defaults = default
    return client.batch_endpoints.begin_create_or_update(endpoint).result()


def put_deployment(deployment):
    return client.batch_deployments.begin_create_or_update(deployment).result()


def rules():
    """The layout of today, which only `az ml` reads by a public way."""
    return load_model_batch_deployment(manifest("rules.yml"))


def finish(job):
    status = client.jobs.get(job.name).status
    while status not in OVER:
        time.sleep(0.3)
        status = client.jobs.get(job.name).status
    return status


def predictions(job):
    folder = os.path.join(DOWNLOADS, job.name)
    client.jobs.download(job.name, download_path=folder, output_name="score")
    (path,) = glob.glob(os.path.join(folder, "**", "predictions.csv"), recursive=True)
    with open(path) as file:
        return sorted(file.read().splitlines())


client.environments.create_or_update(load_environment(manifest("environment.yml")))
client.data.create_or_update(load_data(manifest("customers.yml")))
say("endpoint", put_endpoint(None).provisioning_state)
put_deployment(rules())
put_deployment(load_batch_deployment(manifest("learnt.yml")))
say("deployments", [one.name for one in client.batch_deployments.list("churn-nightly")])
put_endpoint({"deployment_name": "rules"})
say("default", client.batch_endpoints.get("churn-nightly").defaults.deployment_name)
say("state", dump(client))

customers = Input(type="uri_folder", path=client.data.get("customers", version="1").path)
local = Input(type="uri_folder", path=manifest("customers"))
tables = Input(type="uri_folder", path=manifest("tables"))

first = client.batch_endpoints.invoke("churn-nightly", input=customers)
say("first", finish(first))
say("first rows", predictions(first))
second = client.batch_endpoints.invoke("churn-nightly", inputs={"people": local})
say("second", finish(second))
say("second rows", predictions(second))
learnt = client.batch_endpoints.invoke("churn-nightly", deployment_name="learnt", input=tables)
say("learnt", finish(learnt))
say("learnt rows", predictions(learnt))
unfit = client.batch_endpoints.invoke("churn-nightly", deployment_name="learnt", input=customers)
say("unfit", finish(unfit))
client.jobs.stream(first.name)
say("runs", [one.status for one in client.jobs.list(parent_job_name=first.name)])
mine = [job.name for job in (first, second, learnt, unfit)]
say("jobs", [mine.index(job.name) for job in client.batch_endpoints.list_jobs("churn-nightly")])
say("jobs of learnt", [mine.index(job.name) for job in client.batch_deployments.list_jobs("churn-nightly", name="learnt")])

say("absent endpoint", error_of(lambda: client.batch_endpoints.get("nobody")))
say("absent deployment", error_of(lambda: client.batch_deployments.get("nobody", "churn-nightly")))
say("absent job", error_of(lambda: client.jobs.get("nobody")))
say("absent default", error_of(lambda: put_endpoint({"deployment_name": "nobody"})))
broken = rules()
broken.settings.mini_batch_size = -1
say("bad size", error_of(lambda: put_deployment(broken)))

client.batch_deployments.begin_delete("learnt", "churn-nightly").result()
say("left", [one.name for one in client.batch_deployments.list("churn-nightly")])
client.batch_endpoints.begin_delete("churn-nightly").result()
say("endpoints", [one.name for one in client.batch_endpoints.list()])
say("gone", error_of(lambda: client.batch_endpoints.get("churn-nightly")))
