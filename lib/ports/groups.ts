import type { ResultTuple } from '../protocol/index.ts';

/** Who the results of a group are, kept under the group's id. @see celery.result.GroupResult.save */
export interface SavedGroup {
  readonly groupId: string;
  readonly members: readonly ResultTuple[];
  /** The group's own parent; null: none. */
  readonly parent: ResultTuple | null;
}

/**
 * Saved groups, in the form of Celery's own: Python restores what we save, and the reverse.
 * A group past its time is absent. All verbs throw `OperationalError`.
 */
export interface Groups {
  /** Saves it, over one of the same id. @param expiresAt Unix seconds; undefined: never */
  save(group: SavedGroup, expiresAt: number | undefined): Promise<void>;

  /** undefined: nobody saved it, or it expired, or was deleted. @throws DecodeError for an item that is none */
  restore(groupId: string): Promise<SavedGroup | undefined>;

  /** What is not there is deleted already. */
  delete(groupId: string): Promise<void>;
}

/** How the documents of saved groups are written and read. @see Celery's `result_serializer` */
export interface GroupCodec {
  /** @throws EncodeError */
  encode(group: ResultTuple): Uint8Array | Promise<Uint8Array>;
  /** @throws DecodeError */
  decode(document: Uint8Array): ResultTuple | Promise<ResultTuple>;
}
