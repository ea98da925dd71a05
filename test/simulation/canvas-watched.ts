import type {
  Adapters,
  Chords,
  NativePart,
  NativeRecord,
  NewChord,
  OutgoingMessage,
  ResultWrite,
  RevokeTargets,
} from '../../lib/ports/index.ts';
import { decodeMessage, mentionedIn } from './canvas-messages.ts';
import type { CanvasWorld } from './canvas-world.ts';
import { mapPorts } from './faults.ts';

type Verb = (...args: unknown[]) => unknown;

/** The engine's adapters, with everything that takes effect told to the ledger. */
export function watchedCanvas(world: CanvasWorld): Adapters {
  return mapPorts(world.engine.adapters(), (port, verb, original) => {
    if (`${port}.${verb}` === 'results.store')
      return (write) => store(world, write as ResultWrite, original);
    const heard = listeners[`${port}.${verb}`];
    if (!heard) return undefined;
    return async (...args) => {
      heard(world, args);
      return await original(...args);
    };
  });
}

const listeners: Readonly<Record<string, (world: CanvasWorld, args: unknown[]) => void>> = {
  'broker.send': (world, [queue, message]) =>
    sent(world, queue as string, [message as OutgoingMessage]),
  'broker.sendBatch': (world, [queue, messages]) =>
    sent(world, queue as string, messages as OutgoingMessage[]),
  'chords.create': (world, [chord]) => {
    const { groupId } = chord as NewChord;
    world.ledger.groups.add(groupId);
    world.history.note(`chord ${groupId} is made`);
  },
  'chords.count': (world, [part]) => {
    const { groupId, taskId, mayFill } = part as Parameters<Chords['count']>[0];
    world.ledger.counted.add(`${groupId} ${taskId}`);
    const last = mayFill ? ', the last' : '';
    world.history.note(`count ${world.ledger.labelOf(taskId)} of ${groupId}${last}`);
  },
  'chords.claimJoin': (world, [claim]) => {
    const { groupId, claimer } = claim as Parameters<Chords['claimJoin']>[0];
    world.history.note(`join ${groupId} for ${world.ledger.labelOf(claimer)}`);
  },
  'chords.markJoined': (world, [groupId]) => world.history.note(`joined ${groupId}`),
  'nativeCanvas.begin': (world, [records]) => {
    for (const record of records as readonly NativeRecord[]) {
      world.ledger.mentioned(mentionedIn(record));
      world.ledger.natives.push(record);
      world.history.note(
        `${record.kind} ${record.kind === 'chord' ? record.groupId : record.id} stored`,
      );
    }
  },
  'nativeCanvas.addPart': (world, [part]) => {
    const { groupId, number } = part as NativePart;
    world.history.note(`count part ${number} of ${groupId}`);
  },
  'revocations.revoke': (world, [targets]) => {
    const { taskIds } = targets as RevokeTargets;
    world.history.note(`revoked ${taskIds.map((id) => world.ledger.labelOf(id))}`);
  },
};

function sent(world: CanvasWorld, queue: string, messages: readonly OutgoingMessage[]): void {
  for (const { body } of messages) {
    const decoded = decodeMessage(body);
    if (!decoded || queue.endsWith('-dead')) continue;
    world.ledger.sent(decoded);
    world.history.note(`send ${decoded.label} attempt ${decoded.attempt}`);
  }
}

async function store(world: CanvasWorld, write: ResultWrite, original: Verb): Promise<unknown> {
  const { engine, ledger, clock } = world;
  const before = engine.item(write.taskId)?.own?.token;
  const outcome = await original(write);
  const { token } = engine.item(write.taskId)?.own ?? {};
  if (token === write.token && before !== token)
    ledger.stored(write.taskId, write.status, { byPython: false, at: clock.now() });
  return outcome;
}
