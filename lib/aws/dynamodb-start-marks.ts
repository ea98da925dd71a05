import {
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Clock, MarkOutcome, StartKey, StartMark, StartMarks } from '../ports/index.ts';
import { type Conditional, conditional, requireItem } from './conditional-write.ts';
import { deleteExpired, isExpired } from './expiry.ts';
import { type Item, number } from './item.ts';
import { request } from './operational-error.ts';

/** What `DynamoDBStartMarks` works with. */
export interface DynamoDBStartMarksOptions {
  readonly client: DynamoDBClient;
  /** The state table: keys `pk` and `sk`, ttl `ttl`. */
  readonly table: string;
  readonly clock: Clock;
}

/**
 * One item of the state table for each `StartKey`: the tokens as a string set, each token's deadline as an attribute
 * `deadline:<token>`, `ended` once a start is known to have ended well.
 */
export class DynamoDBStartMarks implements StartMarks {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor({ client, table, clock }: DynamoDBStartMarksOptions) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  async mark(key: StartKey, mark: StartMark): Promise<MarkOutcome> {
    const doing = this.#doing('Marking a start', key);
    const outcome = await this.#add(doing, key, mark);
    if (outcome.written) {
      return { kind: 'marked', starts: outcome.answer.Attributes?.tokens?.SS?.length ?? 1 };
    }
    const record = requireItem(doing, outcome.inTheWay);
    if (!isExpired(record, this.#now())) return refusal(record);
    await deleteExpired(this.#doing('Replacing expired starts', key), {
      client: this.#client,
      table: this.#table,
      clock: this.#clock,
      key: recordKey(key),
    });
    return await this.mark(key, mark);
  }

  async unmark(key: StartKey, token: string): Promise<void> {
    await conditional(
      this.#doing('Taking back a start', key),
      this.#update(key, {
        UpdateExpression: 'DELETE #tokens :tokens REMOVE #deadline',
        // Without it an UpdateItem would leave a bare record that never expires.
        ConditionExpression: 'contains(#tokens, :token)',
        ExpressionAttributeNames: { '#tokens': 'tokens', '#deadline': deadlineOf(token) },
        ExpressionAttributeValues: { ':tokens': { SS: [token] }, ':token': { S: token } },
      }),
    );
  }

  async end(key: StartKey, expiresAt: number): Promise<void> {
    await request(
      () => this.#doing('Recording the end', key),
      this.#update(key, {
        UpdateExpression: 'SET #ended = :ended, #ttl = :ttl',
        ExpressionAttributeNames: { '#ended': 'ended', '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':ended': { BOOL: true }, ':ttl': number(expiresAt) },
      }),
    );
  }

  /**
   * Adds the mark, unless the record is expired, has ended, or is full of others:
   *
   *     tokens  {}      {a}      {a, b}    limit 2: {a, b} refuses c, and takes a again
   */
  async #add(
    doing: string,
    key: StartKey,
    { token, deadline, limit, expiresAt }: StartMark,
  ): Promise<Conditional<{ readonly Attributes?: Item }>> {
    const notFull = 'attribute_not_exists(#tokens) OR size(#tokens) < :limit';
    const again = 'contains(#tokens, :token)';
    const live = '#ttl >= :now AND attribute_not_exists(#ended)';
    const update = this.#update(key, {
      UpdateExpression: 'ADD #tokens :tokens SET #deadline = :deadline, #ttl = :ttl',
      ConditionExpression: `attribute_not_exists(pk) OR (${live} AND (${notFull} OR ${again}))`,
      ExpressionAttributeNames: {
        '#tokens': 'tokens',
        '#deadline': deadlineOf(token),
        '#ttl': 'ttl',
        '#ended': 'ended',
      },
      ExpressionAttributeValues: {
        ':tokens': { SS: [token] },
        ':token': { S: token },
        ':deadline': number(deadline),
        ':ttl': number(expiresAt),
        ':now': number(this.#now()),
        ':limit': number(limit),
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return await conditional(doing, update);
  }

  #update(
    key: StartKey,
    update: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  ): Promise<{ readonly Attributes?: Item }> {
    return this.#client.send(
      new UpdateItemCommand({ TableName: this.#table, Key: recordKey(key), ...update }),
    );
  }

  #doing(what: string, { taskId }: StartKey): string {
    return `${what} of task ${taskId} in table '${this.#table}'`;
  }

  /** In Unix seconds. */
  #now(): number {
    return this.#clock.now() / 1000;
  }
}

function refusal(record: Item): MarkOutcome {
  if (record.ended?.BOOL) return { kind: 'ended' };
  const tokens = record.tokens?.SS ?? [];
  const deadlines = tokens.map((token) => Number(record[deadlineOf(token)]?.N ?? 0));
  return { kind: 'exhausted', starts: tokens.length, until: Math.max(0, ...deadlines) };
}

function recordKey({ taskId, attempt, generation }: StartKey): Item {
  return { pk: { S: `task#${taskId}` }, sk: { S: `start#${attempt}#${generation}` } };
}

function deadlineOf(token: string): string {
  return `deadline:${token}`;
}
