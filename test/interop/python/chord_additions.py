"""What Celery lacks on DynamoDB for its own `Task.add_to_chord`: `celery.backends.base.Backend.add_to_chord` raises, and
Redis alone overrides it. A worker that imports this module has the added part in the saved group, by whose size
`BaseKeyValueStoreBackend.on_chord_part_return` counts; all else that adding takes is Celery's.
"""
from celery.backends.dynamodb import DynamoDBBackend
from celery.result import GroupResult


def add_to_chord(self, chord_id, result):
    group = GroupResult.restore(chord_id, backend=self)
    group.add(result)
    group.save(backend=self)


DynamoDBBackend.add_to_chord = add_to_chord
