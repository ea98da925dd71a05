"""The Python peer: the tasks of `tasks.ts` under the same names with the same behaviour.

CELERY_SETTINGS: file with the stack's output CeleryPythonSettings
"""
import datetime
import decimal
import os
import time
import types
import uuid

from celery import Celery, chain, group, signature
from celery.exceptions import Ignore, Reject

settings = {}
with open(os.environ['CELERY_SETTINGS'], encoding='utf-8') as file:
    exec(compile(file.read(), file.name, 'exec'), {}, settings)

app = Celery('interop')
app.config_from_object(types.SimpleNamespace(**settings))


class InteropError(Exception):
    """A custom exception that a reader in another process may not know."""

    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class NestedHolder:
    class NestedError(ValueError):
        pass


@app.task(name='interop.add')
def add(x, y):
    return x + y


@app.task(name='interop.mul')
def mul(x, y):
    return x * y


@app.task(name='interop.xsum')
def xsum(numbers):
    return sum(numbers)


@app.task(name='interop.echo')
def echo(*args, **kwargs):
    return {'args': list(args), 'kwargs': kwargs}


@app.task(name='interop.identity')
def identity(value):
    return value


@app.task(name='interop.typed')
def typed(kind):
    """Return a value of a named Python type (see kombu's JSON type envelopes)."""
    return {
        'none': None, 'true': True, 'int': 42, 'bigint': 2 ** 70, 'float': 1.5, 'str': 'h\u00e9llo \u2603', 'emptystr': '',
        'list': [1, [2, 3]], 'dict': {'a': {'b': 1}}, 'tuple': (1, 2),
        'datetime': datetime.datetime(2024, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc),
        'naive_datetime': datetime.datetime(2024, 2, 3, 4, 5, 6),
        'date': datetime.date(2024, 2, 3), 'time': datetime.time(4, 5, 6, 7),
        'decimal': decimal.Decimal('3.1400'), 'uuid': uuid.UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
        'bytes_utf8': b'abc', 'bytes_raw': b'\xff\x00\x01', 'nan': float('nan'), 'inf': float('inf'),
    }[kind]


@app.task(name='interop.describe')
def describe(value):
    """Type name and repr of the argument as Python decoded it."""
    return [type(value).__name__, repr(value)]


@app.task(name='interop.fail')
def fail(message='boom'):
    raise ValueError(message)


@app.task(name='interop.fail_custom')
def fail_custom(code=7, detail='custom'):
    raise InteropError(code, detail)


@app.task(name='interop.fail_nested')
def fail_nested():
    raise NestedHolder.NestedError('nested')


@app.task(name='interop.fail_unserialisable')
def fail_unserialisable():
    raise RuntimeError(object, {1, 2})


@app.task(name='interop.unserialisable')
def unserialisable():
    return {1, 2, 3}


@app.task(name='interop.retry_then_succeed', bind=True, max_retries=5)
def retry_then_succeed(self, times=2, countdown=0):
    if self.request.retries < times:
        raise self.retry(exc=ValueError(f'attempt {self.request.retries}'), countdown=countdown)
    return self.request.retries


@app.task(name='interop.always_retry', bind=True, max_retries=1, default_retry_delay=0)
def always_retry(self):
    raise self.retry(exc=KeyError('never'))


@app.task(name='interop.always_retry_noexc', bind=True, max_retries=0, default_retry_delay=0)
def always_retry_noexc(self):
    raise self.retry()


@app.task(name='interop.autoretry', bind=True, autoretry_for=(OSError,), max_retries=2, retry_backoff=1,
          retry_backoff_max=2, retry_jitter=False)
def autoretry(self, fail_times=1):
    if self.request.retries < fail_times:
        raise OSError(5, 'io')
    return self.request.retries


@app.task(name='interop.slow')
def slow(seconds=1.0, value=None):
    time.sleep(seconds)
    return value


@app.task(name='interop.late', acks_late=True)
def late(seconds=0.0, value=None):
    time.sleep(seconds)
    return value


@app.task(name='interop.ignore')
def ignore():
    raise Ignore()


@app.task(name='interop.reject')
def reject(requeue=False):
    raise Reject('no', requeue=requeue)


@app.task(name='interop.late_reject', acks_late=True)
def late_reject(requeue=False):
    raise Reject('no', requeue=requeue)


@app.task(name='interop.ignored_result', ignore_result=True)
def ignored_result(x):
    return x


@app.task(name='interop.ignored_fail', ignore_result=True)
def ignored_fail():
    raise ValueError('ignored')


@app.task(name='interop.progress', bind=True)
def progress(self, n=2):
    for i in range(n):
        self.update_state(state='PROGRESS', meta={'current': i, 'total': n})
        time.sleep(0.2)
    return 'done'


@app.task(name='interop.spawn', bind=True)
def spawn(self, n=2):
    """Starts children, so that the parent's result document lists them."""
    return [add.delay(i, i).id for i in range(n)]


@app.task(name='interop.request_info', bind=True)
def request_info(self, *args, **kwargs):
    r = self.request
    return {k: getattr(r, k) for k in (
        'id', 'root_id', 'parent_id', 'group', 'group_index', 'retries', 'eta', 'expires', 'origin', 'reply_to',
        'correlation_id', 'delivery_info', 'headers', 'shadow', 'timelimit', 'ignore_result', 'stamped_headers', 'stamps',
        'replaced_task_nesting', 'argsrepr', 'kwargsrepr')}


@app.task(name='interop.on_error_old')
def on_error_old(parent_id):
    return {'errback_for': parent_id}


@app.task(name='interop.replace_with_add', bind=True)
def replace_with_add(self, x, y):
    return self.replace(add.s(x, y))


@app.task(name='interop.replace_with_chain', bind=True)
def replace_with_chain(self, x):
    return self.replace(chain(add.s(x, 1), mul.s(2)))


@app.task(name='interop.replace_with_group', bind=True)
def replace_with_group(self, n):
    return self.replace(group(add.s(i, i) for i in range(n)))


@app.task(name='interop.replace_with', bind=True)
def replace_with(self, sig):
    return self.replace(signature(sig, app=self.app))


@app.task(name='interop.add_to_chord', bind=True)
def add_to_chord(self, signatures):
    for sig in signatures:
        self.add_to_chord(signature(sig, app=self.app))
    return 'adder'


@app.task(name='interop.python_errback')
def python_errback(failed_id):
    """Not in the TypeScript peer."""
    return {'told by Python': failed_id}


@app.task(name='interop.on_error')
def on_error(request, exc=None, traceback=None, failed_request=None):
    """Called inline in the worker that saw the failure; a TypeScript worker that saw it sends the failed id."""
    failed_id = request if failed_request else request.id
    exc = app.AsyncResult(failed_id).result if failed_request else exc
    app.backend.store_result('errback-' + failed_id, {'exc': repr(exc), 'parent': failed_id}, 'SUCCESS')


@app.task(name='interop.soft_limited', soft_time_limit=1, time_limit=3)
def soft_limited(seconds=2):
    time.sleep(seconds)


@app.task(name='interop.broadcasted')
def broadcasted(x):
    return x


@app.task(name='interop.rate', rate_limit='2/s')
def rate(x):
    return x
