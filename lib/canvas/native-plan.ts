import type { NativeRecord } from '../ports/index.ts';
import type { WireSignature } from '../protocol/index.ts';
import { encodeRestStandIn, nativeHeader, stringifyJson } from '../protocol/index.ts';
import { canvasKeptSeconds } from './canvas-kept-seconds.ts';
import { draftOf, listOf, newChain } from './draft.ts';
import { latestEta } from './latest-eta.ts';
import type { CanvasPlan } from './plan.ts';
import { StandIns, StoredChord, standInOptions } from './stand-ins.ts';

/** Up to here the rest of a chain is cheaper to send than to store and to read, in characters. */
const mostRestLength = 1024;

/**
 * The plan for TypeScript workers alone: what would travel with every message is stored once, and a stand-in travels. Of
 * each chord that is the body, of each chain that is long the steps after the first. Bytes grow with the number of tasks
 * then, not with its square:
 *
 *     compatible    a [b c d e]    b [c d e]    c [d e]    d [e]    e        part [body]    part [body]
 *     native        a [4 of @a]    b [3 of @a]  c [2 of @a]        ...       part [0 of @g] part [1 of @g]
 *
 * @param now In milliseconds since the epoch.
 */
export function nativePlan(plan: CanvasPlan, now: number): CanvasPlan {
  const chords = plan.chords.map(
    (chord) => new StoredChord(chord, endOf(Math.max(now, chord.latestEta?.getTime() ?? 0))),
  );
  const put = new StandIns(chords);
  const bodies = chords.map((chord) => chord.record(put.into(chord.body)));
  const sent = plan.messages.map((message) => withRestStored(put.into(message), now));
  return {
    ...plan,
    chords: [],
    stored: [...bodies, ...sent.flatMap(({ rest }) => rest ?? [])],
    messages: sent.map(({ message }) => message),
  };
}

/** The rest of a chain goes under the id of the task whose message would carry it: that of no other does. */
function withRestStored(
  message: WireSignature,
  now: number,
): { readonly message: WireSignature; readonly rest?: NativeRecord } {
  const { chain, ...options } = message.options;
  const steps = listOf(chain);
  if (steps.length === 0 && listOf(options.link).length === 0) return { message };
  const [last] = steps;
  if (!last || steps.length === 1 || stringifyJson(steps).length <= mostRestLength) {
    return { message: { ...message, options: saidNative(message.options) } };
  }
  const id = String(options.task_id);
  const expiresAt = endOf(latestStart(message, steps, now));
  const standIn = encodeRestStandIn(
    { id, left: steps.length, ends: expiresAt },
    standInOptions(last),
  );
  return {
    message: { ...message, options: { ...saidNative(options), chain: [standIn] } },
    rest: { kind: 'steps', id, steps, expiresAt },
  };
}

function saidNative({ headers, ...options }: WireSignature['options']): Record<string, unknown> {
  return { ...options, headers: { ...(headers as object | null), [nativeHeader]: true } };
}

/** In milliseconds since the epoch. */
function latestStart(message: WireSignature, steps: readonly WireSignature[], now: number): number {
  const chain = newChain([message, ...steps.toReversed()].map(draftOf));
  return latestEta(chain, {}, now)?.getTime() ?? now;
}

/** In Unix seconds. @param start In milliseconds since the epoch */
function endOf(start: number): number {
  return Math.ceil(start / 1000) + canvasKeptSeconds;
}
