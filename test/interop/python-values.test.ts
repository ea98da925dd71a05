import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInterop, interopStack } from './interop-stack.ts';
import { PythonProducer } from './python-producer.ts';

/** Python source of values whose JSON is written and read in every way kombu knows. */
const values = [
  'None',
  'True',
  'False',
  '0',
  '-17',
  '2**53 + 1',
  '-(2**200)',
  '1.5',
  '-2.5e-300',
  '1.7976931348623157e308',
  "float('nan')",
  "[float('inf'), float('-inf')]",
  "''",
  "'h\u00e9llo \u2603 \\U0001F600 \u6f22\u5b57'",
  "'quote \\' double \" back \\\\ line \\n tab \\t nul \\0 bell \\x07'",
  "'half a character: \\ud800'",
  "'\\u2028\\u2029'",
  '[]',
  '[1, [2, [3, [4, [5]]]]]',
  '(1, 2, (3,))',
  '{}',
  "{'a': {'b': [1, {'c': None}]}, 'ключ': 1, '': 2}",
  "{'__proto__': 1, 'constructor': 2, 'toString': 3}",
  "{'__type__': 'own', '__value__': 1, 'third': 2}",
  "{1: 'one', None: 'none'}",
  'datetime.datetime(2024, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc)',
  'datetime.datetime(2024, 2, 3, 4, 5, 6, 123456)',
  'datetime.datetime(1, 1, 1)',
  'datetime.datetime(2024, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30)))',
  'datetime.date(2024, 2, 29)',
  'datetime.time(4, 5, 6, 7)',
  'datetime.time(4, 5)',
  "decimal.Decimal('3.1400')",
  "decimal.Decimal('1E+30')",
  "uuid.UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')",
  "b'abc'",
  "b''",
  "b'\\xff\\x00\\x01'",
  "[datetime.date(2024, 1, 1), {'d': decimal.Decimal('0.10')}, b'\\xfe']",
];

/** What the peer's task `interop.typed` returns, by kind, as Python would write it. */
const typed = {
  none: 'None',
  true: 'True',
  int: '42',
  bigint: '1180591620717411303424',
  float: '1.5',
  str: "'h\u00e9llo \u2603'",
  emptystr: "''",
  list: '[1, [2, 3]]',
  dict: "{'a': {'b': 1}}",
  tuple: '[1, 2]',
  datetime: 'datetime.datetime(2024, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.timezone.utc)',
  naive_datetime: 'datetime.datetime(2024, 2, 3, 4, 5, 6)',
  date: 'datetime.date(2024, 2, 3)',
  time: 'datetime.time(4, 5, 6, 7)',
  decimal: "Decimal('3.1400')",
  uuid: "UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')",
  bytes_utf8: "b'abc'",
  bytes_raw: "b'\\xff\\x00\\x01'",
  nan: 'nan',
  inf: 'inf',
};

await describeInterop('values between Python producers and TypeScript workers', () => {
  let python: PythonProducer;

  beforeAll(async () => {
    const { pythonSettings } = await interopStack();
    python = await PythonProducer.start(pythonSettings);
  });

  afterAll(() => python?.close());

  describe.concurrent('on their way', () => {
    test.for(values)('%s comes back as kombu itself would bring it', async (value) => {
      const [kombus, ours] = await Promise.all([
        python.evaluate(`json_round_trip(${value})`),
        python.evaluate(`app.send_task('interop.identity', (${value},)).get(timeout=50)`),
      ]);

      expect(ours).toBe(kombus);
    });

    test('every value is of the type in TypeScript that Python gave it', async () => {
      const table = await python.run(`
sent = [${values.join(', ')}]
results = [app.send_task('interop.describe', (value,)) for value in sent]
received = [json_round_trip(value) for value in sent]
seen = [result.get(timeout=50) for result in results]
return [(told, *named) for told, value in zip(seen, received) if told != (named := [type(value).__name__, repr(value)])]`);

      expect(table).toBe('[]');
    });

    test.for(Object.entries(typed))(
      'a %s that TypeScript returns is %s',
      async ([kind, expected]) => {
        expect(
          await python.evaluate(`app.send_task('interop.typed', ('${kind}',)).get(timeout=50)`),
        ).toBe(expected);
      },
    );
  });

  describe.concurrent('as arguments', () => {
    test('positional and keyword arguments reach the parameters of those names', async () => {
      const sums = await python.run(`
calls = [((2, 3), {}), ((2,), {'y': 3}), ((), {'y': 3, 'x': 2})]
return [app.send_task('interop.add', args, kwargs).get(timeout=50) for args, kwargs in calls]`);

      expect(sums).toBe('[5, 5, 5]');
    });

    test('any number of arguments, with names in any script, arrives whole', async () => {
      const echoed = await python.evaluate(
        "app.send_task('interop.echo', (1, 'zwei', None), {'größe': 1.5, '名前': [True]}).get(timeout=50)",
      );

      expect(echoed).toBe("{'args': [1, 'zwei', None], 'kwargs': {'größe': 1.5, '名前': [True]}}");
    });

    test('200 kB of arguments travel both ways unharmed', async () => {
      const same = await python.run(`
text = ''.join(chr(0x20 + i % 0x2000) for i in range(60_000)) + 'x' * 40_000
result = app.send_task('interop.echo', (text,), {'again': text[:1000]}).get(timeout=50)
return len(text.encode()), result == {'args': [text], 'kwargs': {'again': text[:1000]}}`);

      expect(same).toMatch(/^\(2\d{5}, True\)$/);
    });
  });
});
