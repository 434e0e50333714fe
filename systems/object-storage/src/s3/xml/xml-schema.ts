// Takes a tree apart by what a message may hold. Whatever is not named is refused, as Amazon's schema does.

import { ObjectStorageError } from '../../errors.ts';
import type { XmlNode } from './xml-reader.ts';

/** How often an element may appear. */
export type Occurrence = 'one' | 'optional' | 'many';

/** The root, which must have this name. */
export function requireRoot(root: XmlNode, name: string): XmlNode {
  if (root.name !== name) throw malformed();
  return root;
}

/** The elements in a node by their names, in the order of the document. Throws MalformedXML. */
export function elementsOf<Name extends string>(
  node: XmlNode,
  schema: Readonly<Record<Name, Occurrence>>,
): Readonly<Record<Name, readonly XmlNode[]>> {
  const elements = {} as Record<Name, XmlNode[]>;
  for (const name in schema) elements[name] = [];
  if (node.children.length === 0 && node.text.trim() !== '') throw malformed();
  for (const child of node.children) {
    if (!Object.hasOwn(elements, child.name)) throw malformed();
    elements[child.name as Name].push(child);
  }
  for (const name in schema) {
    const [occurrence, count] = [schema[name], elements[name].length];
    if ((occurrence !== 'many' && count > 1) || (occurrence === 'one' && count === 0)) throw malformed();
  }
  return elements;
}

/** The text of an element without elements. White space around it counts only for keys. */
export function textOf(node: XmlNode): string {
  if (node.children.length > 0) throw malformed();
  return node.text;
}

export function trimmedTextOf(node: XmlNode | undefined): string | undefined {
  return node && textOf(node).trim();
}

export function malformed(): ObjectStorageError {
  return new ObjectStorageError('MalformedXML');
}
