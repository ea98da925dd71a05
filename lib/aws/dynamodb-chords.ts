import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { OperationalError } from '../errors.ts';
import type {
  ChordPart,
  ChordRecord,
  Chords,
  ClaimVerdict,
  CountOutcome,
  JoinClaim,
  NewChord,
} from '../ports/index.ts';
import { chordSizes } from '../protocol/chord-parts.ts';
import type { ResultTuple } from '../protocol/index.ts';
import { chordItemKey, groupItemKey } from '../protocol/item-keys.ts';
import { batchGet } from './batch-get.ts';
import {
  claimJoin,
  countPart,
  createCounter,
  isUntold,
  markJoined,
  moveEndOn,
  outcomeOf,
  outcomeOfCounted,
  untellSizes,
} from './chord-expressions.ts';
import { type Conditional, conditional, requireItem } from './conditional-write.ts';
import type { DynamoDBGroupsOptions } from './dynamodb-groups.ts';
import { deleteExpired, endOfDay, isExpired } from './expiry.ts';
import { growGroup, jsonGroups, readGroupItem, saveGroup } from './group-item.ts';
import type { Item } from './item.ts';
import type { Expressions } from './store-expression.ts';

/** What `DynamoDBChords` works with. */
export type DynamoDBChordsOptions = DynamoDBGroupsOptions;

/** How often adding starts over because another part was added in between. */
const mostRaces = 50;

/** Counters and saved groups in the table and the form of Celery's own DynamoDB backend. @see celery.backends.dynamodb */
export class DynamoDBChords implements Chords {
  readonly #options: DynamoDBChordsOptions;

  constructor(options: DynamoDBChordsOptions) {
    this.#options = options;
  }

  async create(chord: NewChord): Promise<void> {
    const { groupId } = chord;
    const sizes = chordSizes(chord.members);
    const expressions = createCounter(sizes, this.#now(), endOfDay(chord.expiresAt));
    const counter = await this.#createItem(groupId, this.#counterKey(groupId), expressions);
    const hasCounted = Number(counter?.chord_count?.N ?? 0) > 0;
    if (!hasCounted) await this.#createGroup(chord);
  }

  async count(part: ChordPart): Promise<CountOutcome> {
    const doing = `Counting task ${part.taskId} as a part of chord ${part.groupId}`;
    const ttl = endOfDay(part.expiresAt);
    const outcome = await this.#update(doing, this.#counterKey(part.groupId), {
      ...countPart(part, this.#now(), ttl),
      ReturnValues: 'UPDATED_NEW',
    });
    if (outcome.written) return outcomeOfCounted(outcome.answer.Attributes ?? {}, part);
    const counter = outcome.inTheWay;
    if (!counter?.chord_count || isExpired(counter, this.#now())) return { kind: 'gone' };
    const endsTooEarly = counter.ttl?.N === undefined || Number(counter.ttl.N) < ttl;
    if (endsTooEarly) await this.prolong(part.groupId, part.expiresAt);
    return outcomeOf(counter, part) ?? (await this.count(part));
  }

  /**
   * The counter tells no sizes any more before the group grows, so that those it told were right. It cannot become full
   * meanwhile: the part that adds is not counted.
   */
  async add(groupId: string, member: ResultTuple): Promise<'added' | 'over'> {
    const { codec = jsonGroups } = this.#options;
    const doing = `Adding a part to chord ${groupId}`;
    const [[added]] = member;
    for (let race = 0; race < mostRaces; race++) {
      const { counter, group: seen } = await this.#records(groupId);
      const isOpen = counter?.chord_count !== undefined && counter.joined?.BOOL !== true;
      if (!isOpen || !seen) return 'over';
      const saved = await readGroupItem(groupId, seen, codec);
      if (saved.members.some(([[id]]) => id === added)) return 'added';
      if (!isUntold(counter)) await this.#untell(groupId);
      const grown = { ...saved, members: [...saved.members, member] };
      const expressions = await growGroup(grown, { codec, now: this.#now(), seen });
      const outcome = await this.#update(doing, this.#groupKey(groupId), expressions);
      if (outcome.written) return 'added';
    }
    throw new OperationalError(`${doing}: ${mostRaces} times another part was added first`);
  }

  async read(groupId: string): Promise<ChordRecord | undefined> {
    const { codec = jsonGroups } = this.#options;
    const { counter, group } = await this.#records(groupId);
    if (counter?.chord_count === undefined) return undefined;
    return {
      count: Number(counter.chord_count.N),
      joined: counter.joined?.BOOL ?? false,
      members: group && (await readGroupItem(groupId, group, codec)).members,
      expiresAt: counter.ttl?.N === undefined ? undefined : Number(counter.ttl.N),
    };
  }

  async claimJoin(claim: JoinClaim): Promise<ClaimVerdict> {
    const { groupId, claimer } = claim;
    const doing = `Claiming the join of chord ${groupId} for ${claimer}`;
    const expressions = claimJoin(claim, this.#now());
    const outcome = await this.#update(doing, this.#counterKey(groupId), expressions);
    if (outcome.written) return 'mine';
    const counter = outcome.inTheWay;
    const isThere = counter?.chord_count !== undefined && !isExpired(counter, this.#now());
    return isThere && counter.joined?.BOOL !== true ? 'held' : 'over';
  }

  async markJoined(groupId: string): Promise<void> {
    const doing = `Marking chord ${groupId} as joined`;
    await this.#update(doing, this.#counterKey(groupId), markJoined(this.#now()));
  }

  /** The group first: by the counter's end `count` tells whether the end of both has to be moved. */
  async prolong(groupId: string, expiresAt: number): Promise<void> {
    const doing = `Prolonging chord ${groupId}`;
    for (const key of [this.#groupKey(groupId), this.#counterKey(groupId)]) {
      await this.#update(
        doing,
        key,
        moveEndOn(this.#now(), endOfDay(expiresAt), { endless: 'ends' }),
      );
    }
  }

  async #untell(groupId: string): Promise<void> {
    const doing = `Taking back the size of chord ${groupId}`;
    await this.#update(doing, this.#counterKey(groupId), untellSizes(this.#now()));
  }

  async #createGroup({ groupId, members, expiresAt }: NewChord): Promise<void> {
    const { codec = jsonGroups } = this.#options;
    const group = { groupId, members, parent: null };
    await this.#createItem(groupId, this.#groupKey(groupId), {
      ...(await saveGroup(group, { codec, now: this.#now(), ttl: endOfDay(expiresAt) })),
      ConditionExpression: 'attribute_not_exists(id)',
    });
  }

  /** Answers what was there already. An expired item must not lend its attributes to a new one: it goes. */
  async #createItem(
    groupId: string,
    key: Item,
    expressions: Expressions,
  ): Promise<Item | undefined> {
    const doing = `Creating the records of chord ${groupId}`;
    const outcome = await this.#update(doing, key, expressions);
    if (outcome.written) return undefined;
    const inTheWay = requireItem(doing, outcome.inTheWay);
    if (!isExpired(inTheWay, this.#now())) return inTheWay;
    const { table } = this.#options;
    await deleteExpired(`${doing} in table '${table}'`, { ...this.#options, key });
    return await this.#createItem(groupId, key, expressions);
  }

  #update(
    doing: string,
    key: Item,
    update: Expressions & { readonly ReturnValues?: 'UPDATED_NEW' },
  ): Promise<Conditional<{ readonly Attributes?: Item }>> {
    const { client, table } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: key,
      ...update,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return conditional(`${doing} in table '${table}'`, client.send(command));
  }

  async #records(groupId: string): Promise<{ counter?: Item; group?: Item }> {
    const { table } = this.#options;
    const keys = [this.#counterKey(groupId), this.#groupKey(groupId)];
    const found = await batchGet(
      this.#options,
      keys.map((key) => ({ table, key })),
      { consistent: true },
    );
    const [counter, group] = keys.map((key) => this.#live(found, key));
    return { counter, group };
  }

  #live(found: Awaited<ReturnType<typeof batchGet>>, key: Item): Item | undefined {
    const item = found.find((one) => one.item.id?.S === key.id?.S)?.item;
    return item && !isExpired(item, this.#now()) ? item : undefined;
  }

  #counterKey(groupId: string): Item {
    return { id: { S: chordItemKey(groupId, this.#options.keyPrefix) } };
  }

  #groupKey(groupId: string): Item {
    return { id: { S: groupItemKey(groupId, this.#options.keyPrefix) } };
  }

  /** In Unix seconds. */
  #now(): number {
    return this.#options.clock.now() / 1000;
  }
}
