import type { AdmissionRecords, Delivery } from '../ports/index.ts';
import { loadSerializers } from '../serializers/index.ts';
import { decodeDelivery, type Incoming } from './incoming.ts';
import { isFifo, isSuspect, planBatch, type Turn } from './plan-batch.ts';
import { processDelivery } from './process-delivery.ts';
import { giveBack, giveBackLater, type Settlement } from './settlement.ts';
import { isRevoked, recordsOf } from './starting/revocable.ts';
import type { Invocation, WorkerRuntime } from './worker-runtime.ts';

/** Hears what becomes of a delivery as soon as it is known, before the rest of its batch has ended. */
export type OnSettlement = (delivery: Delivery, settlement: Settlement) => void;

/** The deliveries of one invocation, from receipt to settlement. */
export class Batch {
  readonly #runtime: WorkerRuntime;
  readonly #invocation: Invocation;
  readonly #deliveries: readonly Delivery[];
  readonly #onSettlement: OnSettlement;
  #batch: readonly Incoming[] = [];
  readonly #settlements = new Map<Delivery, Settlement>();
  /** How many deliveries have had their turn: what was read before is old for those that come after. */
  #turns = 0;

  constructor(
    runtime: WorkerRuntime,
    deliveries: readonly Delivery[],
    invocation: Invocation,
    onSettlement: OnSettlement = () => {},
  ) {
    this.#runtime = runtime;
    this.#invocation = invocation;
    this.#deliveries = deliveries;
    this.#onSettlement = onSettlement;
  }

  /** Settles every delivery, in their order. */
  async process(concurrency: number): Promise<readonly Settlement[]> {
    if (await this.#canRead()) {
      this.#batch = this.#deliveries.map((delivery) => decodeDelivery(this.#runtime, delivery));
      const records = await this.#read(this.#batch);
      if (records) await this.#processLanes(records, concurrency);
    }
    return this.#deliveries.map(
      (delivery) =>
        this.#settlements.get(delivery) ??
        this.#settle(delivery, giveBackLater(delivery.receiveCount)),
    );
  }

  #settle(delivery: Delivery, settlement: Settlement): Settlement {
    this.#settlements.set(delivery, settlement);
    this.#onSettlement(delivery, settlement);
    return settlement;
  }

  /** A serializer that is not installed is no fault of the messages: they are given back. */
  async #canRead(): Promise<boolean> {
    const { app, logger } = this.#runtime;
    const { acceptContent, resultSerializer } = app.conf;
    try {
      await loadSerializers([...acceptContent, resultSerializer]);
      return true;
    } catch (error) {
      logger.error('Deliveries are given back because a serializer is missing', { error });
      return false;
    }
  }

  async #processLanes(records: AdmissionRecords, concurrency: number): Promise<void> {
    const { overdue, fresh, suspects } = planBatch(this.#batch, records.results);
    if (overdue) await this.#processTurn(overdue, records);
    const waiting = fresh.values();
    const worker = async (initial: boolean) => {
      let justRead = initial && !overdue;
      for (const turn of waiting) {
        await this.#processTurn(turn, justRead ? records : undefined);
        justRead = false;
      }
    };
    await Promise.all(
      Array.from({ length: Math.min(concurrency, fresh.length) }, () => worker(true)),
    );
    for (const turn of suspects)
      await this.#processTurn(turn, this.#turns === 0 ? records : undefined);
  }

  /** One after another. On FIFO, what comes after a message that is given back is given back too. */
  async #processTurn(turn: Turn, records: AdmissionRecords | undefined): Promise<void> {
    let justRead = records;
    let blockedBy: Settlement | undefined;
    for (const incoming of turn.deliveries) {
      const settlement: Settlement =
        blockedBy ??
        (await (justRead
          ? this.#takeTurn(incoming, justRead, true)
          : this.#processWaited(incoming)));
      this.#settle(incoming.delivery, settlement);
      if (settlement.kind === 'return' && isFifo(incoming.delivery.queue)) blockedBy = giveBack(0);
      justRead = undefined;
    }
  }

  /** A start rests on a read made right before it: what waited behind others is read again. */
  async #processWaited(incoming: Incoming): Promise<Settlement> {
    const records = await this.#read([incoming]);
    if (!records) return giveBackLater(incoming.delivery.receiveCount);
    return await this.#takeTurn(incoming, records, false);
  }

  #takeTurn(incoming: Incoming, records: AdmissionRecords, first: boolean): Promise<Settlement> {
    const { id } = incoming;
    const item = id === undefined ? undefined : records.results.get(id);
    this.#turns++;
    return processDelivery(this.#runtime, incoming, this.#invocation, {
      item,
      revoked: isRevoked(incoming, records.revoked),
      suspect: isSuspect(incoming, item),
      first,
    });
  }

  /** Answers undefined when the table cannot be read: then nothing may start. */
  async #read(batch: readonly Incoming[]): Promise<AdmissionRecords | undefined> {
    const tasks = batch.flatMap(recordsOf);
    if (tasks.length === 0) return { results: new Map(), revoked: new Set() };
    const { adapters, logger } = this.#runtime;
    try {
      return await adapters.admissions.read(tasks);
    } catch (error) {
      logger.error('Deliveries are given back because their results cannot be read', {
        ids: tasks.map(({ taskId }) => taskId),
        error,
      });
      return undefined;
    }
  }
}
