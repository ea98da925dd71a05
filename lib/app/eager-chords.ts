import type { PlannedChord } from '../canvas/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { leafIds, type ResultTuple, TaskState } from '../protocol/index.ts';
import { hasNoOutcome, type Snapshot } from '../results/index.ts';

/** The chords of a workflow that runs in this process. */
export class EagerChords {
  readonly #open = new Map<string, PlannedChord>();
  readonly #ends: ReadonlyMap<string, Snapshot>;

  /** @param ends How the tasks of the workflow ended so far. */
  constructor(ends: ReadonlyMap<string, Snapshot>) {
    this.#ends = ends;
  }

  begin(chord: PlannedChord): void {
    this.#open.set(chord.groupId, chord);
  }

  /** Of its parts. */
  idsOf(groupId: string | null): readonly string[] {
    const chord = groupId === null ? undefined : this.#open.get(groupId);
    return chord ? leafIds(chord.members) : [];
  }

  /** @throws ImproperlyConfigured for a chord that is joined, or was sent */
  add(groupId: string | null, member: ResultTuple): void {
    const chord = groupId === null ? undefined : this.#open.get(groupId);
    if (!chord) throw new ImproperlyConfigured(`Chord ${groupId} is none of this workflow`);
    this.begin({ ...chord, members: [...chord.members, member] });
  }

  /** The chord, once all of its parts have ended; it is answered once. */
  takeComplete(groupId: string): PlannedChord | undefined {
    const chord = this.#open.get(groupId);
    if (!chord || !leafIds(chord.members).every((id) => this.#ends.has(id))) return undefined;
    this.#open.delete(groupId);
    return chord;
  }

  /** The first part that failed, in order; undefined: none did. */
  firstFailure({ members }: PlannedChord): Snapshot | undefined {
    return leafIds(members)
      .flatMap((id) => this.#ends.get(id) ?? [])
      .find((end) => end.document.status !== TaskState.SUCCESS && !hasNoOutcome(end));
  }

  /** A group's value is the list of its members'; of a part that threw `Ignore` or `Reject` it is null. */
  valuesOf(members: readonly ResultTuple[]): unknown[] {
    return members.map(([[id], nested]) =>
      nested === null ? this.#valueOf(id) : this.valuesOf(nested),
    );
  }

  #valueOf(id: string): unknown {
    const end = this.#ends.get(id);
    return end === undefined || hasNoOutcome(end) ? null : end.result;
  }
}
