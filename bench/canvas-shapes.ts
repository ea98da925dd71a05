import {
  type AsyncResult,
  type Celery,
  chain,
  chord,
  GroupResult,
  group,
  type Signature,
} from '../lib/index.ts';
import type { Python } from './python-peer.ts';

/** Canvases by name; `canvas_peer.py` has the same, but for the plain group. */
export type CanvasShape =
  | 'group'
  | 'chord'
  | 'chain'
  | 'groups in groups'
  | 'chord of chains'
  | 'chain of chords';

/** Sends a canvas of so many tasks. */
type Send = (size: number) => Promise<AsyncResult>;

/** Registers the tasks of canvases, and answers how each is sent. */
export function canvasShapes(app: Celery): Readonly<Record<CanvasShape, Send>> {
  const add = app.task('bench.add', (x: number, y: number) => x + y);
  const xsum = app.task('bench.xsum', (all: readonly number[]) => all.reduce((a, b) => a + b, 0));
  const adds = (count: number) => times(count, (i) => add.s(i, i));
  const chainOf = (steps: number) =>
    chain(add.s(0, 1), ...times(steps - 1, () => add.s(1))) as Signature<[], number>;
  const three = () => group(times(3, (i) => add.si(i, i)));
  return {
    group: (size) => group(adds(size)).applyAsync(),
    chord: (size) => chord(adds(size), xsum.s()).applyAsync(),
    chain: (size) => chainOf(size).applyAsync(),
    'groups in groups': (size) =>
      group(times(2, () => group(times(size / 10, () => group(adds(5)))))).applyAsync(),
    'chord of chains': (size) =>
      chord([chainOf(size / 2), chainOf(size / 2)], xsum.s()).applyAsync(),
    'chain of chords': (size) => {
      const steps = times(size / 4, () => [three(), xsum.s()]).flat();
      return chain(...(steps as unknown as [Signature<[], number>])).applyAsync();
    },
  };
}

/** The ids of the tasks that end it. */
export function endsOf(result: AsyncResult): string[] {
  return result instanceof GroupResult ? [...result].flatMap(endsOf) : [result.id];
}

/** The same by Python, answering the same. */
export async function sendByPython(
  python: Python,
  shape: CanvasShape,
  size: number,
): Promise<string[]> {
  return (await python.ask([shape, size])) as string[];
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
