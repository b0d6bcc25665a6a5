"""Runs a user's batch script: init() once, then run(mini_batch) for each list of files, one at a time.

Usage: runner.py <path of the script>. Standard input and output carry frames: four bytes of length
(big endian), then that many bytes of JSON. Whatever the script prints goes to standard error.
Ends when its standard input does, with all its children, so that it never outlives the sandbox.
Standard library only: tables of pandas are known by what they can do.
"""

import csv
import importlib.util
import io
import json
import os
import queue
import signal
import struct
import sys
import threading
import traceback

FRAME_BYTES_MAX = 64 * 1024 * 1024


class Channel:
    """The two ends of the talk with the sandbox."""

    def __init__(self, incoming, outgoing):
        self.incoming = incoming
        self.outgoing = outgoing

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
        if len(content) > FRAME_BYTES_MAX:
            raise ValueError("The results of one mini-batch are larger than 64 MiB.")
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
    """Imports the script and runs its init(), if it has one; gives its run()."""
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("entry_module", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["entry_module"] = module
    spec.loader.exec_module(module)
    if not callable(getattr(module, "run", None)):
        raise AttributeError("The scoring script has no function run()")
    if callable(getattr(module, "init", None)):
        module.init()
    return module.run


def rows_of(result):
    """The rows of what run() gave: of a table without its header, or an element each of anything else."""
    if hasattr(result, "itertuples"):
        return [joined(row) for row in result.itertuples(index=False, name=None)]
    if isinstance(result, (str, bytes)) or not hasattr(result, "__iter__"):
        raise TypeError(
            f"run() must return a list or a pandas DataFrame, not {type(result).__name__}."
        )
    return [str(item) for item in result]


def joined(cells):
    """One row of a table: cells parted by a space, quoted where they need it."""
    text = io.StringIO()
    csv.writer(text, delimiter=" ", lineterminator="").writerow(cells)
    return text.getvalue()


def answer(run, request):
    """What came of one mini-batch: its rows, or why there are none."""
    try:
        return {"id": request["id"], "rows": rows_of(run(request["files"]))}
    except Exception as error:
        traceback.print_exc()
        return {"id": request["id"], "error": f"{type(error).__name__}: {error}"}


def end_with_input(channel, inbox):
    """Reads requests until the input ends; then ends the process, whatever the script is doing."""
    while True:
        request = channel.receive()
        if request is None:
            end_group()
        inbox.put(request)


def end_group():
    """The sandbox starts this process as the leader of a group: what the script has started goes too."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def main():
    channel = take_standard_streams()
    inbox = queue.Queue()
    threading.Thread(target=end_with_input, args=(channel, inbox), daemon=True).start()
    try:
        run = load(os.path.abspath(sys.argv[1]))
    except BaseException as error:
        traceback.print_exc()
        sys.stderr.flush()
        channel.send({"failed": f"{type(error).__name__}: {error}"})
        os._exit(1)
    channel.send({"ready": True})
    while True:
        channel.send(answer(run, inbox.get()))


main()
