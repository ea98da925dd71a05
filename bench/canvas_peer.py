"""A Python Celery worker and the producer of its chords: one number of parts a line on standard input, the id of the
chord's body as answer.

usage: python canvas_peer.py SETTINGS      SETTINGS: file with the output CeleryPythonSettings
"""
import sys

from celery import Celery, chord
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


with start_worker(app, perform_ping_check=False):
    for line in sys.stdin:
        parts = int(line)
        print(chord([add.s(i, i) for i in range(parts)])(xsum.s()).id, flush=True)
