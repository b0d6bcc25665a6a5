"""Runs a user's scoring script: init() once, then run(raw_data) for each request.

Usage: runner.py <path of the script>. Standard input and output carry frames: four bytes of length
(big endian), then that many bytes of JSON. Whatever the script prints goes to standard error.
Ends when its standard input does, with all its children, so that it never outlives the sandbox.
Standard library only.
"""

import base64
import importlib.util
import json
import os
import signal
import struct
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

THREADS_MAX = 256
FRAME_BYTES_MAX = 64 * 1024 * 1024
UNEXPECTED = "An unexpected error occurred in scoring script. Check the logs for more info."


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


def load(path):
    """Imports the script and runs its init(); gives its run()."""
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("entry_module", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["entry_module"] = module
    spec.loader.exec_module(module)
    for name in ("init", "run"):
        if not callable(getattr(module, name, None)):
            raise AttributeError(f"The scoring script has no function {name}()")
    module.init()
    return module.run


def answer(run, channel, request):
    """Runs one request and sends what came of it."""
    started = time.perf_counter()
    failed = False
    try:
        raw_data = base64.b64decode(request["body"]).decode("utf-8")
        status, body = 200, json.dumps(run(raw_data))
    except UnicodeDecodeError:
        status, body = 400, json.dumps({"message": "The request body is not UTF-8 text."})
    except Exception:
        traceback.print_exc()
        failed = True
        status, body = 500, json.dumps({"message": UNEXPECTED})
    took_ms = (time.perf_counter() - started) * 1000
    channel.send(
        {
            "type": "answer",
            "id": request["id"],
            "status": status,
            "failed": failed,
            "tookMs": round(took_ms, 3),
            "body": base64.b64encode(body.encode("utf-8")).decode("ascii"),
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
        pool.submit(answer, ready["run"], channel, request)

    reader = threading.Thread(target=end_with_input, args=(channel, inbox), daemon=True)
    reader.start()
    try:
        ready["run"] = load(os.path.abspath(sys.argv[1]))
    except BaseException as error:
        traceback.print_exc()
        sys.stderr.flush()
        channel.send({"type": "failed", "message": f"{type(error).__name__}: {error}"})
        os._exit(1)
    channel.send({"type": "ready"})
    reader.join()


main()
