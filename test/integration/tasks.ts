import { Celery, type Self } from '../../lib/index.ts';

/** Tasks that misbehave, each in its way. */
export const app = new Celery('integration');

app.task(
  'integration.innocent',
  { params: ['seconds', 'value'] },
  async (seconds: number, value: unknown) => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return value;
  },
);

app.task('integration.add', { params: ['x', 'y'] }, (x: number, y: number) => x + y);

app.task('integration.exit', () => process.exit(1));

app.task('integration.hang', () => new Promise(() => {}));

app.task('integration.spin', () => {
  for (;;);
});

/** Leaves a child in the queue `starts`: one for each start, be it the last thing its process does. */
async function countStart(): Promise<void> {
  await app.sendTask('integration.started', [], { queue: 'starts' });
}

app.task('integration.count', { params: ['value'] }, async (value: unknown) => {
  await countStart();
  return value;
});

const leased = { exactlyOnce: 'lease' } as const;

app.task('integration.leased', { ...leased, params: ['seconds'] }, countAndWait);

app.task('integration.leased_exit', { ...leased, bind: true, params: ['always'] }, countAndExit);

const claimed = { acksLate: false } as const;

app.task('integration.claimed', { ...claimed, params: ['seconds'] }, countAndWait);

app.task('integration.claimed_exit', { ...claimed, bind: true, params: ['always'] }, countAndExit);

app.errback('integration.told', async ({ id }, exc) => {
  await countStart();
  return [id, exc.name];
});

async function countAndWait(seconds: number): Promise<string> {
  await countStart();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return 'done';
}

/** Whoever comes again lives, unless it is told otherwise. */
async function countAndExit({ request }: Self, always: boolean): Promise<string> {
  await countStart();
  if (always || !request.deliveryInfo.redelivered) process.exit(1);
  return 'well';
}

app.task('integration.size', { params: ['text'] }, (text: string) => text.length);

/** Things that are no errors, by name. */
const thrown = new Map<string, unknown>([
  ['a text', 'just a text'],
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['an object', { code: 7 }],
  [
    'an object whose getters throw',
    {
      get name() {
        throw new Error('no name');
      },
      get message() {
        throw new Error('no message');
      },
      get stack() {
        throw new Error('no stack');
      },
    },
  ],
  ['a revoked proxy', revokedProxy()],
]);

app.task('integration.throw', { params: ['what'] }, (what: string) => {
  throw thrown.get(what);
});

/** Values that JSON or an item of the table cannot carry, by name. */
const unfit = new Map<string, unknown>([
  ['a function', () => 1],
  ['a symbol', Symbol('sign')],
  ['a cycle', cycle()],
  ['a map', new Map([[1, 2]])],
  ['an object whose getter throws', { deep: [unreadable()] }],
  [
    'an object whose toJSON throws',
    {
      toJSON() {
        throw new Error('not today');
      },
    },
  ],
  ['an invalid date', new Date(Number.NaN)],
  ['half a megabyte', 'x'.repeat(500_000)],
]);

app.task('integration.return', { params: ['what'] }, (what: string) => unfit.get(what));

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cycle(): object {
  const ring: { next?: object } = {};
  ring.next = ring;
  return ring;
}

function unreadable(): object {
  return {
    get field() {
      throw new Error('unreadable');
    },
  };
}
