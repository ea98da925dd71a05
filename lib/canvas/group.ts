import { CanvasSignature, senderOf } from './canvas-signature.ts';
import type { GroupSignature, GroupValues, SharedMissing } from './canvas-types.ts';
import { memberOf } from './chunks.ts';
import { newGroup } from './draft.ts';
import type { AnySignature } from './signature.ts';

/**
 * Signatures to be run at once. What is put in front goes before the arguments of every member; groups within groups are
 * flattened.
 *
 * @example
 * const result = await group([add.s(2, 2), mul.s(4, 4)]).applyAsync();
 * await result.get(); // [4, 16]
 * @see celery.canvas.group
 */
export function group<const T extends readonly AnySignature[]>(
  members: T,
): GroupSignature<SharedMissing<T>, GroupValues<T>> {
  const drafts = members.map((member) => memberOf(member.toJSON()));
  return new CanvasSignature(senderOf(members), newGroup(drafts)) as unknown as GroupSignature<
    SharedMissing<T>,
    GroupValues<T>
  >;
}
