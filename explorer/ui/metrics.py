"""Figures of this process for Prometheus: requests, answers, the queue, memory of models. No label holds what a visitor sent."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()  # of its own: a library of ours may use the default one
ProcessCollector(registry=REGISTRY)

REQUESTS = Counter("monoscope_requests", "HTTP requests, by route and status", ["route", "status"], registry=REGISTRY)
LATENCY = Histogram(
    "monoscope_request_seconds",
    "Time to the end of a reply; long answers through which a page hears of its jobs are left out",
    ["route"],
    registry=REGISTRY,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
STUDY_ANSWERS = Counter("monoscope_study_answers", "Answers of participants that were acknowledged", registry=REGISTRY)
_ANSWERS = Counter(
    "monoscope_answers",
    "Answers that come piece by piece (of models, searches, programs' questions), by how they ended: "
    "done, left (nobody listened), late (MONOSCOPE_JOB_SECONDS), failed",
    ["end"],
    registry=REGISTRY,
)
_ANSWER_SECONDS = Histogram(
    "monoscope_answer_seconds",
    "Time from the first step of an answer to its end",
    registry=REGISTRY,
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100),
)
JOBS = Gauge("monoscope_jobs", "Answers that are waited for or under way", registry=REGISTRY)
STREAMS = Gauge("monoscope_streams", "Pages that listen", registry=REGISTRY)
MODELS = Gauge("monoscope_models", "Models in memory, and what is made of them", registry=REGISTRY)
MODEL_BYTES = Gauge("monoscope_model_bytes", "Memory that the weights of models take", registry=REGISTRY)


class Ending:
    """How an answer ended."""

    how = "left"


@contextmanager
def answering() -> Iterator[Ending]:
    """Count an answer, which the block computes, and how long it takes."""
    ending, began = Ending(), time.monotonic()
    try:
        yield ending
    except Exception:
        ending.how = "failed" if ending.how == "left" else ending.how
        raise
    finally:
        _ANSWERS.labels(ending.how).inc()
        _ANSWER_SECONDS.observe(time.monotonic() - began)
