import type { ExceptionObject } from '../../lib/protocol/index.ts';
import { decodeStoredDocument } from '../../lib/serializers/index.ts';
import { type Expected, evaluate } from './canvas-expected.ts';
import type { CanvasRecord } from './canvas-ledger.ts';
import { normal } from './canvas-normal.ts';
import { type CanvasTree, childrenOf } from './canvas-tree.ts';
import type { CanvasWorld } from './canvas-world.ts';

/** Longer than anything of a workflow is kept. */
const allIsOverSeconds = 400 * 86_400;

/** Checks what became of every task, and what is left, when all is over. */
export class CanvasEndCheck {
  readonly #world: CanvasWorld;
  readonly #miscounted: ReadonlySet<string>;

  constructor(world: CanvasWorld, miscounted: ReadonlySet<string>) {
    this.#world = world;
    this.#miscounted = miscounted;
  }

  async run(): Promise<void> {
    const { manner, trees } = this.#world.scenario;
    const isSure = manner === 'careful';
    if (this.#world.scenario.python === 0) this.#checkLeases(trees.map(normal));
    const { ends, free } = evaluate(trees, (label) => this.#wasRevoked(label));
    if (isSure || !this.#isUpset(ends))
      for (const [label, expected] of ends)
        if (!free.has(label)) this.#checkEnd(label, expected, isSure);
    for (const record of this.#world.ledger.records.values()) {
      if (isSure && !ends.has(record.label) && !free.has(record.label)) this.#checkUnheard(record);
      if (isSure) this.#checkStarts(record);
      this.#checkExpiry(record);
    }
    if (isSure) await this.#checkRecords();
  }

  /** A Python worker that ran copies counted a part twice, or failed what had no reason to: then Celery's chords hang. */
  #isUpset(ends: ReadonlyMap<string, Expected>): boolean {
    const records = [...this.#world.ledger.records.values()];
    const wrong = records.some((record) =>
      record.ends.some((end) => end.byPython && end.status !== ends.get(record.label)?.status),
    );
    return wrong || this.#miscounted.size > 0;
  }

  #wasRevoked(label: string): boolean {
    const [record] = this.#world.ledger.recordsOf(label);
    return record?.ends.at(-1)?.status === 'REVOKED';
  }

  /** Everything that was published ends, as a sequential run would. */
  #checkEnd(label: string, expected: Expected, isSure: boolean): void {
    const record = this.#world.ledger.recordsOf(label).find(({ ends }) => ends.length > 0);
    if (!record) this.#fail(`${label} never ends`);
    else if (isSure) this.#checkOutcome(record, expected);
  }

  #checkOutcome({ id, label }: CanvasRecord, expected: Expected): void {
    const item = this.#world.engine.item(id);
    const { status, result } = item
      ? decodeStoredDocument(item.document)
      : { status: 'PENDING', result: null };
    const note = () =>
      this.#world.history.note(`${label} is ${status} ${told(result)}, not ${told(expected)}`);
    if (status !== expected.status) {
      note();
      this.#fail(`${label} ended as ${status}, not ${expected.status}`);
    } else if (!isAsExpected(result, expected)) {
      note();
      this.#fail(`${label} ended as ${status} with another result`);
    }
  }

  /** What has no reason to run did not, and nothing is on record of it. */
  #checkUnheard({ label, starts, ends }: CanvasRecord): void {
    if (starts.size > 0) this.#fail(`${label} ran, and nothing asked for it`);
    if (ends.length > 0) this.#fail(`${label} ended, and nothing asked for it`);
  }

  /** Exactly one start of each attempt where nothing hit a delivery; of what is leased, not even for a copy. */
  #checkStarts({ label, starts, sends, leased }: CanvasRecord): void {
    const { hit, disturbed } = this.#world.ledger;
    for (const [attempt, count] of starts) {
      const once = leased ? !hit.has(label) : !disturbed.has(label) && sends.get(attempt) === 1;
      if (once && count > 1)
        this.#fail(`${label}: attempt ${attempt} started ${count} times though nothing hit it`);
    }
  }

  /** Bodies of chords and errbacks are always leased. */
  #checkLeases(trees: readonly CanvasTree[]): void {
    for (const tree of trees) {
      const leased = tree.kind === 'task' ? tree.errbacks : bodyOf(tree);
      for (const { label } of leased)
        for (const record of this.#world.ledger.recordsOf(label))
          if (!record.leased) this.#fail(`${label} was sent without a lease`);
      this.#checkLeases(tree.kind === 'task' ? tree.links : childrenOf(tree));
    }
  }

  /** Nothing of ours is kept for ever. */
  #checkExpiry({ id, label }: CanvasRecord): void {
    const item = this.#world.engine.item(id);
    if (item?.own && item.expiresAt === undefined) this.#fail(`${label} is kept for ever`);
  }

  async #checkRecords(): Promise<void> {
    const { clock, engine, ledger } = this.#world;
    await clock.advanceTo(clock.now() + allIsOverSeconds * 1000);
    const { chords, groups, nativeCanvas } = engine.adapters();
    for (const groupId of ledger.groups) {
      if (await chords.read(groupId)) this.#fail(`The counter of ${groupId} is kept for ever`);
      if (await groups.restore(groupId)) this.#fail(`The group ${groupId} is kept for ever`);
    }
    for (const record of ledger.natives) {
      const left =
        record.kind === 'chord'
          ? await nativeCanvas.readChord(record.groupId)
          : await nativeCanvas.readSteps({ id: record.id, from: 0, to: 1 });
      if (left) this.#fail(`A stored ${record.kind} is kept for ever`);
    }
  }

  #fail(what: string): void {
    this.#world.history.fail(what);
  }
}

function bodyOf(tree: CanvasTree): readonly { readonly label: string }[] {
  return tree.kind === 'chord' && tree.body.kind === 'task' ? [tree.body] : [];
}

function isAsExpected(result: unknown, expected: Expected): boolean {
  if (expected.status === 'REVOKED') return true;
  if (expected.status === 'SUCCESS') return result === expected.value;
  const { type, text } = expected.failure;
  const { exc_type, exc_message } = result as ExceptionObject;
  return exc_type === type && (text === undefined || exc_message[0] === text);
}

function told(value: unknown): string {
  return JSON.stringify(value);
}

/** How a tree is written. */
export function written(tree: CanvasTree): string {
  if (tree.kind !== 'task') return `${tree.kind}(${childrenOf(tree).map(written).join(', ')})`;
  const { label, behaviour, links, errbacks, countdown, immutable } = tree;
  return [
    label,
    behaviour === 'ok' ? '' : ` ${behaviour}`,
    immutable ? ' immutable' : '',
    countdown > 0 ? ` in ${countdown}` : '',
    links.length > 0 ? ` then [${links.map(written).join(', ')}]` : '',
    errbacks.length > 0 ? ` else [${errbacks.map((one) => one.label).join(', ')}]` : '',
  ].join('');
}
