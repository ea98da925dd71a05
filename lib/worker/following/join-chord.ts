import type { PreparedCanvas } from '../../app/index.ts';
import { canvasKeptSeconds, derivedIds, nativePlan, planBody } from '../../canvas/index.ts';
import { ChordError } from '../../errors.ts';
import type { ChordRecord, StoredResult } from '../../ports/index.ts';
import { encodeException, leafIds, reprException } from '../../protocol/index.ts';
import { isFinished } from '../store-state.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { type CheckRound, checkJoinLater } from './check-later.ts';
import type { ChordInHand } from './chord-in-hand.ts';
import { ChordValues } from './chord-values.ts';
import { failBody } from './fail-body.ts';
import type { EndedPart } from './fail-step.ts';
import { LastingFault, lastingFault } from './lasting-fault.ts';
import { leased } from './leased.ts';

/** Who joins. */
export interface Joiner {
  /** The part's task id. */
  readonly claimer: string;
  /** Given when a check joins in the part's place. */
  readonly check?: CheckRound;
}

/** A chord whose body is published, or failed. It is to be marked joined when its parts were returned. */
export interface Join {
  readonly groupId: string;
  /** Parts of other chords that ended because the body failed. */
  readonly parts: readonly EndedPart[];
}

/** So long a claim holds that was not done: then a check joins in its place. */
const joinClaimHeldMs = 60_000;
const daySeconds = 86_400;
/** Looks of a check, the last ones a day apart, before a part that has not ended counts as lost. */
const mostRounds = 20;

/**
 * Publishes a chord's body with the values of its parts, or fails it. The results decide, the count is a hint: while a
 * part has not ended nothing fails, and a check looks again, until a day past the latest known start.
 *
 * @throws OperationalError
 */
export async function joinChord(
  runtime: WorkerRuntime,
  chord: ChordInHand,
  { claimer, check }: Joiner,
): Promise<Join | undefined> {
  const { chords, results } = runtime.adapters;
  const { groupId } = chord;
  const record = await chords.read(groupId);
  if (!record?.members || record.joined) return undefined;
  const leaves = leafIds(record.members);
  const items = await results.read(leaves);
  const unfinished = leaves.filter((id) => !hasEnded(items.get(id)));
  if (unfinished.length > 0 && !isOverdue(runtime, chord, record, check)) {
    await checkJoinLater(runtime, chord, { ...(check ?? firstRound), ripe: false });
    return undefined;
  }
  const verdict = await chords.claimJoin({
    groupId,
    claimer,
    now: runtime.clock.now(),
    takeOverAfterMs: check && joinClaimHeldMs,
  });
  if (verdict === 'held' && check) {
    await checkJoinLater(runtime, chord, { ...check, ripe: true });
  }
  if (verdict !== 'mine') return undefined;
  const values = await ChordValues.read(runtime, record.members, items);
  const lastPart = check ? (leaves.at(-1) ?? claimer) : claimer;
  const parts = values.failure
    ? await failBody(runtime, chord, values.failure)
    : await publishBody(runtime, chord, values.list, lastPart);
  return { groupId, parts };
}

const firstRound: CheckRound = { round: 0, ripe: false, unsure: false };

function hasEnded(item: StoredResult | undefined): boolean {
  return item !== undefined && isFinished(item);
}

/** By the records' end, which parts that start late move on. */
function isOverdue(
  { clock }: WorkerRuntime,
  { until }: ChordInHand,
  { expiresAt = 0 }: ChordRecord,
  check: CheckRound | undefined,
): boolean {
  if (!check || check.round < mostRounds) return false;
  return clock.now() / 1000 > Math.max(until, expiresAt - canvasKeptSeconds) + daySeconds;
}

/** Whoever joins publishes the same ids. A body that cannot be sent fails, as in Celery. */
export async function publishBody(
  runtime: WorkerRuntime,
  chord: ChordInHand,
  values: readonly unknown[],
  lastPart: string,
): Promise<readonly EndedPart[]> {
  const prepared = await prepareBody(runtime, chord, values, lastPart);
  if (prepared instanceof LastingFault) {
    const { exception } = encodeException(prepared.error);
    return await failBody(runtime, chord, {
      chordError: new ChordError(`Callback error: ${reprException(exception)}`),
      original: exception,
    });
  }
  await prepared.publish({ again: true });
  return [];
}

/** A fault: it can never be sent. @throws OperationalError */
async function prepareBody(
  runtime: WorkerRuntime,
  chord: ChordInHand,
  values: readonly unknown[],
  lastPart: string,
): Promise<PreparedCanvas | LastingFault> {
  const { groupId, rootId, headers, body } = chord;
  const application = { parentId: lastPart, rootId };
  try {
    const plan = planBody(
      body,
      values,
      application,
      derivedIds(groupId, 'body'),
      runtime.app.planContext(),
    );
    const sent = chord.native ? nativePlan(plan, runtime.clock.now()) : plan;
    return await runtime.app.preparePlans([leased(sent)], { id: lastPart, rootId, headers });
  } catch (error) {
    return lastingFault(error);
  }
}
