"""Real Python Celery as a producer and reader of results, driven over standard input and output.

usage: python driver.py SETTINGS      SETTINGS: file with the stack's output CeleryPythonSettings, the only configuration

Reads one command a line: {"id": 1, "body": "return app.send_task(...).get()"}, the body of a Python function; names in
scope are those of this module. Commands run concurrently. Answers one line each:

    {"id": 1, "returned": "<repr>"}
    {"id": 1, "returned": "<JSON>"}     when the command says "json": true
    {"id": 1, "raised": {"type": "builtins.ValueError", "args": "<repr>", "bases": ["ValueError", "Exception", ...]}}

The command {"id": 2, "calls": true} is answered by every AWS call made so far, as IAM names its action.
"""
import datetime  # noqa: F401 - for commands
import decimal  # noqa: F401 - for commands
import json
import sys
import textwrap
import threading
import time  # noqa: F401 - for commands
import types
import uuid  # noqa: F401 - for commands
from concurrent.futures import ThreadPoolExecutor

import botocore.session
import celery  # noqa: F401 - for commands
import kombu.compression  # noqa: F401 - for commands
from celery import Celery
from celery.result import AsyncResult, GroupResult  # noqa: F401 - for commands
from kombu.utils import json as kombu_json

import reading  # noqa: F401 - for commands

calls = set()


def record(model, **_):
    calls.add(f'{model.service_model.service_name}:{model.name}')


create_client = botocore.session.Session.create_client


def create_recorded_client(self, *args, **kwargs):
    client = create_client(self, *args, **kwargs)
    client.meta.events.register('before-call', record)
    return client


botocore.session.Session.create_client = create_recorded_client

with open(sys.argv[1], encoding='utf-8') as file:
    settings = file.read()
applications = {}
lock = threading.RLock()


def application(variation=''):
    """A producer with the printed settings and, after them, the lines of a variation."""
    with lock:
        if variation not in applications:
            configuration = {}
            exec(compile(settings + '\n' + textwrap.dedent(variation), 'settings', 'exec'), {}, configuration)
            made = Celery('producer', set_as_current=not applications)
            made.config_from_object(types.SimpleNamespace(**configuration))
            made.backend  # a thread that made its own would describe the table once more
            applications[variation] = made
        return applications[variation]


app = application()


def json_round_trip(value):
    """What becomes of a value when Python sends it and Python receives it."""
    return kombu_json.loads(kombu_json.dumps(value))


def run(body):
    scope = dict(globals())
    exec('def command():\n' + textwrap.indent(body, '    '), scope)
    return scope['command']()


def answer(command):
    try:
        if command.get('calls'):
            return {'returned': json.dumps(sorted(calls))}
        returned = run(command['body'])
        return {'returned': json.dumps(returned) if command.get('json') else repr(returned)}
    except BaseException as error:  # noqa: BLE001 - whatever a command raised is its answer
        kind = type(error)
        return {'raised': {
            'type': f'{kind.__module__}.{kind.__qualname__}',
            'args': repr(error.args),
            'bases': [base.__name__ for base in kind.__mro__],
        }}


def serve(command):
    line = json.dumps({'id': command['id'], **answer(command)})
    with lock:
        print(line, flush=True)


with ThreadPoolExecutor(max_workers=24) as pool:
    for line in sys.stdin:
        pool.submit(serve, json.loads(line))
