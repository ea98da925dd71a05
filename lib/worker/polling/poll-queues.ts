import { type Delivery, sleep } from '../../ports/index.ts';
import { isFifo } from '../plan-batch.ts';
import { backOff, giveBack, type Settlement } from '../settlement.ts';
import type { Worker } from '../worker.ts';
import { InHand } from './in-hand.ts';
import { type LaneTurn, laneTurns } from './lane-turns.ts';

export interface PollOptions {
  /** Celery's names of the queues to receive from. */
  readonly queues: readonly string[];
  /** Deliveries of one queue, all its lanes together, in hand at once, in tens. @default 1 */
  readonly batches?: number;
  /** How long a request waits for a first message, in seconds, 0 to 20. @default 20, the fewest requests */
  readonly waitSeconds?: number;
  /** Ends polling: what is in hand is finished first. */
  readonly signal: AbortSignal;
}

/** The most that one request receives. */
const mostReceived = 10;

function placesOf({ batches = 1 }: PollOptions): number {
  return mostReceived * batches;
}

/**
 * Receives from queues and has the worker process what comes, until `signal` aborts. Each delivery is settled when its
 * own run has ended, and makes room for another; one that hangs takes no more than its own place. Suspects go one at a
 * time, so that a killer takes none of them along; those that wait for that take no places, as many may wait as there are
 * places, and the others are given back for a while. A delivery in hand is kept invisible for as long as it takes. Lanes
 * of a queue for priorities are emptied from the highest down.
 */
export async function pollQueues(worker: Worker, options: PollOptions): Promise<void> {
  const suspects = new InHand(1);
  const { lanes = new Map() } = worker.adapters.broker;
  const turns = laneTurns(options.queues, lanes, placesOf(options));
  await Promise.all(
    options.queues.map((queue) =>
      new QueuePoller(worker, queue, options, suspects, turns.get(queue)).poll(),
    ),
  );
}

class QueuePoller {
  readonly #worker: Worker;
  readonly #queue: string;
  readonly #options: PollOptions;
  readonly #inHand: InHand;
  /** Suspects that wait for their turn. */
  readonly #waiting: InHand;
  readonly #suspects: InHand;
  /** undefined: the queue has no lanes. */
  readonly #turn: LaneTurn | undefined;

  constructor(
    worker: Worker,
    queue: string,
    options: PollOptions,
    suspects: InHand,
    turn: LaneTurn | undefined,
  ) {
    this.#worker = worker;
    this.#queue = queue;
    this.#options = options;
    this.#inHand = turn?.inHand ?? new InHand(placesOf(options));
    this.#waiting = new InHand(placesOf(options));
    this.#suspects = suspects;
    this.#turn = turn;
  }

  async poll(): Promise<void> {
    const { signal } = this.#options;
    const { clock, logger } = this.#worker.app;
    let pauseMs = 0;
    while (!signal.aborted) {
      await this.#turn?.comes(signal);
      await this.#turn?.share.room();
      await this.#inHand.room();
      try {
        await this.#receive();
        pauseMs = 0;
      } catch (error) {
        pauseMs = Math.min(30_000, pauseMs * 2 || 1000);
        this.#turn?.received(0);
        logger.error(`Queue '${this.#queue}' cannot be read; trying again in ${pauseMs} ms`, {
          error,
        });
        await sleep(clock, pauseMs);
      }
    }
    await Promise.all([this.#inHand.empty(), this.#waiting.empty()]);
  }

  async #receive(): Promise<void> {
    const { signal, waitSeconds = 20 } = this.#options;
    const turn = this.#turn;
    const deliveries = await this.#worker.adapters.consumer.receive(this.#queue, {
      max: Math.max(1, Math.min(mostReceived, this.#inHand.free, turn?.share.free ?? mostReceived)),
      waitSeconds: turn?.isBusy ? 0 : waitSeconds,
      signal,
    });
    turn?.received(deliveries.length);
    const received = isFifo(this.#queue)
      ? []
      : deliveries.filter(({ receiveCount }) => receiveCount > 1);
    const fresh = deliveries.filter((delivery) => !received.includes(delivery));
    if (fresh.length > 0) void this.#process(fresh, this.#hold(fresh));
    for (const delivery of received) void this.#processAlone(delivery);
  }

  /** Settles each as soon as its own run has ended, and lets go of it. */
  async #process(deliveries: readonly Delivery[], held: Held): Promise<void> {
    const { clock, random } = this.#worker.app;
    await this.#worker.process(
      deliveries,
      { token: random.uuid(), startedAt: clock.now(), deadline: Number.POSITIVE_INFINITY },
      (delivery, settlement) => {
        void settleDelivery(this.#worker, delivery, settlement).then(held.get(delivery));
      },
    );
  }

  async #processAlone(delivery: Delivery): Promise<void> {
    if (this.#waiting.free === 0) {
      return await settleDelivery(this.#worker, delivery, backOff(delivery.receiveCount));
    }
    const stop = keepInvisible(this.#worker, delivery);
    this.#waiting.take();
    await this.#suspects.takeWhenFree();
    stop();
    const { aborted } = this.#options.signal;
    const held = aborted ? undefined : this.#hold([delivery]);
    this.#waiting.release();
    if (held) await this.#process([delivery], held);
    else await settleDelivery(this.#worker, delivery, giveBack(0));
    this.#suspects.release();
  }

  /** Takes a place for each and keeps it invisible, until its function is called. */
  #hold(deliveries: readonly Delivery[]): Held {
    return new Map(
      deliveries.map((delivery) => {
        const stop = keepInvisible(this.#worker, delivery);
        this.#inHand.take();
        this.#turn?.share.take();
        const letGo = () => {
          stop();
          this.#inHand.release();
          this.#turn?.share.release();
        };
        return [delivery, letGo];
      }),
    );
  }
}

type Held = ReadonlyMap<Delivery, () => void>;

/** Deletes the delivery or gives it back; when that fails it comes back by itself, which is harmless. */
export async function settleDelivery(
  { adapters: { consumer }, app: { logger } }: Worker,
  delivery: Delivery,
  settlement: Settlement | undefined,
): Promise<void> {
  try {
    if (settlement?.kind === 'settle') await consumer.delete(delivery);
    else await consumer.changeVisibility(delivery, settlement?.delaySeconds ?? 0);
  } catch (error) {
    logger.warn('A delivery could not be settled; it will be received again', {
      messageId: delivery.messageId,
      queue: delivery.queue,
      error,
    });
  }
}

const beatMs = 10_000;
const invisibleSeconds = 60;

/** Moves the visibility timeout on, until the answered function is called. */
function keepInvisible({ adapters, app }: Worker, delivery: Delivery): () => void {
  let cancel = () => {};
  const beat = () => {
    adapters.consumer.changeVisibility(delivery, invisibleSeconds).catch((error: unknown) => {
      const { messageId, queue } = delivery;
      app.logger.warn('A delivery in hand could not be kept invisible', {
        messageId,
        queue,
        error,
      });
    });
    cancel = app.clock.setTimer(beatMs, beat);
  };
  cancel = app.clock.setTimer(beatMs, beat);
  return () => cancel();
}
