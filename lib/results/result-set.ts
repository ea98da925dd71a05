import { ImproperlyConfigured } from '../errors.ts';
import { KeyError } from '../protocol/index.ts';
import { type AsyncResult, forgetAll, ownerOf } from './async-result.ts';
import { endedLeaves } from './ended-leaves.ts';
import { leavesOf } from './leaves.ts';
import type { GetOptions, RevokeOptions } from './results.ts';

/** How several results are waited for. */
export interface JoinOptions extends GetOptions {
  /** Told the value of each task as soon as it has ended; without `propagate` also its error. */
  readonly onResult?: (taskId: string, value: unknown) => void;
}

/**
 * Results of several tasks, asked as one: however many there are, a look reads a hundred of them in a request.
 *
 * @example
 * const set = new ResultSet([await add.delay(1, 1), await add.delay(2, 2)]);
 * await set.get();                                                          // [2, 4]
 * for await (const [index, result] of set) console.log(index, await result.get());
 * @see celery.result.ResultSet
 */
export class ResultSet<V = unknown> {
  readonly #results: AsyncResult<V>[] = [];

  /** @throws ImproperlyConfigured for results of different applications */
  constructor(results: Iterable<AsyncResult<V>> = []) {
    for (const result of results) this.#push(result);
  }

  /** Its members, in order. */
  get results(): readonly AsyncResult<V>[] {
    return this.#results;
  }

  get length(): number {
    return this.#results.length;
  }

  /** The member at this place, from the end where it is negative. */
  at(index: number): AsyncResult<V> | undefined {
    return this.#results.at(index);
  }

  [Symbol.iterator](): IterableIterator<AsyncResult<V>> {
    return this.#results.values();
  }

  [Symbol.asyncIterator](): AsyncGenerator<readonly [number, AsyncResult<V>], void, undefined> {
    return this.iterate();
  }

  /** Adds a result, unless it is a member. @throws ImproperlyConfigured for one of another application */
  add(result: AsyncResult<V>): void {
    if (!this.#results.some(({ id }) => id === result.id)) this.#push(result);
  }

  /** Adds those that are no members yet. @throws ImproperlyConfigured for those of another application */
  update(results: Iterable<AsyncResult<V>>): void {
    for (const result of results) this.add(result);
  }

  /** Takes a member out, by itself or by its id. @throws KeyError when it is none */
  remove(result: AsyncResult<V> | string): void {
    const id = idOf(result);
    if (!this.#take(id)) throw new KeyError(id);
  }

  /** Takes a member out, if it is one. */
  discard(result: AsyncResult<V> | string): void {
    this.#take(idOf(result));
  }

  clear(): void {
    this.#results.length = 0;
  }

  /**
   * Waits until all tasks have ended, and resolves with their values in order. One that was sent with `ignoreResult`
   * has null.
   *
   * @throws the error of a task that fails, at once and in order of the members where several have; unless `propagate`
   * is false: then it stands among the values
   * @throws TimeoutError when not all have ended within `timeout` seconds, and the rest as `AsyncResult.get`
   */
  async get({ onResult, ...options }: JoinOptions = {}): Promise<V[]> {
    for await (const leaf of endedLeaves(this.#results, options)) {
      const value = await leaf.get(options);
      onResult?.(leaf.id, value);
    }
    return await Promise.all(this.#results.map((result) => result.get(options)));
  }

  /** The same as `get`. */
  join(options: JoinOptions = {}): Promise<V[]> {
    return this.get(options);
  }

  /**
   * The members as they end, each with its place: what one asks of them then needs no further read. A failure is thrown
   * by the member's `get`, not here.
   *
   * @throws TimeoutError and the rest as `AsyncResult.get`
   */
  async *iterate(
    options: GetOptions = {},
  ): AsyncGenerator<readonly [index: number, result: AsyncResult<V>], void, undefined> {
    const members = this.#results.map((result) => ({ result, open: leavesOf(result).length }));
    const places = placesOf(this.#results);
    for (const [index, { result, open }] of members.entries())
      if (open === 0) yield [index, result];
    for await (const leaf of endedLeaves(this.#results, options)) {
      for (const index of places.get(leaf) ?? []) {
        const member = members[index];
        if (member && --member.open === 0) yield [index, member.result];
      }
    }
  }

  /** All tasks have ended. */
  async ready(): Promise<boolean> {
    return (await this.#ask((result) => result.ready())).every(Boolean);
  }

  /** All tasks have ended well. */
  async successful(): Promise<boolean> {
    return (await this.#ask((result) => result.successful())).every(Boolean);
  }

  /** A task has ended with an error. */
  async failed(): Promise<boolean> {
    return (await this.#ask((result) => result.failed())).some(Boolean);
  }

  /** A task has not ended yet. */
  async waiting(): Promise<boolean> {
    return !(await this.ready());
  }

  /** How many members have ended well. */
  async completedCount(): Promise<number> {
    return (await this.#ask((result) => result.successful())).filter(Boolean).length;
  }

  /** Revokes all tasks, by one command. @throws OperationalError */
  async revoke(options: RevokeOptions = {}): Promise<void> {
    const [first] = this.#results;
    const ids = this.#results.flatMap(leavesOf).map(({ id }) => id);
    if (first) await ownerOf(first).revoke(ids, options);
  }

  /** Deletes the stored results of all tasks, and of their parents. @throws OperationalError */
  async forget(): Promise<void> {
    await forgetAll(this.#results);
  }

  /** Asked in one turn, all are read together. */
  #ask<A>(question: (result: AsyncResult<V>) => Promise<A>): Promise<A[]> {
    return Promise.all(this.#results.map(question));
  }

  #push(result: AsyncResult<V>): void {
    const [first = result] = this.#results;
    if (ownerOf(first) !== ownerOf(result)) {
      throw new ImproperlyConfigured(
        `A ResultSet holds results of one application: ${result.id} is of another than ${first.id}`,
      );
    }
    this.#results.push(result);
  }

  #take(id: string): boolean {
    const place = this.#results.findIndex((result) => result.id === id);
    if (place >= 0) this.#results.splice(place, 1);
    return place >= 0;
  }
}

/** Where in `members` each leaf stands: in the groups among them, too. */
function placesOf(members: readonly AsyncResult[]): Map<AsyncResult, number[]> {
  const places = new Map<AsyncResult, number[]>();
  for (const [index, member] of members.entries()) {
    for (const leaf of leavesOf(member)) places.set(leaf, [...(places.get(leaf) ?? []), index]);
  }
  return places;
}

function idOf(result: AsyncResult | string): string {
  return typeof result === 'string' ? result : result.id;
}
