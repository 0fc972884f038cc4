"""The API's page is there for everybody, and loads nothing from anywhere else."""

import json
import re


async def got(gateway, path):
    async with gateway.http.get(gateway.url + path) as answer:
        return answer.status, answer.headers, (await answer.read()).decode()


async def test_the_page_and_all_that_it_loads_come_from_here(gateway):
    status, headers, page = await got(gateway, "/api/docs")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "//" not in page.replace("<!doctype html>", "")
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert len(loaded) == 3
    for path in loaded:
        status, headers, text = await got(gateway, path)
        assert status == 200
        assert headers["Content-Type"].startswith(("text/javascript", "text/css"))
        assert len(text) > 100
    status, _, start = await got(gateway, "/api/docs/start.js")
    [document] = re.findall(r'url: "([^"]+)"', start)
    status, _, text = await got(gateway, document)
    assert (status, json.loads(text)["openapi"]) == (200, "3.1.0")


async def test_nothing_else_lies_beside_it(gateway):
    for path in ("/api/docs/redoc.standalone.js", "/api/docs/..%2f__init__.py", "/api/docs/", "/api/docs/a/b"):
        status, _, _ = await got(gateway, path)
        assert status in (401, 404), path
