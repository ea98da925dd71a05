"""A real Celery worker with the tasks of interop_app.py, which ends when its standard input does: it cannot outlive the tests.

usage: python worker.py OPTIONS      OPTIONS: of `celery worker`
"""
import os
import sys
import threading

from interop_app import app


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
app.worker_main(['worker', *sys.argv[1:]])
