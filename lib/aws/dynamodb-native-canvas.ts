import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type {
  NativeCanvas,
  NativeChord,
  NativePart,
  NativeRecord,
  StepRange,
} from '../ports/index.ts';
import { canvasKey, shardKey, shardOfPart, stepsPerChunk } from '../protocol/canvas-keys.ts';
import { decodeChordDocument, decodeSteps, type WireSignature } from '../protocol/index.ts';
import { type BatchGetOptions, batchGet } from './batch-get.ts';
import { batchPut } from './batch-put.ts';
import { conditional, requireItem } from './conditional-write.ts';
import { daySeconds, deleteExpired, endOfDay, isExpired } from './expiry.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, number } from './item.ts';
import {
  chordDocument,
  itemsOf,
  pieceCount,
  pieceKey,
  stepsDocument,
  unpack,
} from './native-documents.ts';

/** What `DynamoDBNativeCanvas` works with. */
export interface DynamoDBNativeCanvasOptions extends BatchGetOptions {
  /** The state table: keys `pk` and `sk`, ttl `ttl`. */
  readonly table: string;
}

const words = {
  doing: 'Storing a canvas',
  items: 'records of a canvas',
  wayOut: 'Send the canvas again later: nothing of it was sent.',
};
const parallelUpdates = 8;

/**
 * Items of the state table. `canvas#<id>` has the documents, packed and in pieces: `chord#<piece>` of a chord,
 * `steps#<chunk>#<piece>` of a chain. Parts are counted in number sets:
 *
 *     chord of 250        canvas#<group>#0  {0, 3, 6 ...}     84 parts ---+
 *                         canvas#<group>#1  {1, 4, 7 ...}     83 parts ---+--->  canvas#<group>, full  {0, 1, 2}
 *                         canvas#<group>#2  {2, 5, 8 ...}     83 parts ---+
 *
 * A chord of one shard needs no count of full ones. To add what is in a set already changes nothing, and answers it.
 */
export class DynamoDBNativeCanvas implements NativeCanvas {
  readonly #options: DynamoDBNativeCanvasOptions;

  constructor(options: DynamoDBNativeCanvasOptions) {
    this.#options = options;
  }

  async begin(records: readonly NativeRecord[]): Promise<void> {
    const items = records.flatMap((record) =>
      itemsOf({ ...record, expiresAt: endOfDay(record.expiresAt) }),
    );
    await batchPut(this.#options, this.#options.table, items, words);
  }

  async addPart({ groupId, number, size, expiresAt }: NativePart): Promise<boolean> {
    const place = shardOfPart(number, size);
    const { shard, shards } = place;
    const ttl = endOfDay(expiresAt);
    const counted = await this.#add(countKey(shardKey(groupId, shard)), number, ttl);
    if (counted < place.size) return false;
    if (shards === 1) return true;
    return (await this.#add(countKey(canvasKey(groupId)), shard, ttl)) >= shards;
  }

  async readChord(groupId: string): Promise<NativeChord | undefined> {
    const text = await this.#readDocument(groupId, chordDocument);
    return text === undefined ? undefined : { groupId, ...decodeChordDocument(text) };
  }

  async readSteps({ id, from, to }: StepRange): Promise<readonly WireSignature[] | undefined> {
    const steps: WireSignature[] = [];
    const first = from - (from % stepsPerChunk);
    for (let index = first; index < to; index += stepsPerChunk) {
      const text = await this.#readDocument(id, stepsDocument(index));
      if (text === undefined) return undefined;
      steps.push(...decodeSteps(text));
    }
    return to - first <= steps.length ? steps.slice(from - first, to - first) : undefined;
  }

  async prolongChord(
    { groupId, size }: { readonly groupId: string; readonly size: number },
    expiresAt: number,
  ): Promise<void> {
    const ttl = endOfDay(expiresAt);
    if (!(await this.#endsBefore(pieceKey(groupId, chordDocument, 0), ttl))) return;
    const { shards } = shardOfPart(0, size);
    const keys = Array.from({ length: shards }, (_, shard) => shardKey(groupId, shard));
    await inParallel([...keys, canvasKey(groupId)], parallelUpdates, (key) =>
      this.#prolong(countKey(key), ttl),
    );
    await this.#prolongDocument(groupId, chordDocument, ttl);
  }

  async prolongSteps(
    { id, left }: { readonly id: string; readonly left: number },
    expiresAt: number,
  ): Promise<void> {
    const ttl = endOfDay(expiresAt);
    for (let index = 0; index < left; index += stepsPerChunk) {
      await this.#prolongDocument(id, stepsDocument(index), ttl);
    }
  }

  /** Answers how many numbers are in the set then. An expired set must not lend them to a new one: it goes. */
  async #add(key: Item, counted: number, ttl: number): Promise<number> {
    const { client, table } = this.#options;
    const doing = `Counting a part of a chord in table '${table}'`;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: key,
      UpdateExpression: 'ADD #numbers :number SET #ttl = :ttl',
      ConditionExpression: 'attribute_not_exists(pk) OR (#ttl >= :now AND #ttl <= :ttl)',
      ExpressionAttributeNames: { '#numbers': 'numbers', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':number': { NS: [String(counted)] },
        ':ttl': number(ttl),
        ':now': number(this.#now()),
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const outcome = await conditional(doing, client.send(command));
    if (outcome.written) return outcome.answer.Attributes?.numbers?.NS?.length ?? 0;
    const inTheWay = requireItem(doing, outcome.inTheWay);
    if (!isExpired(inTheWay, this.#now())) {
      return await this.#add(key, counted, Math.max(ttl, Number(inTheWay.ttl?.N)));
    }
    await deleteExpired(doing, { ...this.#options, key });
    return await this.#add(key, counted, ttl);
  }

  async #readDocument(id: string, document: string): Promise<string | undefined> {
    const [first] = await this.#read([pieceKey(id, document, 0)]);
    if (!first) return undefined;
    const count = pieceCount(first);
    const keys = Array.from({ length: count - 1 }, (_, more) => pieceKey(id, document, more + 1));
    const rest = keys.length > 0 ? await this.#read(keys) : [];
    return rest.length === keys.length ? unpack([first, ...rest]) : undefined;
  }

  /** In the order of the keys, without those that are not there or past their time. */
  async #read(keys: readonly Item[]): Promise<Item[]> {
    const { table } = this.#options;
    const wanted = keys.map((key) => ({ table, key }));
    const found = await batchGet(this.#options, wanted, { consistent: true });
    const bySortKey = new Map(found.map(({ item }) => [item.sk?.S, item]));
    return keys.flatMap(({ sk }) => {
      const item = bySortKey.get(sk?.S);
      return item && !isExpired(item, this.#now()) ? [item] : [];
    });
  }

  /** Whether it is there and somebody has not moved its end on already, to this day or the six before it. */
  async #endsBefore(key: Item, ttl: number): Promise<boolean> {
    const [item] = await this.#read([key]);
    return item !== undefined && Number(item.ttl?.N) < ttl - 6 * daySeconds;
  }

  async #prolongDocument(id: string, document: string, ttl: number): Promise<void> {
    const [first] = await this.#read([pieceKey(id, document, 0)]);
    for (let piece = first ? pieceCount(first) - 1 : -1; piece >= 0; piece--) {
      await this.#prolong(pieceKey(id, document, piece), ttl);
    }
  }

  async #prolong(key: Item, ttl: number): Promise<void> {
    const { client, table } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: key,
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: '#ttl >= :now AND #ttl < :ttl',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':ttl': number(ttl), ':now': number(this.#now()) },
    });
    await conditional(`Prolonging a canvas in table '${table}'`, client.send(command));
  }

  /** In Unix seconds. */
  #now(): number {
    return this.#options.clock.now() / 1000;
  }
}

function countKey(pk: string): Item {
  return { pk: { S: pk }, sk: { S: 'parts' } };
}
