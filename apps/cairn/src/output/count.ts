// Counts for people.

/** `1 snapshot`, `2 snapshots`, `0 directories`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
