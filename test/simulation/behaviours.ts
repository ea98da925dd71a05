/** What a task of the workload does. */
export type Behaviour =
  | 'ok'
  | 'fail'
  /** Retries as often as it may, each time with other arguments, then ends well. */
  | 'retry'
  /** Retries after days. */
  | 'retryLate'
  | 'retryForEver'
  /** Has itself given back twice, then ends well. */
  | 'requeue'
  /** Has itself dead-lettered. */
  | 'reject'
  /** Ends its process. */
  | 'killer'
  | 'hang'
  /** Takes so long that it can be revoked while it runs. */
  | 'long'
  /** Meets its soft time limit, and cleans up. */
  | 'softLimit'
  /** Meets its time limit, and goes on. */
  | 'timeLimit'
  /** Takes longer than a Lambda function may run, and than a lease lasts that nobody extends. */
  | 'longer'
  /** Leaves no result. */
  | 'ignore'
  /** Has itself dead-lettered; sent back it tells how far it is, then ends well. */
  | 'mended';

/** How a behaviour ends when nothing else ends it. */
export interface Outcome {
  /** undefined: none is stored. */
  readonly status: 'SUCCESS' | 'FAILURE' | undefined;
  /** It is dead-lettered. */
  readonly dead: boolean;
  /** How often each attempt starts where nothing disturbs it; undefined: that depends. */
  readonly starts: number | undefined;
}

export const maxRetries = 2;

const success: Outcome = { status: 'SUCCESS', dead: false, starts: 1 };
const failure: Outcome = { status: 'FAILURE', dead: false, starts: 1 };
const death: Outcome = { status: 'FAILURE', dead: true, starts: undefined };

export const outcomes: Readonly<Record<Behaviour, Outcome>> = {
  ok: success,
  fail: failure,
  retry: success,
  retryLate: success,
  retryForEver: failure,
  requeue: { ...success, starts: 3 },
  reject: death,
  killer: death,
  hang: death,
  long: success,
  softLimit: success,
  timeLimit: failure,
  longer: { ...success, starts: undefined },
  ignore: { ...success, status: undefined },
  mended: { ...success, starts: undefined },
};

interface TaskKind {
  readonly options: Readonly<Record<string, unknown>>;
  readonly allows: (behaviour: Behaviour) => boolean;
}

const any = () => true;
const quick: ReadonlySet<Behaviour> = new Set(['ok', 'fail', 'retry']);
/** Those that leave something behind of what they ended with. */
const telling = (behaviour: Behaviour) => behaviour !== 'ignore' && behaviour !== 'mended';

/** The tasks of the application; `later` is registered in the middle of a run. */
export const tasks = {
  work: { options: {}, allows: any },
  tracked: { options: { trackStarted: true }, allows: any },
  limited: { options: {}, allows: (behaviour) => quick.has(behaviour) },
  later: { options: {}, allows: telling },
  leased: { options: { exactlyOnce: 'lease' }, allows: any },
  atMostOnce: { options: { acksLate: false }, allows: any },
} as const satisfies Record<string, TaskKind>;

export type TaskName = keyof typeof tasks;
