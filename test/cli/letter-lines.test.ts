import { describe, expect, test } from 'vitest';
import { letterFilter } from '../../cli/letter-filter.ts';
import { letterJson, letterTable } from '../../cli/letter-lines.ts';
import { letterPrinter } from '../../cli/letter-printer.ts';
import type { DeadLetter } from '../../lib/dead-letters/index.ts';
import { Celery, DecodeError } from '../../lib/index.ts';
import { newTaskMessage } from '../../lib/protocol/index.ts';

function aLetter(fields: Partial<DeadLetter> = {}): DeadLetter {
  const message = newTaskMessage({ task: 'add', id: 'i', args: [1, 2n ** 60n], kwargs: { z: 3 } });
  return {
    messageId: 'm',
    queue: 'celery',
    id: 'i',
    task: 'add',
    reason: 'NotRegistered',
    detail: 'add',
    sentAt: Date.UTC(2026, 0, 2),
    content: { message, form: { serializer: 'application/json', compression: null } },
    unreadable: undefined,
    body: '{}',
    attributes: {},
    ...fields,
  };
}

const anUnreadable = {
  ...{ id: undefined, task: undefined, reason: undefined, detail: undefined, content: undefined },
  unreadable: new DecodeError('no JSON'),
  body: 'hello',
};

describe('a table of letters', () => {
  test('has a line each, in columns', () => {
    expect(letterTable([aLetter(), aLetter(anUnreadable)]).split('\n')).toEqual([
      'SINCE                     QUEUE   TASK  ID  REASON         ARGUMENTS                          DETAIL',
      "2026-01-02T00:00:00.000Z  celery  add   i   NotRegistered  (1, 1152921504606846976) {'z': 3}  add",
      '2026-01-02T00:00:00.000Z  celery  -     -   -              -                                  no JSON',
    ]);
  });

  test('lets no letter steer the terminal, nor add a line', () => {
    const table = letterTable([
      aLetter({ task: '\u001b[2Jadd\u202e', detail: 'one\ntwo\u2028three' }),
    ]);

    expect(table.split('\n')).toHaveLength(2);
    expect(table).toContain('\u00b7[2Jadd\u00b7');
    expect(table).toContain('one\u00b7two\u00b7three');
  });

  test('is cut at the width of the terminal', () => {
    const lines = letterTable([aLetter()], 30).split('\n');

    expect(lines.map((line) => line.length)).toEqual([30, 30]);
  });
});

describe('a letter as JSON', () => {
  test('is one line, and has the arguments only when they are asked for', () => {
    const line = letterJson(aLetter(), false);

    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      ...{ messageId: 'm', queue: 'celery', id: 'i', task: 'add', retries: 0 },
      ...{ reason: 'NotRegistered', detail: 'add', sentAt: '2026-01-02T00:00:00.000Z' },
      ...{ argsrepr: '(1, 1152921504606846976)', kwargsrepr: "{'z': 3}" },
    });
    expect(letterJson(aLetter(), true)).toContain('"args":[1,1152921504606846976]');
  });

  test('has the body of what cannot be read, and why not', () => {
    expect(JSON.parse(letterJson(aLetter(anUnreadable), false))).toMatchObject({
      ...{ id: null, task: null, reason: null, unreadable: 'no JSON', body: 'hello' },
    });
  });
});

describe('a printer of letters', () => {
  /** What it prints of a letter, by an application whose `add` keeps its arguments from sight. */
  function printed(options: { readonly json: boolean; readonly withArguments: boolean }): string {
    const lines: string[] = [];
    const app = new Celery('shop');
    app.task('add', { argsrepr: '<secret>' }, () => 1);
    const output = { write: () => true };
    const printer = letterPrinter(
      { output, print: (line) => lines.push(line) },
      { ...options, tasks: app.tasks },
    );
    printer.add(aLetter());
    printer.end();
    return lines.join('\n');
  }

  test('shows of arguments what the task says, and themselves only when they are asked for', () => {
    const table = printed({ json: false, withArguments: false });
    const line = printed({ json: true, withArguments: false });

    expect(table).toContain("<secret> {'z': 3}");
    expect(table).not.toContain('1152921504606846976');
    expect(JSON.parse(line)).toMatchObject({ argsrepr: '<secret>', kwargsrepr: "{'z': 3}" });
    expect(line).not.toContain('1152921504606846976');
    expect(printed({ json: true, withArguments: true })).toContain('[1,1152921504606846976]');
  });
});

describe('a filter of letters', () => {
  test.for([
    [{}, true],
    [{ task: 'shop.*' }, true],
    [{ task: 'shop.?dd' }, true],
    [{ task: 'shop' }, false],
    [{ task: 'shopxadd' }, false],
    [{ task: '*.(add|mail)' }, false],
    [{ reason: 'Not*' }, true],
    [{ reason: 'not*' }, false],
    [{ ids: ['other', 'i'] }, true],
    [{ ids: ['m'] }, true],
    [{ ids: ['other'] }, false],
    [{ ids: ['i'], task: 'mail' }, false],
  ] as const)('%j picks: %s', ([filter, picked]) => {
    expect(letterFilter(filter)(aLetter({ task: 'shop.add' }))).toBe(picked);
  });

  test('by a name leaves out what has none', () => {
    expect(letterFilter({ task: '*' })(aLetter(anUnreadable))).toBe(false);
    expect(letterFilter({ reason: '*' })(aLetter(anUnreadable))).toBe(false);
    expect(letterFilter({ ids: [''] })(aLetter(anUnreadable))).toBe(false);
  });
});
