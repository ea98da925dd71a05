import { randomUUID } from 'node:crypto';
import {
  type AsyncResult,
  type Celery,
  chain,
  chord,
  group,
  type Signature,
} from '../../lib/index.ts';
import type { Outcome } from './canvas-comparison.ts';
import type { CanvasTasks } from './canvas-tasks.ts';

/** A canvas that grows, fails or starts over while it runs, as each language writes and sends it. */
export interface GrowingShape {
  /** A Python expression for its result, or for a list of results, in the names of `python/growing.py`. */
  readonly python: string;
  readonly typescript: (tasks: CanvasTasks, app: Celery) => Promise<Results>;
  /** How its results end, whoever runs it. Ids are `<id>`. */
  readonly ends: readonly Outcome[];
  /** The same where a Python worker joins: of a failed part it tells the error of that part's parents, if one failed. */
  readonly whenPythonJoins?: readonly Outcome[];
  /** Its tasks name their queues, and so the language that runs each. */
  readonly divided?: true;
  /** Where Celery has no such end for it on DynamoDB: why, and its workers take no part. */
  readonly notByPython?: string;
}

type Results = AsyncResult<unknown> | readonly AsyncResult<unknown>[];

const [python, typescript] = [{ queue: 'python' }, { queue: 'typescript' }];
const chordFailed: Outcome = { error: 'ChordError', args: ["ValueError('no')"] };
const innerFailed: Outcome = { error: 'ChordError', args: [`ChordError("ValueError('no')")`] };
const failed: Outcome = { error: 'ValueError', args: ['no'] };
const notRegistered: Outcome = { error: 'NotRegistered', args: ['interop.nobody'] };

/** Every such canvas, by name. */
export const growingShapes: Readonly<Record<string, GrowingShape>> = {
  // Chords that a part of them grows. Their other parts start later: a worker of Python's that reads the saved group
  // before it grew, and counts after the part that grew it, takes the chord for complete.
  'a task is added': {
    python:
      'chord([add_to_chord.s([add.s(100, 1)]), add.s(2, 2).set(countdown=2)], identity.s())()',
    typescript: ({ addToChord, add, identity }) =>
      chord(
        [addToChord.s([add.s(100, 1)]), add.s(2, 2).set({ countdown: 2 })],
        identity.s(),
      ).delay(),
    ends: [{ value: ['adder', 4, 101] }],
  },
  'a chain and a task are added': {
    python: `chord([
      add.s(2, 2).set(countdown=2), add_to_chord.s([chain(add.s(1, 1), mul.s(10)), add.s(100, 1)]),
    ], identity.s())()`,
    typescript: ({ addToChord, add, mul, identity }) =>
      chord(
        [
          add.s(2, 2).set({ countdown: 2 }),
          addToChord.s([chain(add.s(1, 1), mul.s(10)), add.s(100, 1)]),
        ],
        identity.s(),
      ).delay(),
    ends: [{ value: [4, 'adder', 20, 101] }],
  },
  'what was added adds': {
    python: `chord([
      add_to_chord.s([add_to_chord.s([add.s(100, 1)])]), add.s(2, 2).set(countdown=2),
    ], identity.s())()`,
    typescript: ({ addToChord, add, identity }) =>
      chord(
        [addToChord.s([addToChord.s([add.s(100, 1)])]), add.s(2, 2).set({ countdown: 2 })],
        identity.s(),
      ).delay(),
    ends: [{ value: ['adder', 4, 'adder', 101] }],
  },
  'what was added fails': {
    python: `chord([
      add_to_chord.s([fail.s('no')]), add.s(2, 2).set(countdown=2),
    ], identity.s())()`,
    typescript: ({ addToChord, add, fail, identity }) =>
      chord(
        [addToChord.s([fail.s('no')]), add.s(2, 2).set({ countdown: 2 })],
        identity.s(),
      ).delay(),
    ends: [chordFailed],
  },
  'TypeScript adds to a chord in a chain': {
    divided: true,
    python: `chain(
      by('python', add.s(1, 2)),
      chord([
        by('typescript', add_to_chord.si([by('python', add.s(100, 1))])),
        by('python', add.s(2)).set(countdown=2),
      ], by('python', identity.s())),
      by('typescript', identity.s()),
    )()`,
    typescript: ({ addToChord, add, identity }) =>
      chain(
        add.s(1, 2).set(python),
        chord(
          [
            addToChord.si([add.s(100, 1).set(python)]).set(typescript),
            add.s(2).set({ ...python, countdown: 2 }),
          ],
          identity.s().set(python),
        ),
        identity.s().set(typescript),
      ).delay(),
    ends: [{ value: ['adder', 5, 101] }],
  },
  'TypeScript adds to a chord of Python': {
    divided: true,
    python: `chord([
      by('typescript', add_to_chord.s([by('python', add.s(100, 1))])),
      by('python', add.s(2, 2)).set(countdown=2),
    ], by('python', identity.s()))()`,
    typescript: ({ addToChord, add, identity }) =>
      chord(
        [
          addToChord.s([add.s(100, 1).set(python)]).set(typescript),
          add.s(2, 2).set({ ...python, countdown: 2 }),
        ],
        identity.s().set(python),
      ).delay(),
    ends: [{ value: ['adder', 4, 101] }],
  },
  // A chain in the header that ends in a group
  'a chain into a group, in a chord': {
    notByPython:
      'a worker of its counts three parts where the saved group has two members (celery/backends/base.py, ' +
      'on_chord_part_return: `size = len(deps)`): the second one joins too early, and deletes what the third counts in',
    python: `chord([
      chain(add.s(1, 2), group(add.s(10), add.s(20))), mul.s(3, 3),
    ], identity.s())()`,
    typescript: ({ add, mul, identity }) =>
      chord([chain(add.s(1, 2), group([add.s(10), add.s(20)])), mul.s(3, 3)], identity.s()).delay(),
    ends: [{ value: [[13, 23], 9] }],
  },
  'a chain into a group, in a chord whose parts TypeScript counts': {
    divided: true,
    python: `chord([
      chain(by('python', add.s(1, 2)), group(by('typescript', add.s(10)), by('typescript', add.s(20)))),
      by('typescript', mul.s(3, 3)),
    ], by('python', identity.s()))()`,
    typescript: ({ add, mul, identity }) =>
      chord(
        [
          chain(
            add.s(1, 2).set(python),
            group([add.s(10).set(typescript), add.s(20).set(typescript)]),
          ),
          mul.s(3, 3).set(typescript),
        ],
        identity.s().set(python),
      ).delay(),
    ends: [{ value: [[13, 23], 9] }],
  },
  // Tasks that are replaced
  'replaced twice, in a chain': {
    python: 'chain(replace_with.s(replace_with.s(add.s(4, 5))), mul.s(10))()',
    typescript: ({ replaceWith, add, mul }) =>
      chain(replaceWith.s(replaceWith.s(add.s(4, 5))), mul.s(10)).delay(),
    ends: [{ value: 90 }],
  },
  'replaced by a chord, in a chain': {
    python: 'chain(replace_with.s(chord([add.s(1, 1), add.s(2, 2)], xsum.s())), mul.s(10))()',
    typescript: ({ replaceWith, add, xsum, mul }) =>
      chain(replaceWith.s(chord([add.s(1, 1), add.s(2, 2)], xsum.s())), mul.s(10)).delay(),
    ends: [{ value: 60 }],
  },
  'replaced by a group, in a chord': {
    python: 'chord([replace_with_group.s(3), add.s(1, 1)], identity.s())()',
    typescript: ({ replaceWithGroup, add, identity }) =>
      chord([replaceWithGroup.s(3), add.s(1, 1)], identity.s()).delay(),
    ends: [{ value: [[0, 2, 4], 2] }],
  },
  'a body that is replaced, in a chain': {
    python: 'chain(chord([add.s(1, 1), add.s(2, 2)], replace_with_chain.si(4)), mul.s(10))()',
    typescript: ({ replaceWithChain, add, mul }) =>
      chain(chord([add.s(1, 1), add.s(2, 2)], replaceWithChain.si(4)), mul.s(10)).delay(),
    ends: [{ value: 100 }],
  },
  'replaced by what fails, with an errback, in a chain': {
    python: `with_errback(on_error_old.s(), lambda errback:
      chain(replace_with.s(fail.s('no')).on_error(errback), mul.s(10)))`,
    typescript: ({ replaceWith, fail, mul, onErrorOld }, app) =>
      withErrback(app, onErrorOld.s(), (errback) =>
        chain(replaceWith.s(fail.s('no')).onError(errback), mul.s(10)),
      ),
    ends: [failed, { value: { errback_for: '<id>' } }],
  },
  'replaced by what fails, in a chord': {
    python: "chord([replace_with.s(fail.s('no')), add.s(1, 1)], xsum.s())()",
    typescript: ({ replaceWith, fail, add, xsum }) =>
      chord([replaceWith.s(fail.s('no')), add.s(1, 1)], xsum.s()).delay(),
    ends: [chordFailed],
  },
  'replaced in Python by what TypeScript runs, in a chord': {
    divided: true,
    python: `chord([
      by('python', replace_with.s(by('typescript', add.s(4, 5)))), by('typescript', add.s(1, 1)),
    ], by('python', xsum.s()))()`,
    typescript: ({ replaceWith, add, xsum }) =>
      chord(
        [replaceWith.s(add.s(4, 5).set(typescript)).set(python), add.s(1, 1).set(typescript)],
        xsum.s().set(python),
      ).delay(),
    ends: [{ value: 11 }],
  },
  'replaced in TypeScript by what Python runs, in a chord': {
    divided: true,
    python: `chord([
      by('typescript', replace_with.s(by('python', add.s(4, 5)))), by('python', add.s(1, 1)),
    ], by('typescript', xsum.s()))()`,
    typescript: ({ replaceWith, add, xsum }) =>
      chord(
        [replaceWith.s(add.s(4, 5).set(python)).set(typescript), add.s(1, 1).set(python)],
        xsum.s().set(typescript),
      ).delay(),
    ends: [{ value: 11 }],
  },
  // Tasks that start over
  'a part that retries': {
    python: 'chord([retry_then_succeed.s(2, 0), add.s(1, 1)], identity.s())()',
    typescript: ({ retryThenSucceed, add, identity }) =>
      chord([retryThenSucceed.s(2, 0), add.s(1, 1)], identity.s()).delay(),
    ends: [{ value: [2, 2] }],
  },
  'a part that retries too often, in a chain': {
    python: 'chord([chain(always_retry.s(), identity.s()), add.s(1, 1)], identity.s())()',
    typescript: ({ alwaysRetry, add, identity }) =>
      chord([chain(alwaysRetry.s(), identity.s()), add.s(1, 1)], identity.s()).delay(),
    ends: [{ error: 'ChordError', args: ["KeyError('never')"] }],
  },
  'a step that retries, and one that stores nothing': {
    python: 'chain(retry_then_succeed.s(1, 0), ignored_result.s(), add.s(10))()',
    typescript: ({ retryThenSucceed, ignoredResult, add }) =>
      chain(retryThenSucceed.s(1, 0), ignoredResult.s(), add.s(10)).delay(),
    ends: [{ value: 11 }],
  },
  // Errbacks that the worker does not know
  'an errback that no worker knows': {
    python: "with_errback(nobody, lambda errback: fail.s('no').on_error(errback))",
    typescript: ({ fail }, app) =>
      withErrback(app, app.signature('interop.nobody'), (errback) => fail.s('no').onError(errback)),
    ends: [failed, notRegistered],
  },
  'an errback that no worker knows, of a body': {
    python: `with_errback(nobody, lambda errback:
      chord([add.s(1, 1), fail.s('no')], xsum.s().on_error(errback)))`,
    typescript: ({ add, fail, xsum }, app) =>
      withErrback(app, app.signature('interop.nobody'), (errback) =>
        chord([add.s(1, 1), fail.s('no')], xsum.s().onError(errback)),
      ),
    ends: [chordFailed, notRegistered],
  },
  'an errback of TypeScript, for what fails in Python': {
    divided: true,
    python: `with_errback(by('typescript', typescript_errback), lambda errback:
      by('python', fail.s('no')).on_error(errback))`,
    typescript: ({ fail }, app) =>
      withErrback(app, app.signature('interop.typescript_errback').set(typescript), (errback) =>
        fail.s('no').set(python).onError(errback),
      ),
    ends: [failed, { value: { 'told by TypeScript': '<id>' } }],
  },
  'an errback of Python, for what fails in TypeScript': {
    divided: true,
    python: `with_errback(by('python', python_errback.s()), lambda errback:
      by('typescript', fail.s('no')).on_error(errback))`,
    typescript: ({ fail }, app) =>
      withErrback(app, app.signature('interop.python_errback').set(python), (errback) =>
        fail.s('no').set(typescript).onError(errback),
      ),
    ends: [failed, { value: { 'told by Python': '<id>' } }],
  },
  // Chords that fail within chords
  'a chord that fails, in a chord': {
    notByPython:
      'a worker of its fails the inner body outside any request, so that it is counted as no part of the outer chord ' +
      '(celery/backends/base.py, chord_error_from_stack and fail_from_current_stack), whose body waits for ever',
    python: "chord([chord([add.s(1, 1), fail.s('no')], xsum.s()), add.s(3, 3)], xsum.s())()",
    typescript: ({ add, fail, xsum }) =>
      chord([chord([add.s(1, 1), fail.s('no')], xsum.s()), add.s(3, 3)], xsum.s()).delay(),
    ends: [innerFailed],
  },
  'a chord that fails in TypeScript, in a chord that Python counts last': {
    divided: true,
    python: `chord([
      chord([by('typescript', add.s(1, 1)), by('typescript', fail.s('no'))], by('python', xsum.s())),
      by('python', add.s(3, 3)).set(countdown=4),
    ], by('python', xsum.s()))()`,
    typescript: ({ add, fail, xsum }) =>
      chord(
        [
          chord([add.s(1, 1).set(typescript), fail.s('no').set(typescript)], xsum.s().set(python)),
          add.s(3, 3).set({ ...python, countdown: 4 }),
        ],
        xsum.s().set(python),
      ).delay(),
    ends: [innerFailed],
    whenPythonJoins: [chordFailed],
  },
  'a chord that fails in TypeScript, last in a chord that Python counts, too': {
    divided: true,
    python: `chord([
      chord([by('typescript', add.s(1, 1)), by('typescript', fail.s('no')).set(countdown=4)], by('python', xsum.s())),
      by('python', add.s(3, 3)),
    ], by('python', xsum.s()))()`,
    typescript: ({ add, fail, xsum }) =>
      chord(
        [
          chord(
            [add.s(1, 1).set(typescript), fail.s('no').set({ ...typescript, countdown: 4 })],
            xsum.s().set(python),
          ),
          add.s(3, 3).set(python),
        ],
        xsum.s().set(python),
      ).delay(),
    ends: [innerFailed],
    whenPythonJoins: [chordFailed],
  },
};

/** Sends a canvas. Answers its result and that of its errback. */
async function withErrback<A extends readonly unknown[]>(
  app: Celery,
  errback: Signature<A, unknown>,
  canvasOf: (errback: Signature<A, unknown>) => { delay(): Promise<AsyncResult<unknown>> },
): Promise<Results> {
  const taskId = randomUUID();
  return [await canvasOf(errback.set({ taskId })).delay(), app.AsyncResult(taskId)];
}
