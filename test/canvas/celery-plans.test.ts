import { describe, expect, test } from 'vitest';
import { planCanvas } from '../../lib/canvas/index.ts';
import type { WireSignature } from '../../lib/protocol/index.ts';
import plans from '../fixtures/celery-plans.json' with { type: 'json' };
import { countedIds, groupsOf, sentBy, withNumberedIds } from './plans.ts';

/**
 * Random canvases, and what Celery 5.7.0 sent and saved for each: `signature(dict).apply_async(args, **options)` with
 * `app.amqp.send_task_message` and `backend.apply_chord` replaced by ones that write down what they get. Canvases whose
 * plan differs on purpose (told in planning.test.ts) are not among them.
 */
interface Planned {
  readonly signature: WireSignature;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly planned: {
    readonly messages: readonly {
      readonly name: string;
      readonly headers: Readonly<Record<string, unknown>>;
      readonly body: readonly unknown[];
    }[];
    readonly chords: readonly { readonly groupId: string; readonly members: readonly unknown[] }[];
  };
}

describe('a random canvas comes to what Celery makes of it', () => {
  test.for([...(plans as unknown as readonly Planned[]).entries()])(
    'canvas %i',
    ([, { signature, args, options, planned }]) => {
      const plan = planCanvas(signature, { args, options }, countedIds(), { replyTo: 'somebody' });

      const ours = { sent: sentBy(plan), groups: groupsOf(plan).map(idsOf) };
      const theirs = {
        sent: planned.messages.map(({ name, headers, body }) => ({
          task: name,
          id: headers.id,
          root: headers.root_id,
          parent: headers.parent_id,
          group: headers.group,
          groupIndex: headers.group_index,
          nesting: 0,
          stamps: {},
          body,
        })),
        groups: planned.chords.map(({ groupId, members }) => idsOf([[groupId, null], members])),
      };
      expect(withNumberedIds(withoutEmptyRoots(ours))).toEqual(
        withNumberedIds(withoutEmptyRoots(theirs)),
      );
    },
  );
});

/** A null there means that none is given; Celery writes it in some places and not in others. */
function withoutEmptyRoots(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item) => (key === 'root_id' && item === null ? undefined : item)),
  );
}

/** The ids of a result and its members; for the parents of chords in a header, Celery saves groups that it never makes. */
function idsOf(tuple: unknown): unknown {
  const [[id], members] = tuple as [[string, unknown], readonly unknown[] | null];
  return [id, members?.map(idsOf) ?? null];
}
