// The XML of answers of the Query protocol: elements with text or elements in them. Lists hold elements `member`.

export type Element = readonly [name: string, content: Content];
export type Content = string | number | boolean | undefined | readonly Element[];

/** Elements with undefined content are left out. */
export function writeXml(content: Content): string {
  if (typeof content === 'string') return escapeXml(content);
  if (typeof content !== 'object') return String(content);
  let text = '';
  for (const [name, inner] of content)
    if (inner !== undefined) text += `<${name}>${writeXml(inner)}</${name}>`;
  return text;
}

export function listOf<Item>(items: readonly Item[], contentOf: (item: Item) => Content): readonly Element[] {
  return items.map((item) => ['member', contentOf(item)]);
}

/** To the second, as IAM writes times. */
export function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

/** A policy document as IAM gives it: percent-encoded by RFC 3986. */
export function documentText(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped.
const special = /[&<>"\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufffe\uffff]/g;

function escapeXml(text: string): string {
  return text.replace(special, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

/** A map: entries with a key and a value. */
export function listOfEntries(entries: Readonly<Record<string, number>>): readonly Element[] {
  return Object.entries(entries).map(
    ([key, value]): Element => [
      'entry',
      [
        ['key', key],
        ['value', value],
      ],
    ],
  );
}
