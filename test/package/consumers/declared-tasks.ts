import { Celery, type StandardSchema, sharedTask } from 'celery-aws';

/** A package of tasks that publishes its declarations: every inferred type must have a name for others. */
const anySchema = <T>(): StandardSchema<T> => ({
  '~standard': { version: 1, vendor: 'consumer', validate: (value) => ({ value: value as T }) },
});
const pair = anySchema<[string, number]>();
const text = anySchema<{ text: string }>();

export const app = new Celery('declared');
export const plain = app.task('d.plain', (x: number, y: number) => x + y);
export const bound = app.task('d.bound', { bind: true }, (self, x: number) => self.request.id + x);
export const named = app.task(
  'd.named',
  { params: ['to', '*', 'cc'] },
  (to: string, cc = '') => to + cc,
);
export const args = app.task('d.args', { args: pair }, (a, b) => a + b);
export const kwargs = app.task('d.kwargs', { kwargs: text }, ({ text }) => text);
export const both = app.task(
  'd.both',
  { args: pair, kwargs: text },
  (a, b, { text }) => a + b + text,
);
export const shared = sharedTask('d.shared', { kwargs: text }, ({ text }) => text);

export const call = kwargs.s({ text: 'x' });
export const plainRef = app.ref<typeof plain>('d.plain');
export const kwargsRef = app.ref<typeof kwargs>('d.kwargs', { takesKeywords: true });
export const typed = app.typed<{ plain: typeof plain; kwargs: typeof kwargs }>();
export const send = both.applyAsync;
export const sendAll = () => app.sendBatch([plain.s(1, 2), call]);
