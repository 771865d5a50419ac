/** Every check of the run as one square, by section: the verdict at a glance, and a way to each check. */
import type { CheckResult } from '../../harness/result.ts';
import { bySection } from '../analysis.ts';
import { cellMarkup } from './check-anchor.ts';
import { html, type Markup } from './markup.ts';

export function stripMarkup(checks: readonly CheckResult[], prefix = ''): Markup | null {
  if (checks.length === 0) return null;
  const groups = bySection(checks).map(
    ({ section, title, checks: members }) =>
      html`<li>
        <abbr title="${title}">${section ?? 'other'}</abbr
        ><span class="cells">${members.map((check) => cellMarkup(check, prefix))}</span>
      </li>`,
  );
  return html`<ul class="strip" aria-label="Checks by section">
    ${groups}
  </ul>`;
}
