"""Batch endpoints as Microsoft's how-to articles write them: python how_to_batch.py <address file> <project folder> <downloads>

Deploy models, and MLflow models, for scoring in batch endpoints; access their jobs.
"""

import glob
import os
import sys
import time

from azure.ai.ml import Input
from azure.ai.ml.constants import AssetTypes, BatchDeploymentOutputAction
from azure.ai.ml.entities import (
    BatchEndpoint,
    BatchRetrySettings,
    CodeConfiguration,
    Environment,
    Model,
    ModelBatchDeployment,
    ModelBatchDeploymentSettings,
)

from client import PROJECT, connect, error_of, say

ml_client = connect()
HOW_TO = os.path.join(PROJECT, "..", "how-to")
DOWNLOADS = sys.argv[3]

env = Environment(
    conda_file=os.path.join(HOW_TO, "conda.yaml"),
    image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
)


def register():
    return ml_client.models.create_or_update(
        Model(
            name="churn-mlflow",
            path=os.path.join(PROJECT, "mlflow-model"),
            type=AssetTypes.MLFLOW_MODEL,
        )
    )


def batch(registered):
    endpoint = BatchEndpoint(name="how-to-batch", description="A batch endpoint", tags={"year": 2026})
    ml_client.begin_create_or_update(endpoint).result()
    rules = ModelBatchDeployment(
        name="rules",
        description="A deployment with a scoring script",
        endpoint_name="how-to-batch",
        model=Model(path=os.path.join(PROJECT, "model")),
        code_configuration=CodeConfiguration(
            code=os.path.join(PROJECT, "src"), scoring_script="batch.py"
        ),
        environment=env,
        compute="aml-cluster",
        settings=ModelBatchDeploymentSettings(
            max_concurrency_per_instance=2,
            mini_batch_size=2,
            instance_count=2,
            output_action=BatchDeploymentOutputAction.APPEND_ROW,
            output_file_name="predictions.csv",
            retry_settings=BatchRetrySettings(max_retries=3, timeout=30),
            environment_variables={"SCALE": "2"},
            logging_level="info",
        ),
    )
    ml_client.begin_create_or_update(rules).result()
    learnt = ModelBatchDeployment(
        name="mlflow",
        endpoint_name="how-to-batch",
        model=registered,
        compute="aml-cluster",
        settings=ModelBatchDeploymentSettings(instance_count=1, mini_batch_size=10),
    )
    ml_client.begin_create_or_update(learnt).result()
    endpoint = ml_client.batch_endpoints.get(name="how-to-batch")
    say("batch tags", endpoint.tags)
    endpoint.defaults.deployment_name = "rules"
    ml_client.batch_endpoints.begin_create_or_update(endpoint).result()
    say("default", ml_client.batch_endpoints.get(name="how-to-batch").defaults.deployment_name)

    customers = Input(type=AssetTypes.URI_FOLDER, path=os.path.join(PROJECT, "customers"))
    job = ml_client.batch_endpoints.invoke(
        endpoint_name="how-to-batch", input=customers, experiment_name="trial"
    )
    say("batch rows", rows(job))
    say("experiment", ml_client.jobs.get(name=job.name).experiment_name)
    tables = Input(type=AssetTypes.URI_FOLDER, path=os.path.join(PROJECT, "tables"))
    job = ml_client.batch_endpoints.invoke(
        endpoint_name="how-to-batch", deployment_name="mlflow", inputs={"tables": tables}
    )
    say("mlflow rows", len(rows(job)))
    say("archived", error_of(lambda: ml_client.jobs.archive(name=job.name)))
    say("listed", job.name in [one.name for one in ml_client.jobs.list()])
    say("restored", error_of(lambda: ml_client.jobs.restore(name=job.name)))
    say("listed again", job.name in [one.name for one in ml_client.jobs.list()])
    ml_client.batch_endpoints.begin_delete(name="how-to-batch").result()
    say("endpoints", [one.name for one in ml_client.batch_endpoints.list()])


def rows(job):
    while ml_client.jobs.get(name=job.name).status not in ("Completed", "Failed", "Canceled"):
        time.sleep(0.2)
    ml_client.jobs.stream(name=job.name)
    (scoring_job,) = list(ml_client.jobs.list(parent_job_name=job.name))
    folder = os.path.join(DOWNLOADS, job.name)
    ml_client.jobs.download(name=scoring_job.name, download_path=folder, output_name="score")
    (path,) = glob.glob(os.path.join(folder, "**", "predictions.csv"), recursive=True)
    with open(path) as file:
        return sorted(file.read().splitlines())



registered = register()
say("flavors", registered.flavors)
batch(registered)
