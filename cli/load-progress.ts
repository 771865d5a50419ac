/** Shows a load while it runs: one live line on a terminal, one line a second elsewhere. */
import type { ScenarioEvent } from '../scenarios/events.ts';
import { seconds } from '../scenarios/told.ts';
import type { Terminal } from './command.ts';
import { CLEAR_LINE } from './progress.ts';

export function loadProgress(terminal: Terminal): (event: ScenarioEvent) => void {
  return (event) => {
    const line = lineOf(event);
    if (!terminal.live) terminal.err(`${line}\n`);
    else if (event.kind === 'progress' || event.kind === 'waiting') {
      terminal.err(`${CLEAR_LINE}${line.slice(0, terminal.width - 1)}`);
    } else terminal.err(`${CLEAR_LINE}${line}\n`);
  };
}

function lineOf(event: ScenarioEvent): string {
  switch (event.kind) {
    case 'waiting':
      return `waiting for ${event.url.href}`;
    case 'announced': {
      const { scenario, duration_ms, streams, events_per_second, readers, faults } = event;
      return (
        `Runs ${scenario} for ${seconds(duration_ms)}, longer if its faults take longer to heal: creates ` +
        `${String(streams)} streams, publishes ${String(events_per_second)} events a second to ${String(readers)} ` +
        `readers, injects ${String(faults)} ${faults === 1 ? 'fault' : 'faults'}.`
      );
    }
    case 'progress': {
      const { at_ms, acknowledged, delivered, queue_depth, p95_ms } = event;
      const p95 = p95_ms === null ? '–' : `${p95_ms.toFixed(0)} ms`;
      return (
        `${seconds(at_ms).padStart(7)}  ${String(acknowledged)} acknowledged, ${String(delivered)} delivered, ` +
        `p95 ${p95}, queue ${String(queue_depth)}`
      );
    }
    case 'fault':
      return `${seconds(event.at_ms).padStart(7)}  ${event.fault} of ${event.target}`;
    case 'heal':
      return `${seconds(event.at_ms).padStart(7)}  ${event.fault} of ${event.target} has healed`;
    case 'ending-early':
      return `${seconds(event.at_ms).padStart(7)}  ends early: ${event.reason}`;
    case 'judging':
      return 'readers catch up; every stream is read once more';
  }
}
