"""Runs a command to its end, and says as JSON what it took: python used.py <command> <parameter> ..."""

import json
import resource
import subprocess
import sys
import time

started = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
wall = time.monotonic() - started
children = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = children.ru_utime + children.ru_stime
print(json.dumps({"code": code, "wallS": wall, "cpuS": cpu, "peakMb": children.ru_maxrss / 1024}))
