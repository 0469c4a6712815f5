"""Every act has a route, or a reason why it has none; no URL holds what may be personal."""

import json
import os
import re
from pathlib import Path

import pytest

from bailee.act import ACTS, Is
from bailee.front.rest.openapi import document
from bailee.front.rest.routes import NOT_SERVED, Route, routes
from bailee.wire.json_form import given

PAGE = Path(__file__).parents[2] / "spec" / "openapi.json"
PERSONAL = {Is.TEXT, Is.PERSONAL, Is.PLACE}


def test_every_act_has_a_route_or_a_reason() -> None:
    served = {route.act.name for route in routes()}
    assert served | set(NOT_SERVED) == set(ACTS)
    assert not served & set(NOT_SERVED)
    assert all(NOT_SERVED.values())


def test_no_two_routes_are_one() -> None:
    ways = [(route.method, re.sub(r"{\w+}", "{}", route.path)) for route in routes()]
    assert len(set(ways)) == len(ways)
    assert len({route.operation for route in routes()}) == len(ways)


@pytest.mark.parametrize("route", routes(), ids=lambda route: str(route.operation))
def test_a_url_holds_ids_and_closed_words_alone(route: Route) -> None:
    assert not {one.about.kind for one in route.in_query} & PERSONAL
    assert set(re.findall(r"{(\w+)}", route.path)) == {one.name for one in route.in_path}
    assert all(one.required for one in route.in_path)


@pytest.mark.parametrize("act", sorted(set(ACTS) - set(NOT_SERVED)))
def test_each_field_can_be_given_by_some_route(act: str) -> None:
    fields = {one.name for one in given(ACTS[act].declared()) if one.about.kind is not Is.RANGE}
    some = [route for route in routes() if route.act.name == act]
    assert any(
        fields
        == {
            one.name for one in (*route.in_path, *route.in_query, *route.in_body, *route.in_headers)
        }
        for route in some
    )


def test_the_description_is_what_is_derived() -> None:
    text = json.dumps(document(), indent=1, sort_keys=True) + "\n"
    if os.environ.get("BAILEE_UPDATE"):
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text


def test_whatever_it_refers_to_is_described() -> None:
    text = PAGE.read_text("utf-8")
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred == set(json.loads(text)["components"]["schemas"])
