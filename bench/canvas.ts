import { setTimeout as sleep } from 'node:timers/promises';
import { type CanvasMode, Celery } from '../lib/index.ts';
import { createWorker, pollQueues } from '../lib/worker/index.ts';
import { openCanvasPlace, untilEnded } from './canvas-place.ts';
import { canvasShapes, endsOf, sendByPython } from './canvas-shapes.ts';
import { unitsOf } from './capacity.ts';
import { type CountingProxy, type SeenRequest, startCountingProxy } from './counting-proxy.ts';
import { startPython } from './python-peer.ts';
import type { Row } from './row.ts';
import { sentBytes } from './sent-bytes.ts';
import type { Stage } from './stage.ts';

/** Parts of the chords that are measured. */
const sizes = [10, 100, 1000];
/** What a part of a native chord may take beyond a member of a plain group, in write units. */
const mostWriteUnits = 2;

/** What a chord took from its call to its body's end, without receiving and settling, which Lambda does for us. */
interface Costs {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Of all messages, in bytes. */
  readonly bytes: number;
}

/** Chords in both modes and Python's, and plain groups, counted before the engine. */
export async function measureCanvas(stage: Stage, report: (line: string) => void): Promise<Row[]> {
  const engine = process.env.AWS_ENDPOINT_URL ?? '';
  const { dynamodb } = stage.clients;
  const proxy = await startCountingProxy(engine, (seen, answer) => unitsOf(seen, answer, dynamodb));
  process.env.AWS_ENDPOINT_URL = proxy.endpoint;
  try {
    const plain = await ourCosts(stage, proxy, 'group');
    const native = await ourCosts(stage, proxy, 'native');
    const compatible = await ourCosts(stage, proxy, 'compatible');
    const python = await pythonCosts(stage, proxy, report);
    return sizes.flatMap((size, index) => [
      budgetRow(size, plain[index], native[index]),
      ...rowsOf(size, 'native', native[index], python[index]),
      ...rowsOf(size, 'compatible', compatible[index], python[index]),
    ]);
  } finally {
    process.env.AWS_ENDPOINT_URL = engine;
    await proxy.close();
  }
}

type Kind = CanvasMode | 'group';

async function ourCosts(stage: Stage, proxy: CountingProxy, kind: Kind): Promise<Costs[]> {
  const place = await openCanvasPlace(stage, proxy);
  const canvasMode = kind === 'group' ? 'compatible' : kind;
  const app = new Celery('bench', { endpoints: place.endpoints, canvasMode });
  const shapes = canvasShapes(app);
  const ending = new AbortController();
  const { broker } = await app.adapters();
  const queues = [...broker.queues(), ...(broker.controlQueue ? [broker.controlQueue] : [])];
  const worker = createWorker(app, await app.adapters(), { hostname: 'bench' });
  const polling = pollQueues(worker, { queues, waitSeconds: 1, signal: ending.signal });
  const send = shapes[kind === 'group' ? 'group' : 'chord'];
  try {
    return await costsOf(stage, proxy, async (size) => endsOf(await send(size)));
  } finally {
    ending.abort();
    await polling;
    await app.close();
    await place.close();
  }
}

async function pythonCosts(
  stage: Stage,
  proxy: CountingProxy,
  report: (line: string) => void,
): Promise<Costs[]> {
  const place = await openCanvasPlace(stage, proxy);
  const python = await startPython('canvas_peer.py', place, report);
  try {
    return await costsOf(stage, proxy, (size) => sendByPython(python, 'chord', size));
  } finally {
    await python.close();
    await place.close();
  }
}

async function costsOf(
  stage: Stage,
  proxy: CountingProxy,
  send: (size: number) => Promise<readonly string[]>,
): Promise<Costs[]> {
  const costs: Costs[] = [];
  for (const size of sizes) {
    proxy.take();
    await untilEnded(stage, await send(size));
    await sleep(1000);
    costs.push(total(proxy.take()));
  }
  return costs;
}

const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
const reads = ['GetItem', 'BatchGetItem'];
const sends = ['SendMessage', 'SendMessageBatch'];

function total(seen: readonly SeenRequest[]): Costs {
  const units = (operations: readonly string[]) =>
    seen.reduce((sum, { operation, units: some = 0 }) => {
      return operations.includes(operation) ? sum + some : sum;
    }, 0);
  const counted = [...writes, ...reads, ...sends];
  return {
    requests: seen.filter(({ operation }) => counted.includes(operation)).length,
    writeUnits: units(writes),
    readUnits: units(reads),
    bytes: sentBytes(seen),
  };
}

function budgetRow(size: number, plain: Costs | undefined, native: Costs | undefined): Row {
  const more = ((native?.writeUnits ?? 0) - (plain?.writeUnits ?? 0)) / size;
  return {
    measure: `native chord of ${size}: write units a part over a group's | budget`,
    ours: more.toFixed(2),
    peer: String(mostWriteUnits),
    ratio: (more / mostWriteUnits).toFixed(2),
    required: '<= 1',
    met: more > 0 && more <= mostWriteUnits,
  };
}

/** A mode beside Python's chord. What it sends to Python's workers, too, may not be more than Python sends. */
function rowsOf(size: number, mode: CanvasMode, ours?: Costs, python?: Costs): Row[] {
  const row = (what: string, of: keyof Costs, atMost?: number): Row => {
    const [own, peer] = [ours?.[of] ?? 0, python?.[of] ?? 0];
    const ratio = own / peer;
    return {
      measure: `${mode} chord of ${size}: ${what} | Python's chord`,
      ours: Math.round(own).toLocaleString('en'),
      peer: Math.round(peer).toLocaleString('en'),
      ratio: ratio.toFixed(2),
      required: atMost === undefined ? '' : `<= ${atMost}`,
      met: atMost === undefined ? undefined : ratio <= atMost,
    };
  };
  return [
    row('requests', 'requests'),
    row('write units', 'writeUnits'),
    row('read units', 'readUnits'),
    row('bytes of messages', 'bytes', 1),
  ];
}
