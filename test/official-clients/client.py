"""Microsoft's client of a sandbox, and the JSON lines that a test reads of what it sees."""

import json
import socket
import sys

import requests
from azure.ai.ml import MLClient
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential

with open(sys.argv[1]) as file:
    ADDRESS = json.load(file)
PROJECT = sys.argv[2] if len(sys.argv) > 2 else ""

# RFC 6761: names under .localhost are loopback. Not every machine's resolver knows, and blobs have such a host.
_resolve = socket.getaddrinfo


def _resolve_localhost(host, *args, **kwargs):
    is_local = isinstance(host, str) and host.endswith(".localhost")
    return _resolve("127.0.0.1" if is_local else host, *args, **kwargs)


socket.getaddrinfo = _resolve_localhost


def connect():
    credential = ClientSecretCredential(
        ADDRESS["tenantId"],
        ADDRESS["clientId"],
        ADDRESS["clientSecret"],
        authority=ADDRESS["login"],
        disable_instance_discovery=True,
    )
    return MLClient(
        credential,
        ADDRESS["subscriptionId"],
        ADDRESS["resourceGroup"],
        ADDRESS["workspace"],
    )


def say(what, value):
    """One line for the test."""
    print(json.dumps({"what": what, "value": value}), flush=True)


def error_of(action):
    """The class, status and message of what an action raises."""
    try:
        action()
    except HttpResponseError as error:
        return {
            "type": type(error).__name__,
            "status": error.status_code,
            "message": error.message,
        }
    except Exception as error:  # What else it is, the test says.
        return {"type": type(error).__name__, "message": str(error)}
    return None


def post(url, key, body):
    """A scoring request of its own, without the client: the status and the text."""
    headers = {"Authorization": f"Bearer {key}"}
    response = requests.post(url, json=body, headers=headers, timeout=30)
    return [response.status_code, response.text]
