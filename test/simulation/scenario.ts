import { SeededRandom } from '../../lib/testing/index.ts';
import { type Behaviour, type TaskName, tasks } from './behaviours.ts';

/** One call of a task. */
export interface Work {
  readonly id: string;
  readonly task: TaskName;
  readonly behaviour: Behaviour;
  readonly ignoreResult: boolean;
  /** When it is sent, in seconds from the beginning. */
  readonly at: number;
  /** Seconds. */
  readonly countdown: number;
  /** Seconds; undefined: never. */
  readonly expires: number | undefined;
  /** Its call is one of several with the same key. */
  readonly unique: boolean;
}

/** Something that is done while the tasks run, `at` in seconds from the beginning. */
export type Act = { readonly at: number } & (
  | {
      readonly kind: 'revoke';
      readonly id: string;
      readonly terminate: boolean;
      readonly byPython: boolean;
    }
  | { readonly kind: 'rate'; readonly rate: string }
  /** All dead letters go back to their queue. */
  | { readonly kind: 'sendBack' }
  /** The task `later` becomes known to the workers. */
  | { readonly kind: 'deploy' }
);

/** How much goes wrong, at most. */
export interface Trouble {
  readonly crashes: number;
  readonly crashRate: number;
  /** Requests that are refused, lose their answer, or are sent twice. */
  readonly errors: number;
  /** Messages that SQS delivers once more. */
  readonly duplicates: number;
  /** Deletes that take no effect: the message comes again when its visibility timeout is over. */
  readonly lostDeletes: number;
  /** Times that a worker stands still, longer than a lease lasts among them. */
  readonly stalls: number;
  /** Receives that Lambda throttles: nobody processes them. */
  readonly throttles: number;
  /** The share of requests that take a second or two. */
  readonly slow: number;
  /** Schedules fire late, twice, and stay on record. */
  readonly schedules: boolean;
}

/** All that a run is made of but the order of things: plain data, so that it can be shortened. */
export interface Scenario {
  readonly work: readonly Work[];
  readonly acts: readonly Act[];
  readonly trouble: Trouble;
  /** Of the task `limited`. */
  readonly rate: string;
  /** The share of receives that a Python worker makes. */
  readonly python: number;
  /** The share of receives that a worker in a container makes: it has no deadline, and ends some time. @default 0 */
  readonly containers?: number;
  /** Tasks of one batch that run at once. */
  readonly concurrency: number;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** What a seed stands for. */
export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed);
  const profile = pick(random, profiles);
  const work = profile.work(random);
  return {
    work,
    acts: [...profile.acts(random), ...drawRevokes(random, work, profile)],
    trouble: { ...drawTrouble(random), ...profile.trouble?.(random) },
    rate: pick(random, ['2/s', '5/s', '30/m', '6/m']),
    python: profile.python ? pick(random, [0.3, 0.6]) : 0,
    ...(profile.containers && { containers: pick(random, [0.5, 1]) }),
    concurrency: pick(random, [1, 2, 10]),
  };
}

export function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[Math.floor(random.number() * from.length)] as T;
}

/** A whole number from `least` to `most`. */
export function between(random: SeededRandom, least: number, most: number): number {
  return least + Math.floor(random.number() * (most - least + 1));
}

interface Profile {
  work(random: SeededRandom): Work[];
  acts(random: SeededRandom): Act[];
  trouble?(random: SeededRandom): Partial<Trouble>;
  /** The share of tasks that is revoked. */
  readonly revoked?: number;
  /** When, in seconds from the call. */
  readonly revokedAfter?: readonly number[];
  readonly python?: boolean;
  readonly containers?: boolean;
}

interface WorkChoices {
  readonly tasks?: readonly TaskName[];
  readonly behaviours?: readonly Behaviour[];
  readonly countdowns?: readonly number[];
  /** When calls are made. */
  readonly at?: readonly number[];
  readonly ignored?: number;
  readonly unique?: boolean;
}

const noActs = () => [];
const calm: readonly Behaviour[] = ['ok', 'ok', 'ok', 'fail', 'retry'];
const all: readonly Behaviour[] = [
  'ok',
  'ok',
  'fail',
  'retry',
  'retryForEver',
  'requeue',
  'reject',
  'killer',
  'hang',
  'long',
  'softLimit',
  'timeLimit',
];

const profiles: readonly Profile[] = [
  /** A little of everything. */
  {
    work: (random) => [
      ...works(random, between(random, 1, 6), {
        tasks: ['work', 'work', 'tracked', 'limited', 'later', 'leased', 'atMostOnce'],
        behaviours: all,
        countdowns: [0, 0, 0, 5, 20 * minute, 2 * day],
        at: [0, 0, 30, 300],
        ignored: 0.1,
      }),
    ],
    acts: (random) => [...drawRedrives(random), ...drawRates(random, 0.3)],
  },
  /** Many that come again before they are finished, killers among them. */
  {
    work: (random) =>
      works(random, between(random, 2, 8), {
        tasks: ['work', 'work', 'tracked', 'leased'],
        behaviours: [...calm, 'killer', 'hang', 'ignore'],
        ignored: 0.3,
      }),
    acts: noActs,
    trouble: (random) => ({
      crashes: pick(random, [0, 2, 5, 9]),
      errors: pick(random, [0, 4, 12]),
      duplicates: pick(random, [0, 3, 12]),
      lostDeletes: pick(random, [0, 3, 12]),
      throttles: pick(random, [0, 0, 5, 40]),
    }),
    revoked: 0,
  },
  /** Delays of every length, and revokes that meet them at every moment. */
  {
    work: (random) =>
      works(random, between(random, 1, 4), {
        behaviours: ['ok', 'retry', 'retryLate'],
        countdowns: [0, 10 * minute, 20 * minute, hour, 2 * day, 20 * day],
        at: [0, 0, 60],
      }),
    acts: noActs,
    revoked: 0.6,
    // A message is parked when its first delay of 15 minutes is over.
    revokedAfter: [0, 1, 60, 899, 900.3, 900.7, 901.2, 901.6, 903, 1000, 3 * day],
  },
  /** Leases, with copies of messages and lost processes. */
  {
    work: (random) =>
      works(random, between(random, 1, 4), {
        tasks: ['leased', 'leased', 'atMostOnce'],
        behaviours: all,
        countdowns: [0, 0, 5],
        at: [0, 0, 30],
        ignored: 0.1,
      }),
    acts: (random) => (random.number() < 0.3 ? drawRedrives(random) : []),
    trouble: (random) => ({
      crashes: pick(random, [0, 2, 5]),
      errors: pick(random, [0, 4, 12]),
      duplicates: pick(random, [0, 3, 12]),
    }),
  },
  /** Workers without a deadline, which extend their leases, and lose them when they stand still. */
  {
    work: (random) =>
      works(random, between(random, 1, 4), {
        tasks: ['leased', 'leased', 'leased', 'atMostOnce', 'work'],
        behaviours: ['ok', 'long', 'longer', 'longer', 'retry', 'ignore', 'killer', 'hang'],
        at: [0, 0, 30],
      }),
    acts: noActs,
    containers: true,
    trouble: (random) => ({
      crashes: pick(random, [0, 0, 2]),
      errors: pick(random, [0, 4, 12]),
      duplicates: pick(random, [3, 8]),
      lostDeletes: pick(random, [0, 3]),
      stalls: pick(random, [0, 2, 5]),
    }),
  },
  /** Letters at work while copies from before their death come again, and old attempts beside later ones. */
  {
    work: (random) =>
      works(random, between(random, 1, 3), {
        tasks: ['work', 'work', 'tracked', 'leased'],
        behaviours: ['mended', 'mended', 'mended', 'retry'],
      }),
    acts: (random) =>
      [20, 50, 150, 170, 190, 400].flatMap((at): Act[] =>
        random.number() < 0.5 ? [{ at, kind: 'sendBack' }] : [],
      ),
    trouble: (random) => ({
      crashes: pick(random, [0, 2, 5]),
      duplicates: pick(random, [0, 3]),
      lostDeletes: pick(random, [3, 12]),
    }),
    revoked: 0.02,
  },
  /** Running tasks are ended. */
  {
    work: (random) =>
      works(random, between(random, 1, 4), {
        tasks: ['work', 'work', 'tracked', 'leased', 'atMostOnce'],
        behaviours: ['long', 'long', 'softLimit', 'timeLimit', 'ok'],
        at: [0, 0, 10],
      }),
    acts: noActs,
    revoked: 0.7,
  },
  /** One rate over all workers, changed while messages wait. */
  {
    work: (random) =>
      works(random, between(random, 3, 12), {
        tasks: ['limited'],
        behaviours: calm,
        countdowns: [0, 0, 0, 2, 30],
        at: [0, 0, 1, 5, 30],
        ignored: 0.1,
      }),
    acts: (random) => drawRates(random, 0.5),
    revoked: 0.05,
  },
  /** Letters that are sent back too early, twice, and once the task is deployed. */
  {
    work: (random) =>
      works(random, between(random, 1, 3), {
        tasks: ['later', 'later', 'work'],
        behaviours: ['ok', 'retry', 'reject', 'killer'],
      }),
    acts: drawRedrives,
  },
  /** Several callers of one key. */
  {
    work: (random) => [
      ...works(random, between(random, 2, 3), {
        tasks: ['work'],
        behaviours: ['ok'],
        at: [0, 1, 40, 100],
        unique: true,
      }),
      ...works(random, 1, {}, 5),
    ],
    acts: noActs,
    trouble: (random) => ({ crashes: 2, crashRate: pick(random, [0.1, 0.4]) }),
    revoked: 0,
  },
  /** Beside a Python worker. */
  {
    work: (random) =>
      works(random, between(random, 2, 5), {
        behaviours: calm,
        countdowns: [0, 0, 20],
        at: [0, 0, 20],
      }),
    acts: noActs,
    python: true,
  },
];

function works(random: SeededRandom, count: number, choices: WorkChoices, from = 0): Work[] {
  const { unique = false } = choices;
  return Array.from({ length: count }, (_, n) => {
    const task = pick<TaskName>(random, choices.tasks ?? ['work', 'work', 'tracked']);
    const behaviour = pick(random, (choices.behaviours ?? calm).filter(tasks[task].allows));
    return {
      id: `t${from + n}`,
      task,
      behaviour,
      ignoreResult: random.number() < (choices.ignored ?? 0) && calm.includes(behaviour),
      at: pick(random, choices.at ?? [0]),
      countdown: pick(random, choices.countdowns ?? [0]),
      expires: !unique && random.number() < 0.05 ? pick(random, [1, 60, hour]) : undefined,
      unique,
    };
  });
}

const anyMoment = [-1, 0, 1, 3, 7, 15, 60, 899, 1000, 3000, 3 * day];

function drawRevokes(
  random: SeededRandom,
  work: readonly Work[],
  { revoked = 0.1, revokedAfter = anyMoment }: Profile,
): Act[] {
  return work.flatMap(({ id, at }): Act[] => {
    if (random.number() >= revoked) return [];
    const time = Math.max(0, at + pick(random, revokedAfter));
    const terminate = random.number() < 0.5;
    return [{ at: time, kind: 'revoke', id, terminate, byPython: random.number() < 0.3 }];
  });
}

function drawRates(random: SeededRandom, share: number): Act[] {
  return [3, 20, 60].flatMap((at): Act[] =>
    random.number() < share
      ? [{ at, kind: 'rate', rate: pick(random, ['1/s', '4/s', '10/m']) }]
      : [],
  );
}

function drawRedrives(random: SeededRandom): Act[] {
  const acts: Act[] = [40, 300, 700, 1200].flatMap((at): Act[] =>
    random.number() < 0.5 ? [{ at, kind: 'sendBack' }] : [],
  );
  if (random.number() < 0.5) return acts;
  return [...acts, { at: 2500, kind: 'deploy' }, { at: 4000, kind: 'sendBack' }];
}

/** Draws how much goes wrong. */
export function drawTrouble(random: SeededRandom): Trouble {
  return {
    crashes: pick(random, [0, 1, 2, 5]),
    crashRate: pick(random, [0.02, 0.05, 0.15]),
    errors: pick(random, [0, 1, 3, 8]),
    duplicates: pick(random, [0, 1, 2, 5]),
    lostDeletes: 0,
    stalls: 0,
    throttles: pick(random, [0, 0, 0, 3]),
    schedules: random.number() < 0.5,
    slow: pick(random, [0.1, 0.2, 0.5]),
  };
}
