import { ImproperlyConfigured } from '../errors.ts';
import { checkOptions, checkShape } from '../producer/index.ts';
import type { WireSignature } from '../protocol/index.ts';
import type { AsyncResult } from '../results/async-result.ts';
import { type CallOptions, callOptionForms } from './call-options.ts';
import { stepOf } from './chunks.ts';
import { type Draft, draftOf, isChord, isGroup, wireOf } from './draft.ts';
import { encodeOptions } from './encode-signature.ts';
import { joinSteps } from './join-steps.ts';
import { addLink, linkErrback } from './links.ts';
import { callOfSignature } from './sent-call.ts';
import type { AnySignature, Keywords, Sender } from './signature.ts';
import type { Headers } from './stamp-headers.ts';
import { type Stamping, type StampingVisitor, stamped } from './stamping.ts';

/** Under which a signature tells who sends it, to whichever copy of this library asks. */
const senderKey = Symbol.for('celery-aws.sender');

/** Who sends these; undefined: none of them knows. */
export function senderOf(signatures: readonly object[]): Sender | undefined {
  for (const signature of signatures) {
    const sender = (signature as { readonly [senderKey]?: Sender })[senderKey];
    if (sender) return sender;
  }
  return undefined;
}

/** What all signatures can, whatever they hold. */
export abstract class BaseSignature {
  constructor(sender: Sender | undefined) {
    Object.defineProperty(this, senderKey, { value: sender });
  }

  /** It is one call of one task, without stamps, and needs no plan to be sent. */
  abstract readonly isCall: boolean;

  abstract toJSON(): WireSignature;

  abstract applyAsync(
    front?: readonly unknown[],
    options?: CallOptions & { kwargs?: Keywords },
  ): Promise<AsyncResult<unknown>>;

  delay(...front: readonly unknown[]): Promise<AsyncResult<unknown>> {
    return this.applyAsync(front);
  }

  async runEagerly(
    front: readonly unknown[] = [],
    given: CallOptions & { kwargs?: Keywords } = {},
  ): Promise<AsyncResult<unknown>> {
    const signature = this.toJSON();
    const { task } = signature;
    const { kwargs = {}, ...options } = given ?? {};
    checkShape(task, front, kwargs, given);
    checkOptions(options, callOptionForms, 'call option', `a call of '${task}'`);
    const sender = senderOf([this]);
    if (!sender) throw homeless(task);
    const call = { args: front, kwargs, options: encodeOptions(options) };
    return await sender.applyEagerly(signature, call);
  }

  pipe(...steps: readonly AnySignature[]): CanvasSignature {
    const joined = steps.reduce(
      (draft, step) => joinSteps(draft, stepOf(step.toJSON())),
      stepOf(this.toJSON()),
    );
    return new CanvasSignature(senderOf([this]) ?? senderOf(steps), joined);
  }
}

/** A signature as the wire has it: of a canvas, or of a task that came from JSON. */
export class CanvasSignature extends BaseSignature implements AnySignature {
  readonly isCall = false;
  readonly #draft: Draft;

  /** @param draft Its own: nobody else changes it. */
  constructor(sender: Sender | undefined, draft: Draft) {
    super(sender);
    this.#draft = draft;
  }

  get task(): string {
    return this.#draft.task;
  }

  get args(): readonly unknown[] {
    return this.#draft.args;
  }

  get kwargs(): Keywords {
    return this.toJSON().kwargs;
  }

  /** Those of a call; what makes it a part of a canvas stands in its JSON alone. */
  get options(): CallOptions {
    return callOfSignature(this.#draft).options;
  }

  get immutable(): boolean {
    return this.#draft.immutable;
  }

  async applyAsync(
    front: readonly unknown[] = [],
    given: CallOptions & { kwargs?: Keywords } = {},
  ): Promise<AsyncResult<unknown>> {
    const sender = senderOf([this]);
    const { kwargs = {}, ...options } = given ?? {};
    checkShape(this.task, front, kwargs, given);
    if (!sender) throw homeless(this.task);
    return await sender.apply(this.toJSON(), {
      args: front,
      kwargs,
      options: this.#encode(options),
    });
  }

  set({ immutable, ...options }: CallOptions & { immutable?: boolean }): this {
    if (immutable !== undefined) setImmutable(this.#draft, immutable);
    Object.assign(this.#draft.options, this.#encode(options));
    return this;
  }

  clone(options: CallOptions = {}): CanvasSignature {
    return new CanvasSignature(senderOf([this]), draftOf(this.#draft)).set(options);
  }

  link<S extends AnySignature>(callback: S): S {
    addLink(this.#draft, callback.toJSON());
    return callback;
  }

  linkError<S extends AnySignature>(errback: S): S {
    const onHeader = senderOf([this])?.linksErrbacksToHeaders ?? false;
    linkErrback(this.#draft, errback.toJSON(), onHeader);
    return errback;
  }

  onError(errback: AnySignature): this {
    this.linkError(errback);
    return this;
  }

  stamp(stamps: Headers | StampingVisitor, stamping: Stamping = {}): this {
    stamped(this.#draft, stamps, stamping);
    return this;
  }

  toJSON(): WireSignature {
    return wireOf(this.#draft);
  }

  #encode(options: CallOptions): Record<string, unknown> {
    checkOptions(options, callOptionForms, 'call option', `a call of '${this.task}'`);
    return encodeOptions(options);
  }
}

/** Of a group its members, of a chord its header. @see celery.canvas.group.set_immutable */
function setImmutable(draft: Draft, immutable: boolean): void {
  if (isGroup(draft)) for (const task of draft.kwargs.tasks) setImmutable(task, immutable);
  else if (isChord(draft)) setImmutable(draft.kwargs.header, immutable);
  else draft.immutable = immutable;
}

function homeless(task: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `A signature of '${task}' that holds no task belongs to no application: app.apply(signature.toJSON()) sends it`,
  );
}
