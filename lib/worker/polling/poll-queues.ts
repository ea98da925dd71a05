import { type Delivery, sleep } from '../../ports/index.ts';
import { isFifo } from '../plan-batch.ts';
import { giveBack, giveBackLater, type Settlement } from '../settlement.ts';
import type { Worker } from '../worker.ts';
import { InHand } from './in-hand.ts';
import { type LaneTurn, laneTurns } from './lane-turns.ts';

export interface PollOptions {
  /** Celery's names of the queues to receive from. */
  readonly queues: readonly string[];
  /** Deliveries of one queue, all its lanes together, in hand at once, in tens. @default 1 */
  readonly batches?: number;
  /**
   * Tasks that run at once, from all queues together; control messages do not count. The worker's own `concurrency` has to
   * be no higher. @default no limit but `batches` of each queue
   */
  readonly concurrency?: number;
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
  const running = new InHand(options.concurrency ?? Number.POSITIVE_INFINITY);
  const { lanes = new Map(), controlQueue } = worker.adapters.broker;
  const turns = laneTurns(options.queues, lanes, placesOf(options));
  await Promise.all(
    options.queues.map((queue) => {
      const together = {
        suspects,
        running: queue === controlQueue ? new InHand(Number.POSITIVE_INFINITY) : running,
      };
      return new QueuePoller(worker, queue, options, together, turns.get(queue)).poll();
    }),
  );
}

/** What the pollers of one process share. */
interface Together {
  /** A suspect that runs. */
  readonly suspects: InHand;
  /** Tasks that run. */
  readonly running: InHand;
}

class QueuePoller {
  readonly #worker: Worker;
  readonly #queue: string;
  readonly #options: PollOptions;
  readonly #inHand: InHand;
  /** Suspects that wait for their turn. */
  readonly #waiting: InHand;
  readonly #together: Together;
  /** undefined: the queue has no lanes. */
  readonly #turn: LaneTurn | undefined;

  constructor(
    worker: Worker,
    queue: string,
    options: PollOptions,
    together: Together,
    turn: LaneTurn | undefined,
  ) {
    this.#worker = worker;
    this.#queue = queue;
    this.#options = options;
    this.#inHand = turn?.inHand ?? new InHand(placesOf(options));
    this.#waiting = new InHand(placesOf(options));
    this.#together = together;
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
      await this.#together.running.room();
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

  get #rooms(): readonly InHand[] {
    const { running } = this.#together;
    return this.#turn ? [this.#inHand, running, this.#turn.share] : [this.#inHand, running];
  }

  async #receive(): Promise<void> {
    const { signal, waitSeconds = 20 } = this.#options;
    const turn = this.#turn;
    const deliveries = await this.#worker.adapters.consumer.receive(this.#queue, {
      max: Math.max(1, Math.min(mostReceived, ...this.#rooms.map(({ free }) => free))),
      waitSeconds: turn?.isBusy ? 0 : waitSeconds,
      signal,
    });
    turn?.received(deliveries.length);
    const received = isFifo(this.#queue)
      ? []
      : deliveries.filter(({ receiveCount }) => receiveCount > 1);
    const fresh = deliveries.filter((delivery) => !received.includes(delivery));
    if (fresh.length > 0) void this.#processFresh(fresh, this.#hold(fresh));
    for (const delivery of received) void this.#processAlone(delivery);
  }

  /** As many at once as may run; those of a FIFO queue together, for the worker keeps their order. */
  async #processFresh(deliveries: readonly Delivery[], held: Held): Promise<void> {
    const { running } = this.#together;
    if (isFifo(this.#queue)) {
      await running.takeWhenFree(deliveries.length);
      return await this.#process(deliveries, held);
    }
    for (let rest = deliveries; rest.length > 0; ) {
      const next = rest.slice(0, await running.takeSome(rest.length));
      rest = rest.slice(next.length);
      void this.#process(next, held);
    }
  }

  /** Settles each as soon as its own run has ended, and lets go of it and of the place it runs in. */
  async #process(deliveries: readonly Delivery[], held: Held): Promise<void> {
    const { clock, random } = this.#worker.app;
    const { running } = this.#together;
    await this.#worker.process(
      deliveries,
      { token: random.uuid(), startedAt: clock.now(), deadline: Number.POSITIVE_INFINITY },
      (delivery, settlement) => {
        void settleDelivery(this.#worker, delivery, settlement).then(() => {
          running.release();
          held.get(delivery)?.();
        });
      },
    );
  }

  async #processAlone(delivery: Delivery): Promise<void> {
    if (this.#waiting.free === 0) {
      return await settleDelivery(this.#worker, delivery, giveBackLater(delivery.receiveCount));
    }
    const stop = keepInvisible(this.#worker, delivery);
    this.#waiting.take();
    await this.#together.suspects.takeWhenFree();
    await this.#together.running.takeWhenFree();
    stop();
    const { aborted } = this.#options.signal;
    const held = aborted ? undefined : this.#hold([delivery]);
    this.#waiting.release();
    if (held) {
      await this.#process([delivery], held);
    } else {
      this.#together.running.release();
      await settleDelivery(this.#worker, delivery, giveBack(0));
    }
    this.#together.suspects.release();
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
