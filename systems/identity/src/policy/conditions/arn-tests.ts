// Arn operators: "each of the six colon-delimited components of the ARN is checked separately", with wildcards in each.
// ArnEquals and ArnLike are the same, as AWS says. A pattern of fewer components that ends in `*` matches any rest.

import { Pattern, variableEnd } from '../pattern.ts';
import type { CompileValue } from './value-test.ts';

const componentCount = 6;

export const isArnLike: CompileValue = (expected, { variables }) => {
  const components = componentsOf(expected, variables);
  if (components.length < componentCount && components.at(-1) !== '*') return undefined;
  const patterns = components.map((component) => new Pattern(component, { variables, wildcards: true }));
  return (actual, context) => {
    const parts = componentsOf(actual, false);
    return (
      parts.length === componentCount &&
      patterns.every((pattern, index) => pattern.matches(parts[index]!, context))
    );
  };
};

/** Cut at the first five colons, of which those inside `${...}` are none. */
function componentsOf(text: string, variables: boolean): readonly string[] {
  const components: string[] = [];
  let start = 0;
  for (let position = 0; position < text.length && components.length < componentCount - 1; position++) {
    if (variables && text.startsWith('${', position)) position = variableEnd(text, position);
    else if (text[position] === ':') {
      components.push(text.slice(start, position));
      start = position + 1;
    }
  }
  return [...components, text.slice(start)];
}
