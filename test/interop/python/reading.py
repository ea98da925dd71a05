"""What Python can read of a task's end, in words that do not depend on where and when it ran."""
import re
import time

from celery.states import READY_STATES

# Where the arguments or the result of a task tell one run from another.
varying = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), '<id>'),
    (re.compile(r"'current': \d+"), "'current': ..."),
)


def show(value, queue):
    text = repr(value).replace(f"'{queue}'", "'<queue>'")
    for pattern, word in varying:
        text = pattern.sub(word, text)
    return text


def kind(value):
    return f'{type(value).__module__}.{type(value).__qualname__}'.removeprefix('builtins.')


def facts(result, queue):
    """A text for each fact of an AsyncResult, by name, all from one read."""
    meta = result.backend.get_task_meta(result.id)
    value = meta['result']
    return {
        'state': meta['status'],
        'type': kind(value),
        'value': show(value.args if isinstance(value, BaseException) else value, queue),
        'traceback': kind(meta.get('traceback')),
        'children': show(meta.get('children'), queue),
        'date_done': kind(meta.get('date_done')),
        'fields': ' '.join(sorted(meta)),
        'name': show(meta.get('name'), queue),
        'args': show(meta.get('args'), queue),
        'kwargs': show(meta.get('kwargs'), queue),
        'worker': kind(meta.get('worker')),
        'queue': show(meta.get('queue'), queue),
        'retries': show(meta.get('retries'), queue),
    }


def facts_in(result, queue, seconds, states=READY_STATES):
    """Facts as soon as the state is one of these."""
    deadline = time.monotonic() + seconds
    while True:
        found = facts(result, queue)
        if found['state'] in states:
            return found
        assert time.monotonic() < deadline, f"{result.id} is {found['state']} after {seconds} seconds, not one of {states}"
        time.sleep(0.1)
