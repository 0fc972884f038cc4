"""The baseline of everything that is posted: Starlette reads the body and says 202, served as the services are. `python -m bench.noop`."""

from __future__ import annotations

import socket
import sys

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from usageflow_common.http.protocol import BoundedProtocol


async def accept(request: Request) -> Response:
    """Any POST: the body is read to its end and nothing is done with it."""
    await request.body()
    return Response(b'{"status":"accepted"}', status_code=202, media_type="application/json")


async def serve() -> None:
    """Serve until SIGTERM, on a free port of 127.0.0.1 that is printed first."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        app = Starlette(routes=[Route("/{path:path}", accept, methods=["POST"])])
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    uvloop.run(serve())
