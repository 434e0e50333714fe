// Calls that may wait: each is told when its client leaves, and all are when the server stops. Through the exchange's own signal:
// one that is made of two (`AbortSignal.any`) costs more than to find a message, and weak references for as long as it waits.

import type { Exchange } from '@cairn/service';

type Waiting = Pick<Exchange, 'left' | 'leave'>;

export class WaitingCalls {
  readonly #exchanges = new Set<Waiting>();
  #isStopped = false;

  /** Aborts when the client leaves, or the server stops. */
  begin(exchange: Waiting): AbortSignal {
    if (this.#isStopped) exchange.leave();
    else this.#exchanges.add(exchange);
    return exchange.left;
  }

  /** To be called when it is answered, whether it waited or not. */
  end(exchange: Waiting): void {
    this.#exchanges.delete(exchange);
  }

  /** None waits any longer, nor will. */
  stop(): void {
    this.#isStopped = true;
    for (const exchange of this.#exchanges) exchange.leave();
    this.#exchanges.clear();
  }
}
