/** Shows a run while it runs: one live line on a terminal, one line per check elsewhere. */
import type { CheckResult } from '../harness/result.ts';
import type { Announcement } from '../harness/runner/announcement.ts';
import type { RunEvent } from '../harness/runner/runner.ts';
import type { Terminal } from './command.ts';

export const CLEAR_LINE = '\r\u001b[2K';
/** Told once and together, in the report. */
const UNRUN = new Set(['not-observed', 'not-applicable']);
const QUIET = new Set(['pass', ...UNRUN]);

export function progress(terminal: Terminal): (event: RunEvent) => void {
  return terminal.live ? liveProgress(terminal) : plainProgress(terminal);
}

function plainProgress(terminal: Terminal): (event: RunEvent) => void {
  return (event) => {
    if (event.kind === 'waiting') terminal.err(`waiting for ${event.url.href}\n`);
    else if (event.kind === 'announced') terminal.err(`${announcementText(event.announcement)}\n`);
    else if (event.kind === 'finished' && !UNRUN.has(event.result.outcome)) {
      terminal.err(`${resultText(event.result)}\n`);
    }
  };
}

function liveProgress(terminal: Terminal): (event: RunEvent) => void {
  const running = new Set<string>();
  return (event) => {
    if (event.kind === 'waiting') terminal.err(`${CLEAR_LINE}waiting for ${event.url.href}`);
    else if (event.kind === 'announced') terminal.err(`${CLEAR_LINE}${announcementText(event.announcement)}\n`);
    else {
      if (event.kind === 'started') running.add(event.check.id);
      else running.delete(event.result.id);
      const told = event.kind === 'finished' && !QUIET.has(event.result.outcome) ? `${resultText(event.result)}\n` : '';
      const done = `${String(event.done)}/${String(event.total)}`;
      const line = running.size === 0 ? '' : ` ${done}  ${[...running].join(', ')}`;
      terminal.err(`${CLEAR_LINE}${told}${line.slice(0, terminal.width - 1)}`);
    }
  };
}

function resultText({ id, outcome, reason, duration_ms }: CheckResult): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `${outcome.padEnd(14)} ${id}${why}${duration_ms === 0 ? '' : `, ${String(Math.round(duration_ms))} ms`}`;
}

/** Said before anything is done to the target. */
export function announcementText({ checks, streams, connections, disruptions }: Announcement): string {
  return (
    `Runs ${counted(checks, 'check')}: creates at most ${counted(streams, 'stream')} and removes them, ` +
    `holds at most ${counted(connections, 'connection')}, ` +
    (disruptions === 0
      ? 'kills and pauses nothing.'
      : `kills or pauses an instance at most ${counted(disruptions, 'time')}.`)
  );
}

export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
