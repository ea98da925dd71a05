"""Python Celery, measured by itself: one JSON command a line on standard input, one line with its seconds as answer.

usage: python peer.py SETTINGS      SETTINGS: file with the output CeleryPythonSettings

    {"send": 200}                   apply_async, one after another
    {"get": ["id", ...]}            get() of finished results, one after another
"""
import json
import sys
import time

from celery import Celery

app = Celery('bench')
app.config_from_object({})
configuration = {}
exec(compile(open(sys.argv[1], encoding='utf-8').read(), 'settings', 'exec'), {}, configuration)
app.conf.update(configuration)


@app.task(name='bench.add')
def add(x, y):
    return x + y


for line in sys.stdin:
    command = json.loads(line)
    start = time.perf_counter()
    for number in range(command.get('send', 0)):
        add.apply_async((number, number))
    for task_id in command.get('get', []):
        app.AsyncResult(task_id).get(timeout=30)
    print(time.perf_counter() - start, flush=True)
