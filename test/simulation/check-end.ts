import type { Scenario } from './scenario.ts';
import type { Final, TaskRecord } from './task-record.ts';

/** So long a revoked task that is parked may take to come home, with requests that fail on the way. */
const comingHomeMs = 2 * 3_600_000;
const hourMs = 3_600_000;

/** Checks what became of every task when all is over. */
export class EndCheck {
  readonly #scenario: Scenario;
  readonly #records: readonly TaskRecord[];
  readonly #fail: (what: string) => void;
  readonly #faultsUntil: number;

  constructor(
    scenario: Scenario,
    records: readonly TaskRecord[],
    { fail, faultsUntil }: { readonly fail: (what: string) => void; readonly faultsUntil: number },
  ) {
    this.#scenario = scenario;
    this.#records = records;
    this.#fail = fail;
    this.#faultsUntil = faultsUntil;
  }

  run(): void {
    for (const record of this.#records) {
      if (record.accepted) this.#checkEnds(record);
      this.#checkStarts(record);
      this.#checkLetters(record);
      this.#checkHome(record);
    }
    this.#checkUnique();
  }

  /** It ends, in the state that a sequential run would give; without a result it comes to its end at least once. */
  #checkEnds(record: TaskRecord): void {
    const { work, final } = record;
    const mayNotStart = record.revokedAt !== undefined || work.expires !== undefined;
    if (!record.keepsResult && work.task !== 'later') {
      if (!record.ended && !mayNotStart && !final?.condemned)
        this.#fail(`${work.id} never came to its end`);
    } else if (!final) {
      this.#fail(`${work.id} never ends`);
    } else if (final.status === 'REVOKED') {
      if (!mayNotStart) this.#fail(`${work.id} ended as REVOKED though nobody revoked it`);
    } else if (!final.condemned) {
      // Without a result, a task that must not start any more ends silently, its death still on record.
      if (!mayNotStart || record.keepsResult) this.#checkOutcome(record, final);
    }
  }

  #checkOutcome({ work, outcome, startCount }: TaskRecord, { status, dead }: Final): void {
    const { id, task, behaviour } = work;
    if (task === 'later' && dead !== undefined && !this.#sentBackAtLast()) return;
    // It died once, and nobody has sent it back since.
    if (behaviour === 'mended' && dead === 1) return;
    if (outcome.dead && dead === undefined) this.#fail(`${id} (${behaviour}) is not dead`);
    if (startCount === 0) this.#fail(`${id} ended without a start`);
    if (status !== outcome.status)
      this.#fail(`${id} (${behaviour}) ended as ${status}, not ${outcome.status}`);
  }

  #sentBackAtLast(): boolean {
    return this.#scenario.acts.some(({ kind, at }) => kind === 'sendBack' && at >= 4000);
  }

  /** Exactly one start of each attempt where nothing hit a delivery. */
  #checkStarts(record: TaskRecord): void {
    const { outcome, starts } = record;
    const { id } = record.work;
    // Of a leased task not even copies start again.
    const disturbed = record.leased ? record.hit : record.disturbed;
    if (disturbed || outcome.starts === undefined) return;
    for (const [attempt, count] of starts) {
      if (count > outcome.starts)
        this.#fail(`${id}: attempt ${attempt} started ${count} times though nothing disturbed it`);
    }
  }

  /** What died was sent to the dead-letter queue, and nothing else was. */
  #checkLetters({ work: { id }, finals, letters }: TaskRecord): void {
    const deaths = new Set(finals.flatMap(({ dead }) => dead ?? []));
    for (const dead of deaths) {
      if (!letters.has(dead)) this.#fail(`${id} died, and has no letter of generation ${dead}`);
    }
    for (const letter of letters) {
      if (!deaths.has(letter)) this.#fail(`${id} was dead-lettered and did not die`);
    }
  }

  /** A revoked task that is parked for days ends soon. */
  #checkHome({ work, revokedAt, revokeAnswered, finals, sentAt = 0, accepted }: TaskRecord): void {
    if (!accepted || !revokeAnswered || revokedAt === undefined || work.countdown < 86_400) return;
    const end = finals.find(({ status }) => status === 'REVOKED')?.at ?? 0;
    const took = end - Math.max(revokedAt, this.#faultsUntil, sentAt);
    if (took > comingHomeMs)
      this.#fail(`${work.id} was revoked, and stayed parked for ${Math.round(took / hourMs)} h`);
  }

  /** Of the calls with one key, one runs. */
  #checkUnique(): void {
    const ran = this.#records.filter(({ work, startCount }) => work.unique && startCount > 0);
    if (ran.length > 1) this.#fail(`${ran.map(({ work }) => work.id)} ran under one unique key`);
  }
}
