import { OperationalError } from '../errors.ts';
import type {
  Clock,
  LeaseChange,
  LeaseOutcome,
  LeaseRecord,
  OwnState,
  ResultBackend,
  ResultWrite,
  StoredResult,
  WriteOutcome,
} from '../ports/index.ts';
import { isFinal } from '../protocol/states.ts';

/** As DynamoDB's adapter: 400 KiB for the whole item, less the longest key and our own attributes. */
const maxDocumentBytes = 407_000;

/** A result item as it lies in the engine. */
export interface ResultItem extends StoredResult {
  /** Unix seconds; undefined: never expires. */
  readonly expiresAt: number | undefined;
  readonly own: (OwnState & { readonly token: string }) | undefined;
}

/** Results of the in-process engine, under the same conditions as in DynamoDB. */
export class MemoryResultBackend implements ResultBackend {
  readonly maxDocumentBytes: number = maxDocumentBytes;
  readonly #items: Map<string, ResultItem>;
  readonly #clock: Clock;

  /** Several backends may share `items`, as several processes share a table. */
  constructor(items: Map<string, ResultItem>, clock: Clock) {
    this.#items = items;
    this.#clock = clock;
  }

  async read(taskIds: readonly string[]): Promise<ReadonlyMap<string, StoredResult>> {
    const found = new Map<string, StoredResult>();
    for (const id of taskIds) {
      const item = this.#live(id);
      if (item) found.set(id, toStoredResult(item));
    }
    return found;
  }

  async store(write: ResultWrite): Promise<WriteOutcome> {
    if (write.document.byteLength > maxDocumentBytes) throw tooLarge(write);
    const current = this.#live(write.taskId);
    if (!current || mayReplace(current, write, this.#clock.now())) {
      this.#items.set(write.taskId, toItem(write, current));
      return { stored: true };
    }
    if (current.own?.token === write.token) return { stored: true };
    return { stored: false, current: toStoredResult(current) };
  }

  async prolong(taskIds: readonly string[], expiresAt: number): Promise<void> {
    for (const id of taskIds) {
      const item = this.#live(id);
      if (item?.expiresAt === undefined || item.expiresAt >= expiresAt) continue;
      this.#items.set(id, { ...item, expiresAt });
    }
  }

  async forget(taskIds: readonly string[]): Promise<readonly string[]> {
    const ids = [...new Set(taskIds)];
    const payloads = ids.map((id) => this.#items.get(id)?.own?.payload);
    for (const id of ids) this.#items.delete(id);
    return payloads.filter((payload) => payload !== undefined);
  }

  async changeLease({ taskId, owner, to, expiresAt }: LeaseChange): Promise<LeaseOutcome> {
    const current = this.#live(taskId);
    if (current?.own?.lease?.owner !== owner) {
      return { changed: false, current: current && toStoredResult(current) };
    }
    this.#items.set(taskId, {
      ...current,
      own: { ...current.own, lease: to },
      expiresAt: expiresAt ?? current.expiresAt,
    });
    return { changed: true };
  }

  #live(taskId: string): ResultItem | undefined {
    const item = this.#items.get(taskId);
    const expired = (item?.expiresAt ?? Infinity) < this.#clock.now() / 1000;
    return expired ? undefined : item;
  }
}

function mayReplace({ own, timestamp }: ResultItem, write: ResultWrite, now: number): boolean {
  if (!own) return timestamp === write.over;
  if (own.dead !== undefined && own.dead === write.generation) return true;
  return (
    !isFinal(own.status) &&
    own.attempt <= write.fromAttempt &&
    own.generation <= write.generation &&
    allowsLease(own.lease, write.lease, now)
  );
}

function allowsLease(
  current: LeaseRecord | undefined,
  write: ResultWrite['lease'],
  now: number,
): boolean {
  if (write?.kind === 'keep') return current?.owner === write.lease.owner;
  if (write?.kind === 'drop') return current?.owner === write.owner;
  if (current && current.until > now) return false;
  return write === undefined || current?.epoch === write.seenEpoch;
}

function leaseAfter({ lease: write }: ResultWrite, current: ResultItem | undefined) {
  if (write === undefined || write.kind === 'drop') return undefined;
  const taken = { ...write.lease, ended: false };
  return write.kind === 'keep' ? (current?.own?.lease ?? taken) : taken;
}

function toItem(write: ResultWrite, current: ResultItem | undefined): ResultItem {
  const {
    taskId,
    document,
    timestamp,
    expiresAt,
    status,
    attempt,
    generation,
    dead,
    retry,
    payload,
    token,
  } = write;
  return {
    taskId,
    document: document.slice(),
    timestamp: String(timestamp),
    expiresAt,
    own: {
      status,
      attempt,
      generation,
      dead,
      retry,
      payload,
      token,
      lease: leaseAfter(write, current),
    },
  };
}

function toStoredResult({ taskId, document, timestamp, own }: ResultItem): StoredResult {
  return { taskId, document: document.slice(), timestamp, own: own && toOwnState(own) };
}

function toOwnState({ token: _, ...own }: NonNullable<ResultItem['own']>): OwnState {
  return own;
}

function tooLarge({ taskId, document }: ResultWrite): OperationalError {
  return new OperationalError(
    `Storing the state of task ${taskId} failed: ValidationException: the document has ${document.byteLength} bytes, ` +
      `an item holds ${maxDocumentBytes}`,
  );
}
