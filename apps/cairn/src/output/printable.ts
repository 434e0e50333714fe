// Names, tags and error messages come from other machines: what would move a terminal's cursor, or worse, must not reach one.

/** Text of lines: control characters but line feeds and tabs become U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Control}\n\t]/gu, '\uFFFD');
}
