// All rows of a listing, one page at a time.

/** `readPage` gives the rows after one, none at the end. */
export async function* pagesOf<Row>(
  readPage: (last: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let rows = await readPage(undefined);
  while (rows.length > 0) {
    yield* rows;
    rows = await readPage(rows.at(-1));
  }
}
