// Packs as small numbers, so that an entry of the map takes four bytes for its pack. Numbers live as long as the process.

export class PackNumbers {
  /** By id; 0 is no pack. */
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [''];
  readonly #live: boolean[] = [false];
  #liveCount = 0;

  get liveCount(): number {
    return this.#liveCount;
  }

  /** The number of a pack; a pack that was never seen gets one, and is not live. */
  of(packId: string): number {
    let number = this.#numbers.get(packId);
    if (number === undefined) {
      number = this.#live.push(false) - 1;
      this.#numbers.set(packId, number);
      this.#ids.push(packId);
    }
    return number;
  }

  /** Undefined for one that is not live. */
  idOf(number: number): string | undefined {
    return this.#live[number]! ? this.#ids[number] : undefined;
  }

  isLive(number: number): boolean {
    return this.#live[number]!;
  }

  has(packId: string): boolean {
    const number = this.#numbers.get(packId);
    return number !== undefined && this.#live[number]!;
  }

  setLive(number: number, live: boolean): void {
    if (this.#live[number] === live) return;
    this.#live[number] = live;
    this.#liveCount += live ? 1 : -1;
  }

  liveIds(): readonly string[] {
    return Array.from(this.#numbers.keys()).filter((packId) => this.has(packId));
  }
}
