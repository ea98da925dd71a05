import type { CallOptions } from './call-options.ts';
import { CanvasSignature, senderOf } from './canvas-signature.ts';
import type { ChunksSignature } from './canvas-types.ts';
import { checkChunkSize, chunkGroup, mapSignature } from './chunks.ts';
import { draftOf } from './draft.ts';
import type { AnySignature, Sender } from './signature.ts';

/** One task that calls another with each item in turn. @see celery.canvas.xmap */
export function mapOf(
  sender: Sender,
  signature: AnySignature,
  items: Iterable<unknown>,
): AnySignature {
  const kwargs = { task: signature.toJSON(), it: [...items] };
  return new CanvasSignature(sender, draftOf(mapSignature('celery.map', kwargs)));
}

/** One task that calls another with each list of arguments in turn. @see celery.canvas.xstarmap */
export function starmapOf(
  sender: Sender,
  signature: AnySignature,
  items: Iterable<readonly unknown[]>,
): AnySignature {
  const kwargs = { task: signature.toJSON(), it: [...items] };
  return new CanvasSignature(sender, draftOf(mapSignature('celery.starmap', kwargs)));
}

/**
 * Lists of arguments, `size` of them to a task.
 *
 * @throws ImproperlyConfigured unless `size` is a whole number from 1 on
 * @see celery.canvas.chunks
 */
export function chunksOf(
  sender: Sender,
  signature: AnySignature,
  items: Iterable<readonly unknown[]>,
  size: number,
): AnySignature {
  const n = checkChunkSize(signature.task, size);
  const kwargs = { task: signature.toJSON(), it: [...items], n };
  return new Chunks(sender, draftOf(mapSignature('celery.chunks', kwargs)));
}

class Chunks extends CanvasSignature {
  override clone(options: CallOptions = {}): Chunks {
    return new Chunks(senderOf([this]), draftOf(this.toJSON())).set(options);
  }

  group(): ReturnType<ChunksSignature['group']> {
    const signature = this.toJSON();
    return new CanvasSignature(
      senderOf([this]),
      draftOf(chunkGroup(signature) ?? signature),
    ) as unknown as ReturnType<ChunksSignature['group']>;
  }
}
