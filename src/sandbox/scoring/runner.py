"""A deployment's container: runs a scoring script, and answers HTTP requests that come as frames.

Usage: runner.py script <path>, or runner.py mlflow for a model that has no script. Standard input
and output carry frames: four bytes of length (big endian), then that many bytes of JSON. Whatever the script prints goes to standard error.
Ends when its standard input does, with all its children, so that it never outlives the sandbox.
Standard library only.
"""

import base64
import json
import os
import signal
import struct
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

THREADS_MAX = 256
FRAME_BYTES_MAX = 64 * 1024 * 1024
MLFLOW_SCRIPT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "python", "verdigris_scoring", "mlflow_score.py"
)


class Channel:
    """The two ends of the talk with the sandbox; sending is safe from any thread."""

    def __init__(self, incoming, outgoing):
        self.incoming = incoming
        self.outgoing = outgoing
        self.lock = threading.Lock()

    def receive(self):
        size = self.incoming.read(4)
        if len(size) < 4:
            return None
        (length,) = struct.unpack(">I", size)
        if length > FRAME_BYTES_MAX:
            return None
        content = self.incoming.read(length)
        return json.loads(content) if len(content) == length else None

    def send(self, message):
        content = json.dumps(message).encode("utf-8")
        with self.lock:
            self.outgoing.write(struct.pack(">I", len(content)) + content)
            self.outgoing.flush()


def take_standard_streams():
    """Keeps stdin and stdout for frames; the script gets an empty stdin, and its prints go to stderr."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    return Channel(incoming, outgoing)


def load(path, is_model):
    """What answers requests: the environment's own inference server if it has one, else ours."""
    root = os.environ.get("AML_APP_ROOT", os.path.dirname(path))
    ours = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python")
    # This file's folder gives way to the script's root, which comes where a server's own process has it.
    sys.path[0] = root
    sys.path.append(ours)
    from verdigris_scoring import microsoft

    if microsoft.is_there() and not is_model:
        return microsoft.MicrosoftServer()
    if not microsoft.is_there():
        sys.path.append(os.path.join(ours, "compat"))
    from verdigris_scoring.server import Server

    return Server(path, is_raw)


def is_raw():
    """Whether the script has used @rawhttp, under either of its names."""
    module = sys.modules.get("azureml_inference_server_http.api.aml_request")
    return module is not None and module._rawHttpRequested


def answer(server, channel, request):
    """Answers one request. What the server lets through, as sys.exit() in a script, is a bare 500."""
    try:
        status, headers, body = server.handle(
            request["method"],
            request["target"],
            request["headers"],
            base64.b64decode(request["body"]),
        )
    except BaseException:
        traceback.print_exc()
        status, headers, body = 500, [("Content-Type", "text/html")], b"Internal Server Error"
    channel.send(
        {
            "type": "answer",
            "id": request["id"],
            "status": status,
            "headers": [[str(name), str(value)] for name, value in headers],
            "body": base64.b64encode(body).decode("ascii"),
        }
    )


def end_with_input(channel, inbox):
    """Reads requests until the input ends; then ends the process, whatever the script is doing."""
    while True:
        request = channel.receive()
        if request is None:
            end_group()
        inbox(request)


def end_group():
    """The sandbox starts this process as the leader of a group: what the script has started goes too."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def main():
    channel = take_standard_streams()
    pool = ThreadPoolExecutor(max_workers=THREADS_MAX)
    ready = {}

    def inbox(request):
        pool.submit(answer, ready["server"], channel, request)

    reader = threading.Thread(target=end_with_input, args=(channel, inbox), daemon=True)
    reader.start()
    try:
        is_model = sys.argv[1] == "mlflow"
        path = MLFLOW_SCRIPT if is_model else os.path.abspath(sys.argv[2])
        ready["server"] = load(path, is_model)
    except BaseException as error:
        traceback.print_exc()
        sys.stderr.flush()
        channel.send({"type": "failed", "message": f"{type(error).__name__}: {error}"})
        os._exit(1)
    channel.send({"type": "ready"})
    reader.join()


main()
