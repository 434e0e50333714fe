// Lines that end in CR LF, as they come in pieces.

export class TextLines {
  #rest = '';

  /** The lines that are complete now, without their ends. */
  push(bytes: Buffer): readonly string[] {
    const lines = (this.#rest + bytes.toString('latin1')).split('\r\n');
    this.#rest = lines.pop()!;
    return lines;
  }
}
