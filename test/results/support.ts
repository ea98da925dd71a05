import type { DecodeError } from '../../lib/errors.ts';
import { ExpiringMap } from '../../lib/memory/expiring-map.ts';
import { MemoryGroups } from '../../lib/memory/memory-groups.ts';
import type { ResultBackend, StoredResult } from '../../lib/ports/index.ts';
import {
  encodeException,
  encodeResultDocument,
  type ResultDocument,
} from '../../lib/protocol/index.ts';
import { Results } from '../../lib/results/index.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';

/** What a test puts into a result. */
export type Fields = Partial<ResultDocument>;

interface Read {
  readonly ids: readonly string[];
  readonly consistent: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Results over a table that counts its reads. */
export function someResults(options: { insideTask?: boolean } = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const items = new Map<string, StoredResult>();
  const reads: Read[] = [];
  const failures: Error[] = [];
  const backend: Pick<ResultBackend, 'read' | 'forget'> = {
    async read(ids, { consistent } = {}) {
      reads.push({ ids, consistent, at: clock.now() });
      const failure = failures.shift();
      if (failure) throw failure;
      return new Map(ids.flatMap((id) => [[id, items.get(id)] as const]).filter(isFound));
    },
    async forget(ids) {
      for (const id of ids) items.delete(id);
      return [];
    },
  };
  const revoked: (readonly string[])[] = [];
  const groups = new MemoryGroups(new ExpiringMap(clock));
  const results = new Results({
    backend: async () => backend as ResultBackend,
    clock,
    insideTask: () => options.insideTask ?? false,
    revoke: async (ids) => {
      revoked.push(ids);
    },
    groups: async () => groups,
    resultExpires: 3600,
  });
  const put = (taskId: string, fields: Fields = {}) => items.set(taskId, item(taskId, fields));
  const elapse = (seconds: number) => clock.advanceTo(clock.now() + seconds * 1000);
  const putMalformed = (taskId: string, malformed: DecodeError) =>
    items.set(taskId, { ...item(taskId, {}), document: new Uint8Array(), malformed });
  return { results, put, putMalformed, reads, failures, clock, elapse, revoked, groups, items };
}

/** The fields of a task that failed. */
export function failedWith(error: unknown): Fields {
  const { exception, traceback } = encodeException(error);
  return { status: 'FAILURE', result: exception, traceback };
}

function item(taskId: string, fields: Fields): StoredResult {
  const document = encodeResultDocument({
    taskId,
    status: 'SUCCESS',
    result: `value of ${taskId}`,
    traceback: null,
    children: [],
    dateDone: null,
    ...fields,
  });
  return { taskId, document, timestamp: '1', own: undefined };
}

function isFound(
  entry: readonly [string, StoredResult | undefined],
): entry is readonly [string, StoredResult] {
  return entry[1] !== undefined;
}

/** Lets all that can go on without time go on. */
export async function settle(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
