import { DecodeError } from '../../errors.ts';
import { type ControlMessage, leafIds, type WireSignature } from '../../protocol/index.ts';
import { isFinished } from '../store-state.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { type CheckRound, checkJoinLater, sendCheck } from './check-later.ts';
import type { ChordInHand } from './chord-in-hand.ts';
import { finishJoin } from './chord-part.ts';
import { joinChord } from './join-chord.ts';

/**
 * Looks whether a chord that was about to be joined is: where its parts have ended and nobody has joined it for a minute,
 * the check does.
 *
 * @throws DecodeError, OperationalError
 */
export async function joinCheck(
  runtime: WorkerRuntime,
  args: ControlMessage['arguments'],
): Promise<void> {
  const { chord, check, due } = readCheck(args);
  const { chords, results } = runtime.adapters;
  if (due > runtime.clock.now()) return await sendCheck(runtime, chord, check, due);
  const record = await chords.read(chord.groupId);
  if (!record?.members || record.joined) return;
  if (record.count < chord.size && !check.unsure) return;
  const leaves = leafIds(record.members);
  const items = await results.read(leaves);
  const ended = leaves.every((id) => {
    const item = items.get(id);
    return item !== undefined && isFinished(item);
  });
  if (ended && !check.ripe) return await checkJoinLater(runtime, chord, { ...check, ripe: true });
  await finishJoin(runtime, await joinChord(runtime, chord, { claimer: 'check', check }));
}

function readCheck(args: ControlMessage['arguments']): {
  readonly chord: ChordInHand;
  readonly check: CheckRound;
  readonly due: number;
} {
  const { group_id, body, size, until, root_id, headers, round, ripe, unsure, due } = args;
  if (typeof group_id !== 'string' || typeof root_id !== 'string' || typeof size !== 'number') {
    throw new DecodeError('Not a join check: expected texts group_id and root_id, and a size');
  }
  return {
    chord: {
      groupId: group_id,
      body: body as WireSignature,
      size,
      until: Number(until),
      rootId: root_id,
      headers: (headers ?? {}) as Readonly<Record<string, unknown>>,
    },
    check: { round: Number(round), ripe: ripe === true, unsure: unsure === true },
    due: Number(due),
  };
}
