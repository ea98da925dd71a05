import type {
  Adapters,
  Broker,
  LeaseChange,
  LeaseOutcome,
  LeaseWrite,
  MarkOutcome,
  OutgoingMessage,
  RateChange,
  ResultWrite,
  Revocations,
  RevokeRecord,
  RevokeTargets,
  StartKey,
} from '../../lib/ports/index.ts';
import { readDeadGeneration } from '../../lib/protocol/index.ts';
import { mapPorts } from './faults.ts';
import { idsIn, lifeKey, type Process } from './process.ts';
import type { World } from './world.ts';

type Verb = (...args: unknown[]) => unknown;
/** Hears of a request that took effect. */
type After = (args: readonly unknown[], answer: unknown) => void;

/** The engine's adapters, with everything that takes effect told to the guarantees. */
export function watched(world: World, process: Process): Adapters {
  const watch = new Watch(world, process);
  const adapters = world.engine.adapters();
  return mapPorts(adapters, (port, verb, original) => watch.verb(`${port}.${verb}`, original));
}

class Watch {
  readonly #world: World;
  readonly #process: Process;

  constructor(world: World, process: Process) {
    this.#world = world;
    this.#process = process;
  }

  verb(name: string, original: Verb): Verb | undefined {
    const after = this.#after.get(name);
    if (name === 'results.store') return (write) => this.#store(write as ResultWrite, original);
    if (name === 'results.changeLease')
      return (change) => this.#changeLease(change as LeaseChange, original);
    if (!after) return undefined;
    return async (...args) => {
      const answer = await original(...args);
      after(args, answer);
      return answer;
    };
  }

  readonly #after: ReadonlyMap<string, After> = new Map<string, After>([
    ['broker.send', (args) => this.#sent(...(args as Parameters<Broker['send']>))],
    ['startMarks.mark', ([key], answer) => this.#marked(key as StartKey, answer as MarkOutcome)],
    ['startMarks.unmark', ([key]) => this.#unmarked(key as StartKey)],
    ['startMarks.end', ([key]) => this.#unmarked(key as StartKey)],
    ['revocations.revoke', (args) => this.#revoked(...(args as Parameters<Revocations['revoke']>))],
    ['uniqueClaims.markSent', ([, id]) => this.#accepted(id as string)],
    ['rateClocks.setChange', ([, change]) => this.#rateChanged(change as RateChange)],
  ]);

  async #store(write: ResultWrite, original: Verb): Promise<unknown> {
    const { engine, clock, guarantees } = this.#world;
    const before = engine.item(write.taskId)?.own;
    const outcome = await original(write);
    const item = engine.item(write.taskId);
    if (item?.own && item.own.token === write.token && before?.token !== write.token) {
      const { status, attempt, generation, dead } = item.own;
      if (before) {
        const by = holderOf(write.lease);
        guarantees.fenced(write.taskId, { by, before: before.lease, at: clock.now() });
      }
      this.#leased(write);
      guarantees.stored(write.taskId, {
        ...{ status, attempt, generation, dead, byPython: false },
        text: new TextDecoder().decode(item.document),
        until: (item.expiresAt ?? Number.POSITIVE_INFINITY) * 1000,
        at: clock.now(),
      });
    }
    return outcome;
  }

  #sent(queue: string, { body }: OutgoingMessage): void {
    const { history, guarantees } = this.#world;
    if (!queue.endsWith('-dead')) return;
    for (const id of idsIn(body)) {
      const generation = readDeadGeneration(body);
      history.note(`dead-letter ${id} generation ${generation}`);
      guarantees.of(id).letters.add(generation);
    }
  }

  #marked(key: StartKey, { kind }: MarkOutcome): void {
    if (kind !== 'marked') return;
    this.#world.history.note(`mark ${lifeOf(key)} for ${this.#process.name}`);
    this.#process.suspected.add(lifeOf(key));
    this.#world.guarantees.marked(lifeOf(key), this.#process);
  }

  #unmarked(key: StartKey): void {
    this.#world.guarantees.unmarked(lifeOf(key), this.#process);
  }

  /** A lease marks a start as well: taken with STARTED, ended by what the run stores, or given back. */
  #leased({ taskId, fromAttempt, generation, lease }: ResultWrite): void {
    const life = lifeKey(taskId, fromAttempt, generation);
    const { guarantees, history } = this.#world;
    if (lease?.kind === 'drop') guarantees.unmarked(life, this.#process);
    if (lease?.kind !== 'take') return;
    history.note(`lease ${life} epoch ${lease.lease.epoch} for ${lease.lease.owner}`);
    guarantees.marked(life, this.#process, lease.lease.owner);
  }

  /** The owner says that its start is not to be counted, or has ended; else it merely extends its lease. */
  async #changeLease(change: LeaseChange, original: Verb): Promise<unknown> {
    const { taskId, to } = change;
    const { engine, history } = this.#world;
    const before = engine.item(taskId)?.own;
    const outcome = (await original(change)) as LeaseOutcome;
    const isExtended = to.epoch === before?.lease?.epoch && !to.ended;
    if (!outcome.changed || !before || isExtended) return outcome;
    history.note(`lease of ${taskId} is epoch ${to.epoch}${to.owner ? '' : ', given back'}`);
    this.#unmarked({ taskId, attempt: before.attempt, generation: before.generation });
    return outcome;
  }

  #revoked({ taskIds }: RevokeTargets, { terminate }: RevokeRecord): void {
    const now = this.#world.clock.now();
    for (const id of taskIds) {
      this.#world.history.note(`revoked ${id}${terminate ? ', terminating' : ''}`);
      const record = this.#world.guarantees.of(id);
      record.revokedAt ??= now;
      if (terminate) record.terminatedAt ??= now;
    }
  }

  #accepted(id: string): void {
    this.#world.guarantees.of(id).accepted = true;
  }

  #rateChanged({ rateLimit }: RateChange): void {
    this.#world.history.note(`rate ${rateLimit}`);
    this.#world.guarantees.rates.changed(rateLimit, this.#world.clock.now());
  }
}

/** Who stores under a lease that it took before. */
function holderOf(lease: LeaseWrite | undefined): string | undefined {
  if (lease?.kind === 'drop') return lease.owner;
  return lease?.kind === 'keep' ? lease.lease.owner : undefined;
}

function lifeOf({ taskId, attempt, generation }: StartKey): string {
  return lifeKey(taskId, attempt, generation);
}
