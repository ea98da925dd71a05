/** Rows as lines with aligned columns; the first row is the heading. The last column is as wide as it is. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [heading = [], ...others] = rows;
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...others.map(line)];
}
