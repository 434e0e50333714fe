// Rows of a result as an aligned table, for people; scripts ask for --json.

export type Column<Row> = {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
};

/** Columns two spaces apart, numbers to the right; the empty string when there are no rows. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))));
  const numeric = columns.map(({ value }) => isNumeric(rows.map(value)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]!.length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (numeric[index] ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  return `${[columns.map(({ title }) => title), ...cells].map(line).join('\n')}\n`;
}

/** Numbers, of which some may be missing. */
function isNumeric(values: readonly (string | number | undefined)[]): boolean {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 && known.every((value) => typeof value === 'number');
}

/** Names come from users: control characters must not reach a terminal. */
function printable(value: string | number | undefined): string {
  return String(value ?? '-').replaceAll(/\p{Control}/gu, '\uFFFD');
}
