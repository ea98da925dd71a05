/** What becomes of one delivery, told per message and never per task id. */
export type Settlement =
  /** Its outcome is stored and what follows is published: the message may be deleted. */
  | { readonly kind: 'settle' }
  /** The message returns to its queue and may be received again after this many seconds. */
  | { readonly kind: 'return'; readonly delaySeconds: number };

export const settle: Settlement = { kind: 'settle' };

/** Gives a delivery back, 0 seconds for at once. */
export function giveBack(delaySeconds: number): Settlement {
  return { kind: 'return', delaySeconds };
}

/** Received so often, a message comes back less often than its queue would dead-letter it for. */
const manyReceives = 20;
const manyReceivesSeconds = 900;

/** Whether a message that is not at fault has to be kept from its queue's `maxReceiveCount`. */
export function isReceivedOften(receiveCount: number): boolean {
  return receiveCount > manyReceives;
}

/** Gives a delivery back that is not at fault, at least 15 minutes later once it was received often. */
export function giveBackAgain(receiveCount: number, delaySeconds: number): Settlement {
  const leastSeconds = isReceivedOften(receiveCount) ? manyReceivesSeconds : 0;
  return giveBack(Math.max(leastSeconds, delaySeconds));
}

const baseDelaySeconds = 5;
const longestDelaySeconds = 900;

/** Gives a delivery back after 10 s, 20 s, 40 s ... up to 15 minutes, the more often it was received. */
export function giveBackLater(receiveCount: number): Settlement {
  return giveBack(
    Math.min(longestDelaySeconds, baseDelaySeconds * 2 ** Math.min(receiveCount, 10)),
  );
}
