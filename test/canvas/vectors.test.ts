import { describe, expect, test } from 'vitest';
import {
  type CanvasPlan,
  type NextId,
  planBody,
  planCallbacks,
  planCanvas,
  planErrbacks,
  planNextStep,
  planReplacement,
  type StampingVisitor,
} from '../../lib/canvas/index.ts';
import { Celery, chain, chord, group, type Signature } from '../../lib/index.ts';
import type { Embed, WireSignature } from '../../lib/protocol/index.ts';
import { countedIds, groupsOf, readVector, type Sent, sentBy, withNumberedIds } from './plans.ts';

/** The application of the vectors, which plans what it is to send instead of sending it. */
class PlanningApp extends Celery {
  plan: CanvasPlan | undefined;

  override async send(call: Parameters<Celery['send']>[0]) {
    const { args, kwargs } = call;
    const signature = this.signature(call.task, args, { ...call.options, kwargs });
    return await this.apply(signature.toJSON());
  }

  override async apply(...[signature, application = {}]: Parameters<Celery['apply']>) {
    this.plan = planCanvas(signature, application, countedIds(), { replyTo: 'somebody' });
    return this.AsyncResult('planned');
  }
}

const app = new PlanningApp('interop', { engine: 'memory' });
const add = app.task('interop.add', (x: number, y: number) => x + y);
const mul = app.task('interop.mul', (x: number, y: number) => x * y);
const xsum = app.task('interop.xsum', (numbers: readonly number[]) => numbers.length);
const identity = app.task('interop.identity', (value: unknown) => value);
const fail = app.task('interop.fail', (message: string = 'boom'): number => {
  throw new RangeError(message);
});
const requestInfo = app.task('interop.request_info', (..._values: readonly unknown[]) => ({}));
const onError = app.task('interop.on_error', (..._failed: readonly unknown[]) => {});
const onErrorOld = app.task('interop.on_error_old', (_id: string) => {});

const stamper: StampingVisitor = {
  onSignature: () => ({
    monitoring_id: 'abc-123',
    tenant: ['t1', 't2'],
    stamped_headers: ['monitoring_id', 'tenant'],
  }),
};

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

function stampedChain(): Signature<[], number> {
  const first = add.s(1, 2);
  first.link(mul.s(9));
  return chain(first, mul.s(3)).stamp(stamper);
}

/** The commands of the vectors, in TypeScript. */
const sends: Readonly<Record<string, () => Promise<unknown>>> = {
  'canvas-chain': () => chain(add.s(1, 2), mul.s(3), mul.s(4)).delay(),
  'canvas-chain-args': () => chain(add.s(1), mul.s(3)).applyAsync([41]),
  'canvas-chain-immutable': () =>
    chain(add.s(1, 2), mul.si(3, 4), mul.s(5).set({ queue: 'other', priority: 3 })).delay(),
  'canvas-chain-options': () =>
    chain(add.s(1, 2), mul.s(3)).applyAsync([], {
      link: identity.s(),
      linkError: onError.s(),
      countdown: 5,
    }),
  'canvas-chain-group-tail': () =>
    add
      .s(1, 2)
      .pipe(group([add.s(10), add.s(20)]))
      .delay(),
  'canvas-chain-group-task': () =>
    chain(add.s(1, 2), group([add.s(10), add.s(20)]), xsum.s()).delay(),
  'canvas-chain-group-task-task': () =>
    add
      .s(1, 2)
      .pipe(group([add.s(10), add.s(20)]), xsum.s(), mul.s(2))
      .delay(),
  'canvas-chain-two-chords': () =>
    chain(
      add.s(1, 2),
      group([add.s(1), add.s(2)]),
      xsum.s(),
      group([add.s(3), add.s(4)]),
      xsum.s(),
    ).delay(),
  'canvas-chord': () =>
    chord(
      range(3).map((i) => add.s(i, i)),
      xsum.s(),
    ).delay(),
  'canvas-chord-body-chain': () =>
    chord([add.s(1, 1), add.s(2, 2)])(chain(xsum.s(), mul.s(10))).delay(),
  'canvas-chord-body-group': () =>
    chord([add.s(1, 1), add.s(2, 2)], group([xsum.s(), identity.s()])).delay(),
  'canvas-chord-empty': () => chord([], xsum.s()).delay(),
  'canvas-chord-header-chains': () =>
    chord([chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(2))], xsum.s()).delay(),
  'canvas-chord-header-chord': () =>
    chord([chord([add.s(1, 1), add.s(2, 2)], xsum.s()), add.s(3, 3)], xsum.s()).delay(),
  'canvas-chord-one': () => chord([add.s(1, 1)], xsum.s()).delay(),
  'canvas-chord-options': () =>
    chord([add.s(1, 1), add.s(2, 2)], xsum.s().onError(onError.s())).applyAsync([], {
      queue: 'other',
      link: mul.s(2),
    }),
  'canvas-chunks': () =>
    add
      .chunks(
        range(4).map((n): [number, number] => [n, n]),
        2,
      )
      .delay(),
  'canvas-chunks-signature': () =>
    add.applyAsync([1, 2], {
      link: add.chunks(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        2,
      ),
    }),
  'canvas-group': () => group(range(3).map((i) => add.s(i, i))).delay(),
  'canvas-group-nested': () => group([add.s(1, 1), group([add.s(2, 2), add.s(3, 3)])]).delay(),
  'canvas-group-of-chains': () =>
    group([chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(3))]).delay(),
  'canvas-group-of-one': () => group([add.s(1, 1)]).delay(),
  'canvas-group-options': () =>
    group([mul.s(2), mul.s(3)]).applyAsync([10], { queue: 'other', countdown: 5 }),
  'canvas-group-then-task': () =>
    group([add.s(1, 1), add.s(2, 2)])
      .pipe(xsum.s())
      .delay(),
  'canvas-map': () => identity.map([1, 2, 3]).delay(),
  'canvas-starmap': () =>
    add
      .starmap([
        [1, 2],
        [3, 4],
      ])
      .delay(),
  'stamp-chain': () => stampedChain().delay(),
  'stamp-chord': () =>
    chord([add.s(1, 1), add.s(2, 2)], xsum.s())
      .stamp(stamper)
      .delay(),
  'stamp-kwargs': () => add.s(1, 2).stamp({ customer: 'c9' }).applyAsync(),
  'stamp-task': () => add.s(1, 2).stamp(stamper).applyAsync(),
  'stamped-run': () => chain(requestInfo.s(), requestInfo.s()).stamp(stamper).delay(),
  'task-link': () => add.applyAsync([1, 2], { link: mul.s(10) }),
  'task-link-canvas': () =>
    add.applyAsync([1, 2], {
      link: [group([mul.s(2), mul.s(3)]), chain(mul.s(4), mul.s(5))],
    }),
  'task-link-error': () => fail.applyAsync([], { linkError: [onError.s(), onErrorOld.s()] }),
  'task-link-list': () =>
    add.applyAsync([1, 2], {
      link: [mul.s(10), mul.si(3, 4).set({ queue: 'other', countdown: 5 })],
    }),
};

describe('what TypeScript sends is what Python sends, but for ids and times', () => {
  test.for(Object.keys(sends))('%s', async (name) => {
    await sends[name]?.();
    const plan = app.plan as CanvasPlan;

    const { messages, groups } = readVector(name);
    const own = sentBy(plan);
    const planned = { sent: own, groups: groups && groupsOf(plan).map(withoutParents) };
    const captured = { sent: messages.slice(0, own.length), groups: groups?.map(withoutParents) };
    expect(withNumberedIds(planned)).toEqual(withNumberedIds(captured));
    expect(bytesOf(own)).toBeLessThanOrEqual(bytesOf(messages.slice(0, own.length)));
  });
});

/** In a chord within a header, Python saves a parent that has not the id of any group that it makes. */
function withoutParents(tuple: unknown): unknown {
  const [[id], members] = tuple as [[string, unknown], readonly unknown[] | null];
  return [id, members?.map(withoutParents) ?? null];
}

function bytesOf(sent: readonly Sent[]): number {
  return JSON.stringify(sent.map(({ body }) => withNumberedIds(body))).length;
}

/** How what follows one message of a run is planned. */
type Follow = (message: Sent, nextId: NextId, embed: Embed) => readonly CanvasPlan[];

const context = { replyTo: 'somebody' };

function nextStep(value: unknown): Follow {
  return ({ id, root }, nextId, { chain: rest }) => {
    const application = { parentId: String(id), rootId: String(root) };
    const plan = planNextStep(rest ?? [], value, application, nextId, context);
    return plan ? [plan] : [];
  };
}

function body(values: readonly unknown[]): Follow {
  return ({ id, root }, nextId, embed) => {
    const application = { parentId: String(id), rootId: String(root) };
    return [planBody(embed.chord as WireSignature, values, application, nextId, context)];
  };
}

function callbacks(value: unknown): Follow {
  return ({ id, root }, nextId, embed) => {
    const application = { parentId: String(id), rootId: String(root) };
    return planCallbacks(embed.callbacks ?? [], value, application, nextId, context);
  };
}

const errbacks: Follow = ({ id, root }, nextId, embed) => {
  const application = { parentId: String(id), rootId: String(root) };
  return [planErrbacks(embed.errbacks ?? [], String(id), application, nextId, context)];
};

const errbacksOfBody: Follow = (_, nextId, { chord: failed }) => {
  const { task_id, link_error } = (failed as WireSignature).options;
  const id = String(task_id);
  const application = { parentId: id, rootId: id };
  return [planErrbacks(link_error as WireSignature[], id, application, nextId, context)];
};

function replacement(signature: Signature): Follow {
  return ({ id, root, group: groupId, groupIndex, nesting }, nextId, embed) => {
    const replaced = {
      id: String(id),
      embed,
      group: groupId as string | null,
      groupIndex: groupIndex as number | null,
      rootId: String(root),
      replacedTaskNesting: Number(nesting),
    };
    return [planReplacement(replaced, signature.toJSON(), nextId, context)];
  };
}

/** Which message of a run is followed how, by how many messages from which on. */
const runs: readonly (readonly [
  vector: string,
  from: number,
  Follow,
  first: number,
  count: number,
])[] = [
  ['result-chain', 0, nextStep(3), 1, 1],
  ['result-chain', 1, nextStep(9), 2, 1],
  ['result-link', 0, callbacks(3), 1, 1],
  ['result-errback-old', 0, errbacks, 1, 1],
  ['chord-chain-upgrade', 0, nextStep(3), 1, 2],
  ['chord-chain-upgrade', 2, body([13, 23]), 3, 1],
  ['chord-chain-upgrade', 3, nextStep(36), 4, 1],
  ['chord-flow', 2, body([0, 2, 4]), 3, 1],
  ['chord-flow-ttl', 1, body([2, 4]), 2, 1],
  ['chord-body-group', 1, body([2, 4]), 2, 2],
  ['chord-nested', 1, body([2, 4]), 3, 1],
  ['chord-nested', 3, body([6, 6]), 4, 1],
  ['chord-fail-errback', 1, errbacksOfBody, 2, 1],
  ['replace-task', 0, replacement(add.s(4, 5)), 1, 1],
  ['replace-chain', 0, replacement(chain(add.s(4, 1), mul.s(2))), 1, 1],
  ['replace-chain', 1, nextStep(5), 2, 1],
  ['replace-chain', 2, nextStep(10), 3, 1],
  ['replace-group', 0, replacement(group(range(3).map((i) => add.s(i, i)))), 1, 3],
  ['replace-group', 3, body([0, 2, 4]), 4, 1],
  ['replace-group', 4, callbacks([0, 2, 4]), 5, 1],
];

describe('what follows a message is what a Python worker sends', () => {
  test.for(runs)('%s: after message %i', ([name, from, follow, first, count]) => {
    const { messages } = readVector(name);
    const source = messages[from] as Sent;

    const plans = follow(source, countedIds(), source.body[2] as Embed);

    expect(withNumberedIds([source, ...plans.flatMap(sentBy)])).toEqual(
      withNumberedIds([source, ...messages.slice(first, first + count)]),
    );
  });
});
