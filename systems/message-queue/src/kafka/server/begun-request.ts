// A request of a connection from its beginning to its answer: what its handler says of it meanwhile.

import type { Answer } from './answer-queue.ts';
import type { RequestControl } from './connection.ts';
import type { Frame } from './frame-receiver.ts';

export class BegunRequest implements RequestControl {
  readonly frame: Frame;
  readonly isLast: boolean;
  /** Nobody looks at the frame any more once it is answered. */
  isReleased = false;
  #onNextAllowed: (() => void) | undefined;
  #sentCallbacks: (() => void)[] | undefined;

  /** `onNextAllowed` is called once. */
  constructor(frame: Frame, isLast: boolean, onNextAllowed: () => void) {
    this.frame = frame;
    this.isLast = isLast;
    this.#onNextAllowed = onNextAllowed;
  }

  begun(): void {
    const onNextAllowed = this.#onNextAllowed;
    this.#onNextAllowed = undefined;
    onNextAllowed?.();
  }

  releasesFrame(): void {
    this.isReleased = true;
  }

  whenSent(callback: () => void): void {
    this.#sentCallbacks ??= [];
    this.#sentCallbacks.push(callback);
  }

  answer(pieces: Answer['pieces']): Answer {
    const callbacks = this.#sentCallbacks;
    if (callbacks === undefined) return { pieces };
    const onSent = () => {
      for (const callback of callbacks.splice(0)) callback();
    };
    return { pieces, onSent };
  }
}
