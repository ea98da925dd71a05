import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingForms } from '../lib/app/settings.ts';
import names from './fixtures/celery-names.json' with { type: 'json' };

/** A row of docs/compatibility.md: names of Celery that share a state here, and the tests that show it. */
interface Row {
  readonly names: readonly string[];
  readonly state: string;
  readonly shownBy: readonly string[];
}

const supported = ['as Celery', 'better'];
const states = [...supported, 'not applicable', 'not yet'];
const page = readFileSync('docs/compatibility.md', 'utf8');

const sections = [
  ['## Settings', names.settings],
  ['### Task attributes and options', names.taskAttributes],
  ['### Methods of a task', names.taskMethods],
  ['### The request', names.request],
  ['### Options of a call', names.callOptions],
  ['### Options of a retry', names.retryOptions],
  ['### Signatures', names.signature],
  ['### States', names.states],
] as const;

describe.for(sections)('%s', ([heading, known]) => {
  const rows = rowsUnder(heading, 'Celery');

  test('has a row for every name of Celery, one each, and for no other', () => {
    expect(rows.flatMap((row) => row.names).sort()).toEqual([...known].sort());
  });

  test('tells of each what its state is', () => {
    expect(rows.filter(({ state }) => !states.includes(state))).toEqual([]);
  });

  test('claims nothing that no test speaks of', () => {
    const claims = rows.filter(({ state }) => supported.includes(state));

    const unshown = claims.flatMap((row) => row.names.filter((name) => !isShown(name, row)));

    expect(claims.flatMap(({ shownBy }) => shownBy).filter((file) => !existsSync(file))).toEqual(
      [],
    );
    expect(unshown).toEqual([]);
  });
});

test('what the page calls a setting is one, and every setting is on the page', () => {
  const ours = rowsUnder('## Settings', 'setting').flatMap((row) => row.names);
  const celerys = rowsUnder('## Settings', 'Celery')
    .filter(({ state }) => supported.includes(state))
    .flatMap((row) => row.names.map(camelCase));

  expect([...celerys, ...ours].sort()).toEqual(Object.keys(settingForms).sort());
});

/** The rows of the table under a heading whose first column is called `first`. */
function rowsUnder(heading: string, first: string): Row[] {
  const level = heading.split(' ', 1)[0] ?? '';
  const [, rest = ''] = page.split(`\n${heading}\n`);
  const section = rest.split(new RegExp(`^#{1,${level.length}} `, 'm'))[0] ?? '';
  const [, table = ''] = section.split(`\n| ${first} |`);
  const lines = table.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map(toRow);
}

function toRow(line: string): Row {
  const [celery = '', state = '', ...others] = line.split('|').slice(1, -1);
  return {
    names: quoted(celery),
    state: state.trim(),
    shownBy: quoted(others.at(-1) ?? ''),
  };
}

function quoted(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, name = '']) => name);
}

/** A test that says a name in any of its forms: as Celery, here or as a setting of the application. */
function isShown(name: string, { shownBy }: Row): boolean {
  const forms = [name, camelCase(name), waysToSay[name] ?? name];
  const said = new RegExp(`\\b(${forms.join('|')})\\b`);
  return shownBy.some((file) => said.test(readFileSync(file, 'utf8')));
}

/** What has another name here. */
const waysToSay: Readonly<Record<string, string>> = {
  apply: 'runEagerly',
  run: 'add\\(',
  subtask: 'signature',
  typing: 'schema',
  partial: 'front',
  set_immutable: 'immutable: true',
  from_dict: 'signatureFrom',
};

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
