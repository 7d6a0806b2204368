"""Packages that start threads while they are imported, under Flask."""

import sentry_sdk
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from sentry_sdk.transport import HttpTransport


class Told(HttpTransport):
    """Has the SDK's own thread send, but for the last step."""

    def _send_envelope(self, envelope):
        print("sent", envelope.get_event()["message"])


sentry_sdk.init("http://public@127.0.0.1/1", transport=Told)
provider = TracerProvider()
exporter = ConsoleSpanExporter(formatter=lambda span: f"span {span.name}\n")
provider.add_span_processor(BatchSpanProcessor(exporter))
scheduler = BackgroundScheduler(timezone="UTC")
scheduler.add_job(print, "interval", seconds=3600, args=("ran a job",), id="hourly")
scheduler.start()

app = Flask(__name__)


@app.get("/")
def index():
    return "index"


@app.get("/sentry")
def with_sentry():
    sentry_sdk.capture_message("told")
    return "captured"


@app.get("/spans")
def with_spans():
    with provider.get_tracer("tests").start_as_current_span("made"):
        pass
    provider.force_flush()
    return "flushed"


@app.get("/jobs")
def with_jobs():
    return [job.id for job in scheduler.get_jobs()]
