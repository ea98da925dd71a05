"""A Python Celery worker and the producer of its canvases: one a line on standard input, as ["chain", 10], and as
answer the ids of the tasks that end it.

usage: python canvas_peer.py SETTINGS      SETTINGS: file with the output CeleryPythonSettings
"""
import json
import sys

from celery import Celery, chain, chord, group
from celery.contrib.testing.worker import start_worker

app = Celery('bench')
configuration = {}
exec(compile(open(sys.argv[1], encoding='utf-8').read(), 'settings', 'exec'), {}, configuration)
app.conf.update(configuration)
app.conf.worker_prefetch_multiplier = 10


@app.task(name='bench.add')
def add(x, y):
    return x + y


@app.task(name='bench.xsum')
def xsum(numbers):
    return sum(numbers)


def adds(count):
    return [add.s(i, i) for i in range(count)]


def chain_of(steps):
    return chain(add.s(0, 1), *[add.s(1) for _ in range(steps - 1)])


def three():
    return group([add.si(i, i) for i in range(3)])


# As in canvas-shapes.ts.
SHAPES = {
    'chord': lambda size: chord(adds(size), xsum.s()),
    'chain': chain_of,
    'groups in groups': lambda size: group(
        [group([group(adds(5)) for _ in range(size // 10)]) for _ in range(2)]
    ),
    'chord of chains': lambda size: chord([chain_of(size // 2), chain_of(size // 2)], xsum.s()),
    'chain of chords': lambda size: chain(
        *[step for _ in range(size // 4) for step in (three(), xsum.s())]
    ),
}


def ends(result):
    members = getattr(result, 'results', None)
    return [result.id] if members is None else [id for member in members for id in ends(member)]


with start_worker(app, perform_ping_check=False):
    for line in sys.stdin:
        shape, size = json.loads(line)
        print(json.dumps(ends(SHAPES[shape](size).apply_async())), flush=True)
