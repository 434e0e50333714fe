// The plain page at `/`: what runs here and where. It loads nothing from elsewhere and runs no script.

import type { SystemStatus } from '../health/check-health.ts';

const links = ['/readyz', '/metrics', '/api/openapi.json'];

export function homePage(systems: readonly SystemStatus[]): string {
  const rows = systems.flatMap(({ name, ready, detail, endpoints }) => {
    const state = ready ? 'ready' : `not ready${detail === undefined ? '' : `: ${detail}`}`;
    const shown = endpoints.length === 0 ? [{ protocol: '', url: '' }] : endpoints;
    return shown.map(({ protocol, url }) => `<tr>${[name, protocol, url, state].map(cell).join('')}</tr>`);
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid #ddd; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } a { color: #8bf; } }
</style>
</head>
<body>
<h1>Cairn</h1>
<table>
<thead><tr><th>system</th><th>protocol</th><th>address</th><th>state</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p>${links.map((link) => `<a href="${link}">${link}</a>`).join(' · ')}</p>
</body>
</html>
`;
}

function cell(text: string): string {
  return `<td>${escapeHtml(text)}</td>`;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character]!);
}
