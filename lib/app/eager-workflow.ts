import {
  type CanvasPlan,
  callOfSignature,
  type FailedTask,
  failedBody,
  failedSteps,
  type PlannedChord,
  planAddition,
  planBody,
  planCallbacks,
  planErrbacks,
  planNextStep,
} from '../canvas/index.ts';
import { ChordError, EncodeError } from '../errors.ts';
import {
  type ExceptionObject,
  firstResult,
  type ResultTuple,
  reprException,
  TaskState,
  type WireSignature,
} from '../protocol/index.ts';
import { hasNoOutcome, type Snapshot } from '../results/index.ts';
import type { Celery } from './celery.ts';
import { asSent, type EagerCall, type EagerEnd, endedUnrun, runEagerly } from './eager.ts';
import { EagerChords } from './eager-chords.ts';
import { withFailedRequest } from './errback.ts';
import { placeOf } from './replacement.ts';
import type { TaskRequest } from './request.ts';

/** How calls travel from task to task in this process. */
export interface EagerSending {
  /** Arguments go through JSON on the way, as those of messages do. */
  readonly asSent: boolean;
}

/** A call on its way, and the headers it has from the task before it. */
interface Due {
  readonly call: EagerCall;
  readonly headers: TaskRequest['headers'];
}

/**
 * A workflow that runs in this process: the same plans as workers follow, one task after another, each followed to its
 * end before what stands beside it.
 *
 * @see celery.canvas.Signature.apply and those of chain, group and chord
 */
export class EagerWorkflow {
  /** How its tasks ended, by their ids. */
  readonly ends: Map<string, Snapshot> = new Map<string, Snapshot>();
  /** What the first task that failed threw. */
  firstError: { readonly error: unknown } | undefined;
  readonly #app: Celery;
  readonly #asSent: boolean;
  readonly #chords: EagerChords = new EagerChords(this.ends);
  /** The next one last. */
  readonly #due: Due[] = [];

  constructor(app: Celery, options: EagerSending) {
    this.#app = app;
    this.#asSent = options.asSent;
  }

  /** Runs a call and all that follows. @throws EncodeError for arguments of its own that no message can carry */
  async run(call: EagerCall, headers: TaskRequest['headers']): Promise<void> {
    this.#push([call], headers);
    await this.#drain();
  }

  /** Runs a canvas and all that follows. Throws as `run`. */
  async runPlan(plan: CanvasPlan, headers: TaskRequest['headers']): Promise<void> {
    this.#add([plan], headers);
    await this.#drain();
  }

  async #drain(): Promise<void> {
    for (let due = this.#due.pop(); due; due = this.#due.pop()) {
      const { headers } = due;
      const end = await runEagerly(this.#app, due.call, {
        ends: this.ends,
        headers,
        addToChord: (request, signature) => this.#addToChord(request, signature),
      });
      this.#take(end);
    }
  }

  #take(end: EagerEnd): void {
    const { request } = end;
    if (end.kind === 'replaced') {
      this.#add([end.by.plan], request.headers);
      return;
    }
    const snapshot = this.#sendable(request, end.snapshot);
    this.#end(request.id, snapshot);
    this.#add(this.#following(request, snapshot, end.children), request.headers);
  }

  /** A value that no message can carry fails the task, where another gets it. */
  #sendable({ id, callbacks, chain, chord }: TaskRequest, snapshot: Snapshot): Snapshot {
    const { document, result } = snapshot;
    const isHandedOn = (callbacks ?? chain ?? chord) !== null;
    if (!this.#asSent || !isHandedOn || document.status !== TaskState.SUCCESS) return snapshot;
    try {
      asSent({ args: [result], kwargs: {} });
      return snapshot;
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      return endedUnrun(this.#app, id, error);
    }
  }

  #end(id: string, snapshot: Snapshot): void {
    this.ends.set(id, snapshot);
    if (snapshot.document.status !== TaskState.SUCCESS && !hasNoOutcome(snapshot)) {
      this.firstError ??= { error: snapshot.result };
    }
  }

  #following(
    request: TaskRequest,
    snapshot: Snapshot,
    children: ResultTuple[],
  ): readonly CanvasPlan[] {
    const { id, group, chord } = request;
    const succeeded = snapshot.document.status === TaskState.SUCCESS;
    const plans = succeeded
      ? this.#afterSuccess(request, snapshot.result, children)
      : this.#afterFailure(request, snapshot);
    return chord && group !== null ? [...plans, ...this.#returnPart(group, id, request)] : plans;
  }

  #afterSuccess(
    { id: parentId, rootId, callbacks, chain }: TaskRequest,
    result: unknown,
    children: ResultTuple[],
  ): readonly CanvasPlan[] {
    const application = { parentId, rootId };
    const context = this.#app.planContext();
    const next = planNextStep(chain ?? [], result, application, this.#nextId, context);
    const plans = [
      ...planCallbacks(callbacks ?? [], result, application, this.#nextId, context),
      ...(next ? [next] : []),
    ];
    children.push(...plans.map((plan) => firstResult(plan.result)));
    return plans;
  }

  /** The steps that were to come end as it did, without a run; no errback hears of an `Ignore` or a `Reject`. */
  #afterFailure(request: TaskRequest, snapshot: Snapshot): readonly CanvasPlan[] {
    const parts = failedSteps(request.chain ?? []).flatMap(({ taskId, chord, groupId }) => {
      this.#end(taskId, endedUnrun(this.#app, taskId, snapshot.result));
      return chord && groupId !== null ? this.#returnPart(groupId, taskId, request) : [];
    });
    const errbacks = hasNoOutcome(snapshot) ? [] : (request.errbacks ?? []);
    return [...this.#errbacks(request, errbacks), ...parts];
  }

  #errbacks(
    request: Pick<TaskRequest, 'id' | 'rootId'> & Partial<TaskRequest>,
    errbacks: readonly WireSignature[],
  ): readonly CanvasPlan[] {
    if (errbacks.length === 0) return [];
    const { id, rootId } = request;
    const told = errbacks.map((errback) => withFailedRequest(this.#app, errback, request));
    const context = this.#app.planContext();
    return [planErrbacks(told, id, { parentId: id, rootId }, this.#nextId, context)];
  }

  /** The last part publishes the body, or fails it. */
  #returnPart(groupId: string, parentId: string, request: TaskRequest): readonly CanvasPlan[] {
    const chord = this.#chords.takeComplete(groupId);
    if (!chord) return [];
    const { rootId } = request;
    const failure = this.#chords.firstFailure(chord);
    if (failure) return this.#failBody(chord, failure, request);
    const values = this.#chords.valuesOf(chord.members);
    const context = this.#app.planContext();
    return [planBody(chord.body, values, { parentId, rootId }, this.#nextId, context)];
  }

  /** @see celery.backends.base.Backend.chord_error_from_stack */
  #failBody(
    { body }: PlannedChord,
    { document, result }: Snapshot,
    request: TaskRequest,
  ): readonly CanvasPlan[] {
    const error = new ChordError(reprException(document.result as ExceptionObject));
    const thrown = body.subtask_type === 'group' ? result : error;
    return failedBody(body).flatMap((step) => this.#failTask(step, thrown, request));
  }

  #failTask(
    { taskId, task, errbacks, chord, groupId }: FailedTask,
    error: unknown,
    request: TaskRequest,
  ): readonly CanvasPlan[] {
    this.#end(taskId, endedUnrun(this.#app, taskId, error));
    const plans = this.#errbacks({ id: taskId, task, rootId: request.rootId }, errbacks);
    const isPart = chord && groupId !== null;
    return isPart ? [...plans, ...this.#returnPart(groupId, taskId, request)] : plans;
  }

  #addToChord(request: TaskRequest, signature: WireSignature): ResultTuple {
    const place = placeOf(request);
    const taken = this.#chords.idsOf(request.group);
    const plan = planAddition(place, signature, this.#nextId, this.#app.planContext(), taken);
    this.#chords.add(request.group, plan.result);
    this.#add([plan], request.headers);
    return plan.result;
  }

  #add(plans: readonly CanvasPlan[], headers: TaskRequest['headers']): void {
    for (const chord of plans.flatMap(({ chords }) => chords)) this.#chords.begin(chord);
    const calls = plans.flatMap(({ messages }) => messages.map(callOfSignature));
    this.#push(calls as EagerCall[], headers);
  }

  #push(calls: readonly EagerCall[], headers: TaskRequest['headers']): void {
    const ready = this.#asSent ? calls.map(asSent) : calls;
    this.#due.push(...ready.map((call) => ({ call, headers })).reverse());
  }

  readonly #nextId = (): string => this.#app.random.uuid();
}
