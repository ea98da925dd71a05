import { type CanvasMode, Celery } from '../lib/index.ts';
import { MemoryEngine } from '../lib/memory/index.ts';
import { systemClock } from '../lib/ports/clock.ts';
import type { Broker } from '../lib/ports/index.ts';
import { systemRandom } from '../lib/ports/random.ts';
import { messageBytes } from '../lib/protocol/index.ts';
import { createWorker, pollQueues } from '../lib/worker/index.ts';
import { openCanvasPlace, untilEnded } from './canvas-place.ts';
import { type CanvasShape, canvasShapes, sendByPython } from './canvas-shapes.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { startPython } from './python-peer.ts';
import type { Row } from './row.ts';
import { sentBytes } from './sent-bytes.ts';
import type { Stage } from './stage.ts';

/** What is measured: each canvas at a number of tasks, and at ten times as many. */
const canvases: readonly (readonly [shape: CanvasShape, size: number])[] = [
  ['chain', 10],
  ['groups in groups', 20],
  ['chord of chains', 20],
  ['chain of chords', 20],
];
/** How many times the bytes of native messages may be where the tasks are ten times as many. */
const mostGrowth = 10.5;

/** Bytes of a canvas and of the one ten times as large. */
type Bytes = readonly [small: number, large: number];

/**
 * Bytes of all messages of a canvas, from its call to its end, whoever sends them: Python's by a proxy before the
 * engine, ours at the broker's port in this process, where they are the same as SQS would get.
 */
export async function measureCanvasBytes(
  stage: Stage,
  report: (line: string) => void,
): Promise<Row[]> {
  const proxy = await startCountingProxy(stage.endpoint);
  const place = await openCanvasPlace(stage, proxy);
  const python = await startPython('canvas_peer.py', place, report);
  const { defaultQueue } = place.endpoints;
  const pythonBytes = async (shape: CanvasShape, size: number) => {
    proxy.take();
    await untilEnded(stage, await sendByPython(python, shape, size));
    return sentBytes(proxy.take());
  };
  const rows: Row[] = [];
  try {
    for (const [shape, size] of canvases) {
      const both = async (bytes: (shape: CanvasShape, size: number) => Promise<number>) =>
        [await bytes(shape, size), await bytes(shape, 10 * size)] as const;
      const peer = await both(pythonBytes);
      const native = await both((...canvas) => ourBytes('native', defaultQueue, ...canvas));
      const compatible = await both((...canvas) => ourBytes('compatible', defaultQueue, ...canvas));
      rows.push(
        ...bytesRows(`compatible ${shape}`, size, compatible, peer),
        ...bytesRows(`native ${shape}`, size, native, peer),
        growthRow(shape, size, native, peer),
      );
    }
    return rows;
  } finally {
    await python.close();
    await place.close();
    await proxy.close();
  }
}

async function ourBytes(
  canvasMode: CanvasMode,
  queue: string,
  shape: CanvasShape,
  size: number,
): Promise<number> {
  const engine = new MemoryEngine({ clock: systemClock, random: systemRandom });
  const sent: number[] = [];
  const broker = watched(engine.adapters().broker, sent);
  const adapters = { ...engine.adapters(), broker };
  const app = new Celery('bench', { canvasMode, taskDefaultQueue: queue });
  app.useAdapters(adapters);
  const shapes = canvasShapes(app);
  const ending = new AbortController();
  const worker = createWorker(app, adapters, { hostname: 'bench' });
  const polling = pollQueues(worker, { queues: [queue], waitSeconds: 1, signal: ending.signal });
  const result = await shapes[shape](size);
  await result.get({ timeout: 60 });
  ending.abort();
  await polling;
  await app.close();
  return sent.reduce((sum, bytes) => sum + bytes, 0);
}

/** The broker, noting the bytes of each message. */
function watched(broker: Broker, sent: number[]): Broker {
  const { maxDelaySeconds, maxMessageBytes, controlQueue } = broker;
  return {
    maxDelaySeconds,
    maxMessageBytes,
    controlQueue,
    queues: () => broker.queues(),
    deadLetterQueue: (queue) => broker.deadLetterQueue(queue),
    async send(queue, message) {
      sent.push(messageBytes(message));
      await broker.send(queue, message);
    },
    async sendBatch(queue, messages) {
      sent.push(...messages.map(messageBytes));
      return await broker.sendBatch(queue, messages);
    },
  };
}

/** What Python's workers may get, too, may not be more than what Python sends. */
function bytesRows(canvas: string, size: number, ours: Bytes, peer: Bytes): Row[] {
  return [size, 10 * size].map((tasks, index) => {
    const [own = 0, other = 0] = [ours[index], peer[index]];
    return {
      measure: `${canvas} of ${tasks}: bytes of messages | Python's`,
      ours: own.toLocaleString('en'),
      peer: other.toLocaleString('en'),
      ratio: (own / other).toFixed(2),
      required: '<= 1',
      met: own <= other,
    };
  });
}

function growthRow(shape: CanvasShape, size: number, native: Bytes, peer: Bytes): Row {
  const [own, other] = [native[1] / native[0], peer[1] / peer[0]];
  return {
    measure: `native ${shape} of ${size} to ${10 * size}: bytes grow by | Python's`,
    ours: own.toFixed(1),
    peer: other.toFixed(1),
    ratio: (own / other).toFixed(2),
    required: `ours <= ${mostGrowth}`,
    met: own <= mostGrowth,
  };
}
