"""The workspace as the client sees it, without what differs from one workspace to the next."""

import os

# Ids and times of the service, addresses with a port, and names that the uploader makes up.
VOLATILE = {
    "code_configuration.code",
    "creation_context",
    "id",
    "identity",
    "openapi_uri",
    "properties",
    "scoring_uri",
}


def dump(client):
    """Everything of the workspace that was declared, by list and by get."""
    return {
        "endpoints": _endpoints(client.online_endpoints, client.online_deployments),
        "batch": _endpoints(client.batch_endpoints, client.batch_deployments),
        "models": _assets(client.models),
        "environments": _assets(client.environments),
        "data": _assets(client.data),
    }


def _sorted(resources):
    return sorted(resources, key=lambda one: one.name)


def _endpoints(endpoints, deployments):
    return [
        {
            **_plain(endpoints.get(endpoint.name)._to_dict()),
            "deployments": [
                _plain(deployments.get(one.name, endpoint.name)._to_dict())
                for one in _sorted(deployments.list(endpoint.name))
            ],
        }
        for endpoint in _sorted(endpoints.list())
    ]


def _assets(operations):
    names = [one.name for one in _sorted(operations.list())]
    versions = [(name, one.version) for name in names for one in operations.list(name)]
    return [_plain(operations.get(name, version)._to_dict()) for name, version in sorted(versions)]


def _plain(value, path=""):
    if isinstance(value, dict):
        return {
            key: _plain(below, f"{path}{key}.")
            for key, below in value.items()
            if f"{path}{key}" not in VOLATILE and not key.startswith("verdigris")
        }
    if isinstance(value, list):
        return [_plain(one, path) for one in value]
    if path == "path.":
        return os.path.basename(value.rstrip("/"))  # The folder above is named by the uploader.
    return value
