// `npm run docs`: writes the generated pages and files.

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatedPages } from './pages.ts';

const root = resolve(import.meta.dirname, '../..');
for (const [path, text] of Object.entries(await generatedPages(root))) writeFileSync(join(root, path), text);
