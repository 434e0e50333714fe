// The bytes of a request as they arrive, with what goes wrong on the way as errors of S3. Every piece is asked for in a
// turn of the event loop that has room for the work on it.

import assert from 'node:assert/strict';
import { HttpProblem, type RequestBody, type TurnBudget } from '@cairn/service';
import { ObjectStorageError } from '../../errors.ts';
import type { ByteSource } from '../body/byte-source.ts';
import { codeOfProblem } from './problem-answer.ts';

type Piece = Uint8Array | undefined;

export class RequestSource implements ByteSource {
  readonly #body: RequestBody;
  readonly #turns: TurnBudget;
  /** Of a body that came with its head. The work on it is little, and its request was just given room for it. */
  readonly readNow: (() => Piece) | undefined;

  constructor(body: RequestBody, turns: TurnBudget) {
    this.#body = body;
    this.#turns = turns;
    this.readNow = body.complete ? () => this.#readNow() : undefined;
  }

  /** Throws IncompleteBody, RequestTimeout, BadRequest. */
  read(): Piece | Promise<Piece> {
    try {
      const piece = this.#body.read();
      if (piece instanceof Promise) return this.#arrival(piece);
      const turn = piece === undefined ? undefined : this.#turns.turn();
      return turn === undefined ? piece : turn.then(() => piece);
    } catch (error) {
      throw bodyError(error);
    }
  }

  #readNow(): Piece {
    try {
      const piece = this.#body.read();
      assert(!(piece instanceof Promise), 'what came to its end is not waited for');
      return piece;
    } catch (error) {
      throw bodyError(error);
    }
  }

  async #arrival(arriving: Promise<Piece>): Promise<Piece> {
    try {
      const piece = await arriving;
      await this.#turns.turn();
      return piece;
    } catch (error) {
      throw bodyError(error);
    }
  }
}

function bodyError(error: unknown): unknown {
  if (!(error instanceof HttpProblem)) return error;
  const code = error.kind === 'incomplete' ? 'IncompleteBody' : codeOfProblem(error);
  return new ObjectStorageError(code, { cause: error });
}
