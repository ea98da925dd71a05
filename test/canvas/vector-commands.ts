import type { StampingVisitor } from '../../lib/canvas/index.ts';
import { type Celery, chain, chord, group, type Signature } from '../../lib/index.ts';

const stamper: StampingVisitor = {
  onSignature: () => ({
    monitoring_id: 'abc-123',
    tenant: ['t1', 't2'],
    stamped_headers: ['monitoring_id', 'tenant'],
  }),
};

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** The tasks of the application that the vectors were captured of, and the commands of those, by name, in TypeScript. */
export function vectorCommands(app: Celery) {
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

  function stampedChain(): Signature<[], number> {
    const first = add.s(1, 2);
    first.link(mul.s(9));
    return chain(first, mul.s(3)).stamp(stamper);
  }

  const commands: Readonly<Record<string, () => Promise<unknown>>> = {
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

  return { commands, add, mul };
}
