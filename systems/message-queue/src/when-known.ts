// Work whose parts are nearly always known at once and sometimes have to be waited for. Where nothing has to be, it is done in one
// turn without a promise: what a request waits for is then its own work only.

export type Known<T> = T | Promise<T>;

export function whenKnown<T, Result>(value: Known<T>, then: (value: T) => Known<Result>): Known<Result> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** Of work that was begun side by side. */
export function allKnown<T>(values: readonly Known<T>[]): Known<readonly T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[]);
}

/** Each when the one before is there. */
export function eachInTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Known<Result>,
): Known<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    const result = work(item);
    if (result instanceof Promise) return restInTurn(items, { work, results, next: result });
    results.push(result);
  }
  return results;
}

async function restInTurn<Item, Result>(
  items: readonly Item[],
  { work, results, next }: { work: (item: Item) => Known<Result>; results: Result[]; next: Promise<Result> },
): Promise<readonly Result[]> {
  results.push(await next);
  for (const item of items.slice(results.length)) results.push(await work(item));
  return results;
}
