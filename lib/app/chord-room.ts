import { ImproperlyConfigured } from '../errors.ts';
import { leafIds, maxChordSize, type ResultTuple } from '../protocol/index.ts';

/**
 * Refuses a chord whose records would outgrow their items: its saved group, or the counter that remembers its parts.
 *
 * @param members The header's results.
 * @throws ImproperlyConfigured that says how many parts it may have, and what else there is
 */
export function checkChordSize(groupId: string, members: readonly ResultTuple[]): void {
  const parts = leafIds(members).length;
  if (parts === 0) return;
  const bytesEach = Math.ceil(Buffer.byteLength(JSON.stringify(members)) / parts);
  const most = Math.min(maxChordSize(), maxChordSize(bytesEach));
  if (parts <= most) return;
  throw new ImproperlyConfigured(
    `Chord ${groupId} has ${parts} parts of about ${bytesEach} bytes; ${most} such parts is the most that the records of a ` +
      "chord hold. Where only TypeScript workers run it, canvasMode: 'native' has no such limit. Else have each task do " +
      'more of the work (task.chunks(items, size), task.starmap(items)), make a chord of chords, or take a group, which ' +
      'has no body and no such limit.',
  );
}
