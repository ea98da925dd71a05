import {
  type AttributeValue,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  type ClaimOutcome,
  type Clock,
  claimHeldMs,
  type UniqueClaim,
  type UniqueClaims,
  type UniqueKey,
} from '../ports/index.ts';
import { uniqueKey } from '../protocol/unique-keys.ts';
import { type Conditional, conditional, requireItem } from './conditional-write.ts';
import { number } from './item.ts';

/** What `DynamoDBUniqueClaims` works with. */
export interface DynamoDBUniqueClaimsOptions {
  readonly client: DynamoDBClient;
  /** The state table: keys `pk` and `sk`, ttl `ttl`. */
  readonly table: string;
  readonly clock: Clock;
}

type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key' | 'ExpressionAttributeNames'>;

const names = {
  '#taskId': 'taskId',
  '#heldUntil': 'heldUntil',
  '#sent': 'sent',
  '#ttl': 'ttl',
} as const;

/** One item of the state table for each claim: who claimed, until when it may send, and whether it did. */
export class DynamoDBUniqueClaims implements UniqueClaims {
  readonly #options: DynamoDBUniqueClaimsOptions;

  constructor(options: DynamoDBUniqueClaimsOptions) {
    this.#options = options;
  }

  /** A claim that is repeated, because its answer was lost, finds its own id and goes on. */
  async claim(key: UniqueKey, { taskId, expiresAt }: UniqueClaim): Promise<ClaimOutcome> {
    const now = this.#options.clock.now();
    const doing = `Claiming a unique call of ${key.task} in table '${this.#options.table}'`;
    const outcome = await this.#update(doing, key, Object.keys(names), {
      UpdateExpression: 'SET #taskId = :taskId, #heldUntil = :heldUntil, #ttl = :ttl REMOVE #sent',
      ConditionExpression: 'attribute_not_exists(pk) OR #ttl < :now',
      ExpressionAttributeValues: {
        ':taskId': { S: taskId },
        ':heldUntil': number(now + claimHeldMs),
        ':ttl': number(expiresAt),
        ':now': number(now / 1000),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    if (outcome.written) return { taskId, send: true };
    const record = requireItem(doing, outcome.inTheWay);
    const holder = record.taskId?.S ?? taskId;
    const isFree = holder === taskId || Number(record.heldUntil?.N) <= now;
    return { taskId: holder, send: record.sent === undefined && isFree };
  }

  async markSent(key: UniqueKey, taskId: string): Promise<void> {
    await this.#ofTask(key, taskId, 'SET #sent = :value', '#sent', { BOOL: true });
  }

  async giveUp(key: UniqueKey, taskId: string): Promise<void> {
    await this.#ofTask(key, taskId, 'SET #heldUntil = :value', '#heldUntil', { N: '0' });
  }

  /** A claim that expired meanwhile, and may be another's, is left as it is. */
  async #ofTask(
    key: UniqueKey,
    taskId: string,
    expression: string,
    name: string,
    value: AttributeValue,
  ): Promise<void> {
    await this.#update(`Recording a unique call of ${key.task}`, key, [name, '#taskId'], {
      UpdateExpression: expression,
      ConditionExpression: '#taskId = :taskId',
      ExpressionAttributeValues: { ':taskId': { S: taskId }, ':value': value },
    });
  }

  #update(
    doing: string,
    { task, key }: UniqueKey,
    used: readonly string[],
    update: Update,
  ): Promise<Conditional<unknown>> {
    const { client, table } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: uniqueKey(task, key) }, sk: { S: 'unique' } },
      ExpressionAttributeNames: Object.fromEntries(
        Object.entries(names).filter(([name]) => used.includes(name)),
      ),
      ...update,
    });
    return conditional(doing, client.send(command));
  }
}
