import type { RateChange, RateClockKey, RateClocks, SlotRequest } from '../../ports/index.ts';
import type { RateSlot } from '../../protocol/index.ts';

type Taken = readonly RateSlot[] | undefined;

/** Requests for slots of one clock that came in the same turn, and go out as one. */
interface Gathering {
  count: number;
  readonly taken: Promise<Taken>;
}

/** Slots for the deliveries of one process: those of a batch share a read and a write. */
export class RateSlots {
  readonly #clocks: RateClocks;
  readonly #changes = new Map<string, Promise<RateChange | undefined>>();
  readonly #gatherings = new Map<string, Gathering>();

  constructor(clocks: RateClocks) {
    this.#clocks = clocks;
  }

  /** The rate that was set by command; undefined: the task's own counts. @throws OperationalError */
  change(task: string): Promise<RateChange | undefined> {
    const reading = this.#changes.get(task);
    if (reading) return reading;
    const read = this.#clocks.change(task).finally(() => this.#changes.delete(task));
    this.#changes.set(task, read);
    return read;
  }

  /** The next slot; undefined: a later version of the rate is known. @throws OperationalError */
  async take(key: RateClockKey, rate: Omit<SlotRequest, 'count'>): Promise<RateSlot | undefined> {
    const { starts, intervalMicros } = rate.window;
    const name = JSON.stringify([key.task, key.key, rate.version, starts, intervalMicros]);
    const gathering = this.#gatherings.get(name) ?? this.#gather(name, key, rate);
    const place = gathering.count++;
    return (await gathering.taken)?.[place];
  }

  /** Waits for the rest of the turn: what was read together asks together. */
  #gather(name: string, key: RateClockKey, rate: Omit<SlotRequest, 'count'>): Gathering {
    const taken = Promise.resolve().then((): Promise<Taken> => {
      this.#gatherings.delete(name);
      return this.#clocks.take(key, { ...rate, count: gathering.count });
    });
    const gathering: Gathering = { count: 0, taken };
    this.#gatherings.set(name, gathering);
    return gathering;
  }
}
