"""The OpenAPI documents of a scoring script."""

import json
import os

ALIASES = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}
FILES = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}
DESCRIPTION = "API specification for the Azure Machine Learning service %s"
ANYTHING = {"type": "object", "example": {}}
TEXT = {"type": "string"}
ERROR = {"type": "object", "properties": {"message": TEXT}}
BEARER = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "For example: Bearer abc123",
}


class UnknownVersion(Exception):
    pass


def document(version):
    """The document of that version: the script's own file if it brings one."""
    if version not in ALIASES:
        raise UnknownVersion(
            "Swagger version [%s] is not valid. Supported versions: [2, 3, 3.1]." % version
        )
    wanted = ALIASES[version]
    for name in FILES[wanted]:
        path = os.path.join(os.environ.get("AML_APP_ROOT", "."), name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
    return version2() if wanted == "2" else version3("3.1.0" if wanted == "3.1" else "3.0.3")


def info():
    name = os.environ.get("SERVICE_NAME", "ML service")
    version = os.environ.get("SERVICE_VERSION", "1.0")
    return {"title": name, "description": DESCRIPTION % name, "version": version}


def prefix():
    given = os.environ.get("SERVICE_PATH_PREFIX", "").strip("/")
    return "/" + given if given else ""


def version2():
    def answers(what, schema, **more):
        failed = {"description": FAILED, "schema": {"$ref": "#/definitions/ErrorResponse"}}
        return {"200": {"description": what, "schema": schema, **more}, "default": failed}

    service_input = {"$ref": "#/definitions/ServiceInput"}
    service_output = {"$ref": "#/definitions/ServiceOutput"}
    payload = {"name": "serviceInputPayload", "in": "body", "description": INPUT}
    healthy = answers(HEALTHY, TEXT, examples={"application/json": "Healthy"})
    version = {"name": "version", "in": "query", "required": False, "type": "integer", "enum": [2, 3]}
    return {
        "swagger": "2.0",
        "info": info(),
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"Bearer": BEARER},
        "paths": paths(
            healthy,
            {"parameters": [{**payload, "schema": service_input}]},
            answers(OUTPUT, service_output),
            version,
            answers(SPEC, TEXT),
        ),
        "definitions": {
            "ServiceInput": ANYTHING,
            "ServiceOutput": ANYTHING,
            "ErrorResponse": ERROR,
        },
    }


def version3(version):
    def content(kind, schema):
        return {"content": {kind: {"schema": schema}}}

    def answers(what, kind, schema):
        error = content("application/json", {"$ref": "#/components/schemas/ErrorResponse"})
        good = {"description": what, **content(kind, schema)}
        return {"200": good, "default": {"description": FAILED, **error}}

    service_input = {"$ref": "#/components/schemas/ServiceInput"}
    service_output = {"$ref": "#/components/schemas/ServiceOutput"}
    number = {"type": "integer", "enum": [2, 3]}
    return {
        "openapi": version,
        "info": info(),
        "security": [{"Bearer": []}],
        "paths": paths(
            answers(HEALTHY, "text/plain", {"type": "string", "example": "Healthy"}),
            {"requestBody": {"description": INPUT, **content("application/json", service_input)}},
            answers(OUTPUT, "application/json", service_output),
            {"name": "version", "in": "query", "required": False, "schema": number},
            answers(SPEC, "text/plain", TEXT),
        ),
        "components": {
            "schemas": {
                "ServiceInput": ANYTHING,
                "ServiceOutput": ANYTHING,
                "ErrorResponse": ERROR,
            },
            "securitySchemes": {"Bearer": BEARER},
        },
    }


HEALTHY = "The service is up."
INPUT = "What the model is to score."
OUTPUT = "What the model makes of it."
SPEC = "This document."
FAILED = "The service could not do it."


def paths(healthy, score_input, scored, version, specified):
    """The three routes, the same in every version but for how bodies are told of."""
    return {
        prefix() + "/": {
            "get": {
                "operationId": "ServiceHealthCheck",
                "description": "Whether the service is up.",
                "responses": healthy,
            }
        },
        prefix() + "/score": {
            "post": {
                "operationId": "RunMLService",
                "description": "Has the model score the input.",
                "security": [{"Bearer": []}],
                **score_input,
                "responses": scored,
            }
        },
        prefix() + "/swagger.json": {
            "get": {
                "operationId": "GetSwaggerSpec",
                "description": "Gives this document.",
                "parameters": [version],
                "responses": specified,
            }
        },
    }
