import {
  type Application,
  type CanvasCall,
  type CanvasPlan,
  callOfSignature,
  canvasKeptSeconds,
  nativePlan,
  type PlanContext,
  type PlannedChord,
  planCanvas,
} from '../canvas/index.ts';
import type { Adapters, Clock, NativeRecord, Random } from '../ports/index.ts';
import type { ParentTask, Producer } from '../producer/index.ts';
import {
  checkSendable,
  firstResult,
  leafIds,
  type ResultTuple,
  type WireSignature,
} from '../protocol/index.ts';
import type { CallSender } from './call-sender.ts';
import { checkChordSize } from './chord-room.ts';
import { canvasRequest, checkCalls, type PublishDefaults } from './publish-request.ts';
import type { NamedRequest } from './publish-through.ts';
import type { AppTask } from './registered-task.ts';
import { currentContext } from './self.ts';
import type { CanvasMode } from './settings.ts';

/** Plans of canvas that were checked and can be sent. */
export interface PreparedCanvas {
  /**
   * Makes the records of its chords, then sends its messages, ten in a request.
   *
   * @throws OperationalError, BatchSendError: some may be sent then, and all may be sent again
   */
  publish(how?: { readonly again?: boolean }): Promise<void>;
}

/** What canvas is sent with. */
export interface CanvasSenderOptions {
  readonly adapters: () => Promise<Adapters>;
  readonly clock: Clock;
  readonly random: Random;
  /** What planning now goes by. */
  readonly planContext: () => PlanContext;
  readonly mode: CanvasMode;
  /** Those of the application, by name. */
  readonly tasks: ReadonlyMap<string, AppTask>;
  readonly defaults: PublishDefaults;
  readonly producer: Producer;
  readonly calls: CallSender;
}

/** Sends canvas plans: for producers, and for workers that follow. */
export class CanvasSender {
  readonly #options: CanvasSenderOptions;

  constructor(options: CanvasSenderOptions) {
    this.#options = options;
  }

  /**
   * Sends a canvas, on behalf of the running task if there is one: what `delay` and `applyAsync` of signatures come down
   * to. Answers what its caller waits for.
   *
   * @throws as `Task.delay`; BatchSendError when queues did not take all of its messages
   */
  async apply(signature: WireSignature, application: Application): Promise<ResultTuple> {
    const [result] = await this.applyAll([signature], application);
    return result as ResultTuple;
  }

  /** As {@link apply}, many together: everything is checked before anything is sent. */
  async applyAll(
    signatures: readonly WireSignature[],
    application: Application = {},
  ): Promise<readonly ResultTuple[]> {
    const { random, tasks, planContext } = this.#options;
    const running = currentContext();
    running?.assertOpen();
    const parent = running?.request;
    const plans = signatures.map((signature) =>
      this.#inMode(
        planCanvas(
          signature,
          { ...application, parentId: parent?.id, rootId: parent?.rootId },
          () => random.uuid(),
          planContext(),
        ),
      ),
    );
    const chords = plans.flatMap((plan) => plan.chords);
    const calls = plans.flatMap((plan) => plan.messages.map(callOfSignature));
    for (const { groupId, members } of chords) checkChordSize(groupId, members);
    await checkCalls(calls, tasks);
    const stored = plans.flatMap((plan) => plan.stored ?? []);
    if (chords.length + stored.length > 0) await this.#check(calls, parent);
    const results = plans.map(({ result }) => result);
    running?.children.push(...results.map(firstResult));
    await this.#store(stored);
    for (const chord of chords) await this.#begin(chord);
    await this.#send(calls, parent);
    return results;
  }

  /** Checks everything, so that what can never be sent shows before anything depends on it. @throws as `Task.delay` */
  async prepare(
    plans: readonly CanvasPlan[],
    parent: ParentTask | undefined,
  ): Promise<PreparedCanvas> {
    const chords = plans.flatMap((plan) => plan.chords);
    const messages = plans.flatMap((plan) => plan.messages);
    for (const message of messages) checkSendable(message, message.task);
    const calls = messages.map(callOfSignature);
    for (const { groupId, members } of chords) checkChordSize(groupId, members);
    await this.#check(calls, parent);
    return {
      publish: async ({ again = false } = {}) => {
        await this.#store(plans.flatMap((plan) => plan.stored ?? []));
        const gone = new Set<string>();
        for (const chord of chords) {
          if (again && (await this.#isGone(chord))) gone.add(chord.groupId);
          else await this.#begin(chord);
        }
        const due = calls.filter(({ canvas: { group } }) => !(group && gone.has(group)));
        await this.#send(due, parent);
      },
    };
  }

  #inMode(plan: CanvasPlan): CanvasPlan {
    const { mode, clock } = this.#options;
    return mode === 'native' ? nativePlan(plan, clock.now()) : plan;
  }

  async #store(records: readonly NativeRecord[]): Promise<void> {
    if (records.length === 0) return;
    const { nativeCanvas } = await this.#options.adapters();
    await nativeCanvas.begin(records);
  }

  async #check(calls: readonly CanvasCall[], parent: ParentTask | undefined): Promise<void> {
    if (calls.length === 0) return;
    await this.#options.producer.check(calls.map((call) => this.#requestOf(call, parent)));
  }

  async #send(calls: readonly CanvasCall[], parent: ParentTask | undefined): Promise<void> {
    if (calls.length === 0) return;
    await this.#options.calls.sendTogether(calls.map((call) => this.#requestOf(call, parent)));
  }

  #requestOf(call: CanvasCall, parent: ParentTask | undefined): NamedRequest {
    const { tasks, defaults } = this.#options;
    return canvasRequest(call, tasks.get(call.task), defaults, parent);
  }

  /** Without records although a part has ended: Python joined it and deleted them. They are not made again. */
  async #isGone({ groupId, members }: PlannedChord): Promise<boolean> {
    const { chords, results } = await this.#options.adapters();
    if (await chords.read(groupId)) return false;
    const ended = await results.read(leafIds(members));
    return ended.size > 0;
  }

  async #begin({ groupId, members, latestEta }: PlannedChord): Promise<void> {
    const { chords } = await this.#options.adapters();
    const start = Math.max(this.#options.clock.now(), latestEta?.getTime() ?? 0);
    await chords.create({
      groupId,
      members,
      expiresAt: Math.ceil(start / 1000) + canvasKeptSeconds,
    });
  }
}
