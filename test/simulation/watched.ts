import type {
  Adapters,
  Broker,
  LeaseChange,
  LeaseOutcome,
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
    [
      'results.changeLease',
      ([change], answer) => this.#leaseChanged(change as LeaseChange, answer as LeaseOutcome),
    ],
    ['revocations.revoke', (args) => this.#revoked(...(args as Parameters<Revocations['revoke']>))],
    ['uniqueClaims.markSent', ([, id]) => this.#accepted(id as string)],
    ['rateClocks.setChange', ([, change]) => this.#rateChanged(change as RateChange)],
  ]);

  async #store(write: ResultWrite, original: Verb): Promise<unknown> {
    const { engine, clock, guarantees } = this.#world;
    const before = engine.item(write.taskId)?.own?.token;
    const outcome = await original(write);
    const item = engine.item(write.taskId);
    if (item?.own && item.own.token === write.token && before !== write.token) {
      const { status, attempt, generation, dead } = item.own;
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
    guarantees.marked(life, this.#process);
  }

  #leaseChanged({ taskId, to }: LeaseChange, { changed }: LeaseOutcome): void {
    const own = this.#world.engine.item(taskId)?.own;
    if (!changed || !own || own.status !== 'STARTED') return;
    this.#world.history.note(
      `lease of ${taskId} is epoch ${to.epoch}${to.owner ? '' : ', given back'}`,
    );
    this.#unmarked({ taskId, attempt: own.attempt, generation: own.generation });
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

function lifeOf({ taskId, attempt, generation }: StartKey): string {
  return lifeKey(taskId, attempt, generation);
}
