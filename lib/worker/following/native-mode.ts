import { type CanvasPlan, nativePlan } from '../../canvas/index.ts';
import type { Clock } from '../../ports/index.ts';
import { decodeChordStandIn, type TaskMessage } from '../../protocol/index.ts';

/** What follows a message goes on in the mode that the message was sent in, whatever this worker's own setting is. */
export function inModeOf(
  message: Pick<TaskMessage, 'native' | 'embed'>,
  plan: CanvasPlan,
  clock: Clock,
): CanvasPlan {
  return isNative(message) ? nativePlan(plan, clock.now()) : plan;
}

/** Whether only TypeScript workers run the canvas that the message is part of. */
function isNative({ native, embed }: Pick<TaskMessage, 'native' | 'embed'>): boolean {
  return native || (embed.chord !== null && decodeChordStandIn(embed.chord) !== undefined);
}
