/**
 * The page's shell: one file, no network. The policy forbids everything but the very scripts and styles in it (by
 * their hashes), so mark-up that slipped through anywhere could still neither run nor load anything.
 */
import { createHash } from 'node:crypto';
import { assets } from './assets.ts';
import { html, Markup } from './markup.ts';

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

export function documentOf(title: string, body: Markup): string {
  const { style, scripts } = assets();
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${scripts.map(hashOf).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // Built as plain strings: the hashes cover every character between the tags.
  const styleElement = new Markup(`<style>${style}</style>`);
  const scriptElements = scripts.map((script) => new Markup(`<script>${script}</script>`));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        ${body} ${scriptElements}
      </body>
    </html> `;
  return page.source;
}
