/** What all keys of stored canvas begin with: producers may write these items of the state table, beside revokes and unique claims. */
export const canvasKeyPrefix = 'canvas#';

/** Steps of a stored chain in one item: a worker that needs the next one reads that many. */
export const stepsPerChunk = 50;

/** Parts that one item counts: what it weighs stays under the kilobyte that a write unit pays for. */
const partsPerShard = 100;

/** Where a part is counted, and how full that place gets. */
export interface PartShard {
  readonly shard: number;
  /** How many shards the chord has. */
  readonly shards: number;
  /** How many parts this one counts. */
  readonly size: number;
}

/** Neighbours are counted in different places, since they tend to end together. */
export function shardOfPart(number: number, size: number): PartShard {
  const shards = Math.max(1, Math.ceil(size / partsPerShard));
  const shard = number % shards;
  return { shard, shards, size: Math.ceil((size - shard) / shards) };
}

/** Key of what is stored under an id: records, and the count of full shards. */
export function canvasKey(id: string): string {
  return canvasKeyPrefix + id;
}

/** Key of one shard: a key of its own, so that together they take more than one partition can. */
export function shardKey(groupId: string, shard: number): string {
  return `${canvasKey(groupId)}#${shard}`;
}
