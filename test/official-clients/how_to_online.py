"""Online endpoints as Microsoft's how-to articles write them: python how_to_online.py <address file> <project folder>

Deploy and score a model by an online endpoint (managed and Kubernetes), perform a safe rollout, deploy MLflow models.
"""

import json
import os

from azure.ai.ml.entities import (
    CodeConfiguration,
    Environment,
    KubernetesOnlineDeployment,
    KubernetesOnlineEndpoint,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    ResourceRequirementsSettings,
    ResourceSettings,
)

from client import PROJECT, connect, say

ml_client = connect()
HOW_TO = os.path.join(PROJECT, "..", "how-to")
SAMPLE = os.path.join(PROJECT, "request.json")

env = Environment(
    conda_file=os.path.join(HOW_TO, "conda.yaml"),
    image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest",
)
code = CodeConfiguration(code=os.path.join(PROJECT, "src"), scoring_script="score.py")


def model(colour):
    return Model(path=os.path.join(PROJECT, "model", f"{colour}.json"))


def colours(endpoint_name, count, **more):
    answers = [
        json.loads(
            ml_client.online_endpoints.invoke(endpoint_name=endpoint_name, request_file=SAMPLE, **more)
        )
        for _ in range(count)
    ]
    return [one["deployment"] for one in answers]


def managed():
    endpoint = ManagedOnlineEndpoint(
        name="how-to", description="this is a sample endpoint", auth_mode="key"
    )
    endpoint = ml_client.online_endpoints.begin_create_or_update(endpoint).result()

    def deployment(colour):
        return ManagedOnlineDeployment(
            name=colour,
            endpoint_name="how-to",
            model=model(colour),
            environment=env,
            code_configuration=code,
            environment_variables={"COLOUR": colour, "INIT_SECONDS": 0},
            instance_type="Standard_DS3_v2",
            instance_count=1,
        )

    blue = ml_client.online_deployments.begin_create_or_update(deployment("blue")).result()
    again = ml_client.online_deployments.begin_create_or_update(deployment("blue")).result()
    say("same code", again.code_configuration.code == blue.code_configuration.code)
    say("variables", again.environment_variables["INIT_SECONDS"])
    endpoint.traffic = {"blue": 100}
    endpoint = ml_client.begin_create_or_update(endpoint).result()
    say("blue", colours("how-to", 3))
    blue.instance_count = 2
    say("scaled", ml_client.begin_create_or_update(blue).result().instance_count)
    say("logs", ml_client.online_deployments.get_logs(name="blue", endpoint_name="how-to", lines=50))

    ml_client.online_deployments.begin_create_or_update(deployment("green")).result()
    say("green unseen", colours("how-to", 5))
    endpoint.mirror_traffic = {"green": 10}
    ml_client.begin_create_or_update(endpoint).result()
    say("mirror", ml_client.online_endpoints.get(name="how-to").mirror_traffic)
    say("mirrored", colours("how-to", 10))
    endpoint.mirror_traffic = {"green": 0}
    endpoint.traffic = {"blue": 90, "green": 10}
    ml_client.begin_create_or_update(endpoint).result()
    split = colours("how-to", 20)
    say("small share", {colour: split.count(colour) for colour in ("blue", "green")})
    endpoint.traffic = {"blue": 0, "green": 100}
    ml_client.begin_create_or_update(endpoint).result()
    say("green", colours("how-to", 3))
    say("blue by name", colours("how-to", 1, deployment_name="blue"))
    ml_client.online_deployments.begin_delete(name="blue", endpoint_name="how-to").result()
    say("left", [one.name for one in ml_client.online_deployments.list("how-to")])
    ml_client.online_endpoints.begin_delete(name="how-to").result()
    say("endpoints", [one.name for one in ml_client.online_endpoints.list()])


def kubernetes():
    endpoint = KubernetesOnlineEndpoint(name="how-to-k8s", compute="k8s-cluster", auth_mode="key")
    endpoint = ml_client.begin_create_or_update(endpoint).result()
    blue = KubernetesOnlineDeployment(
        name="blue",
        endpoint_name="how-to-k8s",
        model=model("blue"),
        environment=env,
        code_configuration=code,
        environment_variables={"COLOUR": "blue"},
        resources=ResourceRequirementsSettings(requests=ResourceSettings(cpu="100m", memory="0.5Gi")),
        instance_count=1,
    )
    bare = KubernetesOnlineDeployment(
        name="bare",
        endpoint_name="how-to-k8s",
        model=model("blue"),
        environment=env,
        code_configuration=code,
        environment_variables={"COLOUR": "bare"},
        instance_count=1,
    )
    say("without resources", ml_client.begin_create_or_update(bare).result().provisioning_state)
    blue = ml_client.begin_create_or_update(blue).result()
    say("kubernetes", [type(endpoint).__name__, type(blue).__name__, blue.resources.requests.memory])
    endpoint.traffic = {"blue": 100}
    ml_client.begin_create_or_update(endpoint).result()
    say("kubernetes answers", colours("how-to-k8s", 2))
    ml_client.online_endpoints.begin_delete(name="how-to-k8s").result()


def mlflow():
    endpoint = ManagedOnlineEndpoint(name="how-to-mlflow", auth_mode="key")
    endpoint = ml_client.online_endpoints.begin_create_or_update(endpoint).result()
    ml_client.online_deployments.begin_create_or_update(
        ManagedOnlineDeployment(
            name="churn",
            endpoint_name="how-to-mlflow",
            model=Model(path=os.path.join(HOW_TO, "..", "batch", "mlflow-model"), type="mlflow_model"),
            instance_type="Standard_F4s_v2",
            instance_count=1,
        )
    ).result()
    endpoint.traffic = {"churn": 100}
    ml_client.begin_create_or_update(endpoint).result()
    answer = ml_client.online_endpoints.invoke(
        endpoint_name="how-to-mlflow", request_file=os.path.join(HOW_TO, "sample-request.json")
    )
    say("mlflow online", json.loads(answer))
    ml_client.online_endpoints.begin_delete(name="how-to-mlflow").result()


kubernetes()
mlflow()
# The client keeps the header that names a deployment for all later calls of its process, so this is the last.
managed()
