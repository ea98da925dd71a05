import { groupResultTuple, type ResultTuple, TaskState } from '../protocol/index.ts';
import { AsyncResult, type AsyncResultOptions } from './async-result.ts';
import { leavesOf } from './leaves.ts';
import { type JoinOptions, ResultSet } from './result-set.ts';
import type { GetOptions, Results, RevokeOptions } from './results.ts';

/** The results of a group's members. */
export type MembersOf<T extends readonly unknown[]> = {
  readonly [K in keyof T]: AsyncResult<T[K]>;
};

/**
 * The results of a group: of its members, in order. Its state is theirs: PENDING until all have ended, then FAILURE if
 * one failed, REVOKED if one was revoked, REJECTED or IGNORED if one of an eager run was, else SUCCESS.
 *
 * @example
 * const result = await group([add.s(1, 1), add.s(2, 2)]).applyAsync();
 * await result.get({ onResult: (taskId) => progress(taskId) });            // [2, 4]
 * for await (const [index, member] of result) console.log(index, await member.get());
 * @see celery.result.GroupResult
 */
export class GroupResult<
  out T extends readonly unknown[] = readonly unknown[],
> extends AsyncResult<T> {
  /** The members, in order. */
  readonly results: MembersOf<T>;
  readonly #members: ResultSet<T[number]>;
  readonly #owner: Results;

  constructor(
    id: string,
    owner: Results,
    members: MembersOf<T>,
    options: Pick<AsyncResultOptions, 'parent' | 'workflow'> = {},
  ) {
    super(id, owner, options);
    this.results = members;
    this.#members = new ResultSet<T[number]>(members as readonly AsyncResult<T[number]>[]);
    this.#owner = owner;
  }

  get length(): number {
    return this.#members.length;
  }

  /** The member at this place, from the end where it is negative. */
  at(index: number): AsyncResult<T[number]> | undefined {
    return this.#members.at(index);
  }

  [Symbol.iterator](): IterableIterator<AsyncResult<T[number]>> {
    return this.#members[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): AsyncGenerator<
    readonly [number, AsyncResult<T[number]>],
    void,
    undefined
  > {
    return this.iterate();
  }

  /** As `ResultSet.get`: the values in order, once all members have ended, or the error of the first that fails. */
  override async get(options: JoinOptions = {}): Promise<T> {
    return (await this.#members.get(options)) as readonly unknown[] as T;
  }

  /** The same as `get`. */
  join(options: JoinOptions = {}): Promise<T> {
    return this.get(options);
  }

  /** As `ResultSet.iterate`: the members as they end, each with its place. */
  iterate(
    options: GetOptions = {},
  ): AsyncGenerator<readonly [index: number, result: AsyncResult<T[number]>], void, undefined> {
    return this.#members.iterate(options);
  }

  /** All members have ended. */
  override ready(): Promise<boolean> {
    return this.#members.ready();
  }

  /** All members have ended well. */
  override successful(): Promise<boolean> {
    return this.#members.successful();
  }

  /** A member has ended with an error. */
  override failed(): Promise<boolean> {
    return this.#members.failed();
  }

  /** A member has not ended yet. */
  waiting(): Promise<boolean> {
    return this.#members.waiting();
  }

  /** How many members have ended well. */
  completedCount(): Promise<number> {
    return this.#members.completedCount();
  }

  override async state(): Promise<string> {
    const states = await Promise.all(leavesOf(this).map((leaf) => leaf.state()));
    const { PENDING, FAILURE, REVOKED, REJECTED, IGNORED, SUCCESS } = TaskState;
    if (!(await this.ready())) return PENDING;
    const worstFirst = [FAILURE, REVOKED, REJECTED, IGNORED];
    return worstFirst.find((state) => states.includes(state)) ?? SUCCESS;
  }

  /** The values, and the errors of members that failed, once all have ended; undefined before. */
  override async result(): Promise<unknown> {
    if (!(await this.ready())) return undefined;
    return await Promise.all(this.#members.results.map((member) => member.result()));
  }

  /** The members: of a group they are what it sent. */
  override async children(): Promise<readonly AsyncResult[]> {
    return this.#members.results;
  }

  /** Revokes all members, by one command. @throws OperationalError */
  override revoke(options: RevokeOptions = {}): Promise<void> {
    return this.#members.revoke(options);
  }

  /** Deletes the stored results of the members, and of their parents; who they are stays saved. @throws OperationalError */
  override forget(): Promise<void> {
    return this.#members.forget();
  }

  /**
   * Saves who the members are, so that `app.restoreGroup(id)` finds them, in Python too: for as long as results are kept.
   *
   * @throws OperationalError
   */
  async save(): Promise<void> {
    await this.#owner.saveGroup(this.asTuple());
  }

  /** Deletes what was saved; the members' results stay. @throws OperationalError */
  async delete(): Promise<void> {
    await this.#owner.deleteGroup(this.id);
  }

  override asTuple(): ResultTuple {
    const [[id, parent]] = super.asTuple();
    return groupResultTuple(
      id,
      this.#members.results.map((member) => member.asTuple()),
      parent,
    );
  }
}
