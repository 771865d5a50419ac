import t from 'tap';
import { parseDocument } from 'yaml';
import { CAPABILITIES } from '../spec/capabilities.ts';
import { unlockHint } from './unlock-hint.ts';

const SUMMARY = { pass: 1, fail: 0, inconclusive: 0, not_observed: 1, not_applicable: 0 };

t.test('what it prints is a config as it stands', async (t) => {
  const lines = unlockHint('http://127.0.0.1:8080/', { summary: SUMMARY }).split('\n');
  const document = parseDocument(lines.filter((line) => line.startsWith('  ')).join('\n'));
  t.same(document.errors, []);
  const { accounts, capabilities, hooks } = document.toJS() as Record<string, unknown>;
  t.match(accounts, [{ account_id: 'a', key: '${KEY_A}' }, { account_id: 'b' }]);
  t.ok((capabilities as string[]).every((name) => Object.hasOwn(CAPABILITIES, name)));
  t.match(hooks, { kill: { run: String }, start: { run: String } });
  t.equal(unlockHint('http://127.0.0.1/', { summary: { ...SUMMARY, not_observed: 0 } }), '');
});
