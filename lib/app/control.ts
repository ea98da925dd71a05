import { ImproperlyConfigured } from '../errors.ts';
import { type Adapters, type Clock, revokeRecord, type Stamp } from '../ports/index.ts';
import { checkOptions, type Forms, flag, isPlainObject } from '../producer/index.ts';
import { encodeControlMessage, type RateLimit } from '../protocol/index.ts';
import type { RevokeOptions } from '../results/index.ts';
import { rateLimit } from './task-options.ts';

/** What `Control` works with. */
export interface ControlOptions {
  /** Asked for at the first command. */
  readonly adapters: () => Promise<Adapters>;
  readonly clock: Clock;
}

/** Header name -> a value, or several, one of which a task's stamp must have. */
export type StampedHeaders = Readonly<Record<string, unknown>>;

/** How many tasks one control message names: each takes its worker a request to Scheduler. */
const unparkedTogether = 25;

/** Commands to all workers, those that start tomorrow included. @see celery.app.control.Control */
export class Control {
  readonly #options: ControlOptions;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /**
   * Revokes tasks: those that wait, in a queue or for their time, end REVOKED and never start; those that run go on,
   * unless `terminate` is given. Remembered for 30 days.
   *
   * @throws ImproperlyConfigured for what is no id; OperationalError: some may be revoked then, and all may be again
   * @see celery.app.control.Control.revoke
   */
  async revoke(taskIds: string | readonly string[], options: RevokeOptions = {}): Promise<void> {
    const ids = Array.isArray(taskIds) ? [...new Set(taskIds)] : [taskIds];
    if (ids.some((id) => typeof id !== 'string' || id === '')) {
      throw new ImproperlyConfigured('control.revoke takes the id of a task, or a list of ids');
    }
    await this.#record({ taskIds: ids, stamps: [] }, options);
    await this.#unpark(ids);
  }

  /**
   * Revokes all tasks with one of these stamps, those that are yet to be sent included. A parked one ends when its
   * time comes, a week from now at the latest.
   *
   * @throws ImproperlyConfigured for what is no object of stamps; OperationalError
   * @example await app.control.revokeByStampedHeaders({ customer: ['c1', 'c2'] }, { terminate: true });
   * @see celery.app.control.Control.revoke_by_stamped_headers
   */
  async revokeByStampedHeaders(
    headers: StampedHeaders,
    options: RevokeOptions = {},
  ): Promise<void> {
    if (!isPlainObject(headers)) {
      throw new ImproperlyConfigured(
        'control.revokeByStampedHeaders takes an object of stamps, { customer: "c1" }',
      );
    }
    const stamps = Object.entries(headers).flatMap(([header, values]): Stamp[] =>
      [values].flat().map((value: unknown) => ({ header, value })),
    );
    await this.#record({ taskIds: [], stamps }, options);
  }

  /**
   * Changes the rate limit of a task that has the option `rateLimit`, over all workers and for good: what waits for a
   * slot of the old rate takes a new one when it next looks, within a minute, or up to 15 minutes where more than 600 wait
   * before it. null: no limit any more.
   *
   * @throws ImproperlyConfigured for what is no rate, and on an engine without a control queue; OperationalError
   * @example await app.control.rateLimit('shop.send_email', '5/s');
   * @see celery.app.control.Control.rate_limit
   */
  async rateLimit(task: string, rate: RateLimit): Promise<void> {
    if (typeof task !== 'string' || task === '') {
      throw new ImproperlyConfigured('control.rateLimit takes the name of a task');
    }
    checkOptions({ rate }, { rate: rateLimit }, 'value', `control.rateLimit('${task}')`);
    const { broker } = await this.#options.adapters();
    if (broker.controlQueue === undefined) {
      throw new ImproperlyConfigured(
        'control.rateLimit needs the control queue, which these endpoints do not name: deploy the stack anew',
      );
    }
    const body = encodeControlMessage('rate_limit', { task_name: task, rate_limit: rate });
    await broker.send(broker.controlQueue, { body });
  }

  async #record(
    targets: { readonly taskIds: readonly string[]; readonly stamps: readonly Stamp[] },
    options: RevokeOptions,
  ): Promise<void> {
    checkOptions(options, revokeForms, 'option', 'revoke');
    const { revocations } = await this.#options.adapters();
    const record = revokeRecord(this.#options.clock, options.terminate ?? false);
    await revocations.revoke(targets, record);
  }

  /** After the record: a worker brings home what is parked, and then finds it. */
  async #unpark(taskIds: readonly string[]): Promise<void> {
    const { broker } = await this.#options.adapters();
    if (broker.controlQueue === undefined || taskIds.length === 0) return;
    const messages = Array.from(
      { length: Math.ceil(taskIds.length / unparkedTogether) },
      (_, index) => {
        const task_id = taskIds.slice(index * unparkedTogether, (index + 1) * unparkedTogether);
        return { body: encodeControlMessage('unpark', { task_id }) };
      },
    );
    const errors = await broker.sendBatch(broker.controlQueue, messages);
    for (const error of errors) if (error) throw error;
  }
}

const revokeForms: Forms<RevokeOptions> = { terminate: flag };
