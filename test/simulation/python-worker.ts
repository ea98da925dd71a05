import type { Delivery } from '../../lib/ports/index.ts';
import {
  decodeEnvelope,
  decodeTaskMessage,
  encodeResultDocument,
  encodeTaskMessage,
  envelopeBody,
  type ResultDocument,
  type TaskMessage,
} from '../../lib/protocol/index.ts';
import { maxRetries } from './behaviours.ts';
import type { Process } from './process.ts';
import { pick } from './scenario.ts';
import type { World } from './world.ts';

/**
 * A Celery worker beside ours that sees no duplicate and never dies, so that all guarantees hold. It publishes a retry
 * before it stores it, puts whole items after a read that guards nothing, and knows neither our attributes nor revokes.
 */
export class PythonWorker {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** What it can run by now, and nobody else has seen. */
  mayTake({ queue, body, receiveCount }: Delivery): boolean {
    if (queue !== 'celery' || receiveCount > 1) return false;
    const message = read(body);
    const record = this.#world.guarantees.of(message.id);
    const { behaviour, ignoreResult, expires } = record.work;
    const early = (message.eta?.getTime() ?? 0) > this.#world.clock.now();
    const simple = behaviour === 'ok' || behaviour === 'fail' || behaviour === 'retry';
    const alone = !record.disturbed && record.revokedAt === undefined;
    return simple && alone && !early && !ignoreResult && expires === undefined;
  }

  async process(delivery: Delivery): Promise<void> {
    const { guarantees, clock, engine, random } = this.#world;
    const process = this.#world.aProcess('python', { deliveries: [delivery] });
    const message = read(delivery.body);
    const { id, retries } = message;
    const record = guarantees.of(id);
    record.pythonRan = true;
    const at = clock.now();
    const { signal } = new AbortController();
    const argument = Number(message.args[0]);
    guarantees.started({ id, attempt: retries, argument, process, signal, at });
    await process.sleep(pick(random, [0, 500, 3000]));
    const { behaviour } = record.work;
    if (behaviour === 'retry' && retries < maxRetries) {
      const { broker } = engine.adapters();
      await broker.send('celery', { body: next(message, clock.now()) });
      await this.#store(process, message, 'RETRY');
    } else {
      record.ended = true;
      await this.#store(process, message, behaviour === 'fail' ? 'FAILURE' : 'SUCCESS');
    }
    await process.latency();
    await engine.adapters().consumer.delete(delivery);
  }

  /** Reads, then puts: what another worker stores in between is lost. @see celery.backends.base */
  async #store(process: Process, { id, retries }: TaskMessage, status: string): Promise<void> {
    const { engine, guarantees, clock } = this.#world;
    await process.latency();
    const { results } = engine.adapters();
    const current = (await results.read([id])).get(id);
    const before = current && new TextDecoder().decode(current.document);
    if (before?.includes('"status": "SUCCESS"') || before?.includes('"status":"SUCCESS"')) return;
    await process.latency();
    const document = encodeResultDocument(documentOf(id, status));
    engine.putAsPython(id, document);
    const text = new TextDecoder().decode(document);
    const at = clock.now();
    guarantees.stored(id, {
      status,
      attempt: retries,
      generation: 0,
      dead: undefined,
      byPython: true,
      until: Number.POSITIVE_INFINITY,
      text,
      at,
    });
  }
}

function read(body: string): TaskMessage {
  const envelope = decodeEnvelope(body);
  const text = envelopeBody(envelope);
  return decodeTaskMessage(
    envelope,
    JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text)),
  );
}

function next(message: TaskMessage, now: number): string {
  const retries = message.retries + 1;
  return encodeTaskMessage({ ...message, retries, args: [retries], eta: null }, now);
}

function documentOf(taskId: string, status: string): ResultDocument {
  const failed = status !== 'SUCCESS';
  return {
    taskId,
    status,
    result: failed
      ? { exc_type: 'ValueError', exc_message: ['no'], exc_module: 'builtins' }
      : taskId,
    traceback: null,
    children: [],
    dateDone: status === 'RETRY' ? null : new Date(0),
  } as ResultDocument;
}
