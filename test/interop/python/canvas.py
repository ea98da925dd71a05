"""Canvas as Python writes it, and all that a canvas leaves behind, in words that do not depend on its ids."""
import json
import re
from collections import defaultdict

import kombu.utils.json as kombu_json
from celery import chain, chord, group  # noqa: F401 - for expressions
from celery.result import GroupResult

import interop_app
from interop_app import *  # noqa: F401,F403 - for expressions

app = interop_app.app
a_uuid = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')

# What tells where a task was sent from and to, and what TypeScript does without: nobody reads `reply_to`, of what is sent
# by name the worker knows `ignore_result`, and `failed_request` is for errbacks of our own.
apart = {'origin', 'routing_key', 'reply_to', 'ignore_result', 'failed_request'}


def without_apart(value):
    if isinstance(value, dict):
        return {key: without_apart(inner) for key, inner in value.items() if key not in apart}
    return [without_apart(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def stamped(canvas, **stamps):
    canvas.stamp(**stamps)
    return canvas


def send(expression):
    """Sends a canvas. Answers its result as Celery refers to it; a group's can be restored by its id."""
    result = eval(expression)
    if isinstance(result, GroupResult):
        result.save()
    return result.as_tuple()


def outcome(result, seconds):
    """What `get()` answers: {"value": ...}, or {"error": its class, "args": [...]}."""
    try:
        return {'value': without_apart(result.get(timeout=seconds))}
    except Exception as error:  # noqa: BLE001 - it is the answer
        return {'error': type(error).__name__, 'args': list(error.args)}


def documents():
    """Every result document in the table, by task id."""
    found = {}
    pages = app.backend.client.get_paginator('scan').paginate(TableName=app.backend.table_name, ConsistentRead=True)
    for item in (item for page in pages for item in page['Items']):
        kind, _, id = item['id']['S'].rstrip("'").partition('task-meta-')
        if id:
            found[id] = kombu_json.loads(item['result']['B'])
    return found


class Traces:
    """What all canvases have left in the table."""

    def __init__(self):
        self.documents = documents()
        self.sent_by = defaultdict(list)
        for id, document in self.documents.items():
            self.sent_by[document.get('parent_id')].append(id)

    def is_part(self, id):
        return bool(self.documents.get(id, {}).get('group_id'))

    def facts(self, reference):
        """A text for each fact of a canvas, by name."""
        return Trace(self, reference).facts()

    def workers(self, reference):
        """The worker of each run."""
        workers = (self.documents[id].get('worker') for id in Trace(self, reference).tasks)
        return [worker for worker in workers if worker]


class Trace:
    """What one canvas has left: each task and group has a number, in the order of its result, then of what it sent."""

    def __init__(self, traces, reference):
        self.traces = traces
        self.numbers = {}
        self.tasks = []
        self.result = self.handle(reference)
        # The parent of a chord's body is the part that came last, whichever that was: bodies have later numbers.
        for id in self.tasks:  # grows meanwhile
            self.follow(id, with_bodies=False)
        for id in self.tasks:
            self.follow(id, with_bodies=True)

    def handle(self, reference):
        (id, parent), members = reference
        before = f'{self.handle(parent)} < ' if parent else ''
        self.visit(id)
        inside = f"({', '.join(map(self.handle, members))})" if members is not None else ''
        return f'{before}{self.number(id)}{inside}'

    def visit(self, id):
        self.number(id)
        if id in self.traces.documents and id not in self.tasks:
            self.tasks.append(id)

    def follow(self, id, with_bodies):
        for child in self.traces.documents[id].get('children') or []:
            self.handle(child)
        if with_bodies or not self.traces.is_part(id):
            for sent in sorted(self.traces.sent_by[id], key=lambda sent: self.run(self.traces.documents[sent])):
                self.visit(sent)
        if f'errback-{id}' in self.traces.documents:
            self.visit(f'errback-{id}')

    def number(self, id):
        return '-' if id is None else self.numbers.setdefault(id, f'#{len(self.numbers) + 1}')

    def facts(self):
        facts = {'runs': self.run, 'children': self.children, 'parents': self.parent, 'groups': self.group}
        return {'result': self.result} | {name: self.each(fact) for name, fact in facts.items()}

    def each(self, fact):
        return '; '.join(f'{self.number(id)}: {fact(self.traces.documents[id])}' for id in self.tasks)

    def run(self, document):
        call = f"{document.get('name')} {self.words(document.get('args'))} {self.words(document.get('kwargs'))}"
        stamps = {name: document.get(name) for name in document.get('stamped_headers') or []}
        end = f"{document['status']} {self.words(document['result'])}"
        return f"{call} {end}, retries {document.get('retries')}, stamps {stamps}"

    def children(self, document):
        return ' '.join(self.number(child[0][0]) for child in document.get('children') or []) or '-'

    def parent(self, document):
        parent = document.get('parent_id')
        return 'a part' if self.traces.is_part(parent) else self.number(parent)

    def group(self, document):
        return self.number(document.get('group_id'))

    def words(self, value):
        text = json.dumps(without_apart(value), default=str, sort_keys=True)
        return a_uuid.sub(lambda match: self.numbers.get(match[0], '<id>'), text)
