import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

await describeInterop("Python's AsyncResult of a TypeScript task", () => {
  let python: PythonProducer;

  beforeAll(async () => {
    const { pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
  });

  afterAll(() => python?.close());

  describe.concurrent('of a task that succeeded', () => {
    test('has state, result, date and no traceback', async () => {
      const facts = await python.run(`
result = app.send_task('interop.add', (2, 3))
result.get(timeout=50)
age = datetime.datetime.now(datetime.timezone.utc) - result.date_done
return (result.state, result.ready(), result.successful(), result.failed(), result.result, result.traceback,
        result.children, -5 < age.total_seconds() < 50)`);

      expect(facts).toBe("('SUCCESS', True, True, False, 5, None, [], True)");
    });

    test('lists the tasks that it sent as its children', async () => {
      const facts = await python.run(`
result = app.send_task('interop.spawn', (3,))
ids = result.get(timeout=50)
return [child.id for child in result.children] == ids, [child.get(timeout=50) for child in result.children]`);

      expect(facts).toBe('(True, [0, 2, 4])');
    });

    test('is pending again once it is forgotten', async () => {
      const states = await python.run(`
result = app.send_task('interop.add', (2, 3))
result.get(timeout=50)
before = app.AsyncResult(result.id).state
result.forget()
return before, app.AsyncResult(result.id).state`);

      expect(states).toBe("('SUCCESS', 'PENDING')");
    });

    test('shows the states in between', async () => {
      const seen = await python.run(`
result, seen = app.send_task('interop.progress', (15,)), []
while not result.ready():
    info = result.info  # one read: between two of them the task may end
    if isinstance(info, dict):
        seen.append(info)
    time.sleep(0.1)
currents = [meta['current'] for meta in seen]
return result.get(timeout=50), len(set(currents)) > 1, currents == sorted(currents), {meta['total'] for meta in seen}`);

      expect(seen).toBe("('done', True, True, {15})");
    });

    test('is read as part of a group of results', async () => {
      const sums = await python.run(`
group = GroupResult('group', [app.send_task('interop.add', (i, i)) for i in range(5)], app=app)
return group.get(timeout=50), group.successful()`);

      expect(sums).toBe('([0, 2, 4, 6, 8], True)');
    });
  });

  describe.concurrent('of a task that failed', () => {
    test('a builtin exception is caught as itself, with its arguments', async () => {
      const caught = await python.run(`
try:
    app.send_task('interop.fail', ('boom \u2603',)).get(timeout=50)
except ValueError as error:
    return type(error) is ValueError, error.args`);

      expect(caught).toBe("(True, ('boom \u2603',))");
    });

    test('a missing key is a KeyError, and so a LookupError', async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.typed', ('nope',)).get(timeout=50)",
      );

      expect(error.bases).toEqual(expect.arrayContaining(['KeyError', 'LookupError']));
      expect(error.args).toBe("('nope',)");
    });

    test("an application's own exception keeps its name and arguments", async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.fail_custom', (9,), {'detail': ['a', 1]}).get(timeout=50)",
      );

      expect(error.type).toMatch(/\.InteropError$/);
      expect(error.args).toBe("(9, ['a', 1])");
    });

    test('a nested exception keeps its qualified name', async () => {
      const error = await python.raisedBy("app.send_task('interop.fail_nested').get(timeout=50)");

      expect(error.type).toMatch(/NestedHolder\.NestedError$/);
      expect(error.args).toBe("('nested',)");
    });

    test('arguments of an exception that JSON cannot carry are shown', async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.fail_unserialisable').get(timeout=50)",
      );

      expect(error.type).toBe('builtins.RuntimeError');
      expect(error.args).toMatch(/^\('.+', '.+'\)$/);
    });

    test('a result that JSON cannot carry is an EncodeError', async () => {
      const error = await python.raisedBy(
        "app.send_task('interop.unserialisable').get(timeout=50)",
      );

      expect(error.type).toBe('kombu.exceptions.EncodeError');
    });

    test.for([
      ['an argument too few', '(1,)', '{}', 'y'],
      ['an argument too many', '(1, 2, 3)', '{}', 'add'],
      ['a keyword nobody takes', '(1, 2)', "{'z': 3}", 'z'],
      ['an argument given twice', '(1, 2)', "{'x': 3}", 'x'],
    ])('%s is a TypeError that names it', async ([, args, kwargs, named]) => {
      const error = await python.raisedBy(
        `app.send_task('interop.add', ${args}, ${kwargs}).get(timeout=50)`,
      );

      expect(error.type).toBe('builtins.TypeError');
      expect(error.args).toMatch(new RegExp(`\\b${named}\\b`));
    });

    test('state, error, traceback and date are there', async () => {
      const facts = await python.run(`
result = app.send_task('interop.fail', ('boom',))
error = result.get(timeout=50, propagate=False)
return (repr(error), result.state, repr(result.result), result.failed(), result.date_done is not None,
        'ValueError: boom' in result.traceback, 'tasks.ts' in result.traceback)`);

      expect(facts).toBe(
        `("ValueError('boom')", 'FAILURE', "ValueError('boom')", True, True, True, True)`,
      );
    });

    test('a task nobody knows is NotRegistered', async () => {
      const error = await python.raisedBy("app.send_task('interop.nope').get(timeout=50)");

      expect(error.type).toBe('celery.exceptions.NotRegistered');
      expect(error.args).toContain('interop.nope');
    });
  });

  describe.concurrent('of a task whose result is ignored', () => {
    test.for([
      ["by the call's word", "'interop.add', (1, 2), ignore_result=True"],
      ["by the task's word", "'interop.ignored_result', (1,)"],
      ["by the task's word, though it fails", "'interop.ignored_fail'"],
    ])('%s, nothing is stored', async ([, call]) => {
      const state = await python.run(`
place = {'queue': 'orders.fifo', 'MessageGroupId': str(uuid.uuid4())}
ignored = app.send_task(${call}, **place)
app.send_task('interop.add', (1, 2), **place).get(timeout=50)
return app.AsyncResult(ignored.id).state`);

      expect(state).toBe("'PENDING'");
    });

    test('a call may ask for the result that its task ignores', async () => {
      expect(
        await python.evaluate(
          "app.send_task('interop.ignored_result', (7,), ignore_result=False).get(timeout=50)",
        ),
      ).toBe('7');
    });
  });
});
