import {
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { OperationalError } from '../errors.ts';
import {
  type Clock,
  firstWindow,
  type Random,
  type RateChange,
  type RateClockKey,
  type RateClocks,
  rateClockKeptSeconds,
  type SlotRequest,
  slotSpan,
  slotsFrom,
} from '../ports/index.ts';
import { parseJson, stringifyJson } from '../protocol/json.ts';
import { rateChangeKey, rateClockKey } from '../protocol/rate-keys.ts';
import type { RateLimit } from '../protocol/rate-limit.ts';
import type { RateSlot } from '../protocol/rate-slot.ts';
import { batchGet } from './batch-get.ts';
import { type Conditional, conditional } from './conditional-write.ts';
import { type Item, number } from './item.ts';

/** What `DynamoDBRateClocks` works with. */
export interface DynamoDBRateClocksOptions {
  readonly client: DynamoDBClient;
  /** The state table: keys `pk` and `sk`, ttl `ttl`. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
}

type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>;

/** Takers that overtake each other between two writes. */
const mostRounds = 8;

/**
 * One item of the state table for each clock: `next`, the next free slot in microseconds, and `version`. A clock that
 * is ahead moves on by one write; one that fell behind, or goes by an older rate, is set by a second.
 */
export class DynamoDBRateClocks implements RateClocks {
  readonly #options: DynamoDBRateClocksOptions;

  constructor(options: DynamoDBRateClocksOptions) {
    this.#options = options;
  }

  async take(key: RateClockKey, request: SlotRequest): Promise<readonly RateSlot[] | undefined> {
    const doing = `Taking ${request.count} slots of task ${key.task} in table '${this.#options.table}'`;
    const pk = rateClockKey(key.task, key.key);
    for (let round = 0; round < mostRounds; round++) {
      const moved = await this.#write(doing, pk, this.#moveOn(request));
      if (moved.written)
        return slotsFrom(nextOf(moved.answer.Attributes) - slotSpan(request), request);
      const version = moved.inTheWay && Number(moved.inTheWay.version?.N);
      if (version !== undefined && version > request.version) return undefined;
      const set = await this.#write(doing, pk, this.#set(request, version));
      if (set.written) return slotsFrom(nextOf(set.answer.Attributes) - slotSpan(request), request);
    }
    throw new OperationalError(
      `${doing}: others were faster ${mostRounds} times in a row. Try again later.`,
    );
  }

  async change(task: string): Promise<RateChange | undefined> {
    const key = itemKey(rateChangeKey(task));
    const [found] = await batchGet(this.#options, [{ table: this.#options.table, key }], {
      consistent: true,
    });
    if (!found) return undefined;
    const { rateLimit, version } = found.item;
    return {
      rateLimit: parseJson(rateLimit?.S ?? 'null') as RateLimit,
      version: Number(version?.N),
    };
  }

  async setChange(task: string, { rateLimit, version }: RateChange): Promise<void> {
    await this.#write(`Setting the rate limit of ${task}`, rateChangeKey(task), {
      UpdateExpression: 'SET #rateLimit = :rateLimit, #version = :version',
      ConditionExpression: 'attribute_not_exists(pk) OR #version < :version',
      ExpressionAttributeNames: { '#rateLimit': 'rateLimit', '#version': 'version' },
      ExpressionAttributeValues: {
        ':rateLimit': { S: stringifyJson(rateLimit) },
        ':version': number(version),
      },
    });
  }

  #moveOn(request: SlotRequest): Update {
    const now = this.#options.clock.now();
    return {
      UpdateExpression: 'SET #next = #next + :span, #ttl = :ttl',
      ConditionExpression: '#version = :version AND #next >= :earliest',
      ...this.#expressions(request, {
        ':earliest': number(firstWindow(now, request.window, false)),
        ':span': number(slotSpan(request)),
      }),
    };
  }

  /** @param older The version of the clock that was found; undefined: none was. */
  #set(request: SlotRequest, older: number | undefined): Update {
    const changed = older !== undefined && older < request.version;
    const first = firstWindow(this.#options.clock.now(), request.window, changed);
    const behind = 'attribute_not_exists(pk) OR (#version = :version AND #next < :earliest)';
    return {
      UpdateExpression: 'SET #next = :next, #version = :version, #ttl = :ttl',
      ConditionExpression: changed ? '#version < :version' : behind,
      ...this.#expressions(request, {
        ':next': number(first + slotSpan(request)),
        ...(!changed && { ':earliest': number(first) }),
      }),
    };
  }

  #expressions({ version }: SlotRequest, values: Item): Update {
    const expiresAt = Math.ceil(this.#options.clock.now() / 1000) + rateClockKeptSeconds;
    return {
      ExpressionAttributeNames: { '#next': 'next', '#version': 'version', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':version': number(version),
        ':ttl': number(expiresAt),
        ...values,
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }

  #write(
    doing: string,
    pk: string,
    update: Update,
  ): Promise<Conditional<{ readonly Attributes?: Item }>> {
    const { client, table } = this.#options;
    return conditional(
      doing,
      client.send(new UpdateItemCommand({ TableName: table, Key: itemKey(pk), ...update })),
    );
  }
}

function nextOf(item: Item | undefined): number {
  return Number(item?.next?.N);
}

function itemKey(pk: string): Item {
  return { pk: { S: pk }, sk: { S: 'rate' } };
}
