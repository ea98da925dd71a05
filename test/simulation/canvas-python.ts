import {
  type CanvasPlan,
  failedBody,
  failedSteps,
  planBody,
  planCallbacks,
  planErrbacks,
  planNextStep,
} from '../../lib/canvas/index.ts';
import { Celery, silentLogger } from '../../lib/index.ts';
import type { Delivery, NewChord } from '../../lib/ports/index.ts';
import {
  type ExceptionObject,
  encodeResultDocument,
  isFinal,
  leafIds,
  type ResultDocument,
  type ResultTuple,
  reprException,
  type TaskMessage,
  type WireSignature,
} from '../../lib/protocol/index.ts';
import { decodeStoredDocument } from '../../lib/serializers/index.ts';
import type { CanvasApplication } from './canvas-application.ts';
import { labelIn, readMessage } from './canvas-messages.ts';
import { taskValue } from './canvas-value.ts';
import type { CanvasWorld } from './canvas-world.ts';
import { mapPorts } from './faults.ts';
import type { Neighbour } from './lambda.ts';
import type { Process } from './process.ts';
import { pick } from './scenario.ts';

/** A body waits so long for parts that were counted and are not stored. @see Celery's `result_chord_join_timeout` */
const joinTimeoutMs = 3000;

/**
 * A Celery worker beside ours: it publishes what follows a success before it stores the success, puts whole items after
 * a read that guards nothing, counts parts of chords blindly and deletes the records of what it has joined. It never
 * dies. A careful one sees no message twice.
 */
export class CanvasPython implements Neighbour {
  /** Chords some part of which it counted although it had been counted: in Celery alone these hang or fail, too. */
  readonly miscounted: Set<string> = new Set();
  readonly #world: CanvasWorld;
  readonly #application: CanvasApplication;
  readonly #app: Celery;
  /** Attempts that somebody has received. */
  readonly #seen = new Set<string>();
  readonly #fresh = new WeakSet<Delivery>();
  readonly #inHand = new Set<string>();
  readonly #counted = new Set<string>();

  constructor(world: CanvasWorld, application: CanvasApplication) {
    this.#world = world;
    this.#application = application;
    this.#app = new Celery('python', { logger: silentLogger });
    this.#app.useAdapters(
      mapPorts(world.adapters(), (port, verb) =>
        port === 'chords' && verb === 'create'
          ? (chord) => this.#createChord(chord as NewChord)
          : undefined,
      ),
      world,
    );
  }

  holds(delivery: Delivery): boolean {
    const message = readMessage(delivery.body);
    if (!message) return false;
    const attempt = `${message.id} ${message.retries}`;
    if (delivery.receiveCount === 1 && !this.#seen.has(attempt)) this.#fresh.add(delivery);
    this.#seen.add(attempt);
    return this.#world.scenario.manner === 'careful' && this.#inHand.has(message.id);
  }

  /** What it can run by now and, if it is careful, nobody else has seen. */
  mayTake(delivery: Delivery): boolean {
    const message = readMessage(delivery.body);
    if (!message) return false;
    const { eta, args, kwargs } = message;
    const behaviour = this.#application.behaviourOf(labelIn(args, kwargs) ?? '');
    const simple = behaviour === 'ok' || behaviour === 'fail';
    const isDue = (eta?.getTime() ?? 0) <= this.#world.clock.now();
    const mayBeCopy = this.#world.scenario.manner === 'careless';
    return simple && isDue && (mayBeCopy || this.#fresh.has(delivery));
  }

  async process(delivery: Delivery): Promise<void> {
    const message = readMessage(delivery.body) as TaskMessage;
    const { id, retries } = message;
    const { ledger, clock, random, engine } = this.#world;
    this.#inHand.add(id);
    const process = this.#world.aProcess('python', { deliveries: [delivery] });
    ledger.started({ id, attempt: retries, process, byPython: true, at: clock.now() });
    await process.sleep(pick(random, [0, 500, 3000]));
    await new Turn(this.#world, this.#app, process, this).finish(message, this.#outcome(message));
    await process.latency();
    await engine.adapters().consumer.delete(delivery);
    this.#inHand.delete(id);
  }

  /** One more for this chord, whoever it is. */
  async count(groupId: string, taskId: string): Promise<number | undefined> {
    const key = `${groupId} ${taskId}`;
    const byOurs = this.#world.ledger.counted.has(key);
    if (byOurs || this.#counted.has(key)) this.miscounted.add(groupId);
    this.#counted.add(key);
    const count = await this.#world.engine.pythonChords.count(groupId);
    this.#world.history.note(
      `count ${this.#world.ledger.labelOf(taskId)} of ${groupId} by Python: ${count}`,
    );
    return count;
  }

  async #createChord({ groupId, members }: NewChord): Promise<void> {
    this.#world.history.note(`chord ${groupId} is made by Python`);
    await this.#world.engine.pythonChords.create(groupId, members);
  }

  #outcome({ id, task, args, kwargs }: TaskMessage): Outcome {
    const label = labelIn(args, kwargs) as string;
    const { ledger } = this.#world;
    if (this.#application.behaviourOf(label) === 'fail')
      return failure('ValueError', ledger.labelOf(id));
    if (task === 'work') return { status: 'SUCCESS', result: taskValue(label, args) };
    const failed = args[0] as string;
    const told = [ledger.labelOf(failed)];
    if (task === 'declared') told.push(this.#errorOf(failed));
    return { status: 'SUCCESS', result: taskValue(label, told) };
  }

  #errorOf(id: string): string {
    const item = this.#world.engine.item(id);
    return item ? (decodeStoredDocument(item.document).result as ExceptionObject).exc_type : '';
  }
}

type Outcome =
  | { readonly status: 'SUCCESS'; readonly result: unknown }
  | { readonly status: 'FAILURE'; readonly result: ExceptionObject };

type Failed = Extract<Outcome, { status: 'FAILURE' }>;

function failure(type: string, text: string): Failed {
  const module = type === 'ChordError' ? 'celery.exceptions' : 'builtins';
  return {
    status: 'FAILURE',
    result: { exc_type: type, exc_message: [text], exc_module: module },
  };
}

/** What becomes of one task that a Python worker ran. */
class Turn {
  readonly #world: CanvasWorld;
  readonly #app: Celery;
  readonly #process: Process;
  readonly #worker: CanvasPython;

  constructor(world: CanvasWorld, app: Celery, process: Process, worker: CanvasPython) {
    this.#world = world;
    this.#app = app;
    this.#process = process;
    this.#worker = worker;
  }

  /** @see celery.app.trace.build_tracer */
  async finish(message: TaskMessage, outcome: Outcome): Promise<void> {
    const { id, embed, group } = message;
    const rootId = message.rootId ?? id;
    if (outcome.status === 'SUCCESS') await this.#followSuccess(message, outcome.result);
    await this.#store(id, outcome);
    if (embed.chord && group !== null) await this.#returnPart(id, group, embed.chord, rootId);
    if (outcome.status === 'SUCCESS') return;
    for (const { taskId, chord, groupId } of failedSteps(embed.chain ?? [])) {
      await this.#store(taskId, outcome);
      if (chord && groupId !== null) await this.#returnPart(taskId, groupId, chord, rootId);
    }
    await this.#callErrbacks(id, embed.errbacks ?? [], rootId);
  }

  async #followSuccess({ id, rootId, embed }: TaskMessage, value: unknown): Promise<void> {
    const application = { parentId: id, rootId: rootId ?? id };
    const context = { now: new Date(this.#world.clock.now()) };
    const ids = () => this.#world.random.uuid();
    const plans = planCallbacks(embed.callbacks ?? [], value, application, ids, context);
    for (const plan of plans) await this.#publish(plan, application);
    const next = planNextStep(embed.chain ?? [], value, application, ids, context);
    if (next) await this.#publish(next, application);
  }

  async #callErrbacks(
    id: string,
    errbacks: readonly WireSignature[],
    rootId: string,
  ): Promise<void> {
    if (errbacks.length === 0) return;
    const application = { parentId: id, rootId };
    const plan = planErrbacks(errbacks, id, application, () => this.#world.random.uuid());
    await this.#publish(plan, application);
  }

  async #publish(
    plan: CanvasPlan,
    { parentId, rootId }: { readonly parentId: string; readonly rootId: string },
  ): Promise<void> {
    await this.#process.latency();
    const prepared = await this.#app.preparePlans([plan], { id: parentId, rootId, headers: {} });
    await prepared.publish();
  }

  /** Reads, then puts: what another worker stores in between is lost. @see celery.backends.base */
  async #store(id: string, { status, result }: Outcome): Promise<void> {
    const { engine, ledger, clock } = this.#world;
    await this.#process.latency();
    if (this.#read(id)?.status === 'SUCCESS') return;
    await this.#process.latency();
    const document: ResultDocument = {
      ...{ taskId: id, status, result, traceback: null, children: [] },
      dateDone: new Date(clock.now()),
    };
    engine.putAsPython(id, encodeResultDocument(document));
    ledger.stored(id, status, { byPython: true, at: clock.now() });
  }

  #read(id: string): ResultDocument | undefined {
    const item = this.#world.engine.item(id);
    return item && decodeStoredDocument(item.document);
  }

  /** @see celery.backends.base.KeyValueStoreBackend.on_chord_part_return */
  async #returnPart(
    id: string,
    groupId: string,
    body: WireSignature,
    rootId: string,
  ): Promise<void> {
    const { engine, history } = this.#world;
    await this.#process.latency();
    const saved = await engine.adapters().groups.restore(groupId);
    if (!saved) {
      const gone = failure('ChordError', `GroupResult ${groupId} no longer exists`);
      return await this.#failBody(body, gone, gone, rootId);
    }
    await this.#process.latency();
    const count = await this.#worker.count(groupId, id);
    const leaves = leafIds(saved.members);
    const size = typeof body.chord_size === 'number' ? body.chord_size : leaves.length;
    if (count !== size) return;
    await this.#waitFor(leaves);
    history.note(`join ${groupId} by Python`);
    if (leaves.every((one) => this.#read(one)?.status === 'SUCCESS')) {
      const application = { parentId: id, rootId };
      const ids = () => this.#world.random.uuid();
      await this.#publish(
        planBody(body, this.#values(saved.members), application, ids),
        application,
      );
    } else {
      const original = this.#firstFailure(leaves);
      const error = failure('ChordError', reprException(original));
      await this.#failBody(body, error, { status: 'FAILURE', result: original }, rootId);
    }
    await this.#process.latency();
    await engine.pythonChords.deleteGroup(groupId);
    await this.#process.latency();
    await engine.pythonChords.deleteCounter(groupId);
  }

  #firstFailure(leaves: readonly string[]): ExceptionObject {
    for (const id of leaves) {
      const document = this.#read(id);
      if (document?.status === 'SUCCESS') continue;
      if (document && isFinal(document.status)) return document.result as ExceptionObject;
      break;
    }
    return failure('TimeoutError', 'The operation timed out.').result;
  }

  async #waitFor(leaves: readonly string[]): Promise<void> {
    for (let waited = 0; waited < joinTimeoutMs; waited += 500) {
      if (leaves.every((id) => isFinal(this.#read(id)?.status ?? 'PENDING'))) return;
      await this.#process.sleep(500);
    }
  }

  #values(members: readonly ResultTuple[]): readonly unknown[] {
    return members.map(([[id], nested]) =>
      nested === null ? this.#read(id)?.result : this.#values(nested),
    );
  }

  /** @see celery.backends.base.Backend.chord_error_from_stack */
  async #failBody(
    body: WireSignature,
    error: Failed,
    original: Failed,
    rootId: string,
  ): Promise<void> {
    for (const { taskId, chord, groupId, errbacks } of failedBody(body)) {
      await this.#store(taskId, body.subtask_type === 'group' ? original : error);
      await this.#callErrbacks(taskId, errbacks, rootId);
      if (chord && groupId !== null) await this.#returnPart(taskId, groupId, chord, rootId);
    }
  }
}
