// Reads XML documents strictly into a tree: elements with text or elements in them. No document type, no entities but
// the predefined, no processing instructions; bounded in bytes, depth and number of elements.

import { SaxesParser } from 'saxes';
import { ObjectStorageError } from '../../errors.ts';
import { xmlDepthMax, xmlElementsMax } from '../limits.ts';
import { atOnce, type Steps } from './steps.ts';

export type XmlNode = {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly children: readonly XmlNode[];
  readonly text: string;
};

type OpenNode = { name: string; children: XmlNode[]; text: string };

/** Throws MalformedXML. */
export function parseXml(bytes: Uint8Array): XmlNode {
  return atOnce(parseXmlInSteps(bytes));
}

/** About a millisecond of work. */
const charactersPerStep = 16_384;

/** Throws MalformedXML. */
export function* parseXmlInSteps(bytes: Uint8Array): Steps<XmlNode> {
  const parser = new SaxesParser();
  const reader = new TreeReader();
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('processinginstruction', refuse);
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') refuse();
  });
  parser.on('opentag', ({ name }) => reader.open(name));
  parser.on('closetag', () => reader.close());
  parser.on('text', (text) => reader.text(text));
  parser.on('cdata', (text) => reader.text(text));
  const text = decodeUtf8(bytes);
  for (let at = 0; at < text.length; at += charactersPerStep) {
    parser.write(text.slice(at, at + charactersPerStep));
    yield;
  }
  parser.close();
  return reader.root ?? refuse();
}

class TreeReader {
  root: XmlNode | undefined;
  readonly #path: OpenNode[] = [];
  #elements = 0;

  open(name: string): void {
    this.#elements += 1;
    if (this.#elements > xmlElementsMax || this.#path.length === xmlDepthMax) refuse();
    const node: OpenNode = { name: name.slice(name.indexOf(':') + 1), children: [], text: '' };
    this.#path.at(-1)?.children.push(node);
    this.root ??= node;
    this.#path.push(node);
  }

  text(text: string): void {
    const node = this.#path.at(-1);
    if (node !== undefined) node.text += text;
  }

  /** Elements with both text and elements have no meaning in S3. */
  close(): void {
    const node = this.#path.pop()!;
    if (node.children.length > 0 && node.text.trim() !== '') refuse();
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse();
  }
}

function refuse(): never {
  throw new ObjectStorageError('MalformedXML');
}
