import { DecodeError, OperationalError } from '../errors.ts';
import type { LeaseWrite, ResultWrite, StoredResult } from '../ports/index.ts';
import {
  isFinal,
  replacementsBefore,
  type TaskMessage,
  TaskState,
  type WireSignature,
} from '../protocol/index.ts';
import { decodeStoredDocument, guessSerializer } from '../serializers/index.ts';
import { storeShared } from './copies.ts';
import { placeBesides, putDocumentAway } from './fit-document.ts';
import { chordKeptUntil } from './following/chord-in-hand.ts';
import type { Incoming } from './incoming.ts';
import { leaseExpiry } from './starting/lease.ts';
import type { StateDocument } from './state-document.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** Whether the item is final: by our own attribute or, where Python wrote it, by its document. */
export function isFinished(item: StoredResult): boolean {
  return isFinal(statusOf(item) ?? TaskState.PENDING);
}

/** The item's status; undefined where it is no result, or a Python worker wrote a document that nobody here can read. */
export function statusOf(item: StoredResult): string | undefined {
  if (item.malformed) return undefined;
  return item.own?.status ?? documentStatus(item);
}

function documentStatus(item: StoredResult): string | undefined {
  try {
    const resultSerializer = guessSerializer(item.document);
    return decodeStoredDocument(item.document, { resultSerializer }).status;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // Values of types that only Python's application knows do not hide the status.
    return statusInText(item.document);
  }
}

function statusInText(document: Uint8Array): string | undefined {
  return /"status": ?"([^"]*)"/.exec(new TextDecoder().decode(document))?.[1];
}

/** A dead-lettered task whose letter this delivery is: it may run again. */
export function isReopened(
  item: StoredResult,
  { generation }: Pick<Incoming, 'generation'>,
): boolean {
  return item.own?.dead !== undefined && item.own.dead === generation;
}

/** Whether the item belongs to a later attempt, or to a later life, than this delivery. */
export function isPast(
  item: StoredResult,
  { attempt, generation }: Pick<Incoming, 'attempt' | 'generation'>,
): boolean {
  return item.own !== undefined && (item.own.attempt > attempt || item.own.generation > generation);
}

/** Whether the item is a state of what took the place of this delivery's task. */
export function isOfReplacement(
  { own }: StoredResult,
  { attempt }: Pick<Incoming, 'attempt'>,
): boolean {
  return own !== undefined && replacementsBefore(own.attempt) > replacementsBefore(attempt);
}

/** How often a store starts over because a Python worker wrote in between. */
const mostRaces = 20;

export interface StateWrite extends StateDocument {
  /** The item as last read; undefined: there was none. */
  readonly seen: StoredResult | undefined;
  /** For a death: the generation in which the letter may run again. */
  readonly dead?: number;
  /** For RETRY: how the next attempt's message differs, and when it starts, in milliseconds since the epoch. */
  readonly retry?: { readonly text: string; readonly eta: number };
  /** What becomes of the task's lease, where it runs under one. */
  readonly lease?: LeaseWrite | undefined;
  /** The chord that the task is a part of. @default as its message embeds it */
  readonly partOf?: WireSignature | null;
}

/** Whose state is stored. */
export interface StateOwner {
  readonly id: string;
  readonly attempt: number;
  readonly generation: number;
  /** undefined: it was never sent, or cannot be read. */
  readonly message?: Pick<TaskMessage, 'embed'> | undefined;
  /** The id that its copies on other queues share, where there are some. */
  readonly sharedId?: string | undefined;
}

/**
 * Stores a state unless the task is finished or further on.
 * Answers undefined when stored, else the item that stood in the way.
 *
 *     read --- Python stores STARTED --- our store: refused, its item comes back unfinished --- store over it
 *     read --- Python stores SUCCESS --- our store: refused, its item comes back finished ----- leave it
 *
 * @throws OperationalError when it is not known whether it took effect
 */
export async function storeState(
  runtime: WorkerRuntime,
  { id, attempt, generation, message, sharedId }: StateOwner,
  write: StateWrite,
): Promise<StoredResult | undefined> {
  const { adapters, app, clock, random } = runtime;
  let seen = write.seen;
  const { retry } = write;
  const elsewhere = placeBesides(runtime, write);
  const fitted = elsewhere
    ? await putDocumentAway(runtime, elsewhere, id, write)
    : { document: write.document };
  for (let race = 0; race < mostRaces; race++) {
    const timestamp = clock.now() / 1000;
    const chord = write.partOf ?? message?.embed.chord ?? undefined;
    const neededUntil = Math.max(timestamp, (retry?.eta ?? 0) / 1000);
    const { resultExpires } = app.conf;
    const item: ResultWrite = {
      taskId: id,
      ...fitted,
      status: write.status,
      timestamp,
      expiresAt:
        resultExpires === null ? undefined : expiryOf(write, neededUntil, resultExpires, chord),
      attempt: retry ? attempt + 1 : attempt,
      fromAttempt: attempt,
      generation,
      dead: write.dead,
      retry: retry?.text,
      token: random.uuid(),
      over: seen && !seen.own ? seen.timestamp : undefined,
      lease: write.lease,
    };
    if (sharedId !== undefined && isFinal(write.status)) {
      await storeShared(adapters, sharedId, item);
    }
    const outcome = await adapters.results.store(item);
    if (outcome.stored) return undefined;
    if (outcome.current.own || isFinished(outcome.current)) return outcome.current;
    seen = outcome.current;
  }
  throw new OperationalError(
    `The state of task ${id} was overwritten by another worker ${mostRaces} times while storing ${write.status}`,
  );
}

/** Unix seconds. */
function expiryOf(
  { lease }: StateWrite,
  neededUntil: number,
  resultExpires: number,
  chord: WireSignature | undefined,
): number {
  const leased = lease && leaseExpiry(lease, resultExpires);
  const expiry = leased ?? Math.ceil(neededUntil + resultExpires);
  return chord ? Math.max(expiry, chordKeptUntil(chord, neededUntil)) : expiry;
}
