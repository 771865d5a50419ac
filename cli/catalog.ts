/** Every command, in the order of --help. */
import { BACKENDS } from '../reference-server/stores/backends.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

const STORES = BACKENDS.join(' or ');

/** How a target is named; shared by the commands that judge one. */
const TARGET_OPTIONS: readonly OptionSpec[] = [
  { flags: '-c, --config <file>', description: 'the target (default: streamproof.yaml, .yml, .json or .ts here)' },
  { flags: '-H, --header <header>', description: 'sent with every request; its value is a secret', repeatable: true },
  { flags: '--self', description: 'boot the reference server and judge that' },
  { flags: '--store <store>', description: `with --self: ${STORES} (default: sqlite)` },
  { flags: '--defect <name>', description: 'with --self: with this defect built in' },
  { flags: '--allow-remote-faults', description: 'disrupt a target that is not on this machine' },
  { flags: '--wait <duration>', description: 'how long to wait for the target to answer (default: 10s)' },
];

/** What a run leaves behind. */
const OUTPUT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--out <dir>', description: 'where the run is written (default: streamproof-report)' },
  { flags: '--reporter <name=path>', description: 'one more report, e.g. junit=junit.xml', repeatable: true },
  { flags: '--json', description: 'print result.json instead of the verdict' },
  { flags: '--seed <n>', description: 'seed of data, schedule and faults (default: random, printed)' },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'demo',
    summary:
      'a minute that shows it: a healthy cluster judged and loaded while it is killed, then a known bug beside it',
    options: OUTPUT_OPTIONS,
    examples: ['streamproof demo', 'streamproof demo --seed 7 --out demo-report'],
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'conform',
    summary: 'judges a server: a verdict for each requirement, with the wire exchange of every failure',
    arguments: [
      { name: '[url]', description: 'where clients enter: in place of that of --config; alone, no config is read' },
    ],
    options: [
      ...TARGET_OPTIONS,
      { flags: '--only <pattern>', description: 'checks, rows, sections, row sets or globs to run', repeatable: true },
      { flags: '--skip <pattern>', description: 'the same, to leave out', repeatable: true },
      { flags: '--failed', description: 'only what did not hold in the run under --out' },
      { flags: '--list', description: 'print the selected checks and run none' },
      { flags: '--dry-run', description: 'print what would be sent and send nothing' },
      { flags: '--require <pattern>', description: 'what is not observed of these is red', repeatable: true },
      { flags: '--strict', description: 'SHOULD counts as MUST' },
      { flags: '--expected-failures <file>', description: 'lines of `check-id: reason`; one that passes is red' },
      { flags: '--repeat <n>', description: 'run each check n times and tell the pass rate' },
      { flags: '--bail', description: 'stop after the first failure' },
      { flags: '--no-reference', description: 'show no healthy exchange beside a failure (it costs a few seconds)' },
      ...OUTPUT_OPTIONS,
    ],
    examples: [
      "streamproof conform http://localhost:8080 -H 'Authorization: Bearer …'",
      'streamproof conform --config streamproof.yaml --require ISO,DUR',
      'streamproof conform --self --store memory --only RPL',
      "streamproof conform --only 'resume-*' --seed 7 --repeat 20",
    ],
    load: () => import('./commands/conform.ts'),
  },
  {
    name: 'load',
    summary: 'runs a scenario: load, faults and budgets, judged to the last event',
    arguments: [{ name: '[scenario]', description: 'e.g. restart-mid-run; see --list' }],
    options: [
      ...TARGET_OPTIONS,
      { flags: '--list', description: 'print the scenarios and run none' },
      { flags: '--duration <duration>', description: 'how long events are published (default: the scenario’s)' },
      {
        flags: '--threshold <expression>',
        description:
          'a budget in k6’s grammar; replaces those of the config and of the scenario for the same metric and tags',
        repeatable: true,
      },
      { flags: '--abort-on-fail', description: 'the first --threshold that is breached ends the run' },
      { flags: '--plan <file>', description: 'replay this fault plan: a manifest.json, or a plan by itself' },
      ...OUTPUT_OPTIONS,
    ],
    examples: [
      'streamproof load restart-mid-run --self',
      "streamproof load restart-mid-run --config streamproof.yaml --threshold 'event_latency{phase:fault}: p(95)<1s'",
      'streamproof load restart-mid-run --self --seed 7 --plan streamproof-report/manifest.json',
    ],
    load: () => import('./commands/load.ts'),
  },
  {
    name: 'serve',
    summary: 'runs the reference server: instances over one store behind an ingress, with a control port',
    options: [
      { flags: '--instances <n>', description: 'how many (default: 3, with memory 1)' },
      { flags: '--store <store>', description: `${STORES} (default: sqlite)` },
      { flags: '--dir <dir>', description: 'where the store keeps its files (default: streamproof-data)' },
      { flags: '--routing <routing>', description: 'sticky or round-robin (default: round-robin, with memory sticky)' },
      { flags: '--port <port>', description: 'of the ingress; 0 takes a free one (default: 8080)' },
      {
        flags: '--control-port <port>',
        description: 'on loopback: kill, pause, restart, revoke (default: a free one)',
      },
      { flags: '--defect <name>', description: 'with this defect built in' },
      { flags: '--write-config <file>', description: 'write the config that conform and load take' },
    ],
    examples: [
      'streamproof serve',
      'streamproof serve --instances 3 --store sqlite --port 0 --write-config target.yaml',
      'streamproof serve --defect replay-live-gap',
    ],
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'report',
    summary: 'renders a saved run again: terminal, html, json, junit, tap, markdown, github',
    arguments: [{ name: '[run]', description: 'a result.json or the folder of one (default: streamproof-report)' }],
    options: [
      { flags: '--format <name>', description: 'which (default: terminal)' },
      { flags: '--out <dir>', description: 'the folder of the latest run (default: streamproof-report)' },
    ],
    examples: [
      'streamproof report',
      'streamproof report --format markdown',
      'streamproof report ci/result.json --format junit',
    ],
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'explain',
    summary:
      'says why a requirement exists, how to mend what breaks it, and which check judges it; and what a name means',
    arguments: [{ name: '<name>', description: 'a row, a check, an operation, a capability or a metric' }],
    options: [],
    examples: [
      'streamproof explain RPL-03',
      'streamproof explain foreign-not-found',
      'streamproof explain event_latency',
    ],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'doctor',
    summary: 'says what this machine can run, and how to get what is missing',
    options: [{ flags: '--json', description: 'print the findings as JSON' }],
    examples: ['streamproof doctor'],
    load: () => import('./commands/doctor.ts'),
  },
];
