// Answers leave in the order of their requests, whenever each is ready.

export type Answer = {
  /** None for a request that wants no answer. */
  readonly pieces: readonly Uint8Array[] | undefined;
  /** Called once, when the client has taken the answer or never will. */
  readonly onSent?: (() => void) | undefined;
};

type Send = (pieces: readonly Uint8Array[], onSent: (() => void) | undefined) => void;
type Slot = { answer: Answer | undefined };

export class AnswerQueue {
  readonly #send: Send;
  readonly #slots: Slot[] = [];
  #readyBytes = 0;
  #isDropped = false;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Requests without an answer. */
  get length(): number {
    return this.#slots.length;
  }

  /** Of answers that wait for others. */
  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** A place for the answer of the request that begins now; the returned function fills it. */
  reserve(): (answer: Answer) => void {
    const slot: Slot = { answer: undefined };
    this.#slots.push(slot);
    return (answer) => {
      if (this.#isDropped) return answer.onSent?.();
      slot.answer = answer;
      this.#readyBytes += bytesOf(answer);
      this.#sendReady();
    };
  }

  /** The answer of the request that began last, and needs no place: it is there already. */
  add(answer: Answer): void {
    if (this.#slots.length > 0) this.reserve()(answer);
    else if (this.#isDropped || answer.pieces === undefined) answer.onSent?.();
    else this.#send(answer.pieces, answer.onSent);
  }

  /** The client is gone: nothing is sent any more. */
  drop(): void {
    this.#isDropped = true;
    for (const { answer } of this.#slots.splice(0)) answer?.onSent?.();
  }

  #sendReady(): void {
    const ready: Answer[] = [];
    while (this.#slots[0]?.answer !== undefined) {
      const { answer } = this.#slots.shift()!;
      this.#readyBytes -= bytesOf(answer!);
      ready.push(answer!);
    }
    if (ready.length === 0) return;
    const pieces = ready.flatMap((answer) => answer.pieces ?? []);
    const told = ready.filter(({ onSent }) => onSent !== undefined);
    const onSent = () => {
      for (const answer of told) answer.onSent!();
    };
    if (pieces.length > 0) this.#send(pieces, told.length > 0 ? onSent : undefined);
    else onSent();
  }
}

function bytesOf({ pieces }: Answer): number {
  return pieces?.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
}
