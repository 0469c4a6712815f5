"""OpenAPI: the description of all routes (OpenAPI 3.1), derived; spec/openapi.json."""

from typing import Any

import bailee
from bailee.front.rest import problems
from bailee.front.rest.routes import Route, header_of, routes
from bailee.text import Speaker
from bailee.wire.codec import streamed
from bailee.wire.json_form import REFERENCE, Given, form, schemas

_SAY = Speaker("en")
"""One language: what is checked in is compared byte for byte."""


def document() -> dict[str, Any]:
    """Describe all routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    shown: list[Any] = []
    for route in routes():
        items = streamed(route.request)
        if items is None:
            shown.append(route.answer)
        elif items.item is not bytes:
            shown += (route.answer, items.item)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bailee",
            "version": bailee.__version__,
            "summary": "Custody of the personal data a hosting provider touches",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(shown) | {"Problem": problems.SCHEMA},
            "responses": {
                "Problem": {
                    "description": "refused, or failed: a slug, a sentence and the next step",
                    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}Problem"}}},
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": _said(f"help.{route.act.command.replace(' ', '_')}"),
        "parameters": [
            *(_parameter(one, "path", required=True) for one in route.in_path),
            *(_parameter(one, "query", required=one.required) for one in route.in_query),
            *(
                {**_parameter(one, "header", required=False), "name": header_of(one)}
                for one in route.in_headers
            ),
        ],
        "responses": {
            "201" if route.makes else "200": _answer(route),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if route.method == "POST":
        operation["requestBody"] = _body(route)
    return operation


def _said(message: str) -> str:
    """Say what the command line says of it; nothing of what it does not have."""
    return _SAY(message) if _SAY.knows(message) else ""


def _parameter(one: Given, where: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": where,
        "required": required,
        "schema": one.schema,
        "description": _said(one.about.help),
    }


def _body(route: Route) -> dict[str, Any]:
    if route.raw:
        return {"required": False, "content": {"application/octet-stream": {"schema": {}}}}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {one.name: one.schema for one in route.in_body},
        "required": [one.name for one in route.in_body if one.required],
        "additionalProperties": False,
    }
    if not route.takes_bytes:
        return {
            "required": bool(schema["required"]),
            "content": {"application/json": {"schema": schema}},
        }
    form_of = {
        "type": "object",
        "properties": {"request": schema, "content": {"type": "string", "format": "binary"}},
        "required": ["request", "content"],
    }
    encoding = {"request": {"contentType": "application/json"}}
    return {
        "required": True,
        "content": {"multipart/form-data": {"schema": form_of, "encoding": encoding}},
    }


def _answer(route: Route) -> dict[str, Any]:
    items = streamed(route.request)
    if items is None:
        return _described("application/json", form(route.answer).schema)
    if items.item is bytes:
        return _described("application/octet-stream", {"type": "string", "format": "binary"})
    last = {
        "type": "object",
        "properties": {"end": form(route.answer).schema},
        "required": ["end"],
    }
    # A line each: items, and at the end one that says so; without it, what came is not all.
    return _described("application/x-ndjson", {"anyOf": [form(items.item).schema, last]})


def _described(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "done", "content": {media_type: {"schema": schema}}}
