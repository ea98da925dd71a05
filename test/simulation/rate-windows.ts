import { type RateLimit, type RateWindow, rateWindow } from '../../lib/protocol/index.ts';
import type { Start } from './guarantees.ts';

/** How long starts by an older rate may still come after a new one was set, and how long before it is read. */
const changeTakesMs = 12_000;

interface Era {
  readonly window: RateWindow;
  readonly from: number;
}

/** Counts starts in the windows of a rate. Copies of one message may share a slot, unless they were received before. */
export class RateWindows {
  readonly #fail: (what: string) => void;
  readonly #eras: Era[] = [];
  readonly #starts: { readonly key: string; readonly at: number }[] = [];

  constructor(fail: (what: string) => void) {
    this.#fail = fail;
  }

  /** From now on this rate counts. */
  changed(rate: RateLimit, at: number): void {
    const window = rateWindow(rate);
    if (window) this.#eras.push({ window, from: at });
  }

  started({ id, attempt, process, at }: Start): void {
    const era = this.#eras.at(-1);
    const again = process.hasReceivedAgain(id) ? ` in ${process.name}` : '';
    this.#starts.push({ key: `${id} ${attempt}${again}`, at });
    if (!era || (this.#eras.length > 1 && at - era.from < changeTakesMs)) return;
    const length = (era.window.starts * era.window.intervalMicros) / 1000;
    const from = Math.floor(at / length) * length;
    if (this.#eras.length > 1 && from - era.from < changeTakesMs) return;
    const inWindow = new Set(this.#starts.filter((one) => one.at >= from).map(({ key }) => key));
    if (inWindow.size > era.window.starts)
      this.#fail(`${inWindow.size} starts in a window of ${era.window.starts} (${length} ms)`);
  }
}
