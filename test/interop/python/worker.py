"""A real Celery worker with the tasks of interop_app.py, which ends when its standard input does: it cannot outlive the
tests, and neither can the processes of its pool.

usage: python worker.py OPTIONS      OPTIONS: of `celery worker`
"""
import os
import signal
import sys
import threading

from interop_app import app


def end_with_input():
    while os.read(0, 1024):  # sys.stdin has a lock, which a process of the pool would inherit
        pass
    os.killpg(0, signal.SIGKILL)


os.setpgid(0, 0)
threading.Thread(target=end_with_input, daemon=True).start()
app.worker_main(['worker', *sys.argv[1:]])
