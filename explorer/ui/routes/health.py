"""Whether this explorer serves, `/healthz`, for whatever starts and watches it; and its figures for Prometheus, `/metrics`."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer import __version__
from explorer.ui.context import Context
from explorer.ui.metrics import JOBS, MODEL_BYTES, MODELS, REGISTRY, STREAMS

HEALTH, METRICS = "/healthz", "/metrics"
_FRESH = {"Cache-Control": "no-store"}


def health_route(context: Context) -> Route:
    """`/healthz`: 200 and a small JSON as long as pages are answered; nothing of a visitor or of the host is in it."""

    def health(_request: Request) -> Response:
        jobs, streams = context.jobs.waiting.counts()
        told = {"status": "ok", "version": __version__, "atlases": len(context.library.atlases)}
        return JSONResponse({**told, "jobs": jobs, "streams": streams, "models": context.pool.held()[0]}, headers=_FRESH)

    return Route(HEALTH, health, methods=["GET"])


def metrics_route(context: Context) -> Route:
    """`/metrics`, which the gate opens with MONOSCOPE_METRICS=1."""

    def metrics(_request: Request) -> Response:
        jobs, streams = context.jobs.waiting.counts()
        models, held = context.pool.held()
        for gauge, value in ((JOBS, jobs), (STREAMS, streams), (MODELS, models), (MODEL_BYTES, held)):
            gauge.set(value)
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST, headers=_FRESH)

    return Route(METRICS, metrics, methods=["GET"])
