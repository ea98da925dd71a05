import { ChordError } from '../../errors.ts';
import type { StoredResult } from '../../ports/index.ts';
import {
  type ExceptionObject,
  encodeException,
  type ResultTuple,
  reprException,
  TaskState,
} from '../../protocol/index.ts';
import { readDocument } from '../../results/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { lastingFault } from './lasting-fault.ts';

/** Why a chord's body fails. */
export interface ChordFailure {
  readonly chordError: ChordError;
  /** What the first failed part failed with. */
  readonly original: ExceptionObject;
}

/** What the parts of a chord came to, read from their results. */
export class ChordValues {
  /** The first part that did not succeed, in order; undefined: all did. */
  failure: ChordFailure | undefined;
  list: readonly unknown[] = [];
  readonly #runtime: WorkerRuntime;
  readonly #items: ReadonlyMap<string, StoredResult>;

  private constructor(runtime: WorkerRuntime, items: ReadonlyMap<string, StoredResult>) {
    this.#runtime = runtime;
    this.#items = items;
  }

  /** @param members A group's value is the list of its members'. @throws OperationalError */
  static async read(
    runtime: WorkerRuntime,
    members: readonly ResultTuple[],
    items: ReadonlyMap<string, StoredResult>,
  ): Promise<ChordValues> {
    const values = new ChordValues(runtime, items);
    values.list = await values.#valuesOf(members);
    return values;
  }

  async #valuesOf(members: readonly ResultTuple[]): Promise<unknown[]> {
    const values: unknown[] = [];
    for (const [[id], nested] of members) {
      values.push(nested === null ? await this.#valueOf(id) : await this.#valuesOf(nested));
      if (this.failure) break;
    }
    return values;
  }

  async #valueOf(id: string): Promise<unknown> {
    const item = this.#items.get(id);
    if (!item) return this.#fail(notEnded(id));
    try {
      const { blobs } = this.#runtime.adapters;
      const { status, result } = await readDocument(item, {
        blobs: async () => blobs,
        serializer: this.#runtime.app.conf.resultSerializer,
      });
      if (status === TaskState.SUCCESS) return result;
      const failed = status === TaskState.FAILURE || status === TaskState.REVOKED;
      return this.#fail(failed ? (result as ExceptionObject) : notEnded(id));
    } catch (error) {
      return this.#fail(encodeException(lastingFault(error).error).exception);
    }
  }

  /** Celery's words: the repr of what the part failed with. @see celery.backends.base.Backend.on_chord_part_return */
  #fail(original: ExceptionObject): undefined {
    this.failure = { chordError: new ChordError(reprException(original)), original };
  }
}

function notEnded(id: string): ExceptionObject {
  const error = new ChordError(`Part ${id} never ended, or its result expired before the others`);
  return encodeException(error).exception;
}
