"""Microsoft's own inference server, where the environment has it: the same interface, its own code."""

import importlib.util
import io
import os
from urllib.parse import unquote, urlsplit

PACKAGE = "azureml_inference_server_http"


def is_there():
    return importlib.util.find_spec(PACKAGE) is not None


class MicrosoftServer:
    """Calls the server's WSGI application; importing it loads the script and runs its init()."""

    def __init__(self):
        package = __import__(PACKAGE)
        version = "azmlinfsrv/%s" % package.__version__
        os.environ["HTTP_X_MS_SERVER_VERSION"] = version
        from azureml_inference_server_http.server.create_app import create

        self._app = create()

    def handle(self, method, target, headers, body):
        """Gives status, pairs of headers, and body."""
        told = {}

        def start(status, pairs, exc_info=None):
            told["status"], told["headers"] = int(status.split(" ")[0]), pairs

        parts = self._app(environ_of(method, target, headers, body), start)
        try:
            content = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return told["status"], told["headers"], content


def environ_of(method, target, headers, body):
    """A request in the words of WSGI (PEP 3333)."""
    url = urlsplit(target)
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "31311",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.TextIOWrapper(io.BytesIO()),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key != "CONTENT_LENGTH":
            environ["HTTP_" + key] = value
    return environ
