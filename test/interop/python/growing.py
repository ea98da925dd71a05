"""Canvas that grows, fails or starts over while it runs, as Python writes it."""
import uuid

import canvas
from canvas import *  # noqa: F401,F403 - for expressions
from interop_app import python_errback  # noqa: F401 - for expressions

app = canvas.app
typescript_errback = app.signature('interop.typescript_errback')
# No worker has it.
nobody = app.signature('interop.nobody')


def by(language, signature):
    """For the queue that only workers of one language serve."""
    return signature.clone().set(queue=language)


def with_errback(errback, canvas_of):
    """Sends a canvas. Answers its result and that of its errback."""
    id = str(uuid.uuid4())
    sent = canvas_of(errback.clone().set(task_id=id)).apply_async()
    return [sent, app.AsyncResult(id)]


def send(expression):
    """Answers the ids of the results of a canvas."""
    results = eval(expression)
    return [result.id for result in (results if isinstance(results, list) else [results])]


def outcomes(ids, seconds):
    """What `get()` answers of each."""
    return [canvas.outcome(app.AsyncResult(id), seconds) for id in ids]


def workers(ids):
    """The worker of each, as it names itself."""
    return [app.AsyncResult(id).worker for id in ids]
