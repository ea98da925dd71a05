import { transformSync } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import { arityOf } from '../../lib/app/arity.ts';

type Source = readonly [source: string, required: number, most: number];

/** JavaScript expressions, so that no transform changes them before they are looked at. */
const sources: readonly Source[] = [
  ['() => 1', 0, 0],
  ['x => x', 1, 1],
  ['async x => x', 1, 1],
  ['$ => $', 1, 1],
  ['(x, y) => x + y', 2, 2],
  ['(x, y,) => x + y', 2, 2],
  ['async(x,y)=>x+y', 2, 2],
  ['(x, y = 2) => x + y', 1, 2],
  ['(x = 1, y) => x + y', 0, 2],
  ['(x, ...all) => all', 1, Infinity],
  ['({ a, b, ...c }, [d, , e] = [1, 2, 3]) => a', 1, 2],
  ['(x = (a, b) => a, y = function (a, b) { return [a, b]; }) => x', 0, 2],
  ["(x = \"),(\", y = 'it\\'s ,', z = `,`) => x", 0, 3],
  ['(x /* , y */, // z,\n w) => x', 2, 2],
  ['(x /* "unclosed */, y) => x', 2, 2],
  ['function (x, y) { return x; }', 2, 2],
  ['async function* named(x) { yield x; }', 1, 1],
  ['function(){return 1}', 0, 0],
  ['({ run(x, y) { return x; } }).run', 2, 2],
  ['({ async *run(x) { yield x; } }).run', 1, 1],
  ['(class { static run(x, y = 1) { return x; } }).run', 1, 2],
  ['function (x) { return (() => [x, ...arguments])(); }', 1, Infinity],
  ['(x = 4 / 2, y) => x', 0, Infinity],
  ['(x = /[,)]/) => x', 0, Infinity],
  ['(x = `$' + '{[1, 2]}`, y) => x', 0, Infinity],
  ['({ ["a,b"](x) { return x; } })["a,b"]', 1, Infinity],
  ['((x, y) => x).bind(null)', 2, Infinity],
  ['new Proxy((x, y) => x, {})', 2, Infinity],
  ['parseInt', 2, Infinity],
];

function evaluate(source: string): (...args: never[]) => unknown {
  return new Function(`return (${source});`)();
}

describe('the arity of', () => {
  test.for(sources)('%s', ([source, required, most]) => {
    expect(arityOf(evaluate(source), false)).toEqual({ required, most });
  });

  test.for(sources.filter(([, , most]) => most < Infinity))(
    '%s is the same when minified',
    ([source, required, most]) => {
      const { code } = transformSync(`globalThis.minified = ${source}`, { minify: true });

      expect(arityOf(evaluate(code.replace(/;\n*$/, '')), false)).toEqual({ required, most });
    },
  );

  test('a bound handler is without its self', () => {
    expect(arityOf(evaluate('(self, x, y = 1) => x'), true)).toEqual({ required: 1, most: 2 });
    expect(arityOf(evaluate('() => 1'), true)).toEqual({ required: 0, most: 0 });
  });

  test('a spy is whatever its arguments are', () => {
    expect(arityOf(vi.fn(), false).most).toBe(Infinity);
  });

  test('a function whose source is not its own is not known', () => {
    const handler = Object.defineProperty(evaluate('() => 1'), 'length', { value: 3 });

    expect(arityOf(handler, false)).toEqual({ required: 3, most: Infinity });
  });
});
