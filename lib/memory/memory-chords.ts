import type {
  ChordPart,
  ChordRecord,
  Chords,
  ClaimVerdict,
  CountOutcome,
  JoinClaim,
  NewChord,
  SavedGroup,
} from '../ports/index.ts';
import { type ChordSizes, chordSizes, type ResultTuple } from '../protocol/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** A chord's counter as it lies in the engine. */
export interface CounterRecord {
  count: number;
  /** Our parts, by task id: what the count became with them. */
  readonly parts: Map<string, number>;
  /** As told by whoever made it, or counted first; null: the chord has grown since. */
  sizes: ChordSizes | null | undefined;
  claim: { readonly claimer: string; readonly at: number } | undefined;
  joined: boolean;
}

/** Counters and saved groups by the id of the header's group. */
export interface ChordRecords {
  readonly counters: ExpiringMap<CounterRecord>;
  readonly groups: ExpiringMap<SavedGroup>;
}

/** A counter that has counted nothing. */
export function newCounter(sizes?: ChordSizes): CounterRecord {
  return { count: 0, parts: new Map(), sizes, claim: undefined, joined: false };
}

/** Chords of the in-process engine, under the same conditions as in DynamoDB. */
export class MemoryChords implements Chords {
  readonly #counters: ExpiringMap<CounterRecord>;
  readonly #groups: ExpiringMap<SavedGroup>;

  /** Several may share `records`, as several processes share a table. */
  constructor({ counters, groups }: ChordRecords) {
    this.#counters = counters;
    this.#groups = groups;
  }

  async create({ groupId, members, expiresAt }: NewChord): Promise<void> {
    const counter = this.#counters.get(groupId);
    if (!counter) this.#counters.set(groupId, newCounter(chordSizes(members)), expiresAt);
    if ((counter?.count ?? 0) > 0 || this.#groups.get(groupId)) return;
    const group = { groupId, members: structuredClone(members), parent: null };
    this.#groups.set(groupId, group, expiresAt);
  }

  async count(part: ChordPart): Promise<CountOutcome> {
    const { groupId, taskId } = part;
    const counter = this.#counters.get(groupId);
    if (!counter) return { kind: 'gone' };
    this.#prolong(groupId, part.expiresAt);
    const { parts } = counter;
    const sizes = part.sizes ?? counter.sizes;
    if (!sizes) return { kind: 'untold' };
    if (!parts.has(taskId)) {
      const mayFill = part.sizes !== undefined && part.mayFill;
      if (!mayFill && counter.count >= sizes.size - 1) return { kind: 'wouldFill', sizes };
      counter.count += 1;
      parts.set(taskId, counter.count);
      if (counter.sizes === undefined) counter.sizes = sizes;
    }
    const completedIt = parts.get(taskId) === sizes.size;
    return { kind: 'counted', count: counter.count, sizes, completedIt, joined: counter.joined };
  }

  async add(groupId: string, member: ResultTuple): Promise<'added' | 'over'> {
    const counter = this.#counters.get(groupId);
    const group = this.#groups.get(groupId);
    if (!counter || counter.joined || !group) return 'over';
    const [[added]] = member;
    if (!group.members.some(([[id]]) => id === added)) {
      counter.sizes = null;
      const members = [...group.members, structuredClone(member)];
      this.#groups.replace(groupId, { ...group, members });
    }
    return 'added';
  }

  async read(groupId: string): Promise<ChordRecord | undefined> {
    const counter = this.#counters.get(groupId);
    if (!counter) return undefined;
    const members = structuredClone(this.#groups.get(groupId)?.members);
    const expiresAt = this.#counters.expiresAt(groupId);
    return { count: counter.count, joined: counter.joined, members, expiresAt };
  }

  async claimJoin({ groupId, claimer, now, takeOverAfterMs }: JoinClaim): Promise<ClaimVerdict> {
    const counter = this.#counters.get(groupId);
    if (!counter || counter.joined) return 'over';
    const { claim } = counter;
    const isFree = claim === undefined || claim.claimer === claimer;
    if (!isFree && !(now - claim.at >= (takeOverAfterMs ?? Number.POSITIVE_INFINITY))) {
      return 'held';
    }
    counter.claim = { claimer, at: now };
    return 'mine';
  }

  async markJoined(groupId: string): Promise<void> {
    const counter = this.#counters.get(groupId);
    if (counter) counter.joined = true;
  }

  async prolong(groupId: string, expiresAt: number): Promise<void> {
    this.#prolong(groupId, expiresAt);
  }

  #prolong(groupId: string, expiresAt: number): void {
    this.#groups.prolong(groupId, expiresAt);
    this.#counters.prolong(groupId, expiresAt);
  }
}
