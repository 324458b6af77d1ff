"""Manifest, service worker and offline page: what a phone needs, and nobody's data in it."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import World
from tests.pages import Enter, page


def test_the_manifest_names_files_that_are_there(anonymous: FlaskClient):
    answer = anonymous.get("/manifest.webmanifest")
    manifest = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert (manifest["name"], manifest["display"], manifest["scope"]) == ("Firstbell", "standalone", "/")
    purposes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert purposes == {(size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")}
    for icon in manifest["icons"]:
        assert anonymous.get(icon["src"]).mimetype == "image/png"


def test_the_service_worker_is_asked_for_anew_and_sent_when_it_changed(anonymous: FlaskClient):
    answer = anonymous.get("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = anonymous.get("/service-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_everything_that_it_keeps_is_there(anonymous: FlaskClient):
    script = anonymous.get("/service-worker.js").text
    shell = json.loads(re.search(r"^const SHELL = (.*);$", script, re.M)[1])
    assert shell
    for address in (*shell.values(), "/offline", "/offline?sending"):
        assert anonymous.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("address", "title"),
    [("/offline", "You need signal for this"), ("/offline?sending", "No signal: this was not sent")],
)
def test_the_offline_page_is_the_same_for_everybody(
    app: Flask, as_parent: Enter, anonymous: FlaskClient, world: World, address: str, title: str
):
    of_anybody = anonymous.get(address)
    assert page(of_anybody).title == title
    assert as_parent(world.alice).get(address).data == of_anybody.data
    assert not {"Set-Cookie"} & set(of_anybody.headers.keys())
