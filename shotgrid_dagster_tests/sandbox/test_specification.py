from __future__ import annotations

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator
from starlette.routing import Route

from shotgrid_dagster.sandbox.http.app import PREFIXES
from shotgrid_dagster.sandbox.operations.operation import Operation
from shotgrid_dagster.sandbox.operations.routes import OPERATIONS
from shotgrid_dagster_tests.sandbox.client import Client, refusal


def test_the_description_is_valid_openapi_3_0_0(client: Client) -> None:
    document = client.get("/spec.json").json()
    assert document["openapi"] == "3.0.0"
    assert document["servers"][0]["url"] == f"{client.url}/api/v1.1"
    OpenAPIV30SpecValidator(document).validate()


def test_yaml_and_json_say_the_same(client: Client) -> None:
    answer = client.get("/spec.yaml")
    assert answer.headers["content-type"].startswith("text/yaml")
    assert yaml.safe_load(answer.content) == client.get("/spec.json").json()


def test_other_forms_of_it_are_a_406_and_none_is_a_404(client: Client) -> None:
    answer = client.get("/spec.xml")
    assert (answer.status_code, answer.content) == (406, b"")
    assert refusal(client.get("/spec")) == (404, 103, "Not Found")


def test_it_describes_every_route_and_nothing_else(client: Client) -> None:
    paths = client.get("/spec.json").json()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    hidden = {
        (operation.method, operation.path) for operation in OPERATIONS if not operation.is_described
    }
    assert all(path.endswith(("/", "{form}")) for _, path in hidden)
    for prefix in PREFIXES:
        routed = {
            (method, route.path[len(prefix) :] or "/")
            for route in client.app.routes
            if isinstance(route, Route) and route.path.startswith((prefix + "/", prefix))
            for method in (route.methods or set()) - {"HEAD"}
            if not route.path.startswith(prefix + ".")
        }
        assert routed == described | hidden


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_says_what_it_is(operation: Operation) -> None:
    assert operation.summary.endswith(".")
