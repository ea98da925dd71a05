import { encodeControlMessage } from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import type { ChordInHand } from './chord-in-hand.ts';

/** How often a check has looked, and what it knew. */
export interface CheckRound {
  readonly round: number;
  /** All parts had ended when it last looked: whoever was to join has had a minute for it. */
  readonly ripe: boolean;
  /** A Python worker ended a part: the count may never become full. */
  readonly unsure: boolean;
}

const firstSeconds = 60;
const longestSeconds = 86_400;

/** Has a worker look at the chord later: after a minute when it is ripe, else after one, two, four ... up to a day. */
export async function checkJoinLater(
  runtime: WorkerRuntime,
  chord: ChordInHand,
  check: CheckRound,
): Promise<void> {
  const seconds = check.ripe
    ? firstSeconds
    : Math.min(longestSeconds, firstSeconds * 2 ** Math.min(check.round, 20));
  const due = runtime.clock.now() + seconds * 1000;
  await sendCheck(runtime, chord, { ...check, round: check.round + 1 }, due);
}

/** Has a worker look at the chord when it is due. @param due Milliseconds since the epoch */
export async function sendCheck(
  { adapters: { broker }, clock, logger }: WorkerRuntime,
  { groupId, body, size, until, rootId, headers }: ChordInHand,
  { round, ripe, unsure }: CheckRound,
  due: number,
): Promise<void> {
  const queue = broker.controlQueue;
  if (queue === undefined) {
    logger.error('A chord cannot be checked: these endpoints name no control queue', {
      group: groupId,
    });
    return;
  }
  const text = encodeControlMessage('join_check', {
    ...{ group_id: groupId, body, size, until, root_id: rootId, headers },
    ...{ round, ripe, unsure, due },
  });
  const seconds = Math.max(0, Math.ceil((due - clock.now()) / 1000));
  await broker.send(queue, {
    body: text,
    delaySeconds: Math.min(seconds, broker.maxDelaySeconds),
  });
}
