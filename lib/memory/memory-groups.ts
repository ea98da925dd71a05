import type { Groups, SavedGroup } from '../ports/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** Saved groups of the in-process engine. */
export class MemoryGroups implements Groups {
  readonly #groups: ExpiringMap<SavedGroup>;

  /** Several may share `groups`, as several processes share a table; chords keep theirs there, too. */
  constructor(groups: ExpiringMap<SavedGroup>) {
    this.#groups = groups;
  }

  async save(
    { groupId, members, parent }: SavedGroup,
    expiresAt: number | undefined,
  ): Promise<void> {
    const group = { groupId, members: structuredClone(members), parent: structuredClone(parent) };
    this.#groups.set(groupId, group, expiresAt ?? Number.POSITIVE_INFINITY);
  }

  async restore(groupId: string): Promise<SavedGroup | undefined> {
    return structuredClone(this.#groups.get(groupId));
  }

  async delete(groupId: string): Promise<void> {
    this.#groups.delete(groupId);
  }
}
