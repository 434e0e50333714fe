// Blobs whose row is on its way from one key to another. The search for orphans reads all keys in their order, in many
// transactions: a row that moves from a key that it has yet to read to one that it has read would be missed, and its blob
// removed. So whoever moves a row says so first, and a blob that is said here is no orphan.
//
//   the move is answered before the references are read      they show the new row
//   it is under way when they begin to be read               `guard` takes the blob out of the candidates
//   it begins while they are read                            `begin` takes it out
//   it begins afterwards                                     they showed the old row

/** What of the candidates of a search is needed here. */
type Candidates = { delete(blob: string): unknown };

export class MovingBlobs {
  readonly #moving = new Map<string, number>();
  readonly #searches = new Set<Candidates>();

  /** Before the transaction that moves its row is asked for. */
  begin(blob: string): void {
    this.#moving.set(blob, (this.#moving.get(blob) ?? 0) + 1);
    for (const candidates of this.#searches) candidates.delete(blob);
  }

  /** The transaction is over. One of which nobody knows whether it is, is never ended: it may still be to come. */
  end(blob: string): void {
    const left = (this.#moving.get(blob) ?? 1) - 1;
    if (left === 0) this.#moving.delete(blob);
    else this.#moving.set(blob, left);
  }

  /** From before the first reference is read until after the last: call what it returns then. */
  guard(candidates: Candidates): () => void {
    for (const blob of this.#moving.keys()) candidates.delete(blob);
    this.#searches.add(candidates);
    return () => this.#searches.delete(candidates);
  }
}
