// Ids of requests: 16 characters of Crockford's base 32, as those of @cairn/telemetry. One is made for every request, so
// they are cheap: a random start, and a number that goes on from there. They are names, not secrets.
//
//   id = 8 characters of this process, 8 of the number

import type { Random } from '@cairn/world';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pairs = Array.from({ length: 1_024 }, (_, index) => alphabet[index >> 5]! + alphabet[index & 31]!);
const numbersMax = 2 ** 30;

export class RequestIds {
  readonly #process: string;
  /** Of 30 bits: three pairs of characters behind two that count how often it came round. */
  #number: number;
  #rounds = 0;
  /** All but the last two characters, which change every time. */
  #start = '';

  constructor(random: Random) {
    this.#process = [0, 1, 2, 3].map(() => pairs[random.integer(pairs.length)]).join('');
    this.#number = random.integer(numbersMax);
    this.#restart();
  }

  next(): string {
    const id = this.#start + pairs[this.#number & 1_023]!;
    this.#number++;
    if ((this.#number & 1_023) === 0) this.#restart();
    return id;
  }

  #restart(): void {
    if (this.#number === numbersMax) {
      this.#number = 0;
      this.#rounds++;
    }
    const [first, second] = [(this.#number >> 20) & 1_023, (this.#number >> 10) & 1_023];
    this.#start = this.#process + pairs[this.#rounds & 1_023]! + pairs[first]! + pairs[second]!;
  }
}
