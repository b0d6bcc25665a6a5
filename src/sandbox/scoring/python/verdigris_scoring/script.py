"""A user's scoring script: found, checked, and called."""

import importlib.util
import inspect
import json
import os
import sys

PLAIN = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class BadInput(Exception):
    """The request's body or query is not what run() takes: 400."""


class UnsupportedInput(Exception):
    """415."""


class UnsupportedMethod(Exception):
    """405."""


class BadScript(Exception):
    """The script cannot be used."""


def load(path, is_raw):
    """Imports the script at the path and checks it; is_raw tells whether it has asked for raw HTTP."""
    spec = importlib.util.spec_from_file_location("entry_module", path)
    if spec is None or not os.path.isfile(path):
        raise FileNotFoundError("There is no scoring script %s" % path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("init", "run"):
        if not hasattr(module, name):
            raise BadScript("The scoring script has no function %s()" % name)
    return Script(module, is_raw)


class Script:
    def __init__(self, module, is_raw):
        self.init = module.init
        self.run = module.run
        parameters = list(inspect.signature(self.run).parameters.values())
        if any(parameter.kind not in PLAIN for parameter in parameters):
            raise BadScript("run() cannot accept positional-only arguments, *args, or **kwargs.")
        names = [parameter.name for parameter in parameters]
        self._wants_headers = "request_headers" in names
        self._parameters = [one for one in parameters if one.name != "request_headers"]
        if not self._parameters:
            raise BadScript("run() needs to accept an argument for input data.")
        takes_object = is_schema_decorated(self.run) or getattr(self.run, "takes_object", False)
        if is_raw() and takes_object:
            raise BadScript("run() cannot be decorated with both @rawhttp and @input_schema")
        self._read = self._raw if is_raw() else self._object if takes_object else self._text

    def arguments(self, request):
        """What run() is called with for this request."""
        arguments = self._read(request)
        if self._wants_headers:
            arguments["request_headers"] = {
                name.title(): value for name, value in request.headers.items()
            }
        return arguments

    def _raw(self, request):
        return {self._parameters[0].name: request}

    def _text(self, request):
        if request.method == "GET":
            return {self._parameters[0].name: json.dumps(query_of(request))}
        expect_post(request)
        try:
            return {self._parameters[0].name: str(request.data, "utf-8")}
        except UnicodeDecodeError as error:
            raise BadInput("Input cannot be decoded as UTF-8: %s" % error) from None

    def _object(self, request):
        if request.method == "GET":
            return self._pick(query_of(request))
        expect_post(request)
        if not request.is_json:
            raise UnsupportedInput("Expects Content-Type to be application/json")
        body = request.get_data()
        if not body:
            raise BadInput("POST body is empty. Expecting a JSON dictionary.")
        try:
            content = json.loads(body)
        except ValueError as error:
            raise BadInput("POST body could not be decoded as JSON: %s" % error) from None
        if not isinstance(content, dict):
            raise BadInput("POST body should be a JSON dictionary.")
        return self._pick(content)

    def _pick(self, content):
        picked = {}
        for parameter in self._parameters:
            value = content.get(parameter.name, parameter.default)
            if value is inspect.Parameter.empty:
                raise missing(parameter.name)
            picked[parameter.name] = value
        return picked


def missing(name):
    return BadInput("A value is not provided for the %r parameter." % name)


def expect_post(request):
    if request.method != "POST":
        raise UnsupportedMethod(request.method)


def query_of(request):
    """A GET's query: each value read as JSON if it is any, a repeated name as a list."""
    content = {}
    for name, values in request.args.lists():
        parsed = [json_or_text(value) for value in values]
        content[name] = parsed[0] if len(parsed) == 1 else parsed
    return content


def json_or_text(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_schema_decorated(run):
    """Only a script that has imported inference-schema can have used it."""
    util = sys.modules.get("inference_schema.schema_util")
    return util is not None and util.is_schema_decorated(run)
