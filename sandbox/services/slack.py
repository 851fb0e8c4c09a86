"""A Slack incoming webhook that keeps what it gets.

Answers `ok`, or 400 `invalid_payload`: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.services.clock import Clock
from sandbox.services.database import Database


def routes(database: Database, clock: Clock) -> list[Route]:
    async def receive(request: Request) -> Response:
        try:
            message = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        if not isinstance(message, dict):
            return PlainTextResponse("invalid_payload", status_code=400)
        if not any(message.get(key) for key in ("text", "blocks", "attachments")):
            return PlainTextResponse("no_text", status_code=400)
        database.connection.execute(
            "INSERT INTO slack_messages (path, received, body) VALUES (?, ?, ?)",
            (request.url.path, clock.now(), json.dumps(message, ensure_ascii=False)),
        )
        return PlainTextResponse("ok")

    async def received(request: Request) -> Response:
        rows = database.connection.execute("SELECT path, received, body FROM slack_messages ORDER BY seq")
        return JSONResponse(
            [{"path": path, "received": when, "message": json.loads(body)} for path, when, body in rows]
        )

    return [
        Route("/slack", received, methods=["GET"]),
        Route("/slack/{path:path}", receive, methods=["POST"]),
    ]
