// How long a rebalance waits for members to join again: up to the longest of their rebalance timeouts. The first one of a
// group waits for the initial delay instead, and again as long as that brought somebody new, up to the same (KIP-134).

const never = Number.POSITIVE_INFINITY;

export class JoinWindow {
  readonly #initialDelayMs: number;
  #endMs = never;
  /** Of a group's first rebalance: how much longer newcomers can make it, and whether there was one. */
  #initial: { extendsMs: number; hasNewcomer: boolean } | undefined;

  constructor(initialDelayMs: number) {
    this.#initialDelayMs = initialDelayMs;
  }

  /** Infinite while no rebalance waits. */
  get endMs(): number {
    return this.#endMs;
  }

  /** It stays open although everybody is here. */
  get isInitial(): boolean {
    return this.#initial !== undefined;
  }

  get isOpen(): boolean {
    return this.#endMs !== never;
  }

  open(
    nowMs: number,
    { isFirst, rebalanceTimeoutMs }: { isFirst: boolean; rebalanceTimeoutMs: number },
  ): void {
    const extendsMs = Math.max(rebalanceTimeoutMs - this.#initialDelayMs, 0);
    this.#initial = isFirst ? { extendsMs, hasNewcomer: false } : undefined;
    this.#endMs = nowMs + (isFirst ? this.#initialDelayMs : rebalanceTimeoutMs);
  }

  newcomer(): void {
    if (this.#initial !== undefined) this.#initial.hasNewcomer = true;
  }

  /** True when it stays open, because it is the first and somebody came. */
  extend(nowMs: number): boolean {
    if (!this.#initial?.hasNewcomer || this.#initial.extendsMs === 0) return false;
    const byMs = Math.min(this.#initialDelayMs, this.#initial.extendsMs);
    this.#initial = { extendsMs: this.#initial.extendsMs - byMs, hasNewcomer: false };
    this.#endMs = nowMs + byMs;
    return true;
  }

  close(): void {
    this.#initial = undefined;
    this.#endMs = never;
  }
}
