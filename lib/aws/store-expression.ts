import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { ResultWrite } from '../ports/index.ts';
import { isFinal, TaskState } from '../protocol/states.ts';
import { type Item, number } from './item.ts';
import { leaseExpression } from './lease-expression.ts';

/** The part of an UpdateItem that says what to write and when. */
export type Expressions = Pick<
  UpdateItemCommandInput,
  | 'UpdateExpression'
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;

/** Celery's attributes, then ours: they tell a condition what the document tells a reader. */
const attributes = [
  ...['result', 'timestamp', 'ttl'],
  ...['status', 'attempt', 'generation', 'dead', 'retry', 'payload', 'token', 'lease'],
];

const names = Object.fromEntries(attributes.map((name) => [`#${name}`, name]));

const finalStates: Item = Object.fromEntries(
  Object.values(TaskState)
    .filter(isFinal)
    .map((state) => [`:${state}`, { S: state }]),
);

/**
 * One conditional UpdateItem that writes a result item whole: it sets every attribute and removes those that are absent,
 * so that nothing of an expired item or of a Python worker's stays.
 *
 *     a task's item:      (none) ---> STARTED ---> PROGRESS ---> SUCCESS          time ------>
 *     written by us       absent      open         open          refused: finished is finished
 *
 *     dead-lettered:      (none) ---> STARTED ---> FAILURE, dead 1 ---> STARTED, generation 1 ---> SUCCESS
 *     the letter (gen 1)                           reopened             open
 *     an old copy (gen 0)                          refused              refused: a later generation
 *
 *     Python beside us:   (none) ---> STARTED ------------------------> SUCCESS
 *     our write           absent      asRead, if it still is the        refused: the timestamp is another
 *                                     item that was read
 *
 *     past its ttl        whatever it is: absent
 */
export function storeExpressions(write: ResultWrite, nowSeconds: number): Expressions {
  const item = newItem(write);
  const lease = leaseExpression(write.lease);
  const set = attributes.filter((name) => item[name]);
  const remove = attributes.filter((name) => !item[name] && !(name === 'lease' && lease.set));
  const assignments = set.map((name) => `#${name} = :${name}`);
  if (lease.set) assignments.push(`#lease = ${lease.set}`);
  return {
    UpdateExpression: [
      `SET ${assignments.join(', ')}`,
      ...(remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: storeCondition(write, lease.condition),
    ExpressionAttributeNames: { ...names, ...lease.names },
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((name) => [`:${name}`, item[name] as AttributeValue])),
      ...finalStates,
      ':now': number(nowSeconds),
      ':fromAttempt': number(write.fromAttempt),
      ...(write.over !== undefined && { ':over': { N: write.over } }),
      ...lease.values,
    },
  };
}

function storeCondition({ over }: ResultWrite, leased: string): string {
  const absent = 'attribute_not_exists(id) OR #ttl < :now';
  const unfinished = `NOT #status IN (${Object.keys(finalStates).join(', ')})`;
  const open = `${unfinished} AND #attempt <= :fromAttempt AND #generation <= :generation AND ${leased}`;
  const reopened = '#dead = :generation';
  const asRead = 'attribute_not_exists(#status) AND #timestamp = :over';
  const cases = [absent, open, reopened, ...(over === undefined ? [] : [asRead])];
  return cases.map((condition) => `(${condition})`).join(' OR ');
}

function newItem(write: ResultWrite): Partial<Item> {
  return {
    result: { B: write.document },
    timestamp: number(write.timestamp),
    status: { S: write.status },
    attempt: number(write.attempt),
    generation: number(write.generation),
    token: { S: write.token },
    ...(write.expiresAt !== undefined && { ttl: number(write.expiresAt) }),
    ...(write.dead !== undefined && { dead: number(write.dead) }),
    ...(write.retry !== undefined && { retry: { S: write.retry } }),
    ...(write.payload !== undefined && { payload: { S: write.payload } }),
  };
}
