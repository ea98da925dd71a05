import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { encodeGroupDocument, groupResultTuple } from '../../lib/protocol/index.ts';
import { chordItemKey, groupItemKey } from '../../lib/protocol/item-keys.ts';
import type { PythonBeside } from '../../lib/testing/contracts/index.ts';

/** The requests of Celery's DynamoDB backend for chords. @see celery.backends.dynamodb.DynamoDBBackend.incr */
export function pythonChords(client: DynamoDBClient, table: string): PythonBeside {
  const remove = (key: string) =>
    client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: key } } }));
  const put = (key: string, item: NonNullable<PutItemCommand['input']['Item']>) => {
    const Item = { id: { S: key }, timestamp: { N: '1795244494.97' }, ...item };
    return client.send(new PutItemCommand({ TableName: table, Item }));
  };
  return {
    async create(groupId, members) {
      const document = encodeGroupDocument(groupResultTuple(groupId, members));
      await put(chordItemKey(groupId), { chord_count: { N: '0' } });
      await put(groupItemKey(groupId), { result: { B: document } });
    },
    async count(groupId) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: chordItemKey(groupId) } },
        UpdateExpression: 'set chord_count = chord_count + :num',
        ExpressionAttributeValues: { ':num': { N: '1' } },
        ReturnValues: 'UPDATED_NEW',
      });
      try {
        const { Attributes } = await client.send(command);
        return Number(Attributes?.chord_count?.N);
      } catch (error) {
        if (error instanceof Error && error.name === 'ValidationException') return undefined;
        throw error;
      }
    },
    async deleteGroup(groupId) {
      await remove(groupItemKey(groupId));
    },
    async deleteCounter(groupId) {
      await remove(chordItemKey(groupId));
    },
  };
}
