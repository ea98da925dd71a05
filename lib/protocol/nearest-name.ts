/** The known name that takes the fewest edits; Celery's snake_case counts as camelCase. */
export function nearestName(name: string, known: readonly string[]): string {
  const distance = (candidate: string) => editDistance(unstyled(name), unstyled(candidate));
  return known.reduce((nearest, candidate) =>
    distance(candidate) < distance(nearest) ? candidate : nearest,
  );
}

function unstyled(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + (letter === to[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
