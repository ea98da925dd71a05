/** Keys and positions that lead to a value. */
export type JsonPath = readonly (string | number)[];

/** A path as one writes it in code, for errors: `args[1].when`. */
export function formatPath(root: string, path: JsonPath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[\w$]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `${root}${steps.join('')}`.replace(/^\./, '');
}
