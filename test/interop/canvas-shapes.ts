import { type AsyncResult, chain, chord, group } from '../../lib/index.ts';
import type { Outcome } from './canvas-comparison.ts';
import type { CanvasTasks } from './canvas-tasks.ts';

/** A canvas, as each language writes and sends it. */
export interface CanvasShape {
  /** A Python expression, in the names of `python/canvas.py`. */
  readonly python: string;
  readonly typescript: (tasks: CanvasTasks) => Promise<AsyncResult<unknown>>;
  /** Where it does not come to its end with Python's workers: what becomes of it, and its end without them. */
  readonly unlikePython?: {
    readonly why: string;
    readonly hangs: boolean;
    readonly end: Outcome;
  };
}

/** Every shape of canvas, by name. */
export const canvasShapes: Readonly<Record<string, CanvasShape>> = {
  // Chains
  chain: {
    python: 'chain(add.s(1, 2), mul.s(3), mul.s(4))()',
    typescript: ({ add, mul }) => chain(add.s(1, 2), mul.s(3), mul.s(4)).delay(),
  },
  'chain of one': {
    python: 'chain(add.s(1, 2)).apply_async()',
    typescript: ({ add }) => chain(add.s(1, 2)).delay(),
  },
  'chain with arguments': {
    python: 'chain(add.s(1), mul.s(3)).apply_async((41,))',
    typescript: ({ add, mul }) => chain(add.s(1), mul.s(3)).applyAsync([41]),
  },
  'chain with options': {
    python:
      'chain(add.s(1, 2), mul.s(3)).apply_async(link=identity.s(), link_error=on_error.s(), countdown=1)',
    typescript: ({ add, mul, identity, onError }) =>
      chain(add.s(1, 2), mul.s(3)).applyAsync([], {
        link: identity.s(),
        linkError: onError.s(),
        countdown: 1,
      }),
  },
  'chain with an immutable step': {
    python: 'chain(add.s(1, 2), mul.si(3, 4), mul.s(5).set(priority=3))()',
    typescript: ({ add, mul }) =>
      chain(add.s(1, 2), mul.si(3, 4), mul.s(5).set({ priority: 3 })).delay(),
  },
  'chain into a group': {
    python: '(add.s(1, 2) | group(add.s(10), add.s(20)))()',
    typescript: ({ add }) => chain(add.s(1, 2), group([add.s(10), add.s(20)])).delay(),
  },
  'chain, group, task': {
    python: '(add.s(1, 2) | group(add.s(10), add.s(20)) | xsum.s())()',
    typescript: ({ add, xsum }) =>
      chain(add.s(1, 2), group([add.s(10), add.s(20)]), xsum.s()).delay(),
  },
  'chain, group, task, task': {
    python: '(add.s(1, 2) | group(add.s(10), add.s(20)) | xsum.s() | mul.s(2))()',
    typescript: ({ add, mul, xsum }) =>
      chain(add.s(1, 2), group([add.s(10), add.s(20)]), xsum.s(), mul.s(2)).delay(),
  },
  'chain of two chords': {
    python:
      '(add.s(1, 2) | group(add.s(1), add.s(2)) | xsum.s() | group(add.s(3), add.s(4)) | xsum.s())()',
    typescript: ({ add, xsum }) =>
      chain(
        add.s(1, 2),
        group([add.s(1), add.s(2)]),
        xsum.s(),
        group([add.s(3), add.s(4)]),
        xsum.s(),
      ).delay(),
  },
  // Groups
  group: {
    python: 'group(add.s(i, i) for i in range(3))()',
    typescript: ({ add }) => group([0, 1, 2].map((i) => add.s(i, i))).delay(),
  },
  'group of one': {
    python: 'group([add.s(1, 1)])()',
    typescript: ({ add }) => group([add.s(1, 1)]).delay(),
  },
  'group with arguments and options': {
    python: 'group(add.s(1), add.s(2)).apply_async((10,), countdown=1)',
    typescript: ({ add }) => group([add.s(1), add.s(2)]).applyAsync([10], { countdown: 1 }),
  },
  'group in a group': {
    python: 'group(add.s(1, 1), group(add.s(2, 2), add.s(3, 3)))()',
    typescript: ({ add }) => group([add.s(1, 1), group([add.s(2, 2), add.s(3, 3)])]).delay(),
  },
  'group of chains': {
    python: 'group(chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(3)))()',
    typescript: ({ add, mul }) =>
      group([chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(3))]).delay(),
  },
  'group, task': {
    python: '(group(add.s(1, 1), add.s(2, 2)) | xsum.s())()',
    typescript: ({ add, xsum }) => chain(group([add.s(1, 1), add.s(2, 2)]), xsum.s()).delay(),
  },
  'group, task, task': {
    python: '(group(add.s(1, 1), add.s(2, 2)) | xsum.s() | mul.s(2))()',
    typescript: ({ add, mul, xsum }) =>
      chain(group([add.s(1, 1), add.s(2, 2)]), xsum.s(), mul.s(2)).delay(),
  },
  // Chords
  chord: {
    python: 'chord([add.s(i, i) for i in range(3)])(xsum.s())',
    typescript: ({ add, xsum }) =>
      chord(
        [0, 1, 2].map((i) => add.s(i, i)),
        xsum.s(),
      ).delay(),
  },
  'chord of one': {
    python: 'chord([add.s(1, 1)])(xsum.s())',
    typescript: ({ add, xsum }) => chord([add.s(1, 1)], xsum.s()).delay(),
  },
  'chord of none': {
    python: 'chord([])(xsum.s())',
    typescript: ({ xsum }) => chord([], xsum.s()).delay(),
  },
  'chord with options': {
    python:
      'chord([add.s(1, 1), add.s(2, 2)], xsum.s().on_error(on_error.s())).apply_async(link=mul.s(2))',
    typescript: ({ add, mul, xsum, onError }) =>
      chord([add.s(1, 1), add.s(2, 2)], xsum.s().onError(onError.s())).applyAsync([], {
        link: mul.s(2),
      }),
  },
  'chord with arguments': {
    python: 'chord([add.s(1), add.s(2)], xsum.s()).apply_async((10,))',
    typescript: ({ add, xsum }) => chord([add.s(1), add.s(2)], xsum.s()).applyAsync([10]),
  },
  'chord into a chain': {
    python: 'chord([add.s(1, 1), add.s(2, 2)])(chain(xsum.s(), mul.s(10)))',
    typescript: ({ add, mul, xsum }) =>
      chord([add.s(1, 1), add.s(2, 2)], chain(xsum.s(), mul.s(10))).delay(),
  },
  'chord into a group': {
    python: 'chord([add.s(1, 1), add.s(2, 2)])(group(xsum.s(), identity.s()))',
    typescript: ({ add, xsum, identity }) =>
      chord([add.s(1, 1), add.s(2, 2)], group([xsum.s(), identity.s()])).delay(),
  },
  'chord of chains': {
    python: 'chord([chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(2))])(xsum.s())',
    typescript: ({ add, mul, xsum }) =>
      chord([chain(add.s(1, 1), mul.s(2)), chain(add.s(2, 2), mul.s(2))], xsum.s()).delay(),
  },
  'chord of a group': {
    python: 'chord([add.s(1, 1), group(add.s(2, 2), add.s(3, 3))])(identity.s())',
    typescript: ({ add, identity }) =>
      chord([add.s(1, 1), group([add.s(2, 2), add.s(3, 3)])], identity.s()).delay(),
  },
  'chain into a chord': {
    python: 'chain(add.s(1, 2), chord([add.s(10), add.s(20)], xsum.s()), mul.s(2))()',
    typescript: ({ add, mul, xsum }) =>
      chain(add.s(1, 2), chord([add.s(10), add.s(20)], xsum.s()), mul.s(2)).delay(),
  },
  'chord of a chord': {
    python: 'chord([chord([add.s(1, 1), add.s(2, 2)], xsum.s()), add.s(3, 3)])(xsum.s())',
    typescript: ({ add, xsum }) =>
      chord([chord([add.s(1, 1), add.s(2, 2)], xsum.s()), add.s(3, 3)], xsum.s()).delay(),
  },
  'chord of a chain into a group': {
    python: 'chord([chain(add.s(1, 2), group(add.s(10), add.s(20))), mul.s(3, 3)], identity.s())()',
    typescript: ({ add, mul, identity }) =>
      chord([chain(add.s(1, 2), group([add.s(10), add.s(20)])), mul.s(3, 3)], identity.s()).delay(),
    unlikePython: {
      why: 'Celery counts three parts where it expects two: the body starts, or it fails, as the group is no more',
      hangs: false,
      end: { value: [[13, 23], 9] },
    },
  },
  // Many values for a task
  map: {
    python: 'identity.map([1, 2, 3]).apply_async()',
    typescript: ({ identity }) => identity.map([1, 2, 3]).delay(),
  },
  starmap: {
    python: 'add.starmap([(1, 2), (3, 4)]).apply_async()',
    typescript: ({ add }) =>
      add
        .starmap([
          [1, 2],
          [3, 4],
        ])
        .delay(),
  },
  chunks: {
    python: 'add.chunks(zip(range(4), range(4)), 2).apply_async()',
    typescript: ({ add }) =>
      add
        .chunks(
          [0, 1, 2, 3].map((i) => [i, i]),
          2,
        )
        .delay(),
  },
  'map in a chain': {
    python: 'chain(add.si(1, 2), identity.map([1, 2]), xsum.s())()',
    typescript: ({ add, identity, xsum }) =>
      chain(add.si(1, 2), identity.map([1, 2]), xsum.s()).delay(),
  },
  // Links
  link: {
    python: 'add.apply_async((1, 2), link=mul.s(10))',
    typescript: ({ add, mul }) => add.applyAsync([1, 2], { link: mul.s(10) }),
  },
  'list of links': {
    python: 'add.apply_async((1, 2), link=[mul.s(10), mul.si(3, 4).set(countdown=1)])',
    typescript: ({ add, mul }) =>
      add.applyAsync([1, 2], { link: [mul.s(10), mul.si(3, 4).set({ countdown: 1 })] }),
  },
  'canvas as links': {
    python: 'add.apply_async((1, 2), link=[group(mul.s(2), mul.s(3)), chain(mul.s(4), mul.s(5))])',
    typescript: ({ add, mul }) =>
      add.applyAsync([1, 2], {
        link: [group([mul.s(2), mul.s(3)]), chain(mul.s(4), mul.s(5))],
      }),
  },
  'chunks as a link': {
    python: 'add.apply_async((1, 2), link=add.chunks([(1, 2), (3, 4), (5, 6)], 2))',
    typescript: ({ add }) =>
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
  },
  // Failures
  'errback of three parameters': {
    python: "fail.apply_async(('no',), link_error=on_error.s())",
    typescript: ({ fail, onError }) => fail.applyAsync(['no'], { linkError: onError.s() }),
  },
  'errback of one parameter': {
    python: "fail.apply_async(('no',), link_error=on_error_old.s())",
    typescript: ({ fail, onErrorOld }) => fail.applyAsync(['no'], { linkError: onErrorOld.s() }),
  },
  'chain that fails at once': {
    python: "chain(fail.s('no'), identity.s(), identity.s())()",
    typescript: ({ fail, identity }) => chain(fail.s('no'), identity.s(), identity.s()).delay(),
  },
  'chain that fails on the way': {
    python: "chain(add.s(1, 2), fail.si('no'), identity.s()).on_error(on_error_old.s())()",
    typescript: ({ add, fail, identity, onErrorOld }) =>
      chain(add.s(1, 2), fail.si('no'), identity.s()).onError(onErrorOld.s()).delay(),
  },
  'chain that fails before a chord': {
    python: "chain(fail.s('no'), group(add.s(1), add.s(2)), xsum.s())()",
    typescript: ({ fail, add, xsum }) =>
      chain(fail.s('no'), group([add.s(1), add.s(2)]), xsum.s()).delay(),
  },
  'group that fails': {
    python: "group(add.s(1, 1), fail.s('no'))()",
    typescript: ({ add, fail }) => group([add.s(1, 1), fail.s('no')]).delay(),
  },
  'chord that fails': {
    python: "chord([add.s(1, 1), fail.s('no'), add.s(2, 2)])(xsum.s())",
    typescript: ({ add, fail, xsum }) =>
      chord([add.s(1, 1), fail.s('no'), add.s(2, 2)], xsum.s()).delay(),
  },
  'chord that fails, with an errback of one parameter': {
    python: "chord([add.s(1, 1), fail.s('no')])(xsum.s().on_error(on_error_old.s()))",
    typescript: ({ add, fail, xsum, onErrorOld }) =>
      chord([add.s(1, 1), fail.s('no')], xsum.s().onError(onErrorOld.s())).delay(),
  },
  'chord that fails, with an errback of three parameters': {
    python: "chord([add.s(1, 1), fail.s('no')])(xsum.s().on_error(on_error.s()))",
    typescript: ({ add, fail, xsum, onError }) =>
      chord([add.s(1, 1), fail.s('no')], xsum.s().onError(onError.s())).delay(),
  },
  'chord that fails with a quote': {
    python: 'chord([add.s(1, 1), fail.s("it\'s no")])(xsum.s())',
    typescript: ({ add, fail, xsum }) => chord([add.s(1, 1), fail.s("it's no")], xsum.s()).delay(),
  },
  'group with an errback': {
    python: "group(add.s(1, 1), fail.s('no')).on_error(on_error_old.s())()",
    typescript: ({ add, fail, onErrorOld }) =>
      group([add.s(1, 1), fail.s('no')])
        .onError(onErrorOld.s())
        .delay(),
  },
  'group whose chain fails': {
    python: "group(chain(fail.s('no'), identity.s()), add.s(1, 1))()",
    typescript: ({ add, fail, identity }) =>
      group([chain(fail.s('no'), identity.s()), add.s(1, 1)]).delay(),
  },
  'chord into a group that fails': {
    python: "chord([add.s(1, 1), fail.s('no')])(group(xsum.s(), identity.s()))",
    typescript: ({ add, fail, xsum, identity }) =>
      chord([add.s(1, 1), fail.s('no')], group([xsum.s(), identity.s()])).delay(),
  },
  'chord whose chain fails': {
    python: "chord([chain(fail.s('no'), identity.s()), add.s(1, 1)])(xsum.s())",
    typescript: ({ add, fail, identity, xsum }) =>
      chord([chain(fail.s('no'), identity.s()), add.s(1, 1)], xsum.s()).delay(),
  },
  'chord of a chord that fails': {
    python: "chord([chord([add.s(1, 1), fail.s('no')], xsum.s()), add.s(3, 3)])(xsum.s())",
    typescript: ({ add, fail, xsum }) =>
      chord([chord([add.s(1, 1), fail.s('no')], xsum.s()), add.s(3, 3)], xsum.s()).delay(),
    unlikePython: {
      why: 'Celery does not count the body of the inner chord as a part of the outer one',
      hangs: true,
      end: { error: 'ChordError', args: [`ChordError("ValueError('no')")`] },
    },
  },
  'chord that fails before a task': {
    python: "(group(add.s(1, 1), fail.s('no')) | xsum.s() | mul.s(2))()",
    typescript: ({ add, fail, xsum, mul }) =>
      chain(group([add.s(1, 1), fail.s('no')]), xsum.s(), mul.s(2)).delay(),
  },
  'chord whose body fails': {
    python: "chord([add.s(1, 1), add.s(2, 2)])(fail.si('no').on_error(on_error_old.s()))",
    typescript: ({ add, fail, onErrorOld }) =>
      chord([add.s(1, 1), add.s(2, 2)], fail.si('no').onError(onErrorOld.s())).delay(),
  },
  // Stamps
  'stamped task': {
    python: "stamped(request_info.s(), customer='c9').apply_async()",
    typescript: ({ requestInfo }) => requestInfo.s().stamp({ customer: 'c9' }).delay(),
  },
  'stamped chain': {
    python: "stamped(chain(request_info.s(), request_info.si()), customer='c9')()",
    typescript: ({ requestInfo }) =>
      chain(requestInfo.s(), requestInfo.si()).stamp({ customer: 'c9' }).delay(),
  },
  'stamped chord': {
    python: "stamped(chord([add.s(1, 1), add.s(2, 2)], xsum.s()), customer='c9')()",
    typescript: ({ add, xsum }) =>
      chord([add.s(1, 1), add.s(2, 2)], xsum.s())
        .stamp({ customer: 'c9' })
        .delay(),
  },
  // Tasks that send tasks
  spawn: {
    python: 'spawn.delay(3)',
    typescript: ({ spawn }) => spawn.delay(3),
  },
  'chain after children': {
    python: 'chain(spawn.s(2), identity.s())()',
    typescript: ({ spawn, identity }) => chain(spawn.s(2), identity.s()).delay(),
  },
  'replaced by a task': {
    python: 'replace_with_add.delay(4, 5)',
    typescript: ({ replaceWithAdd }) => replaceWithAdd.delay(4, 5),
  },
  'replaced by a chain, in a chain': {
    python: 'chain(replace_with_chain.s(4), add.s(100))()',
    typescript: ({ replaceWithChain, add }) => chain(replaceWithChain.s(4), add.s(100)).delay(),
  },
  'replaced by a group, with a link': {
    python: 'replace_with_group.apply_async((3,), link=xsum.s())',
    typescript: ({ replaceWithGroup, xsum }) =>
      replaceWithGroup.applyAsync([3], { link: xsum.s() }),
  },
  'replaced by a chain, in a chord': {
    python: 'chord([replace_with_chain.s(4), add.s(1, 1)])(xsum.s())',
    typescript: ({ replaceWithChain, add, xsum }) =>
      chord([replaceWithChain.s(4), add.s(1, 1)], xsum.s()).delay(),
  },
};
