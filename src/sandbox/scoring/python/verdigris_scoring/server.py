"""The routes of an inference server, behaving as azureml-inference-server-http does over HTTP."""

import os
import threading
import time
import traceback
import uuid

from . import script as scripts
from . import swagger
from .message import AMLResponse, Headers, Request, Response

VERSION = "azmlinfsrv/1.4.0"
ID_MAX = 100
NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check your"
    " spelling and try again."
)
NOT_ALLOWED = "The method is not allowed for the requested URL."
IN_SCRIPT = "An unexpected error occurred in scoring script. Check the logs for more info."
INTERNAL = "An unexpected internal error occurred. Check the logs for more info."


class ScoringTimeout(Exception):
    pass


class Server:
    """Loads the script and runs its init(); then answers requests, from any thread."""

    def __init__(self, path, is_raw):
        self._script = scripts.load(path, is_raw)
        self._timeout_ms = int(os.environ.get("SCORING_TIMEOUT_MS", "0"))
        self._script.init()

    def handle(self, method, target, headers, body):
        """Gives status, pairs of headers, and body."""
        request = Request(method, target, Headers(headers), body)
        response = self._respond(request)
        bodiless = method == "HEAD" or response.status_code in (204, 304)
        content = b"" if bodiless else response.get_data()
        return response.status_code, response.headers.items(), content

    def _respond(self, request):
        routes = {"/": self._health, "/swagger.json": self._swagger, "/score": self._score}
        route = routes.get(request.path)
        # What no route takes is answered without the headers that the routes have.
        if route is None:
            return failure(404, NOT_FOUND)
        if request.path != "/score":
            if request.method == "OPTIONS":
                return self._with_ids(request, lambda _: allowed())
            if request.method not in ("GET", "HEAD"):
                return failure(405, NOT_ALLOWED)
        elif request.method not in ("GET", "HEAD", "POST", "OPTIONS"):
            return failure(405, NOT_ALLOWED)
        return self._with_ids(request, route)

    def _with_ids(self, request, route):
        ids, refusal = ids_of(request)
        try:
            response = refusal or route(request)
        except Exception:
            traceback.print_exc()
            response = failure(500, INTERNAL)
        response.headers.add("x-ms-server-version", VERSION)
        for name, value in ids.items():
            if value:
                response.headers.set(name, value)
        if "TraceId" in request.headers:
            response.headers.add("TraceId", request.headers["TraceId"])
        return response

    def _health(self, _request):
        return Response("Healthy")

    def _swagger(self, request):
        try:
            return AMLResponse(swagger.document(request.args.get("version", "2")), 200, json_str=True)
        except swagger.UnknownVersion as error:
            return failure(404, str(error))

    def _score(self, request):
        try:
            arguments = self._script.arguments(request)
            output, elapsed_ms = self._timed(arguments)
        except scripts.BadInput as error:
            return failure(400, str(error))
        except scripts.UnsupportedInput as error:
            return failure(415, str(error))
        except scripts.UnsupportedMethod:
            if request.method == "OPTIONS":
                return AMLResponse("", 200)
            return failure(405, "Method not allowed")
        except ScoringTimeout:
            return failure(500, "Scoring timeout after %d ms" % self._timeout_ms, True)
        except Exception:
            traceback.print_exc()
            return failure(500, IN_SCRIPT, True)
        response = output if isinstance(output, Response) else AMLResponse(output, 200, json_str=True)
        if isinstance(output, Response) and output.status_code >= 500:
            response.headers.set("x-ms-run-function-failed", True)
        response.headers.add("x-ms-run-fn-exec-ms", "%.3f" % elapsed_ms)
        return response

    def _timed(self, arguments):
        started = time.perf_counter()
        output = self._within(arguments) if self._timeout_ms else self._script.run(**arguments)
        return output, (time.perf_counter() - started) * 1000

    def _within(self, arguments):
        """Answers when time is up; what run() does then goes on unseen, for no thread can be stopped."""
        outcome = {}

        def run():
            try:
                outcome["output"] = self._script.run(**arguments)
            except BaseException as error:
                outcome["error"] = error

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._timeout_ms / 1000)
        if "error" in outcome:
            raise outcome["error"]
        if "output" not in outcome:
            raise ScoringTimeout()
        return outcome["output"]


def failure(status, message, run_function_failed=False):
    body = {"message": message}
    return AMLResponse(body, status, json_str=True, run_function_failed=run_function_failed)


def allowed():
    response = Response("")
    response.headers.set("Allow", "GET, HEAD, OPTIONS")
    return response


def ids_of(request):
    """The ids that the answer repeats, and a refusal if one of them is too long."""
    get = request.headers.get
    ids = {"x-request-id": "", "x-ms-request-id": "", "x-ms-client-request-id": ""}
    request_id = get("x-request-id", str(uuid.uuid4()))
    if len(request_id) > ID_MAX:
        return ids, failure(431, "x-request-id must not exceed %d characters" % ID_MAX)
    ids["x-request-id"] = request_id
    legacy, client = get("x-ms-request-id", ""), get("x-ms-client-request-id", "")
    client = client or legacy
    legacy = legacy or client or request_id
    if len(legacy) > ID_MAX or len(client) > ID_MAX:
        words = "x-ms-request-id and x-ms-client-request-id must not exceed %d characters" % ID_MAX
        return ids, failure(431, words)
    ids["x-ms-request-id"] = legacy
    ids["x-ms-client-request-id"] = client
    return ids, None
